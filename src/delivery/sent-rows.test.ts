import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'

import { Refusal } from '../base/faults.ts'
import { defineWrite } from '../db/statement.ts'
import type { AccountId } from '../directory/types.ts'
import { TestQueue } from '../queue/testing/test-queue.ts'
import { countSent, forgetSent, hasSentTo, noteSent } from './sent-rows.ts'

const JANE = 1 as AccountId
const BOB = 2 as AccountId
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A quarter past an hour. */
const NOW_MS = Date.UTC(2026, 10, 20, 9, 15)
const LIMITS = { maxOutboundPerUserPerDay: 10, maxFirstTimeRecipientsPerUserPerDay: 4 }

function open(t: TestContext, limits = LIMITS) {
  const queue = new TestQueue()
  t.after(() => queue[Symbol.dispose]())
  queue.damage(`INSERT INTO domain VALUES (1, 'here.example', 0);
    INSERT INTO account (id, domain_id, key, localpart, password, scram, enabled, created_ms, uid_validity)
      VALUES (1, 1, 'jane', 'jane', '', '', 1, 0, 1), (2, 1, 'bob', 'bob', '', '', 1, 0, 1);`)
  const write = defineWrite(
    'send',
    ({ account, addresses, atMs }: { account: AccountId; addresses: string[]; atMs: number }) =>
      noteSent({ account, addresses, limits }, atMs),
  )
  /** Null: it was counted. */
  const send = (account: AccountId, atMs: number, ...addresses: string[]): string | null => {
    try {
      queue.write(write, { account, addresses, atMs })
      return null
    } catch (error) {
      assert.ok(error instanceof Refusal && error.reason === 'tryLater')
      return error.detail ?? ''
    }
  }
  const counts = (account: AccountId, atMs: number) => {
    const { recipients, firstTime } = queue.read(countSent(account, atMs))
    return [recipients, firstTime]
  }
  return { queue, send, counts }
}

test('so many recipients elsewhere in 24 hours, each account for itself', (t) => {
  const { send, counts } = open(t, { ...LIMITS, maxFirstTimeRecipientsPerUserPerDay: 0 })
  const many = (count: number) => Array.from({ length: count }, (_, n) => `${n}@x.example`)
  assert.match(send(JANE, NOW_MS, ...many(11)) ?? '', /^You may send to 10 recipients on other/)
  assert.equal(send(JANE, NOW_MS, ...many(6)), null)
  assert.equal(send(JANE, NOW_MS + HOUR_MS, ...many(4)), null)
  assert.match(
    send(JANE, NOW_MS + 2 * HOUR_MS, ...many(1)) ?? '',
    /in 24 hours\. Send to the others after 2026-11-21 09:00 UTC, or ask the postmaster; if it was not you, change/,
  )
  assert.equal(send(BOB, NOW_MS, ...many(10)), null)
  const next = Date.UTC(2026, 10, 21, 9, 0)
  assert.deepEqual(counts(JANE, next - 1), [10, 0])
  assert.deepEqual(counts(JANE, next), [4, 0])
  assert.match(send(JANE, next, ...many(7)) ?? '', /after 2026-11-21 10:00 UTC/)
  assert.equal(send(JANE, next, ...many(6)), null)
})

test('so many to whom it never sent; whom it knows counts no more, in whatever case', (t) => {
  const { queue, send, counts } = open(t)
  assert.equal(send(JANE, NOW_MS, 'A@x.example', 'b@x.example'), null)
  assert.equal(send(JANE, NOW_MS + HOUR_MS, 'a@X.example', 'c@x.example'), null)
  assert.deepEqual(counts(JANE, NOW_MS + HOUR_MS), [4, 3])
  assert.match(
    send(JANE, NOW_MS + HOUR_MS, 'd@x.example', 'e@x.example') ?? '',
    /^You may write to 4 people for the first time in 24 hours\. .* after 2026-11-21 09:15 UTC/,
  )
  assert.equal(queue.read(hasSentTo(JANE, 'd@x.example')), false, 'nothing of it counted')
  assert.equal(send(JANE, NOW_MS + HOUR_MS, 'd@x.example'), null)
  assert.equal(send(JANE, NOW_MS + HOUR_MS, 'b@x.example'), null, 'b is known')
  assert.equal(send(BOB, NOW_MS, 'a@x.example'), null)
  assert.deepEqual(counts(BOB, NOW_MS), [1, 1])
  assert.equal(send(JANE, NOW_MS + DAY_MS, 'e@x.example', 'f@x.example'), null, 'a day later')
  assert.equal(queue.read(hasSentTo(JANE, 'a@x.example')), true, 'for good')
})

test('an address in two cases is two recipients of a message, and one for the first time', (t) => {
  const { send, counts } = open(t, { ...LIMITS, maxFirstTimeRecipientsPerUserPerDay: 1 })
  assert.equal(send(JANE, NOW_MS, 'A@x.example', 'a@x.example'), null)
  assert.deepEqual(counts(JANE, NOW_MS), [2, 1])
})

test('what is counted is on disk; a clock that was ahead stops nobody; a limit of 0 counts nothing', (t) => {
  const { queue, send, counts } = open(t)
  assert.equal(send(JANE, NOW_MS, 'a@x.example'), null)
  queue.die()
  assert.deepEqual(counts(JANE, NOW_MS), [1, 1])
  assert.deepEqual(counts(JANE, NOW_MS - 10 * DAY_MS), [0, 0])
  queue.write(defineWrite('forget', forgetSent), JANE)
  assert.deepEqual(counts(JANE, NOW_MS), [0, 0])
  const none = open(t, { maxOutboundPerUserPerDay: 0, maxFirstTimeRecipientsPerUserPerDay: 0 })
  assert.equal(
    none.send(JANE, NOW_MS, ...Array.from({ length: 300 }, (_, n) => `${n}@x.example`)),
    null,
  )
  assert.deepEqual(none.counts(JANE, NOW_MS), [0, 0])
})
