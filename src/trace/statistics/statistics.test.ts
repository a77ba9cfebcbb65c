import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { logLines, writeLog } from '../../../bench/log-corpus.ts'
import { UTC, zoneNamed } from '../../journal/zone.ts'
import { openSources } from '../source/source.ts'
import { Collector } from './collector.ts'
import { type Gathered, gatherStatistics } from './gather.ts'
import { lineCounter } from './part.ts'
import { type ReportTable, reportOf, type StatisticsReport } from './report.ts'
import { addSlot, NO_SLOT, type Slot } from './statistics.ts'

const LATEST_MS = Date.UTC(2026, 11, 31)

interface Bounds {
  readonly sinceMs?: number
  readonly untilMs?: number
}

/** The report of a log that is cut at these lines: each part as another thread would count it. */
function report(text: string, cuts: readonly number[] = [], bounds: Bounds = {}): StatisticsReport {
  const { sinceMs = null, untilMs = null } = bounds
  const lines = text.split('\n')
  const all = new Collector({ sinceMs, untilMs, isFirst: true })
  for (const [index, cut] of [0, ...cuts].entries()) {
    const part = new Collector({ sinceMs, untilMs, isFirst: false })
    const reading = { format: 'auto', zone: UTC } as const
    const count = lineCounter(part, { log: 'main', latestMs: LATEST_MS }, reading)
    count(lines.slice(cut, cuts[index]).join('\n'))
    all.join(structuredClone(part.collected()))
  }
  const gathered = { statistics: all.statistics, waiting: all.waiting, leftOut: [] }
  return reportOf(gathered, { zone: UTC, top: Number.POSITIVE_INFINITY })
}

function counts({ rows }: ReportTable, field = 'count'): Record<string, unknown> {
  return Object.fromEntries(rows.map((row) => [row.key, row[field]]))
}

const EXIM = `2026-01-05 09:00:00 1vcY0u-000001-8s <= jane@One.example H=mx.one.example [192.0.2.7]:4711 P=esmtps X=TLS1.3:x:256 CV=no S=1000 id=a@one T="x" from <jane@One.example> for bob@here.test
2026-01-05 09:00:04 1vcY0u-000001-8s => bob <bob@here.test> F=<jane@One.example> R=local T=mailbox S=1100
2026-01-05 09:00:04 1vcY0u-000001-8s Completed
2026-01-05 09:10:00 1vcYA0-000002-8s <= sue@here.test H=(laptop) [198.51.100.9]:4712 P=esmtpsa X=TLS1.3:x:256 CV=no A=plain:sue S=2000 id=b@here from <sue@here.test> for x@far.example y@far.example
2026-01-05 09:10:10 1vcYA0-000002-8s == x@far.example R=dns T=smtp defer (-44) H=mx.far.example [203.0.113.5]: SMTP error from remote mail server after RCPT TO:<x@far.example>: 451 4.7.1 Greylisted, try again later
2026-01-05 10:20:00 1vcYA0-000002-8s => x@far.example F=<sue@here.test> R=dns T=smtp H=mx.far.example [203.0.113.5]:25 X=TLS1.2:x:256 CV=yes C="250 OK" DT=2s
2026-01-05 10:20:01 1vcYA0-000002-8s ** y@far.example F=<sue@here.test> R=dns T=smtp H=mx.far.example [203.0.113.5] X=TLS1.2:x:256 CV=yes: SMTP error from remote mail server after RCPT TO:<y@far.example>: 550 5.1.1 no such user
2026-01-05 10:20:01 1vcYA0-000002-8s Completed
2026-01-05 11:00:00 H=(y) [203.0.113.9] F=<z@two.example> rejected RCPT <no@here.test>: Unrouteable address
2026-01-05 11:00:01 plain authenticator failed for (User) [203.0.113.9]:4: 535 Incorrect authentication data (set_id=root)
2026-01-06 12:00:00 1vcZZZ-000003-8s <= <> U=mail P=local S=300 from <> for sue@here.test
`

