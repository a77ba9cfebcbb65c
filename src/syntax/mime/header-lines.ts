/** A header block while it comes in: where it ends, and its text up to the limit. */
import { isBlank, isFieldNameCode } from '../message/header.ts'
import { type Boundaries, type Delimiter, MAX_DELIMITER_OCTETS } from './boundaries.ts'

/** Why a header ended. `fence` is a line with `--` that is no field: the body begins with it. */
export type HeaderEnding = 'blank' | 'fence' | Delimiter

export interface HeaderScan {
  /** How much of the window belongs to the header. */
  readonly end: number
  /** After the line that ended it. */
  readonly next: number
  /** Null when it goes on. */
  readonly ending: HeaderEnding | null
}

type Line = 'field' | 'continuation' | 'other' | HeaderEnding

/** How much of a line decides what it is; the scanner keeps at most this much between chunks. */
export const MAX_LINE_OCTETS = MAX_DELIMITER_OCTETS

export class HeaderLines {
  /** LF octets after {@link bodyStart}. */
  bodyLines = 0
  readonly #maxOctets: number
  #text = ''
  /** Where lines begin that are no fields, with no field after them; -1 when there are none. */
  #strayStart = -1
  #isFirstLine = true
  /** In a line longer than MAX_LINE_OCTETS, whose kind is known. */
  #inLongLine = false

  constructor(maxOctets: number) {
    this.#maxOctets = maxOctets
  }

  /** The begin of the header, at most `octets` of it. */
  text(octets: number): string {
    return this.#text.slice(0, octets)
  }

  /** Where the body begins when the header ended at `end`. */
  bodyStart(end: number): number {
    return this.#strayStart === -1 ? end : this.#strayStart
  }

  /**
   * @param base offset of the window in the message
   * @param final no octets will follow the window
   */
  scan(
    window: Buffer,
    start: number,
    base: number,
    final: boolean,
    boundaries: Boundaries,
  ): HeaderScan {
    let at = start
    let next = start
    let ending: HeaderEnding | null = null
    while (at < window.length) {
      const newline = window.indexOf(LF, at)
      const isCut = newline === -1 && !final
      if (isCut && !this.#inLongLine && window.length - at <= MAX_LINE_OCTETS) break
      next = newline === -1 ? window.length : newline + 1
      ending = this.#inLongLine ? null : this.#takeLine(window, at, next, base, boundaries)
      if (ending !== null && ending !== 'blank') break
      if (newline !== -1 && this.#strayStart !== -1) this.bodyLines++
      this.#inLongLine = isCut
      at = next
      if (ending !== null) break
    }
    this.#keep(window, start, at)
    return { end: at, next: ending === 'fence' || ending === null ? at : next, ending }
  }

  #takeLine(
    window: Buffer,
    at: number,
    next: number,
    base: number,
    boundaries: Boundaries,
  ): HeaderEnding | null {
    const line = this.#kindOf(window, at, next, boundaries)
    this.#isFirstLine = false
    if (line === 'field') {
      this.#strayStart = -1
      this.bodyLines = 0
    } else if (line === 'other') {
      if (this.#strayStart === -1) this.#strayStart = base + at
    } else if (line !== 'continuation') return line
    return null
  }

  #kindOf(window: Buffer, at: number, next: number, boundaries: Boundaries): Line {
    const first = window[at] ?? LF
    if (first === LF || (first === CR && window[at + 1] === LF)) return 'blank'
    if (isBlank(first)) return this.#isFirstLine ? 'other' : 'continuation'
    const hasDashes = first === HYPHEN && window[at + 1] === HYPHEN
    const delimiter = hasDashes ? boundaries.match(window, at, next) : null
    if (delimiter !== null) return delimiter
    if (isField(window, at, Math.min(next, at + MAX_LINE_OCTETS))) return 'field'
    return hasDashes ? 'fence' : 'other'
  }

  #keep(window: Buffer, start: number, end: number): void {
    const room = this.#maxOctets - this.#text.length
    if (room > 0) this.#text += window.toString('latin1', start, Math.min(end, start + room))
  }
}

function isField(window: Buffer, start: number, end: number): boolean {
  let at = start
  while (at < end && isFieldNameCode(window[at] ?? 0)) at++
  if (at === start) return false
  while (at < end && isBlank(window[at] ?? 0)) at++
  return at < end && window[at] === COLON
}

const LF = 0x0a
const CR = 0x0d
const HYPHEN = 0x2d
const COLON = 0x3a
