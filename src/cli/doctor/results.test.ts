import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { ManualClock } from '../../base/clock.ts'
import { NOT_KNOWN } from '../../doctor/examine.ts'
import { failing, ok, skipped } from '../../doctor/findings.ts'
import { DataFolder } from '../../doctor/testing/data-folder.ts'
import type { Examination, Finding } from '../../doctor/types.ts'
import { type Change, changeSince, keepResult } from './results.ts'

const MX = { id: 'dns.mx' }

/** Keeps what was found in each run. @returns what changed with the last */
async function changeAfter(
  t: TestContext,
  ...runs: readonly (readonly Finding[])[]
): Promise<Change | null> {
  const folder = new DataFolder(t)
  await folder.command((office) => office.run('domain.add', { name: 'example.com' }))
  let change: Change | null = null
  for (const [at, findings] of runs.entries()) {
    await using world = await folder.world({ clock: new ManualClock(at) })
    const examination: Examination = { startedMs: at, endedMs: at, findings }
    change = changeSince(world, examination)
    await keepResult(world, examination)
  }
  return change
}

function wrong(subject: string | null): Finding {
  return failing(MX, { subject, summary: 'no MX', evidence: ['x'], meaning: 'x', remedy: [] })
}

function well(subject: string): Finding {
  return ok(MX, 'fine', ['x'], { subject })
}

test('what was wrong and is well now is gone; a domain that is not there any more too', async (t) => {
  const both = [wrong('a.example'), wrong('b.example')]
  const change = await changeAfter(t, both, [well('a.example')])
  assert.deepEqual(change?.gone, ['dns.mx a.example', 'dns.mx b.example'])
})

test('of what was only skipped, or came to no end, nothing is said', async (t) => {
  const hung = { ...wrong(null), figures: NOT_KNOWN }
  for (const blind of [skipped(MX, 'no DNS'), skipped(MX, 'no DNS', 'a.example'), hung]) {
    const change = await changeAfter(t, [wrong('a.example')], [blind])
    assert.deepEqual(change?.gone, [])
  }
  const other = await changeAfter(t, [wrong('a.example')], [skipped(MX, 'x', 'b.example')])
  assert.deepEqual(other?.gone, ['dns.mx a.example'])
})

test('what was skipped in between is not new when it is seen again, and gone once it is well', async (t) => {
  const blind = [skipped(MX, 'no DNS')]
  const again = await changeAfter(t, [wrong('a.example')], blind, blind, [wrong('a.example')])
  assert.deepEqual([again?.come, again?.gone], [[], []])
  const mended = await changeAfter(t, [wrong('a.example')], blind, [well('a.example')])
  assert.deepEqual(mended?.gone, ['dns.mx a.example'])
})

test('a database that SQLite cannot read keeps nothing from being said', async (t) => {
  const folder = new DataFolder(t)
  await folder.command((office) => office.run('domain.add', { name: 'example.com' }))
  await using world = await folder.world({})
  assert.ok(world.store !== null)
  const malformed = Object.assign(new Error('malformed'), { code: 'ERR_SQLITE_ERROR' })
  t.mock.method(world.store, 'run', () => {
    throw malformed
  })
  const examination: Examination = { startedMs: 0, endedMs: 0, findings: [wrong(null)] }
  assert.equal(changeSince(world, examination), null)
  await keepResult(world, examination)
})
