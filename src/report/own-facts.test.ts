import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DAY_MS, HOUR_MS } from '../base/durations.ts'
import { CannotLook } from '../doctor/cannot-look.ts'
import { addSample, type Figure, remember } from '../doctor/history.ts'
import { DataFolder } from '../doctor/testing/data-folder.ts'
import { worldOf } from '../doctor/testing/world.ts'
import { ownFacts, REPORT_TOPIC } from './own-facts.ts'

const UNTIL_MS = Date.UTC(2026, 0, 9, 6)
const STRETCH = { sinceMs: UNTIL_MS - DAY_MS, untilMs: UNTIL_MS }
const FIGURES = {
  ...STRETCH,
  ...{ received: 9, delivered: 8, deferred: 2, failed: 1 },
  ...{ rejected: 5, failedLogins: 4, waiting: 3 },
}

test('what the report before left, and the same stretch a week ago', async (t) => {
  const folder = new DataFolder(t)
  folder.change((db) => {
    const sample = (atMs: number, values: Readonly<Partial<Record<Figure, number>>>) =>
      db.transact('write', addSample.run({ atMs, values }))
    // Counts grow; a moment up to an hour off is taken.
    sample(STRETCH.sinceMs - 7 * DAY_MS, { delivered: 100, deferred: 7, 'queue.messages': 2 })
    sample(UNTIL_MS - 7 * DAY_MS + HOUR_MS / 2, {
      ...{ delivered: 141, deferred: 7, 'queue.messages': 5 },
    })
    const value = FIGURES
    db.transact('write', remember.run({ topic: REPORT_TOPIC, atMs: UNTIL_MS - DAY_MS, value }))
  })
  await using world = await folder.world()
  const { previous, weekAgo, queue, relays, status } = await ownFacts(world, [], STRETCH)
  assert.deepEqual(previous, FIGURES)
  assert.deepEqual(weekAgo, { delivered: 41, deferred: 0, waiting: 5 })
  assert.deepEqual([queue?.messages, relays?.length, status], [0, 0, null])
})

test('a first report has nothing to be compared with; what another version left is not used', async (t) => {
  const folder = new DataFolder(t)
  folder.change(() => {})
  {
    await using world = await folder.world()
    const { previous, weekAgo } = await ownFacts(world, [], STRETCH)
    assert.deepEqual([previous, weekAgo], [null, null])
  }
  for (const value of [{ received: 3 }, 'once', [1], null, { ...FIGURES, waiting: 'many' }]) {
    folder.change((db) =>
      db.transact('write', remember.run({ topic: REPORT_TOPIC, atMs: UNTIL_MS, value })),
    )
    await using world = await folder.world()
    assert.equal((await ownFacts(world, [], STRETCH)).previous, null, JSON.stringify(value))
  }
})

test('relays are known by name, host and user, and their passwords are not among it', async (t) => {
  const folder = new DataFolder(t)
  await folder.command(async (office) => {
    await office.run('relay.add', {
      name: 'prov',
      relay: {
        ...{ hosts: [{ host: 'smtp.relay.example', port: 587 }], tls: 'starttls' },
        ...{ checkCertificate: true, user: 'us', password: 'hunter2', mechanism: null },
        ...{ rules: [{ kind: 'all' }], insecure: false },
      },
    })
  })
  await using world = await folder.world()
  const { relays } = await ownFacts(world, [], STRETCH)
  assert.deepEqual([relays?.[0]?.name, relays?.[0]?.user], ['prov', 'us'])
  assert.ok(!JSON.stringify(relays).includes('hunter2'))
})

test('without a database nothing waits and nothing is asked', async (t) => {
  const { queue, destinations, relays, previous } = await ownFacts(worldOf(t, {}), [], STRETCH)
  assert.deepEqual([queue?.messages, destinations, relays, previous], [0, [], null, null])
})

test('of a server that hangs, and of a database of another version, no more is said than is known', async (t) => {
  const folder = new DataFolder(t)
  folder.change(() => {})
  await using world = await folder.world()
  const ask = async () => {
    throw new CannotLook('the server does not answer')
  }
  const silent = await ownFacts({ ...world, ask }, [], STRETCH)
  assert.deepEqual([silent.queue?.messages, silent.destinations, silent.relays], [0, [], null])
  assert.equal((await ownFacts({ ...world, store: null }, [], STRETCH)).queue, null)
})
