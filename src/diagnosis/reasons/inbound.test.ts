import assert from 'node:assert/strict'
import { test } from 'node:test'

import { explainError } from './explain.ts'
import { factsOf } from './facts.ts'

const LISTED = '554 5.7.1 Service unavailable; client [192.0.2.3] blocked using zen.spamhaus.org'

test('the one who was refused must get off the blocklist, not the server that refused', () => {
  const refusedUs = explainError(factsOf(LISTED, { direction: 'outbound' })).reason
  const weRefused = explainError(factsOf(LISTED, { direction: 'inbound', phase: 'rcpt' })).reason
  assert.equal(weRefused.id, refusedUs.id)
  assert.equal(refusedUs.actor, 'you')
  assert.equal(weRefused.actor, 'sender')
  assert.match(weRefused.meaning, /This server refused/)
})

for (const text of [
  'relay not permitted',
  '550 5.1.1 <x@example.com>: Recipient address rejected: User unknown in local recipient table',
  'spam score 15.2',
  'greylisted, try again later',
  '450 4.1.8 <a@b>: Sender address rejected: Domain not found',
  '452 4.3.1 Insufficient system storage',
  'no reason that anybody knows',
])
  test(`a refusal of ours says what to do here: ${text}`, () => {
    const { reason } = explainError(factsOf(text, { direction: 'inbound', phase: 'rcpt' }))
    assert.ok(reason.remedy.length > 0)
    assert.doesNotMatch(
      `${reason.title} ${reason.meaning} ${reason.remedy.join(' ')}`,
      /other server|your IP|delist/i,
    )
  })
