import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isDoctors, isOfDoctor } from './doctor-session.ts'
import { logReader } from './reader.ts'
import { UTC } from './zone.ts'

const DOCTORS = [
  'H=(waybill-doctor.invalid) [127.0.0.1]:4711 I=[127.0.0.1]:25 F=<> rejected RCPT <x@y.test>: relay not permitted',
  'H=(waybill-doctor.invalid) [192.0.2.1]:4711 I=[192.0.2.1]:25 F=<> rejected RCPT <x@y.test>: relay not permitted',
  'H=(ours.test) [::1]:4711 I=[::1]:25 F=<> rejected RCPT <u%relay-probe.invalid@ours.test>: no',
  'H=(ours.test) [127.0.0.1]:4711 I=[127.0.0.1]:25 F=<waybill-doctor@ours.test> rejected RCPT <postmaster>: no',
  'plain authenticator failed for (waybill-doctor.invalid) [127.0.0.1]:1 I=[127.0.0.1]:465: 535 no (set_id=jane@ours.test)',
  'imap-login: Disconnected: waybill doctor, authentication failed (auth failed, 1 attempts): user=<jane@ours.test>, method=PLAIN, rip=::1, lip=::1, TLS, session=<a1>',
  'submission-login: Disconnected: auth failed (auth failed, 1 attempts): user=<waybill-doctor-0f>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.1, TLS, session=<a1>',
]

test('what the doctor tried is told by its name, in a connection of this machine with itself', () => {
  for (const text of DOCTORS) assert.equal(isOurs(text), true, text)
})

test('nobody hides by its name who comes from elsewhere, or has another name', () => {
  for (const text of DOCTORS) {
    const stranger = text
      .replace(/\[(?:127\.0\.0\.1|192\.0\.2\.1|::1)\]/, '[198.51.100.7]')
      .replace(/rip=[^,]+/, 'rip=198.51.100.7')
    assert.equal(isOurs(stranger), false, stranger)
    const another = text
      .replace('(waybill-doctor.invalid)', '(waybill-doctor.invalid.evil.test)')
      .replace('waybill doctor, ', '')
      .replace('relay-probe.invalid', 'relay.test')
      .replace('waybill-doctor@', 'waybill@')
      .replace('waybill-doctor-0f', 'waybill-doctor-0f@ours.test')
    assert.equal(isOurs(another), false, another)
  }
  // The name of a client may hold anything.
  const forged =
    'H=(waybill-doctor.invalid [127.0.0.1]) [198.51.100.7]:4711 I=[192.0.2.1]:25 F=<> rejected RCPT <x@y.test>: no'
  assert.equal(isOurs(forged), false)
})

test('a session is the doctor’s by its name and both ends', () => {
  const at = (address: string) => ({ address })
  const name = 'waybill-doctor.invalid'
  assert.equal(isDoctors(name, at('127.0.0.1'), at('127.0.0.1')), true)
  assert.equal(isDoctors(name, at('2001:db8::1'), at('2001:db8::1')), true)
  assert.equal(isDoctors(name, at('2001:db8::2'), at('2001:db8::1')), false)
  assert.equal(isDoctors('laptop', at('127.0.0.1'), at('127.0.0.1')), false)
  assert.equal(isDoctors(null, at('127.0.0.1'), at('127.0.0.1')), false)
})

function isOurs(text: string): boolean {
  const line = `2026-11-21 10:00:00 ${text}`
  const format = text.includes('-login: ') ? 'dovecot' : 'exim'
  const reader = logReader({ format, zone: UTC, latestMs: Date.UTC(2027, 0), log: 'main' })
  const event = reader.read(line, 0, line.length)
  assert.ok(event.type !== 'continuation' && event.type !== 'unknown', line)
  return isOfDoctor(event)
}
