import assert from 'node:assert/strict'
import { test } from 'node:test'

import { assertEvent, read } from '../testing/dovecot-lines.ts'

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
