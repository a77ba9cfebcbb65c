/** `queue why` for each kind of waiting: what for, when it is tried next, what helps, what to do. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { QueueView } from '../../control/queue-types.ts'
import type { QueuedRecipient } from '../../queue/list.ts'
import type { RunnerStatus } from '../../queue/runner-types.ts'
import { NO_PEER } from '../../queue/events.ts'
import type { DestinationName, QueueId } from '../../queue/types.ts'
import type { MessageId } from '../../journal/event.ts'
import { forecasts, nextTryWords } from './forecast.ts'

const NOW_MS = Date.UTC(2026, 10, 21, 9)
const MINUTE_MS = 60_000
const ID = '1vnYk2-00000000BQ5-1EaB'

interface Given {
  readonly by?: string
  readonly recipient?: Partial<QueuedRecipient>
  /** Of the last attempt. */
  readonly error?: string
  /** Of other mail there. */
  readonly destinationError?: string
  readonly dueMs?: number | null
  readonly message?: Partial<QueueView['message']>
  readonly blockedUntilMs?: number
  readonly refused?: string
  readonly nobodyHere?: readonly string[]
  readonly attempts?: readonly string[] | null
}

function viewOf(given: Given): QueueView {
  const { by = 'mx:there.example', error, blockedUntilMs = null, refused } = given
  const { dueMs = NOW_MS + 5 * MINUTE_MS, attempts = [] } = given
  const destination = by as DestinationName
  const host = { name: 'mx.there.example', helo: null, address: '192.0.2.7', port: 25 }
  const outcome =
    error === undefined
      ? null
      : {
          ...{ ...NO_PEER, host, kind: 'deferred' as const, text: error, atMs: NOW_MS - MINUTE_MS },
          ...{ status: null, reply: null, relaysNotices: false },
        }
  const recipient: QueuedRecipient = {
    ...{ number: 1, address: 'bob@there.example', parents: [], reversePath: null },
    ...{ notify: null, original: null, destination, state: 'pending', dueMs },
    ...{ attempts: error === undefined ? 0 : 1, outcome },
    ...{ triedMs: error === undefined ? null : NOW_MS - MINUTE_MS },
    ...given.recipient,
  }
  const status = (doing: string): RunnerStatus => ({
    ...{ destination, host: 'mx.there.example [192.0.2.7]:25', doing },
    ...{ sinceMs: NOW_MS, messagesSent: 0 },
  })
  return {
    message: {
      ...{ queueId: 1 as QueueId, messageId: ID as MessageId, sizeOctets: 54 },
      ...{ sender: 'jane@example.com', login: null, eightBit: false, smtputf8: false },
      ...{ requireTls: false, ret: null, envelopeId: null, arrivedMs: NOW_MS - 60 * MINUTE_MS },
      ...{ expiresMs: NOW_MS + 7200 * MINUTE_MS, delayNoticeMs: null },
      ...{ stopped: null, stoppedBy: null, recipients: [recipient] },
      ...given.message,
    },
    destinations: [
      {
        ...{
          name: destination,
          dueMs,
          blockedUntilMs,
          error: error ?? given.destinationError ?? null,
        },
        failures: blockedUntilMs === null ? 0 : 3,
      },
    ],
    nobodyHere: given.nobodyHere ?? [],
    refusedLogins: refused === undefined ? [] : [{ relay: refused, text: '535 5.7.8 no' }],
    attempts: attempts === null ? null : attempts.map(status),
    nowMs: NOW_MS,
  }
}

const AFTER = 'SMTP error from remote mail server after'
const IN_5_MIN = '2026-11-21 09:05:00 UTC (in 5 min)'
const LATER_MS = NOW_MS + 20 * MINUTE_MS
const IN_20_MIN = '2026-11-21 09:20:00 UTC (in 20 min)'

type Case = readonly [
  kind: string,
  given: Given,
  waitsFor: RegExp,
  nextTry: string,
  runNow: RegExp,
  todo: RegExp,
  reason: string | null,
]

