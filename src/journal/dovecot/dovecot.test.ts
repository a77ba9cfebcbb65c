import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import type { LoggedIn, LogLine } from '../event.ts'
import { anyLogin } from '../testing/events.ts'
import { logReader } from '../reader.ts'
import { UTC, type Zone, zoneNamed } from '../zone.ts'
import { renderLogin } from './dovecot.ts'

const login: LoggedIn = {
  type: 'loggedIn',
  atMs: Date.UTC(2026, 10, 20, 9, 0, 6),
  service: 'imap',
  login: 'jane@example.com',
  mechanism: 'PLAIN',
  remoteAddress: '192.0.2.3',
  localAddress: '192.0.2.1',
  tls: true,
  session: 'a1b2',
  attempts: null,
  counts: null,
  reason: null,
}

const lines: readonly [line: string, event: LoggedIn][] = [
  [
    '2026-11-20 09:00:06 imap-login: Login: user=<jane@example.com>, method=PLAIN, rip=192.0.2.3, lip=192.0.2.1, TLS, session=<a1b2>',
    login,
  ],
  [
    '2026-11-20 09:00:06 pop3-login: Disconnected: Connection closed (auth failed, 1 attempts): user=<>, method=PLAIN, rip=2001:db8::3, lip=2001:db8::1, session=<a1b2>',
    {
      ...login,
      type: 'loginFailed',
      service: 'pop3',
      login: '',
      remoteAddress: '2001:db8::3',
      localAddress: '2001:db8::1',
      tls: false,
      attempts: 1,
      reason: 'Connection closed',
    },
  ],
  [
    '2026-11-20 09:00:06 imap-login: Disconnected (auth failed, 1 attempts): rip=192.0.2.3, lip=192.0.2.1, TLS, session=<a1b2>',
    { ...login, type: 'loginFailed', login: null, mechanism: null, attempts: 1 },
  ],
  [
    '2026-11-20 09:00:06 imap: Disconnected: Logged out: user=<jane@example.com>, method=PLAIN, rip=192.0.2.3, lip=192.0.2.1, TLS, session=<a1b2>',
    { ...login, type: 'loggedOut', reason: 'Logged out' },
  ],
]

for (const [line, event] of lines) {
  test(`${event.type}: written and read in Dovecot's form`, () => {
    assert.equal(renderLogin(event, UTC), line)
    assert.deepEqual(read(line, UTC), event)
  })
}

test('what is written is read back as the same event, whatever a stranger sent', () => {
  const zones = fc.constantFrom(UTC, zoneNamed('America/New_York'))
  fc.assert(
    fc.property(anyLogin, zones, (event, zone) => {
      const expected = event.type === 'loggedIn' ? { ...event, reason: null } : event
      const line = renderLogin(event, zone)
      assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u)
      assert.deepEqual(read(line, zone), expected)
    }),
    { numRuns: 1000 },
  )
})

test('of all formats, ours is found by its form', () => {
  const line = renderLogin({ ...login, type: 'loggedOut', reason: 'Logged out (really): yes' }, UTC)
  const reader = logReader({ format: 'auto', zone: UTC, latestMs: login.atMs, log: 'main' })
  const event = reader.read(line, 0, line.length)
  assert.equal(event.type === 'loggedOut' && event.reason, 'Logged out (really): yes')
})

function read(line: string, zone: Zone): LogLine {
  const reader = logReader({ format: 'dovecot', zone, latestMs: login.atMs, log: 'main' })
  return reader.read(line, 0, line.length)
}
