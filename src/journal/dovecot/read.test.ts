import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Event, LogLine } from '../event.ts'
import { logReader } from '../reader.ts'
import { UTC } from '../zone.ts'

const AT = 'Nov 20 23:51:18'
const AT_MS = Date.UTC(2026, 10, 20, 23, 51, 18)

/** Lines of the system log, after the tag; a level makes the same line one of Dovecot's own file. */
function read(...messages: readonly string[]): LogLine {
  const zone = UTC
  const reader = logReader({ format: 'auto', zone, latestMs: AT_MS, log: 'main' })
  let last: LogLine | undefined
  for (const message of messages) {
    const line = `${AT} mail dovecot: ${message}`
    last = reader.read(line, 0, line.length)
    const own = inOwnFile(message)
    if (own === null || last.type === 'unknown') continue
    const ownReader = logReader({ format: 'dovecot', zone, latestMs: AT_MS, log: 'main' })
    assert.deepEqual(ownReader.read(own, 0, own.length), last, 'in its own file it is the same')
  }
  assert.ok(last !== undefined)
  return last
}

/** Null for what depends on the lines before. */
function inOwnFile(message: string): string | null {
  const known = /^[a-z0-9-]+(?:\([^)]*\))?(?:<[^>]*>)*: /.exec(message)
  if (known === null || message.includes('unknown user')) return null
  const rest = message.slice(known[0].length)
  if (/^request \[\d+\]: (?:Info|Error): /.test(rest)) return null
  const hasLevel = /^(?:Debug|Warning|Error|Fatal|Panic): /.test(rest)
  return `${AT} ${known[0]}${hasLevel ? '' : 'Info: '}${rest}`
}

/** The event's fields that are named in `expected`. */
function assertEvent(message: string, expected: Partial<Record<string, unknown>>): void {
  const event = read(message)
  const found = Object.fromEntries(
    Object.keys(expected).map((key) => [
      key,
      key in event ? event[key as keyof LogLine] : undefined,
    ]),
  )
  assert.deepEqual(found, expected, message)
  if (event.type !== 'continuation') assert.equal(event.atMs, AT_MS)
}

test('a user that is not known yet is nobody', () => {
  assertEvent(
    'auth: login(?,192.0.2.3): Username character disallowed by auth_username_chars: 0x25',
    {
      type: 'loginFailed',
      login: null,
      remoteAddress: '192.0.2.3',
    },
  )
})

const LIST = 'rip=192.0.2.3, lip=192.0.2.1, TLS, session=<a1b2>'
const login = {
  service: 'imap',
  login: 'bob',
  mechanism: 'PLAIN',
  remoteAddress: '192.0.2.3',
  localAddress: '192.0.2.1',
  tls: true,
  session: 'a1b2',
}