test('the figures of a small log', () => {
  const { totals: t, tables, waiting, hours, days, ...rest } = report(EXIM)
  assert.deepEqual(
    [t.received, t.receivedOctets, t.receivedRemote, t.receivedTls, t.receivedAuthenticated],
    [3, 3300, 2, 2, 1],
  )
  assert.deepEqual(
    [t.delivered, t.deliveredOctets, t.deliveredRemote, t.deliveredTls],
    [2, 3000, 1, 1],
  )
  assert.deepEqual([t.deferrals, t.deferredMessages, t.failures, t.failedMessages], [1, 1, 1, 1])
  assert.deepEqual([t.rejected, t.authenticationFailures, t.completed, waiting], [1, 1, 2, 1])
  assert.deepEqual(counts(tables.senders), { 'jane@one.example': 1, 'sue@here.test': 1, '<>': 1 })
  assert.deepEqual(counts(tables.recipients), { 'bob@here.test': 1, 'x@far.example': 1 })
  assert.deepEqual(counts(tables.failedRecipients, 'failed'), { 'y@far.example': 1 })
  assert.deepEqual(counts(tables.deferredDomains, 'deferred'), { 'far.example': 1 })
  assert.deepEqual(counts(tables.sendingHosts), { 'mx.one.example': 1, '(laptop)': 1 })
  assert.deepEqual(counts(tables.receivingHosts), { 'mx.far.example': 1 })
  assert.deepEqual(counts(tables.authenticatedSenders), { sue: 1 })
  assert.deepEqual(counts(tables.localUsers), { mail: 1 })
  assert.deepEqual(counts(tables.rejectedHosts), { '203.0.113.9': 1 })
  assert.deepEqual(counts(tables.loginFailuresByAddress, 'failures'), { '203.0.113.9': 1 })
  assert.deepEqual(counts(tables.loginFailuresByAccount, 'failures'), { root: 1 })
  assert.deepEqual(
    days.map(({ day, received, rejected }) => [day, received, rejected]),
    [
      ['2026-01-05', 2, 1],
      ['2026-01-06', 1, 0],
    ],
  )
  assert.deepEqual([hours[9]?.received, hours[10]?.delivered, hours[11]?.rejected], [2, 1, 1])
  assert.deepEqual([rest.localDelays.max, rest.remoteDelays.max], [4_000, 4_200_000])
  assert.deepEqual(rest.transferTimes.max, 2_000)
  assert.equal(rest.timeOnQueue.find(({ underMs }) => underMs === 3 * 3_600_000)?.remote, 1)
  assert.deepEqual(
    rest.errors.map(({ type, at, count }) => [type, at, count]),
    [
      ['deferred', 'smtp', 1],
      ['failed', 'smtp', 1],
      ['rejected', 'RCPT', 1],
    ],
  )
})

test('only lines between --since and --until count', () => {
  const { totals, firstMs, lastMs } = report(EXIM, [], {
    sinceMs: Date.UTC(2026, 0, 5, 11),
    untilMs: Date.UTC(2026, 0, 6),
  })
  assert.deepEqual([totals.lines, totals.received, totals.rejected], [2, 0, 1])
  assert.deepEqual([firstMs, lastMs].map(Number), [
    Date.UTC(2026, 0, 5, 11),
    Date.UTC(2026, 0, 5, 11, 0, 1),
  ])
})

for (const server of ['exim', 'postfix'] as const)
  test(`a log of ${server} counts the same wherever it is cut`, () => {
    const lines: string[] = []
    for (const line of logLines(server)) if (lines.push(line) >= 600) break
    const text = lines.join('')
    // Which error of a shape stands for all depends on where it is cut.
    const figures = (cuts: readonly number[]) => {
      const { errors, ...rest } = report(text, cuts)
      return { ...rest, errors: errors.map(({ key, count }) => [key, count]) }
    }
    const whole = figures([])
    assert.ok(whole.totals.delivered > 50)
    for (let cut = 1; cut < 600; cut += 23) assert.deepEqual(figures([cut]), whole, `${cut}`)
    assert.deepEqual(figures([100, 150, 151, 400]), whole)
  })

