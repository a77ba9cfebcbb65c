import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Event, NoteTopic } from '../event.ts'
import { UTC } from '../zone.ts'
import { readLine } from './read.ts'

const ID = '1vnYk2-00000000BQ5-1EaB'
const read = (text: string) => readLine(`2026-11-20 09:00:06 ${text}`, UTC)

function hasFields(text: string, fields: Partial<Event>): void {
  const event: object = read(text)
  for (const [name, value] of Object.entries(fields))
    assert.deepEqual((event as Record<string, unknown>)[name], value, name)
}

test('a word in capitals that no version yet has hides nothing after it in a step', () => {
  hasFields(
    `${ID} <= jane@example.com H=mx.example.org [192.0.2.3] P=esmtps K UTF8 NEW_FLAG S=12 M8S=0 Q=slow id=a@b T="Hi" for bob@example.net`,
    { type: 'arrival', sizeOctets: 12, messageIdHeader: 'a@b', subject: 'Hi' },
  )
  hasFields(`${ID} => bob@example.net R=a T=b NEW_FLAG C="250 OK" QT=1s`, {
    type: 'delivered',
    confirmation: '250 OK',
    queueTimeMs: 1000,
  })
})

test('id*= is the Message-ID that Exim made (msg_id_created)', () => {
  hasFields(`${ID} <= jane@example.com U=jane P=local S=12 id*=E1@mx.example.org T="Hi" for a@b`, {
    messageIdHeader: 'E1@mx.example.org',
    subject: 'Hi',
    recipients: ['a@b'],
  })
})

test('the third part of A= is the sender that the client vouches for, not the login', () => {
  for (const login of ['jane', 'jane@example.com'])
    hasFields(
      `${ID} <= jane@example.com H=[192.0.2.3] P=esmtpsa A=plain:${login}:boss@example.com S=12`,
      { authenticator: 'plain', login },
    )
  hasFields(`${ID} <= jane@example.com H=[192.0.2.3] P=esmtpsa A=plain:jane:home S=12`, {
    login: 'jane:home',
  })
})

test('what the error of a shadow transport says hides nothing after it', () => {
  hasFields(`${ID} => jane <jane@example.com> R=a T=b ST=copy (mailbox is full) QT=2s`, {
    type: 'delivered',
    queueTimeMs: 2000,
  })
})

test('a local part with spaces is whole when a parent repeats it', () => {
  hasFields(
    `${ID} => jane+a b ("jane+a b"@example.com, team@example.com) <all@example.com> SRS=<SRS0=x=y=z=jane@example.org> R=virtual T=lmtp C="250 Saved"`,
    {
      type: 'delivered',
      recipient: {
        address: 'jane+a b',
        parents: ['"jane+a b"@example.com', 'team@example.com', 'all@example.com'],
        from: undefined,
        router: 'virtual',
        transport: 'lmtp',
      },
      confirmation: '250 Saved',
    },
  )
})

test('a HELO that does not belong to the client is rejected', () => {
  hasFields('rejected "EHLO mx.example.net" from mx.example.org (h) [192.0.2.9]:4444', {
    type: 'rejected',
    temporary: false,
    phase: 'EHLO or HELO',
    subject: 'mx.example.net',
    host: { name: 'mx.example.org', helo: 'h', address: '192.0.2.9', port: 4444 },
    reason: 'EHLO argument does not match calling host',
  })
  hasFields('temporarily rejected "HELO x" from [192.0.2.9]:4444 I=[192.0.2.1]:25', {
    type: 'rejected',
    temporary: true,
    local: { address: '192.0.2.1', port: 25 },
  })
})

test('a HELO with the end of such a line in it names no host', () => {
  const text = 'rejected "EHLO x" from [192.0.2.66]" from (x" from [192.0.2.66]) [192.0.2.9]'
  hasFields(text, { type: 'note', host: null })
})

test('failed logins name the host with H= too', () => {
  hasFields(
    'plain authenticator failed for H=mx.example.org (h) [192.0.2.9]:4444: 535 Incorrect authentication data (set_id=jane)',
    {
      type: 'authenticationFailed',
      host: { name: 'mx.example.org', helo: 'h', address: '192.0.2.9', port: 4444 },
      login: 'jane',
    },
  )
})

const NOTES: readonly (readonly [text: string, topic: NoteTopic])[] = [
  ["Long A lookup for 'mx.example.org': 31234 msec", 'dns'],
  ['list matching forced to fail: failed to find host name for 192.0.2.9', 'dns'],
  ['failed to find host name for 192.0.2.9: accepted by +include_unknown', 'dns'],
  ['no IP address found for host x.example: item ignored by +ignore_unknown', 'dns'],
  ['User set without group for local_delivery transport', 'configuration'],
  ["Attempt to exec tainted path: '/usr/sbin/exim'", 'configuration'],
  ['Taint mismatch, string_vformat: deliver_local 2345', 'configuration'],
  ["attempt to expand tainted string '$x'", 'configuration'],
  ['non-existent configuration file(s): /etc/exim.conf', 'configuration'],
  ['no @ found in the subject of an address list match: subject="x"', 'configuration'],
  ['socket bind() to port 25 for address (any IPv4) failed: Address already in use', 'process'],
  ['spam acl condition: all spamd servers failed', 'process'],
  [`${ID} process 4711 crashed with signal 11 while delivering ${ID}`, 'process'],
  ['Unexpectedly no free subprocess slot', 'process'],
  ['dovecot: warning: too many results from tab-splitting', 'authentication'],
  [`${ID} Previously delivered address bob@example.net taken from journal file`, 'delivery'],
  [`${ID} bob@example.net was previously delivered (smtp transport): discarded`, 'delivery'],
  ['"a@old.example.com" from env-to rewritten as "a@example.com" by rule 3', 'routing'],
  [`${ID} old.example.com rewritten by router as example.com`, 'routing'],
  [`${ID} H=mx.example.org [192.0.2.9] DANE error: tlsa lookup DEFER`, 'tls'],
]

for (const [text, topic] of NOTES)
  test(`a note: ${text}`, () => hasFields(text, { type: 'note', topic }))
