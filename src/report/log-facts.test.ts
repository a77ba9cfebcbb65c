import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

import { UTC } from '../journal/zone.ts'
import { openSources } from '../trace/source/source.ts'
import { gatherStatistics } from '../trace/statistics/gather.ts'
import { type LogFacts, logFacts } from './log-facts.ts'

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

test('the last delivery is the last to another server, with all its lines', async (t) => {
  const { lastDelivery } = await factsOf(t, LOG)
  assert.equal(lastDelivery?.where, 'elsewhere')
  assert.equal(lastDelivery.atMs, Date.UTC(2026, 0, 5, 9, 0, 2))
  assert.equal(lastDelivery.lines.length, 3)
  assert.match(lastDelivery.lines[2] ?? '', /Completed$/)
})

test('users whose mail failed or waits, with the reason of most', async (t) => {
  const { users } = await factsOf(t, LOG)
  assert.equal(users.length, 1)
  const [sue] = users
  assert.deepEqual(
    [sue?.login, sue?.messages, sue?.failed, sue?.waiting],
    ['sue@here.test', 1, 1, 1],
  )
  assert.match(sue?.example ?? '', /535|550/)
})

test('guessing is counted by network, the busiest first', async (t) => {
  const { nets } = await factsOf(t, LOG)
  assert.deepEqual(nets, [
    { net: '192.0.2.0/24', addresses: 2, failures: 2, successes: 0 },
    { net: '198.51.100.0/24', addresses: 1, failures: 1, successes: 0 },
  ])
})

test('a log in which nothing happened', async (t) => {
  const { lastDelivery, users, nets, reasons } = await factsOf(t, '')
  assert.deepEqual([lastDelivery, users, nets, reasons], [null, [], [], []])
})

async function factsOf(t: TestContext, text: string): Promise<LogFacts> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-report-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'mainlog')
  writeFileSync(file, text)
  const world = { format: 'auto', zone: UTC, nowMs: Date.now() } as const
  const run = () => assert.fail('nothing is packed')
  const sources = await openSources([file], { ...world, input: (async function* () {})(), run })
  const input = { sources, format: 'auto', zone: UTC, sinceMs: null, untilMs: null } as const
  const gathered = await gatherStatistics(input, { zoneName: null, threads: 1 })
  return await logFacts(input, gathered, { zone: UTC, server: null })
}