const logins: readonly [message: string, expected: Record<string, unknown>][] = [
  [
    `imap-login: Login: user=<bob>, method=PLAIN, rip=192.0.2.3, lip=192.0.2.1, mpid=12, TLS, session=<a1b2>`,
    { type: 'loggedIn', ...login, attempts: null, reason: null },
  ],
  [
    `pop3-login: Logged in: user=<bob>, method=PLAIN, ${LIST}`,
    { type: 'loggedIn', ...login, service: 'pop3' },
  ],
  [
    `managesieve-login: Login: user=<bob>, method=PLAIN, ${LIST}`,
    { type: 'loggedIn', ...login, service: 'sieve' },
  ],
  [
    `submission-login: Login: user=<bob>, method=PLAIN, rip=2001:db8::3, lip=2001:db8::1, secured, session=<a1b2>`,
    { type: 'loggedIn', service: 'submission', remoteAddress: '2001:db8::3', tls: false },
  ],
  [
    `imap-login: proxy(bob): started proxying to 10.0.0.1:143: user=<bob>, method=PLAIN, ${LIST}`,
    { type: 'loggedIn', ...login },
  ],
  [
    `imap-login: Disconnected: Connection closed (auth failed, 2 attempts in 4 secs): user=<bob>, method=PLAIN, ${LIST}`,
    {
      type: 'loginFailed',
      ...login,
      attempts: 2,
      reason: 'Connection closed (auth failed, 2 attempts in 4 secs)',
    },
  ],
  [
    `imap-login: Aborted login (auth failed, 1 attempts in 2 secs): user=<bob>, method=PLAIN, ${LIST}`,
    { type: 'loginFailed', ...login, attempts: 1, reason: 'auth failed, 1 attempts in 2 secs' },
  ],
  [
    `imap-login: Login aborted: Connection closed (auth failed, 3 attempts in 16 secs) (auth_failed): user=<bob>, method=PLAIN, ${LIST}`,
    { type: 'loginFailed', ...login, attempts: 3 },
  ],
  [
    `imap-login: Disconnected (tried to use disallowed plaintext auth): user=<>, ${LIST}`,
    { type: 'loginFailed', login: null, mechanism: null, attempts: null },
  ],
  [
    `imap-login: Disconnected (proxy dest auth failed): user=<bob>, method=PLAIN, ${LIST}`,
    { type: 'loginFailed', ...login, attempts: null },
  ],
  [
    `imap-login: Disconnected: Inactivity (no auth attempts in 180 secs): user=<>, ${LIST}`,
    { type: 'noLogin', login: null, reason: 'Inactivity (no auth attempts in 180 secs)' },
  ],
  [
    `imap-login: Login aborted: Too many invalid commands. (no auth attempts in 0 secs) (no_auth_attempts): user=<>, ${LIST}`,
    { type: 'noLogin', attempts: null },
  ],
  [
    `imap-login: Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10): user=<bob>, method=PLAIN, ${LIST}`,
    {
      type: 'noLogin',
      ...login,
      reason:
        'Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)',
    },
  ],
  [
    `imap-login: Disconnected (client didn't finish SASL auth, waited 2 secs): user=<>, method=PLAIN, rip=192.0.2.3, lip=192.0.2.1, TLS: SSL_read() syscall failed: Connection reset by peer, TLSv1.2 with cipher X (256/256 bits)`,
    {
      type: 'noLogin',
      tls: true,
      session: null,
      reason:
        "client didn't finish SASL auth, waited 2 secs, TLS: SSL_read() syscall failed: Connection reset by peer",
    },
  ],
  [
    `imap-login: Disconnected (no auth attempts in 0 secs): user=<>, rip=192.0.2.3, lip=192.0.2.1, TLS handshaking: SSL_accept() failed: error:14094416:SSL routines:ssl3_read_bytes:sslv3 alert certificate unknown: SSL alert number 46, session=<a1>`,
    {
      type: 'noLogin',
      tls: false,
      session: 'a1',
      reason:
        'no auth attempts in 0 secs, TLS handshaking: SSL_accept() failed: error:14094416:SSL routines:ssl3_read_bytes:sslv3 alert certificate unknown: SSL alert number 46',
    },
  ],
  [
    `imap-login: Disconnected: rip=192.0.2.3, TLS: Disconnected, session=<a1>`,
    { type: 'noLogin', tls: true, session: 'a1', reason: null },
  ],
  [
    'imap-login: Disconnected: Inactivity (no auth attempts in 180 secs): rip=192.0.2.3',
    { type: 'noLogin', remoteAddress: '192.0.2.3', localAddress: null, login: null },
  ],
  [
    `imap-login: proxy: Started proxying to <10.0.0.5> (0.01 secs): user=<bob>, method=PLAIN, ${LIST}`,
    { type: 'loggedIn', ...login },
  ],
  [
    `pop3-login: Aborted login (tried to use disabled plaintext auth): user=<>, ${LIST}`,
    { type: 'loginFailed', service: 'pop3', login: null },
  ],
  [
    `imap-login: Login aborted: Connection closed (auth service reported temporary failure): user=<bob>, method=PLAIN, ${LIST}`,
    { type: 'noLogin', ...login },
  ],
  [
    `imap-login: ID sent: name=Mail, version=3: user=<>, ${LIST}`,
    { type: 'note', topic: 'protocol' },
  ],
  [
    `imap-login: Error: Failed to initialize SSL server context: Can't load SSL certificate: user=<>, ${LIST}`,
    { type: 'panic', severity: 'error', program: 'dovecot/imap-login' },
  ],
  [
    `imap-login: Error: proxy(bob): Login to 10.0.0.5:143 timed out (state=banner): user=<bob>, method=PLAIN, ${LIST}`,
    { type: 'panic', severity: 'error' },
  ],
  [
    `imap-login: Warning: Auth process not responding, delayed sending greeting: user=<>, ${LIST}`,
    { type: 'warning', program: 'dovecot/imap-login' },
  ],
]

