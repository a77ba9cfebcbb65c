/** Searching big logs beside exigrep, and beside grep, which is as fast as a disk can be read. */
import { join } from 'node:path'

import { findProgram } from '../test/support/programs.ts'
import { makeTempFolder } from '../test/support/temp-folder.ts'
import type { CorpusServer } from './log-corpus.ts'
import { type Command, runColumns, runInTurn, WAYBILL, writeBigLog } from './log-runs.ts'
import { type Benchmark, figure, type Result } from './report.ts'

export const logSearch: Benchmark = {
  name: 'log-search',
  about: 'waybill log search beside exigrep and grep, in logs of 250 MB',
  async run(note) {
    using folder = makeTempFolder()
    const results: Result[] = []
    for (const server of ['exim', 'postfix'] as const) {
      const path = join(folder.path, `${server}.log`)
      writeBigLog(path, server, note)
      for (const [what, pattern] of PATTERNS)
        results.push(await compare(server, path, what, pattern, note))
    }
    return results
  },
}

const ROUNDS = 5
const PATTERNS: readonly (readonly [what: string, pattern: string])[] = [
  ['a few messages', 'user65@dom60.example'],
  ['one in a hundred messages', 'user65@'],
  ['nothing', 'no such text'],
  ['every message', 'example'],
]

async function compare(
  server: CorpusServer,
  path: string,
  what: string,
  pattern: string,
  note: (line: string) => void,
): Promise<Result> {
  const exigrep = server === 'exim' ? findProgram('exigrep') : null
  const commands: readonly Command[] = [
    { name: OURS, program: WAYBILL, args: ['log', 'search', pattern, path] },
    { name: 'grep -i', program: 'grep', args: ['-i', pattern, path] },
    ...(exigrep === null ? [] : [{ name: THEIRS, program: exigrep, args: ['-l', pattern, path] }]),
  ]
  const runs = await runInTurn(commands, ROUNDS, (line) => note(`${server}, ${what}: ${line}`))
  const ours = runs.find(({ name }) => name === OURS)?.seconds ?? Number.NaN
  const theirs = runs.find(({ name }) => name === THEIRS)?.seconds
  const ratio = theirs === undefined ? '' : `: exigrep takes ${figure(theirs / ours)} times as long`
  return {
    headline: `search in a log of ${server}, ${what}${ratio}`,
    figures: runColumns(runs, {
      heading: 'lines printed',
      of: ({ lines }) => lines.toLocaleString('en'),
    }),
  }
}

const OURS = 'waybill log search'
const THEIRS = 'exigrep -l'
