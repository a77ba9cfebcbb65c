/** Lines cut into blocks. */
import { lineEnd } from '../../journal/line-end.ts'
import type { LogReader } from '../../journal/reader.ts'
import { TermFinder, TermSet } from './terms.ts'

/** A block before it is stored. */
export interface CutBlock {
  /** Where it starts and ends in the octets that were cut. */
  readonly from: number
  readonly end: number
  readonly lines: number
  /** Lines that no rule knows. */
  readonly unknown: number
  /** The earliest and latest time of its lines; null when none has one. */
  readonly firstMs: number | null
  readonly lastMs: number | null
  /** The hashes of its terms, in order. */
  readonly hashes: Uint32Array
}

/**
 * Cuts whole lines into blocks: a block ends before the first line that begins an entry once it is
 * full. Cutting a block that was cut before, with more lines after it, gives it again.
 */
export function cutBlocks(octets: Buffer, reader: LogReader): CutBlock[] {
  const text = octets.toString('latin1')
  const finder = new TermFinder(text)
  const blocks: CutBlock[] = []
  let open = new OpenBlock(0)
  for (let from = 0; from < text.length; ) {
    const end = lineEnd(text, from)
    const line = reader.read(text, from, end)
    const size = from - open.from
    if (size >= BLOCK_OCTETS && (line.type !== 'continuation' || size >= MAX_BLOCK_OCTETS)) {
      blocks.push(open.close(from))
      open = new OpenBlock(from)
    }
    open.lines++
    if (line.type === 'unknown' && line.program === null) open.unknown++
    if (line.type !== 'continuation' && line.atMs !== null) open.note(line.atMs)
    finder.collect(from, end, line, open.terms)
    from = end + 1
  }
  if (text.length > open.from) blocks.push(open.close(text.length))
  return blocks
}

class OpenBlock {
  readonly from: number
  lines = 0
  unknown = 0
  readonly terms = new TermSet()
  #firstMs: number | null = null
  #lastMs: number | null = null

  constructor(from: number) {
    this.from = from
  }

  note(atMs: number): void {
    if (this.#firstMs === null || atMs < this.#firstMs) this.#firstMs = atMs
    if (this.#lastMs === null || atMs > this.#lastMs) this.#lastMs = atMs
  }

  close(end: number): CutBlock {
    return {
      from: this.from,
      end,
      lines: this.lines,
      unknown: this.unknown,
      firstMs: this.#firstMs,
      lastMs: this.#lastMs,
      hashes: this.terms.sorted(),
    }
  }
}

/** What a look-up must unpack and read; smaller ones have more terms in all. */
const BLOCK_OCTETS = 64 * 1024
/** One entry of many lines that is longer is cut after all. */
const MAX_BLOCK_OCTETS = 4 * BLOCK_OCTETS
