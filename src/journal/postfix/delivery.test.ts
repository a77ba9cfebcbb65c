import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Delivered, TlsFacts, Undelivered } from '../event.ts'
import { AT, ID, MX, TAIL, check, checkPart, readLines } from '../testing/postfix-lines.ts'

const TLS: TlsFacts = {
  version: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  bits: 256,
  verified: null,
  serverName: null,
}
const TLS_WORDS = 'TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519'

const delivered: Delivered = {
  type: 'delivered',
  mark: '=>',
  atMs: AT,
  id: ID,
  recipient: {
    address: 'bob@example.net',
    parents: [],
    from: undefined,
    router: null,
    transport: 'smtp',
  },
  host: { ...MX, port: 25 },
  tls: null,
  authenticator: null,
  sizeOctets: null,
  mailbox: null,
  confirmation: '250 2.0.0 Ok: queued as 4PbC4z6W5Qz3tG3',
  queueTimeMs: 3600,
  deliverTimeMs: 990,
  status: '2.0.0',
}
const deferred: Undelivered = {
  type: 'deferred',
  atMs: AT,
  id: ID,
  recipient: delivered.recipient,
  host: MX,
  tls: null,
  errorNumber: null,
  reason: '',
  queueTimeMs: null,
  deliverTimeMs: null,
  status: null,
}