for (const [message, expected] of logins) {
  test(`a login: ${message.slice(0, 90)}`, () => assertEvent(message, expected))
}

test('whoever logs in cannot write an address of another into the name', () => {
  assertEvent(
    `imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<x>, method=PLAIN, rip=198.51.100.7, y>, method=PLAIN, ${LIST}`,
    {
      type: 'loginFailed',
      remoteAddress: '192.0.2.3',
      login: 'x>, method=PLAIN, rip=198.51.100.7, y',
    },
  )
})

const answers: readonly [message: string, expected: Record<string, unknown>][] = [
  [
    'auth: passwd-file(bob@example.com,192.0.2.3,<a1b2>): Password mismatch',
    {
      type: 'loginFailed',
      service: 'auth',
      login: 'bob@example.com',
      remoteAddress: '192.0.2.3',
      session: 'a1b2',
      attempts: 1,
      reason: 'Password mismatch',
    },
  ],
  [
    'auth-worker(123): pam(bob,2001:db8::3): pam_authenticate() failed: Authentication failure (password mismatch?)',
    { type: 'loginFailed', login: 'bob', remoteAddress: '2001:db8::3', session: null },
  ],
  [
    'auth-worker(123): conn unix:auth-worker (pid=1,uid=2): auth-worker<55>: sql(bob,192.0.2.3,<a1b2>): Password mismatch',
    { type: 'loginFailed', login: 'bob', remoteAddress: '192.0.2.3', session: 'a1b2' },
  ],
  [
    'auth(bob,192.0.2.3,sasl:plain)<a1b2>: passwd-file: Password mismatch',
    { type: 'loginFailed', login: 'bob', remoteAddress: '192.0.2.3', session: 'a1b2' },
  ],
  [
    'auth: ldap(b,ob,192.0.2.3,): invalid credentials',
    { type: 'loginFailed', login: 'b,ob', remoteAddress: '192.0.2.3', session: null },
  ],
  [
    'auth: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=bob rhost=192.0.2.3  user=bob',
    { type: 'loginFailed', login: 'bob', remoteAddress: '192.0.2.3' },
  ],
  ['auth: Debug: passwd-file(bob,192.0.2.3,<a>): Password mismatch', { type: 'note' }],
  [
    'auth: Error: ldap(bob,192.0.2.3,<a>): ldap_bind() failed: Connection refused',
    { type: 'panic', severity: 'error', program: 'dovecot/auth' },
  ],
  ['auth: passwd-file(bob,192.0.2.3,<a>): Master user logging in as jane', { type: 'note' }],
  [
    'auth-worker(bob@example.com,192.0.2.3)<12><a1b2>: request [12]: sql: Password mismatch',
    {
      type: 'loginFailed',
      login: 'bob@example.com',
      session: 'a1b2',
      reason: 'sql: Password mismatch',
    },
  ],
  [
    'auth: Error: sql(bob,192.0.2.3,<a>): Invalid password in passdb: Not a valid MD5-CRYPT or PLAIN-MD5 password',
    { type: 'panic', severity: 'error' },
  ],
  [
    'auth-worker(12): Error: pam(bob,192.0.2.3): pam_authenticate() failed: System error',
    { type: 'panic', severity: 'error' },
  ],
]

