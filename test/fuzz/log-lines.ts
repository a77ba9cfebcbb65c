/**
 * Millions of mutated log lines through each reader: `npm run fuzz:lines -- [COUNT] [SEED]`, ten
 * million each without. No line may throw, an unknown one must be kept whole, and no batch may take
 * more than a thousand times the usual: so nothing in a line makes its reader slow.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { LogFormat } from '../../src/journal/reader.ts'
import { logReader } from '../../src/journal/reader.ts'
import { UTC } from '../../src/journal/zone.ts'
import { loadTargets } from './load-targets.ts'
import { SeededRandom } from './random.ts'

const ROOT = join(import.meta.dirname, '../..')
const SHARED = join(ROOT, '../shared/testdata')

/** What is fuzzed: a reader, and the lines it begins with. */
const READERS: readonly {
  readonly name: string
  readonly format: LogFormat | 'auto'
  readonly log: 'main' | 'reject' | 'panic'
  readonly targets: readonly string[]
  readonly files: readonly string[]
}[] = [
  {
    ...{ name: 'exim main log', format: 'exim', log: 'main', targets: ['journal'] },
    files: ['logs-exim-testsuite/mainlog/*', 'logs-gen-exim/*/mainlog'],
  },
  {
    ...{ name: 'exim rejectlog', format: 'exim', log: 'reject', targets: ['journal'] },
    files: ['logs-exim-testsuite/rejectlog/*', 'logs-gen-exim/*/rejectlog'],
  },
  {
    ...{ name: 'exim paniclog', format: 'exim', log: 'panic', targets: ['journal'] },
    files: ['logs-exim-testsuite/paniclog/*'],
  },
  {
    ...{ name: 'postfix', format: 'postfix', log: 'main', targets: ['postfix-log'] },
    files: ['logs-fail2ban/postfix.jsonl'],
  },
  {
    ...{ name: 'dovecot', format: 'dovecot', log: 'main', targets: ['dovecot-log'] },
    files: ['logs-gen-dovecot/*/dovecot.log', 'logs-fail2ban/dovecot.jsonl'],
  },
  {
    ...{ name: 'any server', format: 'auto', log: 'main', targets: ['log-reader', 'postfix-log'] },
    files: ['logs-gen-exim/*/mainlog', 'logs-gen-dovecot/*/dovecot.log'],
  },
]

/** Lines that are read in one go, as a log is. */
const BATCH = 2000

interface Report {
  readonly name: string
  readonly lines: number
  readonly unknown: number
  readonly seconds: number
  readonly slowestBatchMs: number
}

/** @param count lines for each reader. @throws AssertionError with the line that was read wrongly */
export async function fuzzLines(count: number, seed: number): Promise<Report[]> {
  const targets = new Map((await loadTargets()).map((target) => [target.name, target]))
  const reports: Report[] = []
  for (const { name, format, log, targets: names, files } of READERS) {
    const own = names.flatMap((target) =>
      (targets.get(target)?.seeds ?? []).map((text) => whole(target, String(text))),
    )
    const seeds = [...own, ...files.flatMap(linesOf)]
      .flatMap((text) => text.split('\n'))
      .filter((line) => line !== '')
    assert.ok(seeds.length > 5, `${name} has lines to begin with`)
    const random = new SeededRandom(seed)
    const reader = logReader({ format, zone: UTC, latestMs: Date.UTC(2026, 11, 31), log })
    const began = performance.now()
    let unknown = 0
    let slowestBatchMs = 0
    for (let done = 0; done < count; done += BATCH) {
      const lines = Array.from({ length: BATCH }, () => mutated(seeds, random))
      const before = performance.now()
      unknown += readAll(reader, lines)
      slowestBatchMs = Math.max(slowestBatchMs, performance.now() - before)
    }
    const seconds = (performance.now() - began) / 1000
    reports.push({ name, lines: count, unknown, seconds, slowestBatchMs })
  }
  return reports
}

function readAll(reader: ReturnType<typeof logReader>, lines: readonly string[]): number {
  const text = lines.join('\n')
  let unknown = 0
  let from = 0
  for (const line of lines) {
    const event = reader.read(text, from, from + line.length)
    if (event.type === 'unknown') {
      unknown++
      assert.equal(event.line, line.replace(/\r$/, ''), 'an unknown line is kept whole')
    }
    assert.ok(
      event.type === 'continuation' || event.atMs === null || !Number.isNaN(event.atMs),
      line,
    )
    from += line.length + 1
  }
  return unknown
}

/** One to four changes: characters turned, cut, doubled, or a piece of another line put in. */
function mutated(seeds: readonly string[], random: SeededRandom): string {
  let line = seeds[random.below(seeds.length)] ?? ''
  // The prefix is left alone three times out of four: nearly all of a line is behind it.
  const first = random.below(4) === 0 ? 0 : Math.min(line.length, 30)
  for (let change = random.below(4); change >= 0; change--) {
    const at = first + random.below(line.length - first + 1)
    const end = Math.min(line.length, at + random.below(12))
    const piece = line.slice(at, end)
    switch (random.below(6)) {
      case 0:
        line = line.slice(0, at) + String.fromCharCode(random.below(300)) + line.slice(end)
        break
      case 1:
        line = line.slice(0, at) + line.slice(end)
        break
      case 2:
        line = line.slice(0, at) + piece.repeat(random.below(8)) + line.slice(at)
        break
      case 3:
        line = line.slice(0, at) + SIGNS.charAt(random.below(SIGNS.length)) + line.slice(at)
        break
      case 4:
        line = line.slice(0, at)
        break
      default: {
        const other = seeds[random.below(seeds.length)] ?? ''
        const start = random.below(other.length + 1)
        line = line.slice(0, at) + other.slice(start, start + random.below(80)) + line.slice(end)
      }
    }
  }
  return line.replaceAll('\n', ' ').slice(0, 20_000)
}

const SIGNS = '<>()[]{}"\\=: ,;@.-+*\t\r\0\x1b\u2028é'

/** The lines of that target are `smtpd message`: the prefix of syslog makes them whole. */
function whole(target: string, text: string): string {
  return target === 'postfix-log'
    ? text.replace(/^(\S+) /gm, 'Nov 20 09:00:06 mail postfix/$1[12]: ')
    : text
}

/** Empty when the shared logs are not here: then the targets' own lines have to do. */
function linesOf(pattern: string): string[] {
  return globSync(join(SHARED, pattern)).map((path) => {
    const text = readFileSync(path, 'utf8')
    if (!path.endsWith('.jsonl')) return text
    const rows = text.split('\n').filter((row) => row !== '')
    return rows.map((row) => (JSON.parse(row) as { line: string }).line).join('\n')
  })
}

if (import.meta.main) {
  const [count = '10000000', seed = '1'] = process.argv.slice(2)
  for (const { name, lines, unknown, seconds, slowestBatchMs } of await fuzzLines(+count, +seed))
    process.stdout.write(
      `${name.padEnd(16)}${lines} lines, ${((unknown / lines) * 100).toFixed(1)} % unknown, ` +
        `${seconds.toFixed(0)} s, slowest ${BATCH} lines ${slowestBatchMs.toFixed(0)} ms, no finding\n`,
    )
}
