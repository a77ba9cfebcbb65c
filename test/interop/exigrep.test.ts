/** Who knows exigrep must find the same messages with ours. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'

import { writeLog } from '../../bench/log-corpus.ts'
import { UTC } from '../../src/journal/zone.ts'
import { type Query, search } from '../../src/trace/search/search.ts'
import { openSources } from '../../src/trace/source/source.ts'
import { findProgram, missingPrograms, run } from '../support/programs.ts'
import { makeTempFolder } from '../support/temp-folder.ts'

/** What exigrep is given; all are regular expressions, as exigrep's always are. */
const PATTERNS: readonly string[] = [
  'user65@dom60\\.example',
  'USER12@ALPHA\\.TEST',
  'user1@',
  'dom399\\.example',
  'mx\\.dom7\\.example',
  '192\\.0\\.2\\.1\\]:587',
  '\\[1[0-9]{2}\\.7\\.',
  'Greylisted',
  'over quota',
  'unauthenticated',
  'Unrouteable address',
  'rejected RCPT',
  'nobody@gamma',
  'authenticator failed',
  'set_id=user19@',
  'Start queue run',
  'T="Invoice',
  'T="Lunch lunch (notes|report)',
  'Mail delivery failed',
  ' == ',
  '\\*\\* user\\d+@dom1\\d\\.',
  'defer \\(-44\\)',
  '<= <>',
  'S=1000\\d ',
  'id=17\\.',
  '1vcY0u-00000[0-9]',
  '^2026-01-05 00:0[13]:',
  'Completed$',
  'QT=2s DT=1s$',
  'no such text anywhere',
]

test('search finds what exigrep finds', { skip: missingPrograms('exigrep') }, async (t) => {
  using folder = makeTempFolder()
  const path = join(folder.path, 'mainlog')
  writeLog(path, 'exim', 3_000_000)
  const exigrep = findProgram('exigrep') ?? ''
  let fruitful = 0
  for (const pattern of PATTERNS)
    await t.test(pattern, async () => {
      const theirs = partsOf((await run(exigrep, ['--no-pager', pattern, path])).stdout)
      const ours = await found(path, { patterns: [{ text: pattern, isRegex: true }] })
      assert.deepEqual(ours, theirs)
      if (theirs.size > 0) fruitful++
    })
  assert.ok(fruitful >= 20, `only ${fruitful} patterns found anything`)
  await t.test('plain text, as exigrep -l', async () => {
    for (const text of ['user12@alpha.test', 'defer (-44)', 'T="Invoice', '** user']) {
      const theirs = partsOf((await run(exigrep, ['--no-pager', '-l', text, path])).stdout)
      assert.ok(theirs.size > 0)
      assert.deepEqual(await found(path, { patterns: [{ text, isRegex: false }] }), theirs)
    }
  })
})

/** Ids of messages, with how many lines each has, and lines about none. */
type Parts = ReadonlyMap<string, number>

async function found(path: string, { patterns }: Pick<Query, 'patterns'>): Promise<Parts> {
  const zone = UTC
  const world = { format: 'auto', zone, nowMs: Date.now(), input: process.stdin } as const
  const sources = await openSources([path], { ...world, run: neverRun })
  const input = { sources, format: 'auto', zone, sinceMs: null, untilMs: null } as const
  const filters = { from: null, to: null, ip: null, host: null, status: null }
  const parts = new Map<string, number>()
  for await (const some of search(input, { patterns, filters }))
    for (const { id, lines } of some) count(parts, id ?? lines.join('\n'), lines.length)
  return sorted(parts)
}

const neverRun = () => {
  throw new Error('nothing is compressed')
}

/** From exigrep's output: blocks of lines, separated by blank lines. */
function partsOf(output: string): Parts {
  const parts = new Map<string, number>()
  for (const line of output.split('\n')) {
    if (line === '' || line.startsWith('+++')) continue
    const id = /^\S+ \S+ (\w{6}-\w{6}-\w\w)\b/.exec(line)?.[1]
    count(parts, id ?? line, 1)
  }
  return sorted(parts)
}

function count(parts: Map<string, number>, key: string, more: number): void {
  parts.set(key, (parts.get(key) ?? 0) + more)
}

/** In one order: ours prints messages in the order of their ends, as exigrep does, but open ones too. */
function sorted(parts: Parts): Parts {
  return new Map([...parts].sort(([one], [other]) => (one < other ? -1 : 1)))
}
