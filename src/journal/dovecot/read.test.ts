import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Event } from '../event.ts'
import { AT, AT_MS, assertEvent, read } from '../testing/dovecot-lines.ts'

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
    `lmtp(bob)<12><a1b2>: sieve: msgid=<a@b>: discarding vacation response to own address <a@b>`,
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
      program: null,
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