for (const [message, expected] of answers) {
  test(`the auth process: ${message.slice(0, 90)}`, () => assertEvent(message, expected))
}

test('an unknown user without a session is a recipient, when the address delivers by LMTP', () => {
  const unknown = 'auth: passwd-file(nobody@example.com,192.0.2.9): unknown user'
  assert.equal(read(unknown).type, 'loginFailed')
  const event = read('lmtp(123): Connect from 192.0.2.9', unknown)
  assert.ok(event.type === 'filed')
  assert.equal(event.action, 'failed')
  assert.equal(event.to, 'nobody@example.com')
  assert.equal(read('auth: passwd-file(nobody@example.com): unknown user').type, 'filed')
})

const ends: readonly [message: string, expected: Record<string, unknown>][] = [
  [
    'imap(bob)<12><a1b2>: Disconnected: Logged out in=74 out=1824 deleted=0 expunged=1 body_bytes=873',
    {
      type: 'loggedOut',
      service: 'imap',
      login: 'bob',
      session: 'a1b2',
      counts: { in: 74, out: 1824, deleted: 0, expunged: 1, body_bytes: 873 },
      reason: 'Logged out',
    },
  ],
  [
    'pop3(bob)<12><a1b2>: Disconnected: Logged out top=0/0, retr=1/3386, del=1/9, size=44645',
    {
      type: 'loggedOut',
      service: 'pop3',
      counts: { top: 0, top_bytes: 0, retr: 1, retr_bytes: 3386, del: 1, messages: 9, size: 44645 },
    },
  ],
  [
    'imap(bob): Connection closed (UID FETCH finished 0.2 secs ago) in=12 out=34',
    { type: 'loggedOut', session: null, counts: { in: 12, out: 34 } },
  ],
  [
    'managesieve(bob): Disconnected: Logged out bytes=50/848',
    { service: 'sieve', counts: { in: 50, out: 848 } },
  ],
  [
    'imap(bob,192.0.2.3): Disconnected for inactivity',
    { type: 'loggedOut', login: 'bob', counts: null },
  ],
  [
    'imap(bob): Server shutting down. in=1 out=2',
    { type: 'loggedOut', reason: 'Server shutting down.' },
  ],
  [
    'imap(bob)<12><a1b2>: Disconnected: Connection closed (IDLE running for 0.001 + waiting input for 29.2 secs, 2 B in + 10 B out, state=wait-input) in=50 out=563',
    { type: 'loggedOut', counts: { in: 50, out: 563 } },
  ],
  // Dovecot 1.x
  [
    'IMAP(bob@example.com): Disconnected: Logged out bytes=235/1032',
    {
      type: 'loggedOut',
      service: 'imap',
      login: 'bob@example.com',
      counts: { in: 235, out: 1032 },
    },
  ],
  ['MANAGESIEVE(bob): Connection closed bytes=10/20', { type: 'loggedOut', service: 'sieve' }],
]

for (const [message, expected] of ends) {
  test(`the end of a session: ${message.slice(0, 90)}`, () => assertEvent(message, expected))
}

