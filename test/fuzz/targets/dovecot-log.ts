import assert from 'node:assert/strict'

import { renderLogin } from '../../../src/journal/dovecot/dovecot.ts'
import type { LogLine } from '../../../src/journal/event.ts'
import { logReader } from '../../../src/journal/reader.ts'
import { UTC } from '../../../src/journal/zone.ts'
import type { FuzzTarget } from '../target.ts'

const SYSLOG = 'Nov 20 23:51:18 mail dovecot: '
const FILE = 'Nov 20 23:51:18 '
const LIST = 'rip=192.0.2.3, lip=192.0.2.1, mpid=12, TLS, session=<a1b2>'

export const target: FuzzTarget = {
  name: 'dovecot-log',
  seeds: [
    `${FILE}imap-login: Info: Login: user=<bob>, method=PLAIN, ${LIST}\n${SYSLOG}pop3-login: Logged in: user=<b>, ${LIST}`,
    `${SYSLOG}imap-login: Login aborted: Connection closed (auth failed, 3 attempts in 16 secs) (auth_failed): user=<bob>, method=PLAIN, ${LIST}`,
    `${SYSLOG}imap-login: Disconnected: Inactivity (no auth attempts in 180 secs): user=<>, rip=192.0.2.3, TLS handshaking: SSL_accept() failed: error:14094416`,
    `${FILE}auth: Info: passwd-file(bob@example.com,192.0.2.3,<a1b2>): Password mismatch\n${SYSLOG}lmtp(1): Connect from 192.0.2.3\n${SYSLOG}auth: sql(b,192.0.2.3): unknown user`,
    `${SYSLOG}auth-worker(1): conn unix:auth-worker (pid=1,uid=2): auth-worker<5>: pam(bob,192.0.2.3): pam_authenticate() failed: x`,
    `${SYSLOG}auth(bob,192.0.2.3,sasl:plain,master)<1><a1b2>: request [3]: pam: unknown user`,
    `${FILE}imap(bob)<12><a1b2>: Info: Disconnected: Logged out in=74 out=1824 deleted=0 body_bytes=873`,
    `${FILE}pop3(bob)<12><a1b2>: Info: Disconnected: Logged out top=0/0, retr=1/3386, del=1/9, size=44645`,
    `${SYSLOG}lmtp(12, bob): 4KOmJQX+sFQ5DAAAJwkDVQ: sieve: msgid=<m@x> (added by y): fileinto action: stored mail into mailbox 'A'`,
    `${SYSLOG}lmtp(b)<1><a>: from=<x@y>, subject=Re: a, msgid=<m@x>, size=1234: save failed to INBOX: Quota exceeded`,
    `${SYSLOG}lmtp(b): Error: sieve: msgid=<m@x>: failed to store into mailbox 'A: b': gone\n${SYSLOG}lda(b): sieve: msgid=<m>: forwarded to <x@y>`,
    `${SYSLOG}message repeated 3 times: [ auth: sql(bob,192.0.2.3,<a>): Password mismatch]`,
    `${SYSLOG}master: Error: service(imap): child 12 killed with signal 11\n${FILE}imap(b): Panic: file x: line 1: assertion failed`,
    `2026-11-20 23:51:18 imap-login: Disconnected: x\\054 (auth failed, 1 attempts): user=<a>, method=PLAIN, rip=1.2.3.4, lip=1.2.3.4, TLS, session=<s>`,
  ],
  dictionary: [
    ...['\n', ': ', ', ', '(', ')', '<', '>', '[', ']', "'", '`', '=', '/', ' ', '\\'],
    ...['user=<', 'rip=', 'lip=', 'method=', 'session=<', 'msgid=', 'subject=', 'from=', 'size='],
    ...[
      'Info: ',
      'Error: ',
      'imap-login: ',
      'auth: ',
      'lmtp(',
      ')<1><a>: ',
      'sieve: ',
      ' action: ',
    ],
    ...[
      'saved mail to ',
      'stored mail into mailbox ',
      'forwarded to ',
      'ailed to ',
      ' in=',
      ' top=',
    ],
    ...['auth failed, 2 attempts', 'unknown user', 'message repeated 9 times: [ ', SYSLOG, FILE],
  ],
  run(octets) {
    const text = Buffer.from(octets).toString('latin1')
    const reader = logReader({ format: 'dovecot', zone: UTC, latestMs: LATEST_MS, log: 'main' })
    for (const line of text.split('\n')) check(reader.read(line, 0, line.length), line)
  },
}

function check(event: LogLine, line: string): void {
  if (event.type === 'unknown' || event.type === 'continuation') {
    assert.equal(event.line, line.endsWith('\r') ? line.slice(0, -1) : line)
    return
  }
  assert.ok(Number.isFinite(event.atMs), 'every event has its time')
  for (const value of Object.values(event)) if (typeof value === 'string') assertCut(value, line)
  switch (event.type) {
    case 'loggedIn':
    case 'loginFailed':
    case 'loggedOut':
    case 'noLogin':
      assert.ok(event.attempts === null || Number.isSafeInteger(event.attempts))
      for (const count of Object.values(event.counts ?? {})) assert.ok(Number.isFinite(count))
      // What was read of a foreign line can be written, in one line, without harm.
      assert.doesNotMatch(renderLogin(event, UTC), HARMFUL)
      return
    case 'filed':
      assert.ok(event.sizeOctets === null || Number.isFinite(event.sizeOctets))
      return
    case 'note':
    case 'warning':
    case 'panic':
      return
    default:
      assert.fail(`Dovecot logs no ${event.type}`)
  }
}

/** A value is a part of the line: nothing was made up, and nothing of the next line was taken. */
function assertCut(value: string, line: string): void {
  if (value.startsWith('dovecot') || NAMES.has(value)) return
  if (line.includes('\\') || line.includes('#01')) return // escapes were undone
  // A reason can be two: why the session ended, and what TLS said.
  const parts = line.includes(value) ? [value] : value.split(/, (?=TLS)/)
  for (const part of parts)
    assert.ok(line.includes(part), `${JSON.stringify(part)} stands in the line`)
}

/** Words of ours. */
const NAMES = new Set([
  ...['loggedIn', 'loginFailed', 'loggedOut', 'noLogin', 'filed', 'note', 'warning', 'panic'],
  ...['imap', 'pop3', 'submission', 'jmap', 'sieve', 'lmtp', 'auth', 'error', 'fatal', 'saved'],
  ...['forwarded', 'discarded', 'rejected', 'replied', 'notified', 'duplicate', 'failed'],
  ...[
    'start',
    'stop',
    'reload',
    'connected',
    'disconnected',
    'filter',
    'command',
    'tls',
    'process',
  ],
  ...['connection', 'delivery', 'policy', 'configuration', 'statistics', 'authentication', 'dns'],
  ...['other'],
])
const HARMFUL = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u
const LATEST_MS = Date.UTC(2026, 11, 31)
