/**
 * Sequence sets: RFC 9051 §9 "sequence-set". Parsed as written, then resolved to ranges that are
 * ascending and do not overlap, so that no message is ever handled twice for one command.
 */
import type { Cursor } from '../../base/cursor.ts'
import { expectNonZero } from './string.ts'

/** `*`, the largest number in use. */
export const LARGEST = Number.POSITIVE_INFINITY

export type SequenceSet =
  /** `$`, the result of the last SEARCH RETURN (SAVE). */
  { readonly kind: 'saved' } | { readonly kind: 'ranges'; readonly ranges: Ranges }

/** Inclusive. In a parsed set in any order; after {@link resolveRanges} ascending and apart. */
export type Ranges = readonly (readonly [first: number, last: number])[]

export function expectSequenceSet(cursor: Cursor): SequenceSet {
  if (cursor.take('$')) return { kind: 'saved' }
  const ranges: [number, number][] = []
  do {
    const first = expectSequenceNumber(cursor)
    const last = cursor.take(':') ? expectSequenceNumber(cursor) : first
    ranges.push(first <= last ? [first, last] : [last, first])
  } while (cursor.take(','))
  return { kind: 'ranges', ranges }
}

/** Puts `largest` for `*`, sorts, and joins what overlaps or touches. */
export function resolveRanges(ranges: Ranges, largest: number): Ranges {
  const known = ranges.map(([first, last]): [number, number] => {
    const a = first === LARGEST ? largest : first
    const b = last === LARGEST ? largest : last
    return a <= b ? [a, b] : [b, a]
  })
  return joinRanges(known.sort((a, b) => a[0] - b[0]))
}

/** `1:3,7`: the text of ascending numbers, joined where they follow each other. */
export function writeSet(numbers: Iterable<number>): string {
  let text = ''
  let first = -1
  let last = -1
  const flush = () => {
    if (first < 0) return
    text += `${text === '' ? '' : ','}${first}${first === last ? '' : `:${last}`}`
  }
  for (const number of numbers) {
    if (number !== last + 1 || first < 0) {
      flush()
      first = number
    }
    last = number
  }
  flush()
  return text
}

/** Ascending numbers as ranges. */
export function rangesOf(numbers: Iterable<number>): Ranges {
  const ranges: [number, number][] = []
  let current: [number, number] | undefined
  for (const number of numbers) {
    if (current !== undefined && number === current[1] + 1) current[1] = number
    else {
      current = [number, number]
      ranges.push(current)
    }
  }
  return ranges
}

/** Is the number in resolved ranges? */
export function includes(ranges: Ranges, number: number): boolean {
  let low = 0
  let high = ranges.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const range = ranges[middle]
    if (range === undefined) return false
    if (number < range[0]) high = middle - 1
    else if (number > range[1]) low = middle + 1
    else return true
  }
  return false
}

function joinRanges(sorted: [number, number][]): Ranges {
  const joined: [number, number][] = []
  for (const range of sorted) {
    const before = joined.at(-1)
    if (before !== undefined && range[0] <= before[1] + 1) {
      before[1] = Math.max(before[1], range[1])
    } else joined.push(range)
  }
  return joined
}

function expectSequenceNumber(cursor: Cursor): number {
  return cursor.take('*') ? LARGEST : expectNonZero(cursor, 'a message number')
}