const LMTP = 'lmtp(bob)<12><a1b2>'
const filed: readonly [message: string, expected: Record<string, unknown>][] = [
  [
    `lda(bob): msgid=<m1@example.net>: rejected: Quota exceeded (mailbox for user is full)`,
    { action: 'rejected', reason: 'Quota exceeded (mailbox for user is full)' },
  ],
  [`${LMTP}: size=${'9'.repeat(400)}, msgid=<m1@x>: saved mail to INBOX`, { sizeOctets: null }],
  [
    `${LMTP}: msgid=<m1@example.net>: saved mail to INBOX`,
    {
      type: 'filed',
      action: 'saved',
      login: 'bob',
      messageIdHeader: 'm1@example.net',
      mailbox: 'INBOX',
      session: 'a1b2',
      reason: null,
    },
  ],
  [
    "lmtp(12, bob): 4KOmJQX+sFQ5DAAAJwkDVQ:2: sieve: msgid=<m1@example.net>: stored mail into mailbox 'A/B'",
    { action: 'saved', login: 'bob', mailbox: 'A/B', session: '4KOmJQX+sFQ5DAAAJwkDVQ:2' },
  ],
  [
    `lda(bob): sieve: msgid=<m1@example.net> (added by postmaster@example.net): fileinto action: stored mail into mailbox 'Spam'`,
    { action: 'saved', messageIdHeader: 'm1@example.net', mailbox: 'Spam' },
  ],
  [`${LMTP}: msgid=unspecified: saved mail to INBOX`, { action: 'saved', messageIdHeader: null }],
  [
    `${LMTP}: from=<x@y>, subject=Re: a, b, msgid=<m1@example.net>, size=1234: saved mail to INBOX`,
    { from: 'x@y', subject: 'Re: a, b', messageIdHeader: 'm1@example.net', sizeOctets: 1234 },
  ],
  [
    `${LMTP}: msgid=<m1@example.net>: save failed to INBOX: Quota exceeded (mailbox for user is full)`,
    { action: 'failed', mailbox: 'INBOX', reason: 'Quota exceeded (mailbox for user is full)' },
  ],
  [
    `${LMTP}: msgid=<m1@example.net>: save failed to open mailbox INBOX: Quota exceeded`,
    { action: 'failed', mailbox: 'INBOX', reason: 'Quota exceeded' },
  ],
  [
    `${LMTP}: Error: sieve: msgid=<m1@example.net>: failed to store into mailbox 'A: b': Mailbox doesn't exist: A: b`,
    { action: 'failed', mailbox: 'A: b', reason: "Mailbox doesn't exist: A: b" },
  ],
  [
    `${LMTP}: sieve: msgid=<m1@example.net>: forwarded to <jane@example.org>`,
    { action: 'forwarded', to: 'jane@example.org', mailbox: null },
  ],
  [
    `${LMTP}: sieve: msgid=<m1@example.net>: marked message to be discarded if not explicitly delivered (discard action)`,
    {
      action: 'discarded',
      reason: 'marked message to be discarded if not explicitly delivered (discard action)',
    },
  ],
  [
    `${LMTP}: sieve: msgid=<m1@example.net>: discarded duplicate forward to <jane@example.org>`,
    { action: 'duplicate', to: 'jane@example.org' },
  ],
  [
    `${LMTP}: sieve: msgid=<m1@example.net>: rejected message from <x@y> (reject)`,
    { action: 'rejected', to: 'x@y' },
  ],
  [
    `${LMTP}: sieve: msgid=<m1@example.net>: vacation action: sent vacation response to <x@y>`,
    { action: 'replied', to: 'x@y', messageIdHeader: 'm1@example.net' },
  ],
  [
    `${LMTP}: sieve: msgid=<m1@example.net>: sent mail notification to <x@y>`,
    { action: 'notified', to: 'x@y' },
  ],
]

for (const [message, expected] of filed) {
  test(`a delivery: ${message.slice(0, 100)}`, () =>
    assertEvent(message, { type: 'filed', ...expected }))
}

test('whoever sends a message cannot write what became of it into its id', () => {
  assertEvent(`${LMTP}: msgid=<a@b>: discarded message: x@y>: saved mail to INBOX`, {
    action: 'saved',
    mailbox: 'INBOX',
    messageIdHeader: 'a@b>: discarded message: x@y',
  })
})

