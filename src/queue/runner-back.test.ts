/** Messages that a person wants while they are leased. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { MINUTE_MS, TestRunner } from './testing/test-runner.ts'
import type { DestinationName } from './types.ts'

const addresses = (count: number) => Array.from({ length: count }, (_, n) => `u${n}@a.example`)

/** Two messages under way, and others leased behind them. */
async function started(count: number, isAnswering = false) {
  const t = new TestRunner()
  const host = t.host('a.example')
  const { promise, resolve: open } = Promise.withResolvers<void>()
  host.gate = promise
  host.isAnswering = isAnswering
  t.add('mx:a.example', addresses(count))
  await t.start()
  const ids = t.rows.messages.map(({ id }) => id)
  return { t, host, open, ids }
}

test('what is leased and what is under way is given back, and waits until the deed is done', async () => {
  const { t, host, open, ids } = await started(6)
  await using _ = t
  assert.deepEqual([t.rows.count('leased'), host.open], [6, 2])
  assert.deepEqual(await t.runner.giveBack(ids), [])
  assert.equal(t.rows.count('pending'), 6)
  assert.equal(t.rows.lines, '', 'what was broken off was no attempt')
  host.gate = null
  open()
  await t.advance(20_000)
  assert.equal(host.taken.length, 0)
  await t.advance(MINUTE_MS)
  assert.equal(t.rows.count('delivered'), 6)
})

test('others go on when one is given back', async () => {
  const { t, host, open, ids } = await started(6)
  await using _ = t
  assert.deepEqual(await t.runner.giveBack(ids.slice(0, 1)), [])
  host.gate = null
  open()
  await t.settleDown()
  assert.equal(t.rows.count('delivered'), 5)
  assert.equal(t.rows.count('pending'), 1)
})

test('what a host may have is not given back, and its end is told', async () => {
  const { t, host, open, ids } = await started(1, true)
  await using _ = t
  const asked = t.runner.giveBack(ids)
  await t.settleDown()
  t.clock.advance(1000)
  const [underway, ...more] = await asked
  assert.deepEqual([underway?.queueId, more], [ids[0], []])
  assert.match(underway?.host ?? '', /^a\.example \[/)
  let isEnded = false
  void underway?.ended.then(() => {
    isEnded = true
  })
  await t.settleDown()
  assert.equal(isEnded, false)
  host.gate = null
  open()
  await t.settleDown()
  assert.equal(isEnded, true)
  assert.equal(t.rows.count('delivered'), 1)
})

test('a host that answers at once leaves nothing in doubt', async () => {
  const { t, host, open, ids } = await started(1, true)
  await using _ = t
  const asked = t.runner.giveBack(ids)
  host.gate = null
  open()
  assert.deepEqual(await asked, [])
  assert.equal(t.rows.count('delivered'), 1)
})

test('what is on its way to a connection at this instant is given back, too', async () => {
  await using t = new TestRunner()
  const host = t.host('a.example')
  t.add('mx:a.example', addresses(1))
  await t.start()
  t.add('mx:a.example', addresses(1))
  const ids = t.rows.messages.map(({ id }) => id)
  t.runner.wake(['mx:a.example' as DestinationName])
  assert.deepEqual(await t.runner.giveBack(ids), [])
  assert.deepEqual([t.rows.count('leased'), t.rows.count('pending')], [0, 1])
  await t.settleDown()
  assert.equal(host.taken.length, 1)
})

test('of a message with many recipients nobody more is tried once it was asked back', async () => {
  await using t = new TestRunner({ firstConnections: 20 })
  const host = t.host('a.example')
  const { promise, resolve: open } = Promise.withResolvers<void>()
  Object.assign(host, { gate: promise, isAnswering: true })
  t.rows.add('mx:a.example', addresses(250), { arrivedMs: t.clock.nowMs() })
  await t.start()
  const ids = t.rows.messages.map(({ id }) => id)
  const asked = t.runner.giveBack(ids)
  await t.settleDown()
  t.clock.advance(1000)
  const [underway] = await asked
  assert.equal((await t.runner.giveBack(ids)).length, 1, 'asked again it is said at once')
  host.gate = null
  open()
  await underway?.ended
  await t.settleDown()
  assert.deepEqual(
    host.taken.map(({ recipients }) => recipients.length),
    [100],
  )
  assert.equal(t.rows.count('pending'), 150)
  await t.advance(MINUTE_MS)
  assert.equal(t.rows.count('delivered'), 250)
})
