/**
 * Counts all logs of an input: large plain files by several threads, of which this is the first, each
 * a range of octets; all others as they are unpacked. What limits it is reading the lines, 100 MB a
 * second and core; packed files and standard input have one core.
 */
import { setImmediate as others } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

import type { LogInput, LogSource } from '../source/source.ts'
import { type Collected, Collector } from './collector.ts'
import { countRanges, lineCounter, type PartRange } from './part.ts'
import type { Statistics } from './statistics.ts'
import type { WorkerTask } from './worker.ts'

export interface GatherOptions {
  /** The name of the input's zone in the IANA database, for other threads; null is UTC. */
  readonly zoneName: string | null
  /** How many threads may read at once; 1 reads in this one. */
  readonly threads: number
}

export interface Gathered {
  readonly statistics: Statistics
  /** Messages still in the queue where the log ends. */
  readonly waiting: number
  /** Names of logs that were left out, since the main log beside them has the same lines. */
  readonly leftOut: readonly string[]
}

/** @throws the system's error, or LogFault, when a log cannot be read */
export async function gatherStatistics(input: LogInput, options: GatherOptions): Promise<Gathered> {
  const { sinceMs, untilMs } = input
  const all = new Collector({ sinceMs, untilMs, isFirst: true })
  const { sources, leftOut } = chosen(input.sources)
  const steps = stepsOf(sources, options.threads)
  // Threads start at once; what they counted is joined in the order of the log.
  const threads = steps.map((step, index) =>
    'ranges' in step && index > 0 ? startThread(step, input, options) : null,
  )
  try {
    for (const [index, step] of steps.entries()) {
      const thread = threads[index]
      if (thread) all.join(await thread.result)
      else if ('ranges' in step) await countHere(all, step.ranges, input)
      else await countSource(all, step.source, input)
    }
  } finally {
    await Promise.all(threads.map((thread) => thread?.stop()))
  }
  return { statistics: all.statistics, waiting: all.waiting, leftOut }
}

/** Exim writes what it rejects, and what frightens it, to its main log too. */
function chosen(all: readonly LogSource[]): Pick<Gathered, 'leftOut'> & Pick<LogInput, 'sources'> {
  const hasMain = all.some(({ log }) => log === 'main')
  const sources = hasMain ? all.filter(({ log }) => log === 'main') : all
  return { sources, leftOut: all.filter((one) => !sources.includes(one)).map(({ name }) => name) }
}

type Step = { readonly ranges: readonly PartRange[] } | { readonly source: LogSource }

/** Plain files that follow one another are divided among the threads, in parts of the same size. */
function stepsOf(sources: readonly LogSource[], threads: number): Step[] {
  const steps: Step[] = []
  let run: LogSource[] = []
  const endRun = () => {
    steps.push(...partsOf(run, threads).map((ranges) => ({ ranges })))
    run = []
  }
  for (const source of sources) {
    if (source.plainFile !== null) run.push(source)
    else {
      endRun()
      steps.push({ source })
    }
  }
  endRun()
  return steps
}

function partsOf(sources: readonly LogSource[], threads: number): PartRange[][] {
  const size = sources.reduce((sum, { sizeOctets }) => sum + (sizeOctets ?? 0), 0)
  const count = size < WORTH_A_THREAD_OCTETS ? 1 : threads
  const target = Math.ceil(size / count)
  const parts: PartRange[][] = []
  let room = 0
  for (const { plainFile, sizeOctets, log, latestMs } of sources) {
    const end = sizeOctets ?? 0
    for (let start = 0; plainFile !== null && start < end; ) {
      if (room === 0) {
        parts.push([])
        room = target
      }
      const length = Math.min(room, end - start)
      parts.at(-1)?.push({ path: plainFile, start, end: start + length, log, latestMs })
      start += length
      room -= length
    }
  }
  return parts
}

interface Thread {
  readonly result: Promise<Collected>
  stop(): Promise<unknown>
}

function startThread(
  { ranges }: { readonly ranges: readonly PartRange[] },
  input: LogInput,
  { zoneName, threads }: GatherOptions,
): Thread | null {
  const size = ranges.reduce((sum, { start, end }) => sum + end - start, 0)
  if (threads < 2 || size * 2 < WORTH_A_THREAD_OCTETS) return null
  const { format } = input
  const { sinceMs, untilMs } = input
  const counting = { sinceMs, untilMs, isFirst: false }
  const task: WorkerTask = { ranges, format, zoneName, options: counting }
  const own = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
  const worker = new Worker(new URL(own, import.meta.url), {
    workerData: task,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
  })
  const result = new Promise<Collected>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('a thread ended without its result')))
  })
  // It is awaited later, perhaps never: another may have failed before.
  result.catch(() => {})
  return { result, stop: () => worker.terminate() }
}

async function countHere(
  into: Collector,
  ranges: readonly PartRange[],
  { format, zone }: LogInput,
): Promise<void> {
  for (const _ of countRanges(into, ranges, { format, zone })) await others()
}

async function countSource(into: Collector, source: LogSource, input: LogInput): Promise<void> {
  const { format, zone } = input
  const count = lineCounter(into, source, { format, zone })
  for await (const text of source.texts()) count(text)
}

/** A smaller log is read before a thread has started. */
const WORTH_A_THREAD_OCTETS = 16 * 1024 * 1024
/** Events live for a moment: with room for many of them, nearly none is copied by the collector. */
const YOUNG_MIB = 16
