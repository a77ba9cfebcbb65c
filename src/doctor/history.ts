/**
 * What was the case before: figures by time, written by the running server, and what a command
 * remembers from one run to the next. Checks, reports and alerts compare with it.
 */
import { DAY_MS, HOUR_MS } from '../base/durations.ts'
import type { JsonValue } from '../base/json-value.ts'
import { all, change, defineWrite, one, type Steps } from '../db/statement.ts'

/**
 * What is kept of each moment; every 5 minutes for two days, then each hour's last, 35 days. The last
 * row are counts that only grow, over restarts too: {@link countBetween} says what came meanwhile.
 * `store.octets`: of the mail in all mailboxes.
 */
export const FIGURES = [
  ...(['queue.messages', 'queue.oldestMs', 'queue.frozen', 'memory.octets'] as const),
  ...(['loop.delayMs', 'writer.waiting', 'disk.usedPercent', 'store.octets'] as const),
  ...(['delivered', 'failed', 'deferred', 'logins.failed'] as const),
]
export type Figure = (typeof FIGURES)[number]

export interface Sample {
  readonly atMs: number
  readonly value: number
}

export interface SampleArgs {
  readonly atMs: number
  /** A figure that is not known at the moment is left out. */
  readonly values: Readonly<Partial<Record<Figure, number>>>
}

/** Adds a moment, and forgets what is too old. */
export const addSample = defineWrite('addSample', function* ({ atMs, values }: SampleArgs) {
  for (const [figure, value] of Object.entries(values))
    yield* change('INSERT OR REPLACE INTO sample VALUES (?, ?, ?)', figure, atMs, value)
  yield* change('DELETE FROM sample WHERE at_ms < ?', atMs - KEPT_MS)
  // Of each hour its last moment stays.
  yield* change(
    `DELETE FROM sample WHERE at_ms < ? AND EXISTS (SELECT 1 FROM sample AS later
       WHERE later.figure = sample.figure AND later.at_ms > sample.at_ms
         AND later.at_ms < (sample.at_ms / 3600000 + 1) * 3600000)`,
    atMs - FINE_MS,
  )
})

/** Oldest first. */
export function* samplesOf(figure: Figure, sinceMs: number, untilMs: number): Steps<Sample[]> {
  return yield* all<Sample>(
    `SELECT at_ms AS atMs, value FROM sample
     WHERE figure = ? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms`,
    figure,
    sinceMs,
    untilMs,
  )
}

/** The moment nearest to a time, at most an hour from it; undefined: there is none. */
export function* sampleAt(figure: Figure, atMs: number): Steps<Sample | undefined> {
  return yield* one<Sample>(
    `SELECT at_ms AS atMs, value FROM sample WHERE figure = ? AND at_ms BETWEEN ? AND ?
     ORDER BY abs(at_ms - ?) LIMIT 1`,
    figure,
    atMs - HOUR_MS,
    atMs + HOUR_MS,
    atMs,
  )
}

/** Undefined: there is none. */
export function* lastSample(figure: Figure): Steps<Sample | undefined> {
  return yield* one<Sample>(
    'SELECT at_ms AS atMs, value FROM sample WHERE figure = ? ORDER BY at_ms DESC LIMIT 1',
    figure,
  )
}

/** How much a count grew from one moment to another, each at most an hour off; null: not known. */
export function* countBetween(
  figure: Figure,
  sinceMs: number,
  untilMs: number,
): Steps<number | null> {
  const from = yield* sampleAt(figure, sinceMs)
  const until = yield* sampleAt(figure, untilMs)
  if (from === undefined || until === undefined || until.atMs <= from.atMs) return null
  // A database that was put back from a backup begins lower.
  return until.value < from.value ? null : until.value - from.value
}

/** `doctor`, `report`: what the last run of a command left for the next. */
export interface Remembered {
  readonly atMs: number
  readonly value: JsonValue
}

export interface RememberArgs extends Remembered {
  readonly topic: string
}

export const remember = defineWrite('remember', function* ({ topic, atMs, value }: RememberArgs) {
  const text = JSON.stringify(value)
  yield* change('INSERT OR REPLACE INTO remembered VALUES (?, ?, ?)', topic, atMs, text)
})

export function* remembered(topic: string): Steps<Remembered | undefined> {
  const row = yield* one<{ atMs: number; value: string }>(
    'SELECT at_ms AS atMs, value FROM remembered WHERE topic = ?',
    topic,
  )
  return row === undefined ? undefined : { atMs: row.atMs, value: JSON.parse(row.value) }
}

const FINE_MS = 48 * HOUR_MS
const KEPT_MS = 35 * DAY_MS
