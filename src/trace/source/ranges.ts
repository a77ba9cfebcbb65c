/**
 * Parts of a plain log file, for several threads to read at once: everything here is synchronous
 * and reads the file at its own places.
 */
import { closeSync, openSync, readSync } from 'node:fs'

import { textOfOctets } from '../../base/utf8.ts'

/** Octets of a file, from `start` up to and without `end`. */
export interface FileRange {
  readonly path: string
  readonly start: number
  readonly end: number
}

/** `latin1`: one character an octet, the fastest to look through. */
export type LineEncoding = 'latin1' | 'utf8'

/** Octets as text; with `utf8`, octets that are none are kept (`octetsOfText`). */
export function textOf(octets: Buffer, encoding: LineEncoding): string {
  return encoding === 'utf8' ? textOfOctets(octets) : octets.toString('latin1')
}

/** As many parts of about the same size; fewer of a file that is too small to be worth it. */
export function rangesOf(path: string, sizeOctets: number, count: number): FileRange[] {
  const parts = Math.max(1, Math.min(count, Math.ceil(sizeOctets / CHUNK_OCTETS)))
  const size = Math.ceil(sizeOctets / parts)
  return Array.from({ length: parts }, (_, index) => ({
    path,
    start: Math.min(sizeOctets, index * size),
    end: Math.min(sizeOctets, (index + 1) * size),
  })).filter(({ start, end }) => start < end)
}

/** Lines, and where in the file the first of them starts. */
export interface Chunk {
  readonly text: string
  /** Octets from the start of the file. */
  readonly at: number
}

/**
 * The lines that start within the range, many at a time, each with its newline; only the last one of
 * a file that is still being written to can be without. Two ranges that meet share no line and lose
 * none.
 * @param textOctets  how long a text is, about: short ones are cheaper to make
 * @throws the system's error when the file cannot be read
 */
export function* textsOfRange(
  range: FileRange,
  encoding: LineEncoding,
  textOctets = CHUNK_OCTETS,
): Generator<string> {
  for (const { text } of chunksOfRange(range, encoding, textOctets)) yield text
}

/** The same, with the place of each text. */
export function* chunksOfRange(
  range: FileRange,
  encoding: LineEncoding,
  textOctets = CHUNK_OCTETS,
): Generator<Chunk> {
  const file = openSync(range.path, 'r')
  try {
    let octets = Buffer.allocUnsafe(Math.min(textOctets, range.end - range.start + SPARE_OCTETS))
    let at = firstLine(file, range, octets)
    while (at < range.end) {
      const count = readSync(file, octets, 0, octets.length, at)
      if (count === 0) return
      const isEndOfFile = count < octets.length
      const end = wholeLines(octets, count, range.end - at, isEndOfFile)
      if (end === 0 && octets.length < MAX_LINE_OCTETS) {
        octets = Buffer.allocUnsafe(octets.length * 4)
        continue
      }
      // A line longer than any log has is given in pieces.
      const length = end === 0 ? count : end
      yield { text: textOf(octets.subarray(0, length), encoding), at }
      at += length
    }
  } finally {
    closeSync(file)
  }
}

/** Where the first line starts that starts within the range; its end when none does. */
function firstLine(file: number, { start, end }: FileRange, octets: Buffer): number {
  if (start === 0) return 0
  for (let at = start - 1; at < end; ) {
    const count = readSync(file, octets, 0, octets.length, at)
    if (count === 0) return end
    const newline = octets.indexOf(NEWLINE)
    if (newline >= 0 && newline < count) return at + newline + 1
    at += count
  }
  return end
}

/**
 * How many of the `count` octets are whole lines that start before `limit`; 0 when not even the
 * first line is whole.
 */
function wholeLines(octets: Buffer, count: number, limit: number, isEndOfFile: boolean): number {
  if (limit <= count) {
    const newline = octets.indexOf(NEWLINE, limit - 1)
    if (newline >= 0 && newline < count) return newline + 1
  }
  return isEndOfFile ? count : octets.lastIndexOf(NEWLINE, count - 1) + 1
}

const NEWLINE = 0x0a
/** Longer strings are kept outside of V8's heap, where it is in no hurry to free them. */
export const CHUNK_OCTETS = 512 * 1024
/** For the end of the last line of a small range. */
const SPARE_OCTETS = 4096
/** Postfix writes 2,048 octets at most, Exim 8,192; a file without newlines is no log. */
export const MAX_LINE_OCTETS = 8 * 1024 * 1024