test('what became of a recipient', () => {
  const sent = 'status=sent (250 2.0.0 Ok: queued as 4PbC4z6W5Qz3tG3)'
  const local = { ...delivered.recipient, address: 'bob', transport: 'local' }
  check({
    [`postfix/smtp[1]: ${ID}: to=<bob@example.net>, relay=mx.example.net[192.0.2.1]:25, conn_use=3, delay=3.6, delays=0.08/2.53/0.85/0.14, tls=may?, dsn=2.0.0, ${sent}`]:
      delivered,
    [`postfix-out/relay/smtp[1]: ${ID}: to=<bob@example.net>, orig_to=<jim@example.net>, relay=mx.example.net[192.0.2.1]:25, delay=3.6, delays=0/0/0.85/0.14, dsn=2.0.0, ${sent}`]:
      {
        ...delivered,
        recipient: {
          ...delivered.recipient,
          parents: ['jim@example.net'],
          transport: 'relay/smtp',
        },
      },
    [`postfix/lmtp[1]: ${ID}: to=<bob@example.net>, relay=mail[private/dovecot-lmtp], delay=3.6, delays=3/0/0.85/0.14, dsn=2.0.0, ${sent}`]:
      {
        ...delivered,
        recipient: { ...delivered.recipient, transport: 'lmtp' },
        host: { name: 'mail', helo: null, address: 'private/dovecot-lmtp', port: null },
      },
    [`postfix/pipe[1]: ${ID}: to=<bob@example.net>, relay=dovecot, delay=12, delays=3.4/0/0/0.12, dsn=2.0.0, status=sent (delivered via dovecot service)`]:
      {
        ...delivered,
        recipient: { ...delivered.recipient, transport: 'dovecot' },
        host: null,
        confirmation: 'delivered via dovecot service',
        queueTimeMs: 12_000,
        deliverTimeMs: 120,
      },
    [`postfix/local[1]: ${ID}: to=bob, relay=local, delay=5, status=sent ("|/usr/bin/procmail -a (x)")`]:
      {
        ...delivered,
        recipient: local,
        host: null,
        confirmation: '"|/usr/bin/procmail -a (x)"',
        queueTimeMs: 5000,
        deliverTimeMs: null,
        status: null,
      },
    [`postfix/smtp[1]: ${ID}: to=<bob@example.net>, relay=mx.example.net[192.0.2.1]:25, delay=1, delays=0.1/0/0.5/0.4, dsn=4.7.1, status=deferred (host mx.example.net[192.0.2.1] said: 451 4.7.1 Later (in reply to RCPT TO command))`]:
      {
        ...deferred,
        host: { ...MX, port: 25 },
        reason:
          'host mx.example.net[192.0.2.1] said: 451 4.7.1 Later (in reply to RCPT TO command)',
        queueTimeMs: 1000,
        deliverTimeMs: 900,
        status: '4.7.1',
      },
    [`postfix/smtp[1]: ${ID}: to=<bob@example.net>, relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, status=deferred (connect to mx.example.net[192.0.2.1]:25: Connection timed out)`]:
      {
        ...deferred,
        host: null,
        reason: 'connect to mx.example.net[192.0.2.1]:25: Connection timed out',
        queueTimeMs: 30_000,
        deliverTimeMs: 30_000,
        status: '4.4.1',
      },
    [`postfix/error[1]: ${ID}: to=<bob@example.net>, relay=none, delay=0.2, delays=0.2/0/0/0, dsn=5.0.0, status=bounced (no such domain`]:
      {
        ...deferred,
        type: 'failed',
        recipient: { ...delivered.recipient, transport: 'error' },
        host: null,
        reason: 'no such domain',
        queueTimeMs: 200,
        deliverTimeMs: 0,
        status: '5.0.0',
      },
  })
  checkPart({
    [`postfix/discard[1]: ${ID}: to=<b@c>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (x)`]:
      { type: 'delivered', recipient: { transport: 'discard' } },
    [`postfix/smtp[1]: ${ID}: to=<b@c>, relay=none, delay=0, delays=0/0/0/0, dsn=5.0.0, status=SOFTBOUNCE (x)`]:
      { type: 'deferred', reason: 'x', status: '5.0.0' },
    [`postfix/smtp[1]: ${ID}: to=<b@c>, relay=x[192.0.2.1]:25, delay=0, delays=0/0/0/0, dsn=2.1.5, status=deliverable (250 OK)`]:
      { type: 'note', id: ID, topic: 'callout', host: { address: '192.0.2.1' } },
    [`postfix/error[1]: ${ID}: to=<b@c>, relay=none, delay=0, delays=0/0/0/0, dsn=5.1.1, status=undeliverable-but-not-cached (no)`]:
      { type: 'note', topic: 'callout' },
    [`postfix/local[1]: ${ID}: to=<b@c>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status=expanded (x)`]:
      { type: 'note', topic: 'delivery' },
    [`postfix/smtp[1]: ${ID}: to=<b@c>, relay=none, delay=0, delays=0/0`]: {
      type: 'unknown',
      id: ID,
    },
    [`postfix/smtp[1]: ${ID}: to=<b@c>, relay=none, status=`]: { type: 'unknown', id: ID },
  })
})

test('no quoted address is taken for what became of it', () => {
  const forged =
    '"q>, relay=good[198.51.100.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)"@example.net'
  const escaped = '"q\\"@x>, relay=good[198.51.100.1]:25, status=sent (250 ok) \\\\"@example.net'
  const real =
    'relay=mx.evil.org[192.0.2.2]:25, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced (no)'
  const failed = { type: 'failed', host: { address: '192.0.2.2' }, status: '5.1.1', reason: 'no' }
  for (const address of [forged, escaped])
    checkPart({
      [`postfix/smtp[1]: ${ID}: to=<${address}>, ${real}`]: { ...failed, recipient: { address } },
      [`postfix/smtp[1]: ${ID}: to=<${address}>, orig_to=<x@y>, ${real}`]: {
        ...failed,
        recipient: { address, parents: ['x@y'] },
      },
      [`postfix/smtp[1]: ${ID}: to=<x@y>, orig_to=<${address}>, ${real}`]: {
        ...failed,
        recipient: { address: 'x@y', parents: [address] },
      },
    })
  const cut = `postfix/smtp[1]: ${ID}: to=<${forged.slice(0, -'"@example.net'.length)}`
  checkPart({ [cut]: { type: 'unknown', id: ID } })
})

