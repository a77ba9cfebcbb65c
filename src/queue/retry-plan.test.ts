import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { OutgoingDomain } from '../config/types.ts'
import { Pace, Window } from './pace.ts'
import { delayAfter, dueAfter, longestWaitMs, patienceFor } from './retry-plan.ts'
import { recipientDomain, settingsFor } from './settings.ts'
import { MINUTE_MS, OUTGOING } from './testing/test-runner.ts'

const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const always = (octet: number) => ({ octets: (count: number) => new Uint8Array(count).fill(octet) })

const OTHER: OutgoingDomain = {
  domain: 'example.net',
  helloName: null,
  sourceIpv4: null,
  sourceIpv6: null,
  retryMs: null,
  delayNoticeMs: null,
  expiryMs: null,
  bounceExpiryMs: null,
  firstConnections: null,
  maxConnections: null,
  ratePerMinute: null,
  requireTls: null,
}

test('each wait is the plan’s, a tenth shorter or longer; the last one stays', () => {
  const plan = OUTGOING.retryMs
  assert.equal(delayAfter(1, plan, always(0)), 4.5 * MINUTE_MS)
  assert.equal(delayAfter(1, plan, always(255)), 5.5 * MINUTE_MS)
  assert.equal(delayAfter(7, plan, always(0)), 216 * MINUTE_MS)
  assert.equal(delayAfter(1000, plan, always(255)), 264 * MINUTE_MS)
  assert.equal(longestWaitMs(OUTGOING), 264 * MINUTE_MS + HOUR_MS)
})

test('I7: the next time is after the last, but a clock that was far ahead does not count', () => {
  const nowMs = 10 * DAY_MS
  assert.equal(dueAfter({ nowMs, lastMs: nowMs - DAY_MS }, 5), nowMs + 5)
  assert.equal(dueAfter({ nowMs, lastMs: nowMs + 7 }, 5), nowMs + 12)
  assert.equal(dueAfter({ nowMs, lastMs: nowMs + DAY_MS }, 5), nowMs + 5)
})

test('how long a message waits: by its most patient recipient; bounces less long, and nobody is told', () => {
  const outgoing = {
    ...OUTGOING,
    domains: [{ ...OTHER, expiryMs: 10 * DAY_MS, delayNoticeMs: HOUR_MS }],
  }
  const sender = 'jane@here.example'
  assert.deepEqual(patienceFor(outgoing, sender, ['a@x.example']), {
    expiryMs: 5 * DAY_MS,
    delayNoticeMs: 4 * HOUR_MS,
  })
  assert.deepEqual(patienceFor(outgoing, sender, ['a@x.example', 'b@example.net']), {
    expiryMs: 10 * DAY_MS,
    delayNoticeMs: HOUR_MS,
  })
  assert.deepEqual(patienceFor(outgoing, null, ['b@example.net']), {
    expiryMs: 2 * DAY_MS,
    delayNoticeMs: null,
  })
  const short = { ...OUTGOING, domains: [{ ...OTHER, bounceExpiryMs: HOUR_MS }] }
  assert.equal(patienceFor(short, null, ['b@example.net']).expiryMs, HOUR_MS)
  assert.equal(patienceFor(short, sender, ['b@example.net']).expiryMs, 5 * DAY_MS)
  const never = { ...OUTGOING, delayNoticeMs: 0 }
  assert.equal(patienceFor(never, sender, ['a@x.example']).delayNoticeMs, null)
})

test('the first table that fits a domain counts; a star is for what stands below', () => {
  const outgoing = {
    ...OUTGOING,
    domains: [
      { ...OTHER, domain: '*.example.net', maxConnections: 1, ratePerMinute: 7 },
      { ...OTHER, domain: 'Example.NET', maxConnections: 5 },
      { ...OTHER, domain: 'example.net', maxConnections: 9 },
    ],
  }
  assert.equal(settingsFor(outgoing, 'mail.example.net').maxConnections, 1)
  assert.equal(settingsFor(outgoing, 'mail.example.net').firstConnections, 1)
  assert.equal(settingsFor(outgoing, 'mail.example.net').ratePerMinute, 7)
  assert.equal(settingsFor(outgoing, 'example.net').maxConnections, 5)
  assert.equal(settingsFor(outgoing, 'badexample.net').maxConnections, 20)
  assert.equal(settingsFor(outgoing, null).maxConnections, 20)
  assert.equal(recipientDomain('"a@b"@Bücher.Example'), 'xn--bcher-kva.example')
  assert.equal(recipientDomain('a@[192.0.2.1]'), null)
})

test('a window halves with failures and does not ask again for what was refused, for a while', () => {
  const window = new Window(2, 20)
  for (let n = 0; n < 40; n++) window.succeeded()
  assert.equal(window.size, 20)
  window.failed()
  assert.equal(window.size, 10)
  window.refusedMore(3)
  for (let n = 0; n < 49; n++) window.succeeded()
  assert.equal(window.size, 3)
  window.succeeded()
  assert.equal(window.size, 4)
  for (let n = 0; n < 10; n++) window.failed()
  assert.equal(window.size, 1)
})

test('a window of other settings keeps what was seen of the host', () => {
  const window = new Window(2, 5)
  for (let n = 0; n < 10; n++) window.succeeded()
  window.limit(2, 8)
  for (let n = 0; n < 10; n++) window.succeeded()
  assert.equal(window.size, 8)
  window.refusedMore(6)
  window.limit(2, 20)
  window.succeeded()
  assert.equal(window.size, 6)
  window.limit(2, 3)
  assert.equal(window.size, 3)
})

test('a pace gives places one after the other, evenly', () => {
  const pace = new Pace(60)
  assert.deepEqual(
    [0, 0, 0, 10_000, 10_000].map((nowMs) => pace.take(nowMs)),
    [0, 1000, 2000, 0, 1000],
  )
  assert.equal(pace.isIdle(11_999), false)
  assert.equal(pace.isIdle(12_000), true)
  assert.equal(new Pace(0).take(5), 0)
  pace.limit(6)
  assert.deepEqual([pace.take(12_000), pace.take(12_000)], [9000, 19_000])
  pace.limit(0)
  assert.equal(pace.take(31_000), 0)
})
