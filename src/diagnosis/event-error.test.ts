import assert from 'node:assert/strict'
import { test } from 'node:test'

import { logReader } from '../journal/reader.ts'
import { UTC } from '../journal/zone.ts'
import { explainAlone } from './event-error.ts'
import type { Explanation } from './reasons/types.ts'

/** A line of Postfix' host, without its time. */
function explain(line: string): Explanation | null {
  const latestMs = Date.UTC(2026, 11, 31)
  const reader = logReader({ format: 'auto', zone: UTC, latestMs, log: 'main' })
  const whole = `Nov 20 09:00:03 mail ${line}`
  const event = reader.read(whole, 0, whole.length)
  assert.notEqual(event.type, 'continuation')
  return event.type === 'continuation' ? null : explainAlone(event)
}

function attempt(daemon: string, relay: string, dsn: string, said: string): string {
  const state = dsn.startsWith('4') ? 'deferred' : 'bounced'
  return `postfix/${daemon}[12]: 3F2A1B0C4D: to=<bob@here.test>, relay=${relay}, delay=1, delays=1/0/0/0, dsn=${dsn}, status=${state} (${said})`
}

test('a program of this host that fails blames nobody else', () => {
  const lines = [
    attempt('pipe', 'spamfilter', '4.3.0', 'temporary failure'),
    attempt('pipe', 'dovecot', '4.3.0', 'temporary failure. Command output: out of order'),
    attempt('virtual', 'virtual', '4.2.0', 'internal error'),
    attempt('local', 'local', '4.3.0', 'local configuration error'),
    attempt('lmtp', 'mail[private/dovecot-lmtp]', '4.3.0', 'said: 451 Temporary internal error'),
  ]
  for (const line of lines) {
    const explanation = explain(line)
    assert.equal(explanation?.facts.direction, 'local', line)
    assert.equal(explanation?.reason.actor, 'you', line)
  }
})

test('another server is not taken for this one when it was not reached', () => {
  const said = 'connect to mx.far.example[192.0.2.1]:25: Connection timed out'
  for (const daemon of ['smtp', 'relay/smtp', 'error', 'retry'])
    assert.notEqual(explain(attempt(daemon, 'none', '4.4.1', said))?.facts.direction, 'local')
  const far = explain(attempt('smtp', 'mx.far.example[192.0.2.1]:25', '4.3.0', 'temporary failure'))
  assert.equal(far?.facts.direction, 'outbound')
  assert.equal(far?.reason.actor, 'recipientProvider')
})

test('an alarm of this server is not explained by a word that may mean anything', () => {
  for (const words of ['a security thing', 'a policy thing', 'it is refused', 'a key is not found'])
    assert.equal(explain(`postfix/smtpd[12]: fatal: ${words}`)?.isKnown, false, words)
  assert.equal(explain('postfix/smtpd[12]: warning: a security thing'), null)
})

test('the steps of opendkim are no faults, and a missing key is one of the signature', () => {
  for (const words of [
    'not authenticated',
    'x.example [192.0.2.1] not internal',
    'no signature data',
  ])
    assert.equal(explain(`opendkim[12]: 3F2A1B0C4D: ${words}`), null, words)
  const failed =
    "key retrieval failed (s=a, d=x.example): 'a._domainkey.x.example' record not found"
  assert.equal(
    explain(`opendkim[12]: 3F2A1B0C4D: ${failed}`)?.reason.category,
    'authenticationPolicy',
  )
})

test('a message that goes on its way again is no fault, and one that is frozen is', () => {
  const ofExim = (text: string) => explain(`exim[12]: 1vnYk2-00000000BQ5-1EaB ${text}`)
  assert.equal(ofExim('Unfrozen by errmsg timer'), null)
  assert.notEqual(ofExim('Frozen (delivery error message)'), null)
})
