/** Texts of several logs as one, line by line in the order of their times. */
import { DAY_MS } from '../../base/durations.ts'
import { lineEnd } from '../../journal/line-end.ts'
import { logReader } from '../../journal/reader.ts'
import type { Zone } from '../../journal/zone.ts'
import { type IndexedLog, kindOfLog } from './schema.ts'

/** Whole lines of one source, in the order of its file. */
export interface TimedText {
  readonly sourceId: number
  /** Of its first and last line, about. */
  readonly atMs: number
  readonly lastMs: number
  readonly text: string
}

/**
 * Merges texts that come in the order of `atMs`. Those that overlap with none of another source are
 * given as they are; of others, the times of their lines are read.
 */
export function* inTimeOrder(
  texts: Iterable<TimedText>,
  zone: Zone,
  log: IndexedLog,
): Generator<string> {
  let waiting: TimedText[] = []
  for (const next of texts) {
    const isAlone = waiting.every(
      ({ sourceId, lastMs }) => sourceId === next.sourceId || lastMs <= next.atMs,
    )
    const isMixed = waiting.some(({ sourceId }) => sourceId !== waiting[0]?.sourceId)
    if (isAlone && !isMixed) {
      for (const { text } of waiting) yield text
      waiting = [next]
      continue
    }
    const parts = waiting.map((text) => split(text, next.atMs, zone, log))
    yield* merged(parts.map(({ before }) => before))
    waiting = parts.flatMap(({ after }) => after ?? [])
    waiting.push(next)
  }
  const [only, ...others] = waiting
  if (only !== undefined && others.length === 0) yield only.text
  else yield* merged(waiting.map((text) => split(text, Infinity, zone, log).before))
}

interface TimedLine {
  readonly atMs: number
  readonly line: string
}

interface Split {
  readonly before: readonly TimedLine[]
  /** Null when there is no line. */
  readonly after: TimedText | null
}

/** The lines up to the first one of that time or later, and the others. */
function split(timed: TimedText, untilMs: number, zone: Zone, log: IndexedLog): Split {
  const { text, lastMs } = timed
  const reader = logReader({
    format: 'auto',
    zone,
    latestMs: lastMs + DAY_MS,
    log: kindOfLog(log),
  })
  const before: TimedLine[] = []
  let { atMs } = timed
  for (let from = 0; from < text.length; ) {
    const end = lineEnd(text, from)
    const line = reader.read(text, from, end)
    // One without a time stays with the line before it, and a clock that went back changes nothing.
    if (line.type !== 'continuation' && line.atMs !== null) atMs = Math.max(atMs, line.atMs)
    if (atMs >= untilMs) return { before, after: { ...timed, atMs, text: text.slice(from) } }
    before.push({ atMs, line: text.slice(from, end) })
    from = end + 1
  }
  return { before, after: null }
}

/** Lines of one time stay in the order of their sources. */
function* merged(parts: readonly (readonly TimedLine[])[]): Generator<string> {
  const lines = parts.flat().sort((one, other) => one.atMs - other.atMs)
  if (lines.length > 0) yield `${lines.map(({ line }) => line).join('\n')}\n`
}
