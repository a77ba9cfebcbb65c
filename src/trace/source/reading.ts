/** How the lines of a log are read, and which of them are asked for. */
import { type LogReader, logReader } from '../../journal/reader.ts'
import { LineHeads } from './line-heads.ts'
import type { LogInput, LogSource } from './source.ts'

/** A reader for the lines of one log, from its first line on. */
export function readerOf(
  { format, zone }: Pick<LogInput, 'format' | 'zone'>,
  { log, latestMs }: Pick<LogSource, 'log' | 'latestMs'>,
): LogReader {
  return logReader({ format, zone, log, latestMs })
}

/** The same for heads of lines only; with their times when some times are asked for. */
export function headsOf(
  { format, zone, sinceMs, untilMs }: LogInput,
  { log, latestMs }: LogSource,
): LineHeads {
  return new LineHeads({ format, zone, log, latestMs }, sinceMs !== null || untilMs !== null)
}

/**
 * Whether a line of that time is asked for.
 * @param atMs  null or NaN when the line says no time: then it is
 */
export function isInTime(
  { sinceMs, untilMs }: Pick<LogInput, 'sinceMs' | 'untilMs'>,
  atMs: number | null,
): boolean {
  if (atMs === null) return true
  return !(sinceMs !== null && atMs < sinceMs) && !(untilMs !== null && atMs >= untilMs)
}
