/** Taking big logs into the index, and looking one message up in it beside exigrep. */
import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { findProgram } from '../test/support/programs.ts'
import { makeTempFolder } from '../test/support/temp-folder.ts'
import { type CorpusServer, logLines } from './log-corpus.ts'
import {
  type Run,
  type Runs,
  runColumns,
  runProgram,
  runsOf,
  WAYBILL,
  writeBigLog,
} from './log-runs.ts'
import { type Benchmark, figure, type Result } from './report.ts'

export const logIndex: Benchmark = {
  name: 'log-index',
  about: 'waybill log index: logs of 250 MB taken, one message looked up beside exigrep',
  async run(note) {
    const results: Result[] = []
    for (const server of ['exim', 'postfix'] as const)
      results.push(await measureServer(server, note))
    return results
  },
}

/** Lines that a busy server writes between two passes. */
const MORE_LINES = 5000
const ROUNDS = 3

async function measureServer(server: CorpusServer, note: (line: string) => void): Promise<Result> {
  using folder = makeTempFolder()
  const config = join(folder.path, 'waybill.toml')
  const log = join(folder.path, 'data', 'log', 'mainlog')
  mkdirSync(join(folder.path, 'data', 'log'), { recursive: true })
  writeFileSync(config, `data_folder = "${folder.path}/data"\n[log]\ntrace_days = 0\n`)
  writeBigLog(log, server, note)
  const { size } = statSync(log)
  const waybill = (...args: readonly string[]) => runWell(WAYBILL, [...args, '--config', config])
  const rows: Runs[] = []
  const row = async (name: string, run: () => Promise<Run>) => {
    note(`${server}: ${name}`)
    const all: Run[] = []
    for (let round = 0; round < ROUNDS; round++) all.push(await run())
    const runs = runsOf(name, all)
    rows.push(runs)
    return runs.seconds
  }
  const taken = await row('take it', () => waybill('log', 'index', '--rebuild'))
  await row('take it again, nothing new', () => waybill('log', 'index'))
  let seed = 2
  await row(`take ${MORE_LINES} lines more`, () => {
    appendFileSync(log, logLines(server, seed++).take(MORE_LINES).toArray().join(''))
    return waybill('log', 'index')
  })
  const id = idInTheMiddle(log, size)
  const found = await row('look one message up: waybill log trace', () =>
    waybill('log', 'trace', id),
  )
  const exigrep = server === 'exim' ? findProgram('exigrep') : null
  const theirs =
    exigrep === null ? null : await row('the same: exigrep', () => runWell(exigrep, [id, log]))
  const index = statSync(join(folder.path, 'data', 'trace.db')).size
  const ratio = theirs === null ? '' : `; exigrep takes ${figure(theirs / found)} times as long`
  return {
    headline:
      `log-index, ${server}: ${figure(size / taken / 1e6)} MB/s, the index is ` +
      `${figure((index / size) * 100)} % of the log, a message found in ${figure(found)} s${ratio}`,
    figures: runColumns(rows),
  }
}

/** The id of a message that arrived about half way. */
function idInTheMiddle(log: string, size: number): string {
  const text = readFileSync(log, 'latin1').slice(size / 2, size / 2 + 100_000)
  const id = / (\S+) <= /.exec(text)?.[1] ?? /qmgr\[\d+\]: (\w+): from=/.exec(text)?.[1]
  if (id === undefined) throw new Error(`${log} has no arrival in its middle`)
  return id
}

/** @throws when it fails */
async function runWell(program: string, args: readonly string[]): Promise<Run> {
  const run = await runProgram(program, args)
  if (run.status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${run.status}`)
  return run
}
