/** Adding up big logs beside eximstats and pflogsumm. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { findProgram } from '../test/support/programs.ts'
import { makeTempFolder } from '../test/support/temp-folder.ts'
import { type CorpusServer, writeLog } from './log-corpus.ts'
import { type Benchmark, columns, figure, median, mib, type Result } from './report.ts'

export const logStats: Benchmark = {
  name: 'log-stats',
  about: 'waybill log stats beside eximstats and pflogsumm, on logs of 250 MB',
  async run(note) {
    using folder = makeTempFolder()
    const results: Result[] = []
    for (const { server, peer } of PEERS) {
      const path = join(folder.path, `${server}.log`)
      note(`writing a log of ${LOG_OCTETS / 1e6} MB as ${server} would`)
      writeLog(path, server, LOG_OCTETS)
      results.push(await compare(server, peer, path, note))
      const small = join(folder.path, `${server}-small.log`)
      writeLog(small, server, LOG_OCTETS / 5)
      results.push(await compareMemory(server, small, path))
    }
    return results
  },
}

const PEERS: readonly { readonly server: CorpusServer; readonly peer: string }[] = [
  { server: 'exim', peer: 'eximstats' },
  { server: 'postfix', peer: 'pflogsumm' },
]
const LOG_OCTETS = 250_000_000
const ROUNDS = 3
const WAYBILL = join(import.meta.dirname, '../bin/waybill')

interface Measured {
  readonly seconds: number
  readonly peakOctets: number
}

async function compare(
  server: CorpusServer,
  peer: string,
  path: string,
  note: (line: string) => void,
): Promise<Result> {
  const commands: (readonly [name: string, command: string, args: readonly string[]])[] = [
    ['waybill log stats', WAYBILL, ['log', 'stats', path]],
    ['waybill log stats --json', WAYBILL, ['log', 'stats', '--json', path]],
  ]
  const program = findProgram(peer)
  if (program !== null) commands.push([peer, program, [path]])
  const measured = new Map<string, Measured[]>()
  for (let round = 0; round < ROUNDS; round++) {
    note(`${server}: round ${round + 1} of ${ROUNDS}`)
    for (const [name, command, args] of commands)
      measured.set(name, [...(measured.get(name) ?? []), await measure(command, args)])
  }
  const rows = [...measured].map(([name, all]) => ({
    name,
    seconds: median(all.map(({ seconds }) => seconds)),
    peak: Math.max(...all.map(({ peakOctets }) => peakOctets)),
  }))
  const ours = rows[0]?.seconds ?? Number.NaN
  const theirs = rows.find(({ name }) => name === peer)?.seconds
  const ratio = theirs === undefined ? '' : `: ${peer} takes ${figure(theirs / ours)} times as long`
  return {
    headline: `statistics of a log of ${server}${ratio}`,
    figures: columns([
      ['', 'seconds', 'MB/s', 'peak memory'],
      ...rows.map(({ name, seconds, peak }) => [
        ...[name, figure(seconds), figure(LOG_OCTETS / 1e6 / seconds), mib(peak)],
      ]),
    ]),
  }
}

/** What a log five times as long takes in memory. */
async function compareMemory(server: CorpusServer, small: string, big: string): Promise<Result> {
  const [one, other] = [
    await measure(WAYBILL, ['log', 'stats', small]),
    await measure(WAYBILL, ['log', 'stats', big]),
  ]
  const growth = other.peakOctets / one.peakOctets
  return {
    headline: `memory for a log of ${server} five times as long: ${figure(growth)} times`,
    figures: columns([
      ['50 MB', mib(one.peakOctets)],
      ['250 MB', mib(other.peakOctets)],
    ]),
  }
}

/** Runs it to its end; what it prints is read. */
async function measure(command: string, args: readonly string[]): Promise<Measured> {
  const start = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout.resume()
  let peakOctets = 0
  const timer = setInterval(() => {
    peakOctets = Math.max(peakOctets, peakOf(child.pid ?? 0))
  }, 10)
  await once(child, 'close')
  clearInterval(timer)
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
