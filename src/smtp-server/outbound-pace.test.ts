import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'
import type { AccountId } from '../directory/types.ts'
import { OutboundPace } from './outbound-pace.ts'

const JANE = 1 as AccountId
const BOB = 2 as AccountId
const HOUR_MS = 3_600_000

test('so many recipients elsewhere in 24 hours, each account for itself', () => {
  const clock = new ManualClock(0)
  const pace = new OutboundPace({ maxOutboundPerUserPerDay: 10 }, clock)
  const mayJane = (more: number) => {
    try {
      pace.check(JANE, more)
      return true
    } catch (error) {
      assert.ok(error instanceof Refusal && error.reason === 'tryLater')
      return false
    }
  }
  assert.ok(mayJane(10))
  assert.ok(!mayJane(11))
  pace.add(JANE, 6)
  clock.advance(HOUR_MS)
  pace.add(JANE, 4)
  assert.ok(!mayJane(1))
  pace.check(BOB, 10)
  clock.advance(23 * HOUR_MS)
  assert.ok(mayJane(6), 'the first six are a day old')
  assert.ok(!mayJane(7))
})

test('0 is without limit', () => {
  const pace = new OutboundPace({ maxOutboundPerUserPerDay: 0 }, new ManualClock(0))
  pace.add(JANE, 1_000_000)
  pace.check(JANE, 1)
})
