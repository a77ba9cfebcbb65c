/** Who knows eximstats must find its figures in ours, number by number. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { writeLog } from '../../bench/log-corpus.ts'
import { UTC } from '../../src/journal/zone.ts'
import { openSources } from '../../src/trace/source/source.ts'
import { gatherStatistics } from '../../src/trace/statistics/gather.ts'
import {
  type ReportTable,
  reportOf,
  type StatisticsReport,
} from '../../src/trace/statistics/report.ts'
import { findProgram, missingPrograms, run } from '../support/programs.ts'
import { makeTempFolder } from '../support/temp-folder.ts'

const SHARED = join(import.meta.dirname, '../../../shared/testdata/logs-gen-exim')
const SETS = ['gen-exim-4', 'gen-exim-5', 'gen-exim-6']
const isShared = existsSync(SHARED)
const skipShared = isShared ? false : 'the shared logs are not here'

async function ours(path: string): Promise<StatisticsReport> {
  const world = { format: 'exim', zone: UTC, nowMs: Date.now(), input: process.stdin } as const
  const run = () => assert.fail('nothing is packed')
  const sources = await openSources([path], { ...world, run })
  const input = { sources, format: 'exim', zone: UTC, sinceMs: null, untilMs: null } as const
  return reportOf(await gatherStatistics(input, { zoneName: null, threads: 1 }), {
    zone: UTC,
    top: Number.POSITIVE_INFINITY,
  })
}

/** Sections by their titles, each line cut at its spaces. */
async function theirs(path: string): Promise<Map<string, string[][]>> {
  const options = ['-txt', '-nvr', '-t100000', '-nr', '-byhost', '-byemail', '-byedomain']
  const { stdout } = await run(findProgram('eximstats') ?? '', [...options, path])
  const sections = new Map<string, string[][]>()
  const lines = stdout.split('\n')
  for (const [index, line] of lines.entries()) {
    if (!/^-{5,}$/.test(line)) continue
    const title = (lines[index - 1] ?? '').replace(/ \(each dot.*$|Top \d+ /g, '')
    const end = lines.findIndex((other, at) => at > index && /^-{5,}$/.test(other))
    const rows = lines.slice(index + 1, end < 0 ? undefined : end - 1)
    sections.set(
      title,
      rows.map((row) => row.trim().split(/\s+/)).filter(([first]) => first !== ''),
    )
  }
  return sections
}

function compare(report: StatisticsReport, sections: Map<string, string[][]>): void {
  const section = (title: string) => sections.get(title) ?? []
  const { totals: t, tables } = report
  const row = (name: string) =>
    section('Grand total summary')
      .find(([first]) => first === name)
      ?.slice(1) ?? []
  // Its hosts, emails and domains have one more, `local` or nothing, for mail of this host.
  const [volume, messages, , emails, , deferred, , failed] = row('Received')
  assert.deepEqual(
    [volume, messages, emails, deferred, failed].map(Number),
    [t.receivedOctets, t.received, tables.senders.keys, t.deferredArrivals, t.failedArrivals],
    'received',
  )
  assert.deepEqual(
    row('Delivered').slice(0, 3).map(Number),
    [t.deliveredOctets, t.delivered, t.deliveredAddresses],
    'delivered',
  )
  const hours = (title: string) => section(title).map(([, count]) => Number(count))
  assert.deepEqual(
    hours('Messages received per hour'),
    report.hours.map(({ received }) => received),
  )
  assert.deepEqual(
    hours('Deliveries per hour'),
    report.hours.map(({ delivered }) => delivered),
  )
  assert.deepEqual(
    new Map(
      section('Deliveries by transport')
        .slice(1)
        .map(([transport, octets, count]) => [transport, [Number(octets), Number(count)]]),
    ),
    new Map(
      tables.transports.rows
        .filter(({ count }) => Number(count) > 0)
        .map(({ key, octets, count }) => [key, [octets, count]]),
    ),
  )
  compareQueue(report, section('Time spent on the queue: all messages'), 'messages')
  const remote = 'Time spent on the queue: messages with at least one remote delivery'
  compareQueue(report, section(remote), 'remote')
  // Without `local`, what came from this host itself: we count it by its user.
  const leagues: [string, ReportTable][] = [
    ['sending hosts by message count', tables.sendingHosts],
    ['sending emails by message count', tables.senders],
    ['sending edomains by message count', tables.senderDomains],
    ['local senders by message count', tables.localUsers],
  ]
  for (const [title, table] of leagues)
    assert.deepEqual(
      league(section(title), 2),
      new Map(table.rows.map(({ key, count, octets }) => [key, [count, octets]])),
      title,
    )
  assert.deepEqual(
    league(section('host destinations by message count'), 3),
    new Map(
      tables.receivingHosts.rows
        .filter(({ count }) => Number(count) > 0)
        .map(({ key, count, addresses, octets }) => [key, [count, addresses, octets]]),
    ),
    'host destinations',
  )
}

/** By key: the first numbers; without the mail of this host. */
function league(rows: readonly string[][], numbers: number): Map<string, number[]> {
  return new Map(
    rows
      .slice(1)
      .map((row): [string, number[]] => [row.at(-1) ?? '', row.slice(0, numbers).map(Number)])
      .filter(([key]) => key !== 'local'),
  )
}

function compareQueue(
  { timeOnQueue }: StatisticsReport,
  rows: readonly string[][],
  field: 'messages' | 'remote',
): void {
  const bounds = new Map(timeOnQueue.map((bin) => [bin.underMs, bin[field]]))
  const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
  for (const row of rows) {
    // Only the first row and the last say which they are.
    const [word, bound = '', count] = /^(Under|Over)$/.test(row[0] ?? '') ? row : ['', ...row]
    const ms = Number.parseInt(bound, 10) * (units[bound.slice(-1)] ?? 0)
    assert.equal(bounds.get(word === 'Over' ? null : ms), Number(count), `${word} ${bound}`)
  }
}

test('eximstats', { skip: missingPrograms('eximstats') }, async (t) => {
  await t.test('the same figures of a made log', async () => {
    using folder = makeTempFolder()
    const path = join(folder.path, 'mainlog')
    writeLog(path, 'exim', 1_000_000)
    const report = await ours(path)
    const sections = await theirs(path)
    compare(report, sections)
    const rejects = sections.get('Grand total summary')?.find(([first]) => first === 'Rejects')
    assert.equal(report.totals.rejected, Number(rejects?.[1]))
  })
  for (const set of SETS)
    await t.test(`the same figures of ${set}`, { skip: skipShared }, async () => {
      const path = join(SHARED, set, 'mainlog')
      const report = await ours(path)
      const sections = await theirs(path)
      compare(report, sections)
      // Its "Rejects" are every line without a flag that has the word refused, dropped or rejected
      // in it (failed connections to other hosts), and deliveries to :blackhole:; ours are what this
      // server rejected. For now it knows only one form.
      const temporary = sections
        .get('Grand total summary')
        ?.find((row) => row[0] === 'Temp' && row[1] === 'Rejects')
      assert.equal(report.totals.temporarilyRejected, Number(temporary?.[2] ?? 0))
    })
})

test('what really happened is what is counted', { skip: skipShared }, async (t) => {
  for (const set of SETS)
    await t.test(set, async () => {
      const truth = JSON.parse(readFileSync(join(SHARED, set, 'truth.json'), 'utf8'))
      const { totals, tables } = await ours(join(SHARED, set, 'mainlog'))
      const failures = new Map(
        tables.loginFailuresByAddress.rows.map(({ key, failures: count }) => [key, count]),
      )
      assert.deepEqual(failures, new Map(Object.entries(truth.auth_failed)))
      assert.ok(totals.received >= truth.accepted.length, 'bounces are received too')
    })
})
