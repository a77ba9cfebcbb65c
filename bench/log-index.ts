/** Taking big logs into the index, and looking one message up in it beside exigrep. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { findProgram } from '../test/support/programs.ts'
import { makeTempFolder } from '../test/support/temp-folder.ts'
import { type CorpusServer, logLines, writeLog } from './log-corpus.ts'
import { type Benchmark, columns, figure, median, mib, type Result } from './report.ts'

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

const LOG_OCTETS = 250_000_000
/** Lines that a busy server writes between two passes. */
const MORE_LINES = 5000
const ROUNDS = 3
const WAYBILL = join(import.meta.dirname, '../bin/waybill')

interface Measured {
  readonly seconds: number
  readonly peakOctets: number
}

async function measureServer(server: CorpusServer, note: (line: string) => void): Promise<Result> {
  using folder = makeTempFolder()
  const config = join(folder.path, 'waybill.toml')
  const log = join(folder.path, 'data', 'log', 'mainlog')
  mkdirSync(join(folder.path, 'data', 'log'), { recursive: true })
  writeFileSync(config, `data_folder = "${folder.path}/data"\n[log]\ntrace_days = 0\n`)
  note(`writing a log of ${LOG_OCTETS / 1e6} MB as ${server} would`)
  writeLog(log, server, LOG_OCTETS)
  const { size } = statSync(log)
  const waybill = (...args: readonly string[]) => measure(WAYBILL, [...args, '--config', config])
  const rows: { readonly name: string; readonly all: readonly Measured[] }[] = []
  const row = async (name: string, run: () => Promise<Measured>) => {
    note(`${server}: ${name}`)
    const all: Measured[] = []
    for (let round = 0; round < ROUNDS; round++) all.push(await run())
    rows.push({ name, all })
    return median(all.map(({ seconds }) => seconds))
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
    exigrep === null ? null : await row('the same: exigrep', () => measure(exigrep, [id, log]))
  const index = statSync(join(folder.path, 'data', 'trace.db')).size
  const ratio = theirs === null ? '' : `; exigrep takes ${figure(theirs / found)} times as long`
  return {
    headline:
      `log-index, ${server}: ${figure(size / taken / 1e6)} MB/s, the index is ` +
      `${figure((index / size) * 100)} % of the log, a message found in ${figure(found)} s${ratio}`,
    figures: columns([
      ['', 'seconds', 'peak memory'],
      ...rows.map(({ name, all }) => [
        name,
        figure(median(all.map(({ seconds }) => seconds))),
        mib(Math.max(...all.map(({ peakOctets }) => peakOctets))),
      ]),
    ]),
  }
}

/** The id of a message that arrived about half way. */
function idInTheMiddle(log: string, size: number): string {
  const text = readFileSync(log, 'latin1').slice(size / 2, size / 2 + 100_000)
  const id = / (\S+) <= /.exec(text)?.[1] ?? /qmgr\[\d+\]: (\w+): from=/.exec(text)?.[1]
  if (id === undefined) throw new Error(`${log} has no arrival in its middle`)
  return id
}

async function measure(command: string, args: readonly string[]): Promise<Measured> {
  const start = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  let peakOctets = 0
  const timer = setInterval(() => {
    peakOctets = Math.max(peakOctets, peakOf(child.pid ?? 0))
  }, 10)
  const [status] = await once(child, 'close')
  clearInterval(timer)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`)
  return { seconds: (performance.now() - start) / 1000, peakOctets }
}

/** Zero when it has ended. */
function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