const others: readonly [message: string, expected: Record<string, unknown>][] = [
  [
    'imap(bob)<12><a>: Error: Corrupted index cache file /x/dovecot.index.cache: invalid record size',
    { type: 'panic', severity: 'error', program: 'dovecot/imap' },
  ],
  [
    'imap(bob)<12><a>: Error: mmap(size=123) failed with file /x/dovecot.index.cache: Cannot allocate memory',
    { type: 'panic', severity: 'error' },
  ],
  ['imap(bob)<12><a>: Warning: fscking index file /x/dovecot.index', { type: 'warning' }],
  [
    'imap(bob)<12><a>: Panic: file mail-index-sync.c: line 12 (f): assertion failed: (a == b)',
    { type: 'panic', severity: 'panic' },
  ],
  [
    'imap(bob)<12><a>: Fatal: master: service(imap): child 12 killed with signal 6 (core dumped)',
    { type: 'panic', severity: 'fatal' },
  ],
  [
    'master: Warning: service(imap-login): process_limit (100) reached, client connections are being dropped',
    { type: 'warning', program: 'dovecot/master' },
  ],
  [
    'master: Error: service(imap): child 12 killed with signal 11 (core dumps disabled)',
    { type: 'panic', severity: 'error' },
  ],
  ['master: Dovecot v2.3.19.1 (9b53102964) starting up for imap', { type: 'note', topic: 'start' }],
  [
    'master: Warning: Killed with signal 15 (by pid=1 uid=0 code=kill)',
    { type: 'note', topic: 'stop' },
  ],
  ['master: Warning: SIGHUP received - reloading configuration', { type: 'note', topic: 'reload' }],
  [
    'lmtp(12): Connect from 192.0.2.9',
    { topic: 'connected', host: { name: null, helo: null, address: '192.0.2.9', port: null } },
  ],
  [
    'lmtp(12): Disconnect from local: Logged out (state=READY)',
    { topic: 'disconnected', host: null },
  ],
  ['imap(bob)<12><a>: delete: box=INBOX, uid=3, msgid=<a@b>, size=123', { topic: 'command' }],
  ['imap(bob)<12><a>: copy from INBOX: box=Trash, uid=3, msgid=<a@b>', { topic: 'command' }],
  ['ssl-params: Generating SSL parameters', { topic: 'tls' }],
  ['imap(bob)<12><a>: quota warning: bytes=95% exceeded', { type: 'note', topic: 'delivery' }],
  ['imap(bob)<12><a>: ID sent: name=Mail, version=3', { type: 'note', topic: 'protocol' }],
  ['stats: Warning: session closed', { type: 'warning' }],
  ["doveadm(bob): Error: User doesn't exist", { type: 'panic', severity: 'error' }],
  ['indexer-worker(bob)<12><a>: Indexed 3 messages in INBOX (UIDs 1..3)', { topic: 'process' }],
  [
    'imap-login: Error: SSL context initialization failed',
    { type: 'panic', program: 'dovecot/imap-login' },
  ],
  [
    `${LMTP}: sieve: msgid=<a@b>: discarding vacation response to own address <a@b>`,
    { topic: 'filter' },
  ],
]

for (const [message, expected] of others) {
  test(`everything else: ${message.slice(0, 90)}`, () => assertEvent(message, expected))
}

test('what no form of Dovecot covers is unknown, and whole', () => {
  for (const message of ['gibberish', 'imap(bob)<12><a>: gibberish', '', 'imap', ': ', '(', '<>'])
    assert.deepEqual(read(message), {
      type: 'unknown',
      atMs: AT_MS,
      id: null,
      line: `${AT} mail dovecot: ${message}`,
    })
})

test('of repeated lines the attempts are counted', () => {
  const event = read('message repeated 3 times: [ auth: sql(bob,192.0.2.3,<a>): Password mismatch]')
  assert.equal((event as Event).type, 'loginFailed')
  assert.equal(event.type === 'loginFailed' && event.attempts, 3)
})

test('a worker of 2.4 names its request before how bad it is', () => {
  const worker = 'auth-worker(bob,192.0.2.3)<12><a1b2>: request [12]: '
  const failed = read(`${worker}Info: sql: Password mismatch`)
  assert.ok(failed.type === 'loginFailed')
  assert.equal(failed.reason, 'sql: Password mismatch')
  const fault = read(`${worker}Error: sql: Password query failed: Not connected to database`)
  assert.ok(fault.type === 'panic')
  assert.equal(fault.text, 'sql: Password query failed: Not connected to database')
})
