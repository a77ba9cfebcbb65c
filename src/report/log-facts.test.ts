import assert from 'node:assert/strict'
import { test } from 'node:test'

import { logFactsOf } from './testing/facts.ts'

const ARRIVED = (id: string, to: string) =>
  `2026-01-05 09:00:00 ${id} <= sue@here.test H=(laptop) [198.51.100.9]:4712 P=esmtpsa X=TLS1.3:x:256 CV=no A=plain:sue@here.test S=2000 for ${to}`

const LOG = `${ARRIVED('1vcYA0-000001-8s', 'x@far.example')}
2026-01-05 09:00:02 1vcYA0-000001-8s => x@far.example F=<sue@here.test> R=mx T=smtp H=mx.far.example [203.0.113.5]:25 X=TLS1.3:x:256 CV=yes C="250 OK"
2026-01-05 09:00:02 1vcYA0-000001-8s Completed
${ARRIVED('1vcYA0-000002-8s', 'y@far.example z@far.example')}
2026-01-05 09:10:02 1vcYA0-000002-8s == y@far.example R=relay T=smtp H=smtp.relay.example [203.0.113.9]: 535 5.7.8 authentication failed
2026-01-05 09:10:02 1vcYA0-000002-8s ** z@far.example F=<sue@here.test> R=mx T=smtp H=mx.far.example [203.0.113.5]: SMTP error from remote mail server after RCPT TO:<z@far.example>: 550 5.1.1 no such user
2026-01-05 09:20:00 1vcYA0-000003-8s <= <> U=mail P=local S=300 for sue@here.test
2026-01-05 09:20:00 1vcYA0-000003-8s => sue <sue@here.test> F=<> R=local T=mailbox S=300
2026-01-05 09:20:00 1vcYA0-000003-8s Completed
2026-01-05 10:00:01 plain authenticator failed for (User) [192.0.2.4]:4: 535 Incorrect authentication data (set_id=sue@here.test)
2026-01-05 10:00:02 plain authenticator failed for (User) [192.0.2.5]:4: 535 Incorrect authentication data (set_id=root)
2026-01-05 10:00:03 plain authenticator failed for (User) [198.51.100.7]:4: 535 Incorrect authentication data (set_id=root)
`

const POSTFIX = [
  'smtpd[9]: 4PbDrq6Zc9z1x: client=laptop[198.51.100.9], sasl_method=PLAIN, sasl_username=sue',
  'cleanup[9]: 4PbDrq6Zc9z1x: message-id=<1@laptop>',
  'qmgr[9]: 4PbDrq6Zc9z1x: from=<sue@here.test>, size=2000, nrcpt=2 (queue active)',
  'smtp[9]: 4PbDrq6Zc9z1x: to=<x@far.example>, relay=mx.far.example[203.0.113.5]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 OK)',
  'smtp[9]: 4PbDrq6Zc9z1x: to=<y@far.example>, relay=mx.far.example[203.0.113.5]:25, delay=1, delays=0/0/1/0, dsn=5.1.1, status=bounced (host mx.far.example[203.0.113.5] said: 550 5.1.1 no such user (in reply to RCPT TO command))',
  'qmgr[9]: 4PbDrq6Zc9z1x: removed',
]
  .map((line) => `Jan  5 09:00:00 mail postfix/${line}\n`)
  .join('')

test('the last delivery is the last to another server, with all its lines', async (t) => {
  const { lastDelivery } = await logFactsOf(t, LOG)
  assert.equal(lastDelivery?.where, 'elsewhere')
  assert.equal(lastDelivery.atMs, Date.UTC(2026, 0, 5, 9, 0, 2))
  assert.equal(lastDelivery.lines.length, 3)
  assert.match(lastDelivery.lines[2] ?? '', /Completed$/)
})

test('users whose mail failed or waits, with the reason of most', async (t) => {
  const { users } = await logFactsOf(t, LOG)
  assert.equal(users.length, 1)
  const [sue] = users
  assert.deepEqual(
    [sue?.login, sue?.messages, sue?.failed, sue?.waiting],
    ['sue@here.test', 1, 1, 1],
  )
  assert.match(sue?.example ?? '', /535|550/)
})

test('guessing is counted by network, the busiest first', async (t) => {
  const { nets } = await logFactsOf(t, LOG)
  assert.deepEqual(nets, [
    { net: '192.0.2.0/24', addresses: 2, failures: 2, successes: 0 },
    { net: '198.51.100.0/24', addresses: 1, failures: 1, successes: 0 },
  ])
})

test('a log in which nothing happened', async (t) => {
  const { lastDelivery, users, nets, reasons } = await logFactsOf(t, '')
  assert.deepEqual([lastDelivery, users, nets, reasons], [null, [], [], []])
})

test('Postfix says it in several lines: who sent it, and who could not', async (t) => {
  const { lastDelivery, users } = await logFactsOf(t, POSTFIX, 'postfix')
  assert.deepEqual(
    [lastDelivery?.where, lastDelivery?.from, lastDelivery?.to, lastDelivery?.host],
    ['elsewhere', 'sue@here.test', 'x@far.example', 'mx.far.example'],
  )
  assert.deepEqual([users.length, users[0]?.login, users[0]?.failed], [1, 'sue', 1])
})

test('a filter on this machine is no other server', async (t) => {
  const line = (to: string, address: string, id: string) =>
    `2026-01-05 09:00:02 ${id} => ${to} R=mx T=smtp H=mx.test [${address}]:25 C="250 OK"\n`
  const filter = line('x@here.test', '127.0.0.1', '1vcYA0-000002-8s')
  const both = await logFactsOf(
    t,
    line('x@far.example', '203.0.113.5', '1vcYA0-000001-8s') + filter,
  )
  assert.deepEqual(
    [both.lastDelivery?.where, both.lastDelivery?.to],
    ['elsewhere', 'x@far.example'],
  )
  assert.equal((await logFactsOf(t, filter)).lastDelivery?.where, 'machine')
})
