/** Says a notice by a way, tried three times. */
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/faults.ts'
import type { Notice } from './message.ts'
import { PartlyTold, type Way, WayFault } from './ways/way.ts'

export interface Told {
  readonly way: string
  readonly isOwnQueue: boolean
  /** Null: it was taken. */
  readonly why: string | null
  /** It was taken for some of those whom this way tells. */
  readonly isPart: boolean
}

/** Never throws. @param pausesMs  before each further try */
export async function tell(
  way: Way,
  notice: Notice,
  clock: Clock,
  signal: AbortSignal,
  pausesMs: readonly number[] = PAUSES_MS,
): Promise<Told> {
  const fault = await sent(way, notice, clock, signal, pausesMs)
  const why = fault === null ? null : messageOf(fault)
  const isPart = fault instanceof PartlyTold
  return { way: way.name, isOwnQueue: way.isOwnQueue, why, isPart }
}

async function sent(
  way: Way,
  notice: Notice,
  clock: Clock,
  signal: AbortSignal,
  pausesMs: readonly number[],
): Promise<unknown> {
  for (let tried = 0; ; tried++)
    try {
      await way.send(notice, signal)
      return null
    } catch (error) {
      const pauseMs = pausesMs[tried]
      const isFinal = error instanceof WayFault || error instanceof PartlyTold
      if (pauseMs === undefined || isFinal || signal.aborted) return error
      await pause(clock, pauseMs, signal)
    }
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const over = Promise.withResolvers<void>()
  const end = () => over.resolve()
  signal.addEventListener('abort', end)
  using _timer = clock.after(ms, end)
  if (!signal.aborted) await over.promise
  // It lives as long as the server.
  signal.removeEventListener('abort', end)
}

const PAUSES_MS = [2_000, 10_000]