const CASES: readonly Case[] = [
  [
    'first try, due',
    { dueMs: NOW_MS },
    /^its turn: it is due, for the first time, and goes when a connection is free and a place .*20,000/,
    'now',
    /^no: it is due already$/,
    /^nothing; .*waybill who$/,
    null,
  ],
  [
    'due, and others go first',
    { dueMs: NOW_MS - 1, error: 'Connection refused', attempts: ['MAIL FROM', 'connecting'] },
    /^its turn: it is due, and goes after other mail there \(2 connections at work\)$/,
    'now',
    /^no: it is due already$/,
    /^nothing/,
    'connection-refused',
  ],
  [
    'first try, later',
    {},
    /^its first attempt: it was not tried yet$/,
    IN_5_MIN,
    /^it would try at once$/,
    /^nothing$/,
    null,
  ],
  [
    'deferred',
    { error: `${AFTER} end of data: 451 xyzzy` },
    /^the other server, which takes no mail for the moment$/,
    IN_5_MIN,
    /^it would try at once; that helps when the other server is well again$/,
    /^nothing: it comes through by itself/,
    'reply-451',
  ],
  [
    'greylisted',
    { error: `${AFTER} RCPT TO:<bob@there.example>: 451 4.7.1 Greylisted, try again later` },
    /^the other server, which lets the first tries of strangers fail on purpose \(greylisting\)$/,
    IN_5_MIN,
    /^no: a try that comes too early is put off again$/,
    /^nothing: it comes through by itself/,
    'greylisted',
  ],
  [
    'held',
    { dueMs: null, message: { stopped: 'held', stoppedBy: 'root' } },
    /^a person: it is held by root$/,
    'not by itself',
    new RegExp(`^no: it goes after waybill queue release ${ID}$`),
    /waybill queue show .*release it/,
    null,
  ],
  [
    'held since its domain came here, where nobody has the address yet',
    {
      ...{ dueMs: null, nobodyHere: ['bob@there.example'], error: 'Connection refused' },
      message: { stopped: 'held', stoppedBy: 'domain-add' },
    },
    /^a person: it is held since the domain of a recipient came here/,
    'not by itself',
    new RegExp(`^no: it goes after waybill queue release ${ID}$`),
    /^first waybill account add or alias add for bob@there\.example, .*; then waybill queue release/,
    null,
  ],
  [
    'held and never tried, where other mail failed',
    {
      ...{ dueMs: null, blockedUntilMs: LATER_MS, destinationError: 'Connection refused' },
      message: { stopped: 'held', stoppedBy: 'root' },
    },
    /^a person: it is held by root$/,
    'not by itself',
    new RegExp(`^no: it goes after waybill queue release ${ID}$`),
    /release it/,
    null,
  ],
  [
    'never tried, where other mail failed',
    { blockedUntilMs: LATER_MS, destinationError: 'Connection refused' },
    /^the other server, which cannot be reached; all mail by mx:there\.example waits/,
    IN_20_MIN,
    /^it would try at once/,
    /^see Do, below$/,
    'connection-refused',
  ],
  [
    'frozen, after an error',
    {
      ...{ dueMs: null, error: 'Connection refused' },
      message: { stopped: 'frozen', stoppedBy: null },
    },
    /^a person: it is frozen by the server$/,
    'not by itself',
    new RegExp(`^no: it goes after waybill queue thaw ${ID}$`),
    /waybill queue show .*thaw it/,
    'connection-refused',
  ],
  [
    'the relay refuses our login',
    { by: 'relay:smart', refused: 'smart', blockedUntilMs: LATER_MS },
    /^a login that the relay smart takes: it refuses ours$/,
    IN_20_MIN,
    /^only after the login is mended: waybill relay test smart$/,
    /^give the right login \(waybill relay set smart /,
    'smarthost-login-failed',
  ],
  [
    'the relay refuses our login, and said so at MAIL',
    {
      ...{ by: 'relay:smart', refused: 'smart', blockedUntilMs: LATER_MS },
      error: `${AFTER} MAIL FROM:<jane@example.com>: 535 5.7.8 no`,
    },
    /^a login that the relay smart takes: it refuses ours$/,
    IN_20_MIN,
    /^only after the login is mended: waybill relay test smart$/,
    /^give the right login \(waybill relay set smart /,
    'smarthost-login-failed',
  ],
  [
    'the relay took our login and refuses this sender',
    { by: 'relay:smart', error: `${AFTER} MAIL FROM:<jane@example.com>: 535 5.7.8 no` },
    /^our relay smart to let its account send as this sender$/,
    IN_5_MIN,
    /^only after that is mended$/,
    /^see Do, below$/,
    'relay-refuses-sender',
  ],
  [
    'the relay cannot be reached',
    { by: 'relay:smart', error: 'Connection timed out', blockedUntilMs: LATER_MS },
    /^our relay smart, which cannot be reached; all mail by relay:smart waits, after 3 attempts that failed$/,
    IN_20_MIN,
    /^it would try at once; that helps when our relay smart is back$/,
    /^see Do, below$/,
    'relay-unreachable',
  ],
  [
    'the destination is left alone',
    { error: 'Connection refused', blockedUntilMs: LATER_MS },
    /^the other server, which cannot be reached; all mail by mx:there\.example waits, after 3 attempts that failed$/,
    IN_20_MIN,
    /^it would try at once; that helps when the other server is back$/,
    /^see Do, below$/,
    'connection-refused',
  ],
  [
    'the other server limits us',
    { error: `${AFTER} MAIL FROM:<a@b.example>: 450 4.7.1 rate limit exceeded` },
    /^the limit of the other server: it takes no more from us for now$/,
    IN_5_MIN,
    /^no: each try counts, and makes the wait longer$/,
    /^see Do, below$/,
    'rate-limited',
  ],
  [
    'our own rate',
    {
      ...{ dueMs: LATER_MS, attempts: ['waiting for its turn: so many messages a minute'] },
      recipient: { state: 'leased' },
    },
    /^its turn: outgoing\.rate_per_minute lets only so many messages a minute go there$/,
    'now',
    /^no: it goes as soon as the rate lets it$/,
    /outgoing\.rate_per_minute/,
    null,
  ],
  [
    'DNS fails',
    { error: 'host lookup did not complete for there.example: timed out' },
    /^DNS: it gives no usable answer for where this mail goes$/,
    IN_5_MIN,
    /^it would try at once; that helps when DNS answers$/,
    /^see Do, below$/,
    'dns-temporary',
  ],
  [
    'no route',
    { error: 'No route to host' },
    /^the other server, which cannot be reached$/,
    IN_5_MIN,
    /^it would try at once; that helps when the other server is back$/,
    /^see Do, below$/,
    'network-unreachable',
  ],
  [
    'MTA-STS is not kept',
    { error: 'a TLS session is required (MTA-STS), but the server did not offer TLS support' },
    /^TLS with the other server as it is demanded: by DANE, MTA-STS, or a setting here$/,
    IN_5_MIN,
    /^it would try at once; that helps when its TLS is mended$/,
    /^see Do, below$/,
    'tls-published-not-offered',
  ],
  [
    'DANE is not kept',
    {
      error:
        'TLS session: (certificate verification failed): no TLSA record matches the certificate',
    },
    /^TLS with the other server as it is demanded/,
    IN_5_MIN,
    /TLS is mended$/,
    /^see Do, below$/,
    'tls-certificate-not-trusted',
  ],
  [
    'the mailbox is full',
    { error: `${AFTER} RCPT TO:<bob@there.example>: 452 4.2.2 Mailbox full` },
    /^room in the mailbox of the recipient$/,
    IN_5_MIN,
    /that helps when there is room$/,
    /^see Do, below$/,
    'mailbox-full',
  ],
  [
    'on a blocklist',
    { error: `${AFTER} initial connection: 421 4.7.1 192.0.2.9 is blocked using zen.spamhaus.org` },
    /^the other server, which does not trust this one/,
    IN_5_MIN,
    /^no, it makes it worse/,
    /^see Do, below$/,
    'spamhaus',
  ],
  [
    'leased right now',
    { dueMs: LATER_MS, attempts: ['end of data'], recipient: { state: 'leased' } },
    /^nothing: it is being tried \(end of data, mx\.there\.example \[192\.0\.2\.7\]:25\)$/,
    'now',
    /^no: it is under way$/,
    /waybill who$/,
    null,
  ],
  [
    'leased, without a connection yet',
    { dueMs: LATER_MS, recipient: { state: 'leased' } },
    /^a connection: it is taken up, and goes next$/,
    'now',
    /^no: it is under way$/,
    /waybill who$/,
    null,
  ],
  [
    'leased when the server ended',
    { dueMs: LATER_MS, attempts: null, recipient: { state: 'leased' } },
    /^a server: none runs here; it was being tried when the last one ended$/,
    'not by itself',
    /^no: start the server$/,
    /^start it: .*waybill serve$/,
    null,
  ],
  [
    'no server runs',
    { attempts: null, error: 'Connection refused' },
    /^a server: none runs here$/,
    'not by itself',
    /^no: start the server$/,
    /^start it: .*waybill serve$/,
    'connection-refused',
  ],
]

for (const [kind, given, waitsFor, nextTry, runNow, todo, reason] of CASES)
  test(`why: ${kind}`, () => {
    const [told, ...more] = forecasts(viewOf(given))
    assert.ok(told !== undefined)
    assert.equal(more.length, 0)
    assert.match(told.waitsFor, waitsFor)
    assert.equal(nextTryWords(told, NOW_MS), nextTry)
    assert.match(told.runNow, runNow)
    assert.match(told.todo, todo)
    assert.equal(told.explanation?.reason.id ?? null, reason)
  })

test('recipients that wait for different things are told of apart', () => {
  const view = viewOf({ error: 'Connection refused' })
  const [one] = view.message.recipients
  assert.ok(one !== undefined)
  const other = { ...one, number: 2, address: 'ann@there.example' }
  const leased: QueuedRecipient = {
    ...one,
    number: 3,
    address: 'zoe@there.example',
    state: 'leased',
  }
  const message = { ...view.message, recipients: [one, other, leased] }
  assert.deepEqual(
    forecasts({ ...view, message }).map(({ addresses }) => addresses),
    [['bob@there.example', 'ann@there.example'], ['zoe@there.example']],
  )
})