test('several threads count what one does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-statistics-'))
  try {
    const paths = ['mainlog.1', 'mainlog'].map((name) => join(folder, name))
    for (const [index, path] of paths.entries()) writeLog(path, 'exim', 10_000_000, index + 1)
    const world = { format: 'auto', zone: UTC, nowMs: LATEST_MS, input: process.stdin } as const
    const run = () => assert.fail('nothing is packed')
    const sources = await openSources(paths, { ...world, run })
    const input = { sources, format: 'auto', zone: UTC, sinceMs: null, untilMs: null } as const
    const [one, three] = await Promise.all(
      [1, 3].map((threads) => gatherStatistics(input, { zoneName: null, threads })),
    )
    const options = { zone: UTC, top: 1_000 }
    assert.ok(one !== undefined && three !== undefined)
    const figures = (gathered: Gathered) => {
      const { errors, ...rest } = reportOf(gathered, options)
      return { ...rest, errors: errors.map(({ key, count }) => [key, count]) }
    }
    assert.deepEqual(figures(three), figures(one))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const POSTFIX = `Jan  5 09:00:00 mail postfix/smtpd[1]: connect from mx.one.example[192.0.2.7]
Jan  5 09:00:01 mail postfix/smtpd[1]: 4PbC4z6W5Qz3tG3: client=mx.one.example[192.0.2.7]
Jan  5 09:00:01 mail postfix/cleanup[2]: 4PbC4z6W5Qz3tG3: message-id=<a@one>
Jan  5 09:00:01 mail postfix/qmgr[3]: 4PbC4z6W5Qz3tG3: from=<jane@one.example>, size=1000, nrcpt=1 (queue active)
Jan  5 09:00:01 mail postfix/smtpd[1]: disconnect from mx.one.example[192.0.2.7] ehlo=1 quit=1 commands=2
Jan  5 09:00:02 mail postfix/10025/smtpd[7]: 4PbC774GLyz3tG3: client=localhost[127.0.0.1]
Jan  5 09:00:02 mail postfix/cleanup[2]: 4PbC774GLyz3tG3: message-id=<a@one>
Jan  5 09:00:02 mail postfix/qmgr[3]: 4PbC774GLyz3tG3: from=<jane@one.example>, size=1300, nrcpt=1 (queue active)
Jan  5 09:00:02 mail postfix/smtp[4]: 4PbC4z6W5Qz3tG3: to=<bob@here.test>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0.1/0/0/0.9, dsn=2.0.0, status=sent (250 2.0.0 queued as 4PbC774GLyz3tG3)
Jan  5 09:00:02 mail postfix/qmgr[3]: 4PbC4z6W5Qz3tG3: removed
Jan  5 09:00:03 mail postfix/lmtp[5]: 4PbC774GLyz3tG3: to=<bob@here.test>, relay=mail[private/dovecot-lmtp], delay=0.3, delays=0.2/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 <bob@here.test> x Saved)
Jan  5 09:00:03 mail postfix/qmgr[3]: 4PbC774GLyz3tG3: removed
Jan  5 09:00:04 mail postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[203.0.113.9]: 450 4.1.8 <z@two.example>: Sender address rejected: Domain not found; from=<z@two.example> to=<bob@here.test> proto=ESMTP helo=<x>
Jan  5 09:00:05 mail postfix/smtpd[1]: NOQUEUE: reject_warning: RCPT from unknown[203.0.113.9]: 450 4.1.8 <z@two.example>: x; from=<z@two.example> to=<bob@here.test> proto=ESMTP helo=<x>
Jan  5 09:00:06 mail postfix/smtpd[1]: warning: hostname x.example does not resolve to address 203.0.113.9
Jan  5 09:00:07 mail postfix/smtp[4]: connect to mx.far.example[203.0.113.5]:25: Connection refused
Jan  5 09:00:08 mail postfix/master[6]: reload -- version 3.7.11, configuration /etc/postfix
Jan  5 09:00:09 mail postfix/smtpd[1]: fatal: no SASL authentication mechanisms
Jan  5 09:00:10 mail postfix/smtpd[9]: in new words
Jan  5 09:00:11 mail sshd[9]: of another program
`

test("Postfix: a message through a filter is received once; the server's own lines", () => {
  const { totals: t, tables, hours, sayings, localDelays, unknownExamples } = report(POSTFIX)
  assert.deepEqual([t.received, t.reinjected, t.receivedOctets, t.delivered], [1, 1, 1000, 2])
  assert.deepEqual([t.temporarilyRejected, t.rejectWarnings, t.warnings, t.fatals], [1, 1, 1, 1])
  assert.deepEqual([t.connections, t.connectionMs], [1, 1000])
  assert.deepEqual(counts(tables.senders), { 'jane@one.example': 1 })
  assert.deepEqual(counts(tables.connectedHosts), { '192.0.2.7': 1 })
  assert.deepEqual(counts(tables.connectedNames), { 'mx.one.example': 1 })
  assert.deepEqual(counts(tables.connectedDomains), { 'one.example': 1 })
  assert.deepEqual(
    hours.map(({ longestConnectionMs }) => longestConnectionMs).filter((ms) => ms > 0),
    [1000],
  )
  assert.equal(t.receivedWithoutSize, 0)
  assert.equal(localDelays.max, 300)
  assert.equal(sayings.masterMessages[0]?.program, 'postfix/master')
  assert.equal(sayings.connectFailures[0]?.count, 1)
  assert.equal(sayings.alarms[0]?.program, 'fatal postfix/smtpd')
  assert.equal(t.unknownLines, 1)
  assert.match(unknownExamples[0] ?? '', /in new words/)
  assert.equal(t.otherLines, 1)
  assert.deepEqual(counts(tables.otherPrograms), { sshd: 1 })
})

const DOVECOT = `Jan 05 09:00:00 imap-login: Info: Login: user=<bob@here.test>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, mpid=1, TLS, session=<a>
Jan 05 09:00:01 auth: Info: passwd-file(root,203.0.113.9,<b>): unknown user
Jan 05 09:00:01 imap-login: Info: Disconnected: Connection closed (auth failed, 3 attempts in 12 secs): user=<root>, method=PLAIN, rip=203.0.113.9, lip=192.0.2.1, session=<b>
Jan 05 09:00:02 imap-login: Info: Disconnected: Connection closed (no auth attempts in 0 secs): user=<>, rip=203.0.113.9, lip=192.0.2.1, session=<c>
Jan 05 09:00:03 imap(bob@here.test)<1><a>: Info: Disconnected: Logged out in=100 out=2000 deleted=0 expunged=0
Jan 05 09:00:04 lmtp(bob@here.test)<2><d>: Info: msgid=<a@one>: saved mail to INBOX
`

test('Dovecot: logins, failures by address and account, deliveries', () => {
  const { totals: t, tables, hours } = report(DOVECOT)
  assert.equal(
    hours.reduce((sum, { saved }) => sum + saved, 0),
    1,
  )
  assert.deepEqual([t.logins, t.loginsTls, t.authenticationFailures, t.noLogins], [1, 1, 3, 1])
  assert.deepEqual(counts(tables.loginFailuresByAddress, 'failures'), { '203.0.113.9': 3 })
  assert.deepEqual(counts(tables.loginFailuresByAddress, 'withoutTrying'), { '203.0.113.9': 1 })
  assert.deepEqual(counts(tables.loginFailuresByAccount, 'failures'), { root: 3 })
  assert.deepEqual(counts(tables.loginsByAccount, 'successes'), { 'bob@here.test': 1 })
  assert.deepEqual(counts(tables.connectedUsers, 'octets'), { 'bob@here.test': 2100 })
  assert.deepEqual(counts(tables.filed), { saved: 1 })
  assert.deepEqual(counts(tables.filedBy), { 'bob@here.test': 1 })
})

test('hours and days are those of the zone', () => {
  const collector = new Collector({ sinceMs: null, untilMs: null, isFirst: true })
  const reading = { format: 'auto', zone: UTC } as const
  lineCounter(collector, { log: 'main', latestMs: LATEST_MS }, reading)(EXIM)
  const gathered = { statistics: collector.statistics, waiting: 0, leftOut: [] }
  const kathmandu = zoneNamed('Asia/Kathmandu') // +05:45
  const { hours, days } = reportOf(gathered, { zone: kathmandu, top: 1 })
  assert.deepEqual([hours[14]?.received, hours[17]?.received], [2, 1])
  assert.deepEqual(
    days.map(({ day }) => day),
    ['2026-01-05', '2026-01-06'],
  )
})

test('a part that cannot keep every step of messages from before says that figures are not exact', () => {
  const id = (number: number) => `1vcY0u-${number.toString(36).padStart(6, '0')}-8s`
  const numbers = Array.from({ length: 20_010 }, (_, index) => index)
  const began = numbers.map(
    (at) => `2026-01-05 09:00:00 ${id(at)} <= a@one.example U=a P=local S=9`,
  )
  const ended = numbers.map((at) => `2026-01-05 09:00:01 ${id(at)} Completed`)
  const text = [...began, ...ended].join('\n')
  const whole = report(text)
  assert.deepEqual([whole.waiting, whole.bounds.waiting], [0, 'exact'])
  const parts = report(text, [began.length])
  assert.deepEqual([parts.waiting, parts.bounds.waiting], [10, 'about'])
  assert.equal(parts.totals.unjoinedSteps, 10)
})

test('of our own log, the same error at a relay and at another server are two', () => {
  const line = (router: string, address: string) =>
    `2026-01-05 09:00:10 1vcYA0-000002-8s == ${address} R=${router} T=smtp defer (110): Connection timed out`
  const { errors } = report(`${line('relay', 'x@a.example')}\n${line('mx', 'y@b.example')}\n`)
  assert.deepEqual(
    errors.map(({ at, count }) => [at, count]),
    [
      ['relay', 1],
      ['smtp', 1],
    ],
  )
})

test('of a time, every count is added to those of another; the longest stays the longest', () => {
  const ones = Object.fromEntries(Object.keys(NO_SLOT).map((field) => [field, 1])) as Slot
  const sum = { ...ones }
  addSlot(sum, ones)
  const twos = Object.fromEntries(Object.keys(NO_SLOT).map((field) => [field, 2]))
  assert.deepEqual(sum, { ...twos, longestConnectionMs: 1 })
})
