import assert from 'node:assert/strict'
import { test } from 'node:test'

import { failureOf } from '../journal/doctor-session.ts'
import { panicOf } from '../journal/plain.ts'
import { UTC } from '../journal/zone.ts'
import { EventCounters, sumOf } from './counters.ts'

const ID = '1vnYk2-00000000BQ5-1EaB'
const LINES = [
  `2026-11-21 10:00:00 ${ID} <= jane@example.com H=(laptop) [192.0.2.7]:50214 P=esmtpsa A=plain:jane@example.com S=700 for bob@example.net sue@example.com`,
  `2026-11-21 10:00:00 ${ID} => sue <sue@example.com> F=<jane@example.com> R=local T=mailbox S=700 mailbox="INBOX"`,
  `2026-11-21 10:00:01 ${ID} == bob@example.net F=<jane@example.com> R=mx T=smtp defer (-44) H=mx.example.net [192.0.2.9]:25: RCPT: 450 4.2.0 Greylisted`,
  `2026-11-21 10:20:01 ${ID} => bob@example.net F=<jane@example.com> R=mx T=smtp S=900 H=mx.example.net [192.0.2.9]:25 C="250 OK"`,
  `2026-11-21 10:20:01 ${ID} Completed`,
]

function counters() {
  return new EventCounters({ zone: UTC, reasonOf: ({ reason }) => reason.slice(-10).toLowerCase() })
}

test('what is committed with a message counts by protocol, transport and reason', () => {
  const one = counters()
  one.countLines(`${LINES.join('\n')}\n`)
  const { arrived, delivered, deferred, failed, completed } = one.snapshot()
  assert.deepEqual(arrived, { esmtpsa: 1 })
  assert.deepEqual(delivered, { mailbox: 1, smtp: 1 })
  assert.deepEqual(deferred, { greylisted: 1 })
  assert.deepEqual(failed, {})
  assert.equal(completed, 1)
  assert.equal(sumOf(delivered), 2)
})

test('logins count by service, and panics', () => {
  const one = counters()
  for (const type of ['loggedIn', 'loginFailed', 'loginFailed'] as const)
    one.count({
      ...{ type, atMs: 0, service: 'imap', login: 'jane@example.com', mechanism: 'PLAIN' },
      ...{ remoteAddress: '192.0.2.7', localAddress: '192.0.2.1', tls: true, session: '1' },
      ...{ attempts: null, counts: null, reason: null },
    })
  one.count(panicOf(0, 'the disk is on fire'))
  const { logins, panics } = one.snapshot()
  assert.deepEqual(logins, { ok: { imap: 1 }, failed: { imap: 2 }, none: {} })
  assert.equal(panics, 1)
})

test('there are only so many labels, whatever is logged', () => {
  const one = counters()
  const line = (at: number) =>
    `2026-11-21 10:00:01 ${ID} == bob@example.net R=mx T=smtp defer (-44): reason ${1e9 + at}`
  for (let at = 0; at < 1000; at++) one.countLines(`${line(at)}\n`)
  one.countLines(`2026-11-21 10:00:00 ${ID} <= a@example.com P=invented-by-a-peer S=1 for b@c.test`)
  const { deferred, arrived } = one.snapshot()
  assert.equal(Object.keys(deferred).length, 65)
  assert.equal(sumOf(deferred), 1000)
  assert.deepEqual(arrived, { other: 1 })
})

test('what the doctor tried is not counted, nor heard by who would tell of it', () => {
  const one = counters()
  const heard: string[] = []
  one.listen(({ type }) => void heard.push(type))
  for (const remoteAddress of ['192.0.2.1', '192.0.2.7'])
    one.count({
      ...{ type: 'loginFailed', atMs: 0, service: 'imap', login: 'jane@example.com' },
      ...{ mechanism: 'PLAIN', remoteAddress, localAddress: '192.0.2.1', tls: true, session: '1' },
      ...{ attempts: 1, counts: null, reason: failureOf(true, 'authentication failed') },
    })
  assert.deepEqual(one.snapshot().logins.failed, { imap: 1 })
  assert.deepEqual(heard, ['loginFailed'])
})
