/** Who knows pflogsumm must find its figures in ours, number by number. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { writeLog } from '../../bench/log-corpus.ts'
import { UTC, type Zone, zoneNamed } from '../../src/journal/zone.ts'
import { openSources } from '../../src/trace/source/source.ts'
import { gatherStatistics } from '../../src/trace/statistics/gather.ts'
import {
  type ReportRow,
  reportOf,
  type StatisticsReport,
} from '../../src/trace/statistics/report.ts'
import { findProgram, missingPrograms, run } from '../support/programs.ts'
import { makeTempFolder } from '../support/temp-folder.ts'

const SHARED = join(import.meta.dirname, '../../../shared/testdata/logs-postfix-real')

async function ours(path: string, zone: Zone, nowMs = Date.now()): Promise<StatisticsReport> {
  const world = { format: 'postfix', zone, nowMs, input: process.stdin } as const
  const run = () => assert.fail('nothing is packed')
  const sources = await openSources([path], { ...world, run })
  const input = { sources, format: 'postfix', zone, sinceMs: null, untilMs: null } as const
  const gathered = await gatherStatistics(input, { zoneName: null, threads: 1 })
  return reportOf(gathered, { zone, top: Number.POSITIVE_INFINITY })
}

/** The grand totals by their words, and the lines of each section. */
interface Theirs {
  readonly totals: ReadonlyMap<string, number>
  readonly sections: ReadonlyMap<string, readonly string[]>
}

function readReport(text: string): Theirs {
  const lines = text.split('\n')
  const totals = new Map<string, number>()
  for (const line of lines) {
    const match =
      /^ +(\d+)([km]?) +([a-z][a-z/ ]*[a-z])(?: \(\d+%\)| +\((\d+)k? +deferrals\))?$/.exec(line)
    if (match === null) continue
    const [, number, unit = '', word = '', deferrals] = match
    totals.set(word, Number(number) * (UNITS[unit] ?? 1))
    if (deferrals !== undefined) totals.set('deferrals', Number(deferrals))
  }
  const sections = new Map<string, string[]>()
  for (const [index, line] of lines.entries())
    if (/^-{5,}$/.test(line)) {
      const end = lines.indexOf('', index)
      const title = (lines[index - 1] ?? '').replace(/ \(top \d+\)|top \d+ /, '').trim()
      sections.set(title, lines.slice(index + 1, end))
    }
  return { totals, sections }
}

const UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 * 1024 }

/** Rounded down, as a figure with a unit is. */
function sameRounded(actual: number, expected: number, what: string): void {
  const unit = [1024 * 1024, 1024].find((size) => expected >= size && expected % size === 0) ?? 1
  assert.equal(Math.floor(actual / unit), Math.floor(expected / unit), what)
}

function compareTotals({ totals: t, tables }: StatisticsReport, theirs: Theirs): void {
  const expect = (word: string) => theirs.totals.get(word) ?? assert.fail(`no ${word}`)
  assert.equal(t.received, expect('received'), 'received')
  assert.equal(t.delivered, expect('delivered'), 'delivered')
  assert.equal(t.forwarded, expect('forwarded'), 'forwarded')
  assert.equal(t.deferredMessages, expect('deferred'), 'deferred')
  assert.equal(t.deferrals, theirs.totals.get('deferrals') ?? 0, 'deferrals')
  assert.equal(t.failures, expect('bounced'), 'bounced')
  assert.equal(t.rejected + t.temporarilyRejected, expect('rejected'), 'rejected')
  assert.equal(t.rejectWarnings, expect('reject warnings'), 'reject warnings')
  assert.equal(t.held, expect('held'), 'held')
  assert.equal(t.discarded, expect('discarded'), 'discarded')
  sameRounded(t.receivedOctets, expect('bytes received'), 'bytes received')
  sameRounded(t.deliveredOctets, expect('bytes delivered'), 'bytes delivered')
  assert.equal(tables.senders.keys, expect('senders'), 'senders')
  assert.equal(tables.senderDomains.keys, expect('sending hosts/domains'), 'domains of senders')
  assert.equal(tables.recipients.keys, expect('recipients'), 'recipients')
  const domains = tables.recipientDomains.rows.filter(({ count }) => Number(count) > 0)
  // It counts those to which something was sent.
  assert.equal(domains.length, expect('recipient hosts/domains'), 'domains of recipients')
}

