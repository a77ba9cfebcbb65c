/**
 * The boundaries of the multiparts that are open, innermost last, and the look-up of a line in them.
 */
import type { OpenPart } from './open-part.ts'

/** A longer line is no delimiter: RFC 5322 §2.1.1 allows 998, and boundaries are at most 70. */
export const MAX_DELIMITER_OCTETS = 1000

export interface Delimiter {
  readonly part: OpenPart
  /** `--boundary--`. */
  readonly closes: boolean
}

export class Boundaries {
  readonly #open: OpenPart[] = []
  /** The innermost part for each boundary. */
  readonly #parts = new Map<string, OpenPart>()
  /** How many open boundaries begin with each octet: most lines that begin with `--` end here. */
  #firstOctets: Uint16Array = NONE

  get isEmpty(): boolean {
    return this.#open.length === 0
  }

  /** @param part with a boundary */
  push(part: OpenPart): void {
    // Most messages have no boundary: they do without the table.
    if (this.#firstOctets === NONE) this.#firstOctets = new Uint16Array(256)
    const boundary = part.boundary ?? ''
    part.shadowed = this.#parts.get(boundary) ?? null
    this.#parts.set(boundary, part)
    this.#open.push(part)
    this.#count(boundary, 1)
  }

  /** Removes the part's boundary, when it is the innermost; otherwise it was closed before. */
  remove(part: OpenPart): void {
    if (this.#open.at(-1) !== part) return
    this.#open.pop()
    const boundary = part.boundary ?? ''
    if (part.shadowed === null) this.#parts.delete(boundary)
    else this.#parts.set(boundary, part.shadowed)
    this.#count(boundary, -1)
  }

  clear(): void {
    this.#open.length = 0
    this.#parts.clear()
    this.#firstOctets = NONE
  }

  /**
   * Is the line that begins with `--` at [start, end) a delimiter? White space may follow the
   * boundary. RFC 2046 §5.1.1 lets any text follow it; we want the whole line to match, on purpose,
   * because nested boundaries are often prefixes of each other.
   */
  match(window: Buffer, start: number, end: number): Delimiter | null {
    if (end - start > MAX_DELIMITER_OCTETS) return null
    if (!this.#firstOctets[window[start + 2] ?? 0]) return null
    let last = end
    while (last > start + 2 && isLineSpace(window[last - 1])) last--
    const text = window.toString('latin1', start + 2, last)
    const opens = this.#parts.get(text)
    const closes = text.endsWith('--') ? this.#parts.get(text.slice(0, -2)) : undefined
    // `--a--` may close `a` and open `a--`; the inner multipart has the word.
    if (closes !== undefined && (opens === undefined || closes.depth > opens.depth)) {
      return { part: closes, closes: true }
    }
    return opens === undefined ? null : { part: opens, closes: false }
  }

  #count(boundary: string, by: number): void {
    const first = boundary.charCodeAt(0) & 0xff
    this.#firstOctets[first] = (this.#firstOctets[first] ?? 0) + by
  }
}

/** No boundary begins with any octet. */
const NONE = new Uint16Array(0)

function isLineSpace(octet: number | undefined): boolean {
  return octet === 0x20 || octet === 0x09 || octet === 0x0d || octet === 0x0a
}
