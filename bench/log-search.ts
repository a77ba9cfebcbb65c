/** Searching big logs beside exigrep, and beside grep, which is as fast as a disk can be read. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { findProgram } from '../test/support/programs.ts'
import { makeTempFolder } from '../test/support/temp-folder.ts'
import { type CorpusServer, writeLog } from './log-corpus.ts'
import { type Benchmark, columns, figure, median, mib, type Result } from './report.ts'

export const logSearch: Benchmark = {
  name: 'log-search',
  about: 'waybill log search beside exigrep and grep, in logs of 250 MB',
  async run(note) {
    using folder = makeTempFolder()
    const results: Result[] = []
    for (const server of ['exim', 'postfix'] as const) {
      const path = join(folder.path, `${server}.log`)
      note(`writing a log of ${LOG_OCTETS / 1e6} MB as ${server} would`)
      writeLog(path, server, LOG_OCTETS)
      for (const [what, pattern] of PATTERNS)
        results.push(await compare(server, path, what, pattern, note))
    }
    return results
  },
}

const LOG_OCTETS = 250_000_000
const ROUNDS = 5
const PATTERNS: readonly (readonly [what: string, pattern: string])[] = [
  ['a few messages', 'user65@dom60.example'],
  ['one in a hundred messages', 'user65@'],
  ['nothing', 'no such text'],
  ['every message', 'example'],
]
const WAYBILL = join(import.meta.dirname, '../bin/waybill')

interface Measured {
  readonly seconds: number
  readonly peakOctets: number
  readonly lines: number
}

async function compare(
  server: CorpusServer,
  path: string,
  what: string,
  pattern: string,
  note: (line: string) => void,
): Promise<Result> {
  const commands: (readonly [name: string, command: string, args: readonly string[]])[] = [
    ['waybill log search', WAYBILL, ['log', 'search', pattern, path]],
    ['grep -i', 'grep', ['-i', pattern, path]],
  ]
  const exigrep = server === 'exim' ? findProgram('exigrep') : null
  if (exigrep !== null) commands.push(['exigrep -l', exigrep, ['-l', pattern, path]])
  const measured = new Map<string, Measured[]>()
  for (let round = 0; round < ROUNDS; round++) {
    note(`${server}, ${what}: round ${round + 1} of ${ROUNDS}`)
    for (const [name, command, args] of commands)
      measured.set(name, [...(measured.get(name) ?? []), await measure(command, args)])
  }
  const rows = [...measured].map(([name, all]) => ({
    name,
    seconds: median(all.map(({ seconds }) => seconds)),
    peak: Math.max(...all.map(({ peakOctets }) => peakOctets)),
    lines: all[0]?.lines ?? 0,
  }))
  const ours = rows.find(({ name }) => name.startsWith('waybill'))?.seconds ?? Number.NaN
  const theirs = rows.find(({ name }) => name.startsWith('exigrep'))?.seconds
  const ratio = theirs === undefined ? '' : `: exigrep takes ${figure(theirs / ours)} times as long`
  return {
    headline: `search in a log of ${server}, ${what}${ratio}`,
    figures: columns([
      ['', 'seconds', 'peak memory', 'lines printed'],
      ...rows.map(({ name, seconds, peak, lines }) => [
        name,
        figure(seconds),
        mib(peak),
        lines.toLocaleString('en'),
      ]),
    ]),
  }
}

/** Runs it to its end. What it prints is read and counted, as a pager would. */
async function measure(command: string, args: readonly string[]): Promise<Measured> {
  const start = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let lines = 0
  let peakOctets = 0
  child.stdout.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++
  })
  const timer = setInterval(() => {
    peakOctets = Math.max(peakOctets, peakOf(child.pid ?? 0))
  }, 10)
  await once(child, 'close')
  clearInterval(timer)
  return { seconds: (performance.now() - start) / 1000, peakOctets, lines }
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