/** Each row of a section by its last word: the numbers before it. */
function rowsOf(lines: readonly string[] | undefined): Map<string, number[]> {
  assert.ok(lines !== undefined && lines.length > 0, 'the section is there')
  const rows = new Map<string, number[]>()
  for (const line of lines) {
    const words = line.trim().split(/\s+/)
    const key = words.at(-1) ?? ''
    const numbers = words.slice(0, -1).map((word) => {
      const unit = UNITS[word.slice(-1)]
      return unit === undefined ? Number(word) : Number(word.slice(0, -1)) * unit
    })
    if (!/^-+$/.test(key) && key !== 'host/domain') rows.set(key, numbers)
  }
  return rows
}

function compareRows(
  lines: readonly string[] | undefined,
  rows: readonly ReportRow[],
  fields: readonly string[],
  what: string,
): void {
  const expected = rowsOf(lines)
  // Its sender of bounces is from=<>.
  const actual = new Map(rows.map((row) => [row.key === '<>' ? 'from=<>' : row.key, row]))
  for (const [key, numbers] of expected) {
    const row = actual.get(key) ?? assert.fail(`${what}: no ${key}`)
    for (const [index, field] of fields.entries())
      sameRounded(Number(row[field]), numbers[index] ?? Number.NaN, `${what}: ${key}, ${field}`)
  }
}

test('the same figures of a made log', { skip: missingPrograms('pflogsumm') }, async () => {
  using folder = makeTempFolder()
  const path = join(folder.path, 'mail.log')
  writeLog(path, 'postfix', 2_000_000)
  const { stdout } = await run(findProgram('pflogsumm') ?? '', [path])
  const theirs = readReport(stdout)
  const report = await ours(path, UTC)
  compareTotals(report, theirs)
  const { tables } = report
  const traffic = ['count', 'octets', 'deferred']
  const section = (title: string) => theirs.sections.get(title)
  compareRows(
    section('Host/Domain Summary: Message Delivery'),
    // It has those that only put mail off in the same table.
    [...tables.deferredDomains.rows, ...tables.recipientDomains.rows],
    traffic,
    'domains',
  )
  compareRows(
    section('Host/Domain Summary: Messages Received'),
    tables.senderDomains.rows,
    ['count', 'octets'],
    'domains of senders',
  )
  compareRows(section('Senders by message count'), tables.senders.rows, ['count'], 'senders')
  compareRows(section('Senders by message size'), tables.senders.rows, ['octets'], 'octets sent')
  const { rows } = tables.recipients
  compareRows(section('Recipients by message count'), rows, ['count'], 'recipients')
  compareRows(section('Recipients by message size'), rows, ['octets'], 'octets received')
  // The log is of one day: of more it prints rounded means.
  const hours = (section('Per-Hour Traffic Summary') ?? []).slice(2)
  assert.deepEqual(
    hours.map((line) => line.trim().split(/\s+/).slice(1).map(Number)),
    report.hours.map((hour) => [
      ...[hour.received, hour.delivered, hour.deferred, hour.failed],
      hour.rejected + hour.temporarilyRejected,
    ]),
  )
})

test('the same figures of a real log', async (t) => {
  if (!existsSync(SHARED)) return t.skip('../shared is not there')
  if (missingPrograms('xz')) return t.skip('xz: not installed')
  using folder = makeTempFolder()
  const path = join(folder.path, 'mail.log')
  const unpack = await run('sh', ['-c', `xz -dc '${join(SHARED, 'mail-dev.log.xz')}' > '${path}'`])
  assert.equal(unpack.status, 0, unpack.stderr)
  const berlin = zoneNamed('Europe/Berlin', false)
  const report = await ours(path, berlin)
  const theirs = readReport(readFileSync(join(SHARED, 'oracle-pflogsumm.txt'), 'utf8'))
  // It does not know the instance postfix/10025/smtpd, by which the filter gives messages back: we
  // know them by their Message-ID. One message had none before the filter gave it one, so it is
  // received twice; it is the same that makes the difference in octets.
  const { totals: t2, tables } = report
  assert.equal(t2.received, (theirs.totals.get('received') ?? 0) + 1)
  assert.equal(t2.received + t2.reinjected, 231)
  const [received] = [t2.receivedOctets - 7790]
  sameRounded(received, theirs.totals.get('bytes received') ?? 0, 'bytes received')
  const same = { ...t2, received: t2.received - 1, receivedOctets: received }
  compareTotals({ ...report, totals: same }, theirs)
  compareRows(
    theirs.sections.get('Host/Domain Summary: Message Delivery'),
    tables.recipientDomains.rows,
    ['count', 'octets', 'deferred'],
    'domains',
  )
  // Its year is that of today.
  assert.deepEqual(
    report.days.map(({ day, delivered, rejected, temporarilyRejected }) => [
      day,
      delivered,
      rejected + temporarilyRejected,
    ]),
    [
      ['2023-03-14', 150, 45],
      ['2023-03-15', 81, 18],
    ],
  )
})
