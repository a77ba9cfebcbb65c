/** Counts one part of a log, from its first line to its last. */
import type { LogFormat } from '../../journal/reader.ts'
import type { Zone } from '../../journal/zone.ts'
import { type FileRange, textsOfRange } from '../source/ranges.ts'
import { readerOf } from '../source/reading.ts'
import type { LogKind } from '../source/source.ts'
import type { Collector } from './collector.ts'

/** Octets of a plain file, and what its reader must know. Plain data. */
export interface PartRange extends FileRange {
  readonly log: LogKind
  readonly latestMs: number
}

/** How the lines are read, whichever file they stand in. */
export interface Reading {
  readonly format: LogFormat | 'auto'
  readonly zone: Zone
}

/**
 * Counts ranges that follow one another, a text at each step: so others can do something between.
 * @throws the system's error when one cannot be read
 */
export function* countRanges(
  collector: Collector,
  ranges: readonly PartRange[],
  reading: Reading,
): Generator<void> {
  for (const range of ranges) {
    const count = lineCounter(collector, range, reading)
    for (const text of textsOfRange(range, 'utf8')) {
      count(text)
      yield
    }
  }
}

/** Counts the lines of each text it is given; texts are whole lines of one file, in their order. */
export function lineCounter(
  collector: Collector,
  source: Pick<PartRange, 'log' | 'latestMs'>,
  reading: Reading,
): (text: string) => void {
  const reader = readerOf(reading, source)
  return (text) => {
    for (let from = 0; from < text.length; ) {
      const newline = text.indexOf('\n', from)
      const end = newline < 0 ? text.length : newline
      collector.take(reader.read(text, from, end))
      from = end + 1
    }
  }
}
