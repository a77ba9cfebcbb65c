import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Event, Unknown } from '../journal/event.ts'
import { logReader } from '../journal/reader.ts'
import { UTC } from '../journal/zone.ts'
import { isGoingOn, type Outage, Outages } from './outages.ts'

const REFUSED = 'SMTP error from remote mail server after AUTH PLAIN: 535 5.7.8 wrong password'

test('from the first refusal to the first mail that is taken, with all that waited', () => {
  const [outage, ...others] = outagesOf([
    [
      came('1vcYA0-000001-8s', '09:00'),
      refused('1vcYA0-000001-8s', '09:00'),
      sent('1vcYA0-000001-8s', '11:00'),
    ],
    // It waited behind the first, and was never tried.
    [came('1vcYA0-000002-8s', '10:00'), sent('1vcYA0-000002-8s', '11:01')],
    [came('1vcYA0-000003-8s', '12:00'), sent('1vcYA0-000003-8s', '12:00')],
  ])
  assert.deepEqual(others, [])
  assert.deepEqual(
    [timeOf(outage?.sinceMs), timeOf(outage?.untilMs), timeOf(outage?.resumedMs)],
    ['09:00', '09:00', '11:00'],
  )
  assert.deepEqual([outage?.host, outage?.refusals], ['relay.example', 1])
  assert.deepEqual([outage?.messages, outage?.delivered, outage?.failed], [2, 2, 0])
  assert.match(outage?.answer ?? '', /535 5\.7\.8/)
})

test('it goes on where the log ends without mail that was taken; what was not tried waits too', () => {
  const [outage] = outagesOf([
    [came('1vcYA0-000001-8s', '08:00'), sent('1vcYA0-000001-8s', '08:00')],
    [
      came('1vcYA0-000002-8s', '09:00'),
      refused('1vcYA0-000002-8s', '09:00'),
      refused('1vcYA0-000002-8s', '10:00'),
    ],
    [came('1vcYA0-000003-8s', '09:30')],
    // Before it: that waits for something else.
    [came('1vcYA0-000004-8s', '07:00')],
  ])
  assert.ok(outage !== undefined && isGoingOn(outage))
  assert.deepEqual([outage.refusals, outage.messages, outage.delivered], [2, 2, 0])
})

test('a recipient that the server refuses shows that it took the login', () => {
  const [outage] = outagesOf([
    [
      came('1vcYA0-000001-8s', '09:00'),
      refused('1vcYA0-000001-8s', '09:00'),
      line(
        '11:00',
        '1vcYA0-000001-8s ** x@far.example R=relay T=smtp H=relay.example [203.0.113.9]:587: SMTP error from remote mail server after RCPT TO:<x@far.example>: 550 5.1.1 no such user',
      ),
    ],
  ])
  assert.equal(timeOf(outage?.resumedMs), '11:00')
  assert.deepEqual([outage?.messages, outage?.delivered, outage?.failed], [1, 0, 1])
})

test('two in one log are two, and the one that goes on comes first', () => {
  const found = outagesOf([
    [
      came('1vcYA0-000001-8s', '09:00'),
      refused('1vcYA0-000001-8s', '09:00'),
      sent('1vcYA0-000001-8s', '10:00'),
    ],
    [came('1vcYA0-000002-8s', '11:00'), refused('1vcYA0-000002-8s', '11:00')],
  ])
  assert.deepEqual(found.map(isGoingOn), [true, false])
})

test('who took our login, where the log says that there was one', () => {
  const outages = new Outages('waybill')
  const login = (host: string) =>
    eventOf(
      line(
        '09:00',
        `1vcYA0-000001-8s => x@far.example R=relay T=smtp H=${host} [203.0.113.9]:587 A=plain C="250 OK"`,
      ),
    )
  outages.take([login('a.example'), eventOf(sent('1vcYA0-000001-8s', '09:00'))], true)
  outages.take([login('B.example')], true)
  outages.take([login('b.example')], true)
  assert.deepEqual(outages.taken(), [
    { host: 'b.example', deliveries: 2 },
    { host: 'a.example', deliveries: 1 },
  ])
})

test('other errors are none, whatever they speak of', () => {
  const found = outagesOf([
    [
      line(
        '09:00',
        '1vcYA0-000001-8s == x@far.example R=mx T=smtp H=mx.far.example [203.0.113.9]: SMTP error from remote mail server after RCPT TO:<x@far.example>: 451 4.7.1 greylisted',
      ),
      line(
        '09:10',
        '1vcYA0-000001-8s ** x@far.example R=mx T=smtp H=mx.far.example [203.0.113.9]: SMTP error from remote mail server after end of data: 550 5.7.26 This mail has been blocked because the sender is unauthenticated',
      ),
    ],
  ])
  assert.deepEqual(found, [])
})

function outagesOf(messages: readonly (readonly string[])[]): Outage[] {
  const outages = new Outages('waybill')
  for (const lines of messages) {
    const events: (Event | Unknown)[] = lines.map(eventOf)
    outages.take(events, events.at(-1)?.type === 'delivered' || events.at(-1)?.type === 'failed')
  }
  return outages.found()
}

function eventOf(text: string): Event | Unknown {
  const latestMs = Date.UTC(2026, 1, 1)
  const reader = logReader({ format: 'exim', zone: UTC, latestMs, log: 'main' })
  const read = reader.read(text, 0, text.length)
  assert.ok(read.type !== 'continuation' && read.type !== 'unknown', text)
  return read
}

function line(time: string, text: string): string {
  return `2026-01-05 ${time}:00 ${text}`
}

function came(id: string, time: string): string {
  return line(
    time,
    `${id} <= sue@here.test H=(laptop) [198.51.100.9]:4712 P=esmtpsa A=plain:sue@here.test S=2000 for x@far.example`,
  )
}

function refused(id: string, time: string): string {
  return line(
    time,
    `${id} == x@far.example R=relay T=smtp defer (-42) H=relay.example [203.0.113.9]:587: ${REFUSED}`,
  )
}

function sent(id: string, time: string): string {
  return line(
    time,
    `${id} => x@far.example R=relay T=smtp H=relay.example [203.0.113.9]:587 C="250 OK"`,
  )
}

function timeOf(atMs: number | null | undefined): string | null {
  return atMs == null ? null : new Date(atMs).toISOString().slice(11, 16)
}
