import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import type { Database } from '../db/database.ts'
import { lease } from './lease.ts'
import { LeaseTime } from './lease-time.ts'
import { Overdue } from './overdue.ts'
import { acceptMail, mailTo, mx, NOW_MS, settle, settled, TestQueue } from './testing/test-queue.ts'
import { OUTGOING } from './testing/test-runner.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

test('time that leases end by goes on as it was when the wall clock jumps, for as long as one lasts', () => {
  const clock = new ManualClock(NOW_MS)
  const time = new LeaseTime(clock)
  clock.advance(HOUR_MS)
  assert.equal(time.nowMs(), NOW_MS + HOUR_MS)
  clock.jump(30 * 24 * HOUR_MS)
  assert.equal(time.nowMs(), NOW_MS + HOUR_MS)
  clock.advance(39 * MINUTE_MS)
  assert.equal(time.nowMs(), NOW_MS + HOUR_MS + 39 * MINUTE_MS)
  clock.advance(MINUTE_MS)
  assert.equal(time.nowMs(), clock.nowMs())
  clock.jump(-20 * 24 * HOUR_MS)
  assert.equal(time.nowMs(), clock.nowMs())
  clock.jump(30_000)
  assert.equal(time.nowMs(), clock.nowMs(), 'a clock that is put right by little')
})

/** A message that is leased, and what looks after it every ten minutes. */
async function world() {
  const queue = new TestQueue()
  const clock = new ManualClock(NOW_MS)
  const database: Pick<Database, 'read' | 'write'> = {
    read: (steps) => queue.read(steps),
    write: async (write, args) => queue.write(write, args),
  }
  const never = async () => assert.fail('nobody is told anything')
  const overdue = new Overdue({
    ...{ database, clock, outgoing: () => OUTGOING },
    rows: { settle: never },
    notices: { prepare: never, prepareDelay: never },
    ...{ bounce: never, onPulledIn: () => {}, render: () => '' },
    alarm: (text) => assert.fail(text),
    report: (text) => assert.fail(text),
  })
  queue.write(acceptMail, mailTo(['bob@a.example'], { expiresMs: NOW_MS * 2, delayNoticeMs: null }))
  const taken = () =>
    queue.write(lease, {
      ...{ destination: mx('a.example'), maxMessages: 10, maxRecipients: 10 },
      ...{ nowMs: clock.nowMs(), leaseUntilMs: clock.nowMs() + 40 * MINUTE_MS },
    })
  overdue.start()
  await overdue.settled()
  return {
    ...{ queue, clock, taken },
    async advance(ms: number) {
      for (let left = ms; left > 0; left -= MINUTE_MS) {
        clock.advance(MINUTE_MS)
        await overdue.settled()
      }
    },
    async [Symbol.asyncDispose]() {
      await overdue[Symbol.asyncDispose]()
      queue[Symbol.dispose]()
    },
  }
}

test('RELIABILITY I7: what is under way when the wall clock jumps is not leased again, and its outcome counts', async () => {
  await using t = await world()
  const [first] = t.taken()
  assert.ok(first !== undefined)
  t.clock.jump(3 * HOUR_MS)
  await t.advance(15 * MINUTE_MS)
  assert.deepEqual(t.taken(), [])
  const leases = [settled(first, 'delivered', t.clock.nowMs())]
  assert.deepEqual(t.queue.write(settle, { leases, destination: null }).stale, [])
})

test('RELIABILITY I5: a lease that ended is void, wherever the wall clock jumped meanwhile', async () => {
  await using t = await world()
  t.taken()
  t.clock.jump(3 * HOUR_MS)
  await t.advance(HOUR_MS)
  assert.equal(t.taken().length, 1)
})
