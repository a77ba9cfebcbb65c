/** Wiring: figures of the running server, kept every five minutes, so that a day has one before it. */
import { statfsSync } from 'node:fs'

import type { Clock } from './base/clock.ts'
import { messageOf } from './base/faults.ts'
import type { Database } from './db/database.ts'
import { one, type Steps } from './db/statement.ts'
import { addSample, type Figure, lastSample, type SampleArgs } from './doctor/history.ts'
import { queueFigures } from './doctor/queue/figures.ts'
import { type EventCounters, sumOf } from './log/counters.ts'

export interface SamplerOptions {
  readonly database: Database
  readonly clock: Clock
  readonly dataFolder: string
  readonly counters: Pick<EventCounters, 'snapshot'>
  /** The event loop's delay; null: it is not measured. */
  readonly loopDelayMs: () => number | null
  readonly report: (text: string) => void
}

/** The first sample comes after five minutes; disposing waits for the one under way. */
export function startSampler(options: SamplerOptions): AsyncDisposable {
  const { clock, database, report } = options
  const before = countsBefore(options)
  const stop = new AbortController()
  let underway: Promise<void> = Promise.resolve()
  let isInTrouble = false
  let next: Disposable | undefined

  const sample = async () => {
    try {
      await database.write(addSample, await sampleNow(options, before, stop.signal))
      isInTrouble = false
    } catch (error) {
      if (stop.signal.aborted) return
      if (!isInTrouble) report(`figures of this time are not kept: ${messageOf(error)}`)
      isInTrouble = true
    }
    if (!stop.signal.aborted) wait()
  }
  const wait = () => {
    next = clock.after(SAMPLE_EVERY_MS, () => {
      underway = sample()
    })
  }
  wait()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      next?.[Symbol.dispose]()
      await underway
    },
  }
}

/** How the server is now. */
async function sampleNow(
  options: SamplerOptions,
  before: Readonly<Record<CountedFigure, number>>,
  signal: AbortSignal,
): Promise<SampleArgs> {
  const { clock, database, dataFolder, counters } = options
  const queue = await queueFigures((steps) => database.read(steps), signal)
  const atMs = clock.nowMs()
  const { delivered, failed, deferred, logins } = counters.snapshot()
  const loopDelayMs = options.loopDelayMs()
  const values = {
    'queue.messages': queue.messages,
    'queue.oldestMs': queue.oldestMs === null ? 0 : Math.max(0, atMs - queue.oldestMs),
    'queue.frozen': queue.frozen,
    'memory.octets': process.memoryUsage.rss(),
    ...(loopDelayMs === null ? {} : { 'loop.delayMs': loopDelayMs }),
    'writer.waiting': database.waiting,
    'disk.usedPercent': usedPercent(dataFolder),
    'store.octets': database.read(storedOctets()),
    delivered: before.delivered + sumOf(delivered),
    failed: before.failed + sumOf(failed),
    deferred: before.deferred + sumOf(deferred),
    'logins.failed': before['logins.failed'] + sumOf(logins.failed),
  } satisfies Partial<Record<Figure, number>>
  return { atMs, values }
}

/**
 * Counts go on over a restart: the last sample of the last run is where they begin. Where it cannot be
 * read they begin anew, and mail is served all the same.
 */
function countsBefore({ database, report }: SamplerOptions): Record<CountedFigure, number> {
  const last = (figure: Figure) => database.read(lastSample(figure))?.value ?? 0
  try {
    return {
      delivered: last('delivered'),
      failed: last('failed'),
      deferred: last('deferred'),
      'logins.failed': last('logins.failed'),
    }
  } catch (error) {
    report(`what was counted before the start is not known: ${messageOf(error)}`)
    return { delivered: 0, failed: 0, deferred: 0, 'logins.failed': 0 }
  }
}

type CountedFigure = Extract<Figure, 'delivered' | 'failed' | 'deferred' | 'logins.failed'>

function usedPercent(dataFolder: string): number {
  const { blocks, bavail } = statfsSync(dataFolder)
  return blocks === 0 ? 0 : 100 * (1 - bavail / blocks)
}

function* storedOctets(): Steps<number> {
  return (
    (yield* one<{ octets: number | null }>('SELECT sum(used_octets) AS octets FROM account'))
      ?.octets ?? 0
  )
}

export const SAMPLE_EVERY_MS = 5 * 60_000
