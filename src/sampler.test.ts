import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'

import { ManualClock } from './base/clock.ts'
import { openDatabaseInline } from './db/database.ts'
import { countBetween, type Figure, lastSample } from './doctor/history.ts'
import { DataFolder } from './doctor/testing/data-folder.ts'
import { panicOf } from './journal/plain.ts'
import { UTC } from './journal/zone.ts'
import { EventCounters } from './log/counters.ts'
import { MIGRATIONS } from './migrations.ts'
import { SAMPLE_EVERY_MS, startSampler } from './sampler.ts'
import { writes } from './writes.ts'

const START_MS = Date.UTC(2026, 10, 21, 10)
const LINE =
  '2026-11-21 10:00:00 1vnYk2-00000000BQ5-1EaB => sue@example.com R=local T=mailbox S=700\n'

test('figures are kept every five minutes; counts go on over a restart', async (t) => {
  const { path } = new DataFolder(t)
  const file = join(path, 'mail.db')
  const clock = new ManualClock(START_MS)
  await using database = openDatabaseInline({ file, migrations: MIGRATIONS, writes })
  const figure = (name: Figure) => database.read(lastSample(name))
  const run = async (messages: number) => {
    const counters = new EventCounters({ zone: UTC, reasonOf: () => 'network' })
    const options = { database, clock, dataFolder: path, counters, loopDelayMs: () => 12 }
    await using _sampler = startSampler({
      ...options,
      report: (text) => assert.fail(text),
    })
    for (let at = 0; at < messages; at++) counters.countLines(LINE)
    counters.count(panicOf(clock.nowMs(), 'no figure'))
    const before = figure('delivered')?.atMs
    clock.advance(SAMPLE_EVERY_MS)
    while (figure('delivered')?.atMs === before)
      await new Promise((resolve) => setImmediate(resolve))
  }
  await run(3)
  assert.deepEqual({ ...figure('delivered') }, { atMs: START_MS + SAMPLE_EVERY_MS, value: 3 })
  assert.equal(figure('queue.messages')?.value, 0)
  assert.equal(figure('loop.delayMs')?.value, 12)
  assert.equal(figure('store.octets')?.value, 0)
  assert.ok((figure('disk.usedPercent')?.value ?? -1) >= 0)
  await run(4)
  assert.equal(figure('delivered')?.value, 7)
  clock.advance(6 * 3_600_000)
  await run(2)
  const grown = countBetween('delivered', START_MS, clock.nowMs())
  assert.equal(database.read(grown), 6)
  assert.equal(database.read(countBetween('delivered', 0, clock.nowMs())), null)
})

test('a database that takes nothing is said once, and stops nothing', async (t) => {
  const { path } = new DataFolder(t)
  const clock = new ManualClock(START_MS)
  const file = join(path, 'mail.db')
  await using database = openDatabaseInline({ file, migrations: MIGRATIONS, writes })
  database.fail('the disk is on fire')
  const said: string[] = []
  const counters = new EventCounters({ zone: UTC, reasonOf: () => 'network' })
  const options = { database, clock, dataFolder: path, counters, loopDelayMs: () => null }
  await using _sampler = startSampler({ ...options, report: (text) => said.push(text) })
  for (let at = 0; at < 3; at++) {
    clock.advance(SAMPLE_EVERY_MS)
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(said.length, 1)
  assert.match(said[0] ?? '', /figures of this time are not kept/)
})

test('a database that cannot be read is said, and keeps no server from its start', async (t) => {
  const { path } = new DataFolder(t)
  const clock = new ManualClock(START_MS)
  const file = join(path, 'mail.db')
  await using database = openDatabaseInline({ file, migrations: MIGRATIONS, writes })
  database.read = () => {
    throw new Error('database disk image is malformed')
  }
  const said: string[] = []
  const counters = new EventCounters({ zone: UTC, reasonOf: () => 'network' })
  const options = { database, clock, dataFolder: path, counters, loopDelayMs: () => null }
  await using _sampler = startSampler({ ...options, report: (text) => said.push(text) })
  assert.deepEqual(said, [
    'what was counted before the start is not known: database disk image is malformed',
  ])
})