test('the TLS of a connection is told to the lines of its process, and to no others', () => {
  const events = readLines([
    'postfix/smtpd[7]: connect from mx.example.net[192.0.2.1]',
    `postfix/smtpd[7]: Anonymous TLS connection established from mx.example.net[192.0.2.1]: ${TLS_WORDS}`,
    `postfix/smtpd[8]: ${ID}: client=mx.example.net[192.0.2.1]`,
    `postfix/smtpd[7]: ${ID}: client=mx.example.net[192.0.2.10]`,
    `postfix/smtpd[7]: ${ID}: client=mx.example.net[192.0.2.1], sasl_method=PLAIN, sasl_username=a`,
    `postfix/smtpd[7]: NOQUEUE: reject: RCPT from mx.example.net[192.0.2.1]: 450 4.1.8 x; ${TAIL}`,
    'postfix/smtpd[7]: disconnect from mx.example.net[192.0.2.1] ehlo=2 quit=1 commands=3',
    `postfix/smtpd[7]: ${ID}: client=mx.example.net[192.0.2.1]`,
  ])
  const facts = events.slice(2).map((event) => ('tls' in event ? event.tls : undefined))
  assert.deepEqual(facts, [null, null, TLS, TLS, undefined, null])
})

test('smtp: the certificate, the name the client asked for, a connection used again', () => {
  const to = 'mx.example.net[192.0.2.1]:25'
  const sent = `to=<b@c>, relay=${to}, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (x)`
  for (const [words, verified, serverName] of [
    [`Verified TLS connection established to ${to}: `, true, null],
    [`Trusted TLS connection reused to ${to}: `, true, null],
    [`Untrusted TLS connection established to ${to}: `, false, null],
    [`TLS connection established to ${to}: `, null, null],
    [
      `Anonymous TLS connection established from ${to} to mail.example.com: `,
      null,
      'mail.example.com',
    ],
  ] as const) {
    const [note, event] = readLines([
      `postfix/smtp[7]: ${words}${TLS_WORDS}`,
      `postfix/smtp[7]: ${ID}: ${sent}`,
    ])
    assert.partialDeepStrictEqual(note, { type: 'note', topic: 'tls', host: { ...MX, port: 25 } })
    assert.ok(event?.type === 'delivered')
    assert.deepEqual(event.tls, { ...TLS, verified, serverName })
  }
})

test('without its quotes an address could be the end of a delivery: then nothing is said', () => {
  const forged =
    'a@b>, relay=good[198.51.100.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok@example.net'
  const real =
    'relay=mx.evil.org[192.0.2.2]:25, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced (no)'
  const unsure = { type: 'note', topic: 'delivery', id: ID, host: null }
  const end = 'delay=1, delays=0/0/0/1, dsn=4.0.0, status=deferred (host mx[192.0.2.2] said: 450 x'
  checkPart({
    [`postfix/smtp[1]: ${ID}: to=<${forged}>, ${real}`]: unsure,
    [`postfix/smtp[1]: ${ID}: to=<c@d>, orig_to=<${forged}>, ${real}`]: unsure,
    [`postfix/smtp[1]: ${ID}: to=<${forged}>, orig_to=<c@d>, ${real}`]: unsure,
    // What only looks a little like it stays the answer.
    [`postfix/smtp[1]: ${ID}: to=<a@b>, relay=mx[192.0.2.2]:25, ${end} <a@b>, relay=no)`]: {
      type: 'deferred',
      recipient: { address: 'a@b' },
    },
    [`postfix/smtp[1]: ${ID}: to=<a@b>, relay=mx[192.0.2.2]:25, ${end}; from=<c@d> to=<e@f>)`]: {
      type: 'deferred',
      recipient: { address: 'a@b' },
      host: { address: '192.0.2.2' },
    },
  })
})
