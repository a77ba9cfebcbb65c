/** Programs run over big logs, several times each: how long they take, and how much memory. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { type CorpusServer, writeLog } from './log-corpus.ts'
import { peakOctets } from './processes.ts'
import { columns, figure, median, mib } from './report.ts'

export const WAYBILL = join(import.meta.dirname, '../bin/waybill')
export const LOG_OCTETS = 250_000_000

export interface Command {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
}

export interface Run {
  readonly seconds: number
  readonly peakOctets: number
  /** That it printed. */
  readonly lines: number
  readonly status: number | null
}

/** The runs of one command: the median of the times, the most memory. */
export interface Runs {
  readonly name: string
  readonly seconds: number
  readonly peakOctets: number
  readonly lines: number
}

/** Writes a log as such a server would, of as many octets. */
export function writeBigLog(
  path: string,
  server: CorpusServer,
  note: (line: string) => void,
): void {
  note(`writing a log of ${LOG_OCTETS / 1e6} MB as ${server} would`)
  writeLog(path, server, LOG_OCTETS)
}

/** Runs them in turn, so that what the machine does besides meets all alike. */
export async function runInTurn(
  commands: readonly Command[],
  rounds: number,
  note: (line: string) => void,
): Promise<readonly Runs[]> {
  const runs = new Map<string, Run[]>(commands.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    note(`round ${round + 1} of ${rounds}`)
    for (const { name, program, args } of commands)
      runs.get(name)?.push(await runProgram(program, args))
  }
  return [...runs].map(([name, all]) => runsOf(name, all))
}

export function runsOf(name: string, all: readonly Run[]): Runs {
  return {
    name,
    seconds: median(all.map(({ seconds }) => seconds)),
    peakOctets: Math.max(...all.map((run) => run.peakOctets)),
    lines: all[0]?.lines ?? 0,
  }
}

/** Runs it to its end. What it prints is read and counted, as a pager would. */
export async function runProgram(program: string, args: readonly string[]): Promise<Run> {
  const start = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let lines = 0
  let peak = 0
  child.stdout.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++
  })
  const timer = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid ?? 0))
  }, 10)
  const [status] = (await once(child, 'close')) as [number | null]
  clearInterval(timer)
  return { seconds: (performance.now() - start) / 1000, peakOctets: peak, lines, status }
}

/** Zero when it has ended, or is about to. */
function peakOf(pid: number): number {
  try {
    return peakOctets(pid) || 0
  } catch {
    return 0
  }
}

/** A line for each of them: seconds, peak memory, and what else there is to say. */
export function runColumns(
  runs: readonly Runs[],
  more: { readonly heading: string; readonly of: (runs: Runs) => string } | null = null,
): string[] {
  return columns([
    ['', 'seconds', 'peak memory', ...(more === null ? [] : [more.heading])],
    ...runs.map((one) => [
      ...[one.name, figure(one.seconds), mib(one.peakOctets)],
      ...(more === null ? [] : [more.of(one)]),
    ]),
  ])
}
