import assert from 'node:assert/strict'
import { test } from 'node:test'

import { MINUTE_MS } from '../base/durations.ts'
import { RefusedSenders } from './relay-refusal.ts'
import { failure } from './testing/test-runner.ts'
import type { DestinationName } from './types.ts'

const RELAY = 'relay:smart' as DestinationName
const REFUSAL = failure({ kind: 'failed', phase: 'MAIL', reply: '535 5.7.8 not you' })

/** The sender is refused at these minutes; gives what a person hears each time. */
function heard(minutes: readonly number[]): (number | null)[] {
  const refused = new RefusedSenders()
  return minutes.map((minute) => {
    const nowMs = minute * MINUTE_MS
    assert.ok(refused.isAlone(RELAY, 'bob@here.example', REFUSAL, 'plain', nowMs))
    const ms = refused.longWithoutMail(RELAY, nowMs)
    return ms === null ? null : ms / MINUTE_MS
  })
}

test('half an hour of refusals is said once', () => {
  assert.deepEqual(heard([0, 5, 15, 35, 75]), [null, null, null, 35, null])
})

test('time in which nothing was sent does not count', () => {
  assert.deepEqual(heard([0, 5, 2000, 2005, 2035]), [null, null, null, null, 35])
})

test('what was taken begins anew', () => {
  const refused = new RefusedSenders()
  const at = (minute: number) => {
    refused.isAlone(RELAY, 'bob@here.example', REFUSAL, 'plain', minute * MINUTE_MS)
    return refused.longWithoutMail(RELAY, minute * MINUTE_MS)
  }
  assert.equal(at(0), null)
  assert.equal(refused.taken(RELAY), false)
  assert.equal(at(40), null)
  assert.equal(at(80), 40 * MINUTE_MS)
  assert.equal(refused.taken(RELAY), true)
  assert.equal(refused.taken(RELAY), false)
})
