import { SyntaxFault } from './faults.ts'

/**
 * A position in one line of protocol text. The caller decodes the line as latin1, so that
 * a string index is an octet offset and no malformed UTF-8 can move it.
 *
 * Methods come in pairs, as the grammar does:
 *   take*    is the element here? Consume and return it, or return false/'' and do not move.
 *   expect*  it must be here, or throw SyntaxFault.
 */
export class Cursor {
  readonly text: string
  at: number

  constructor(text: string, at = 0) {
    this.text = text
    this.at = at
  }

  get atEnd(): boolean {
    return this.at >= this.text.length
  }

  /** The code of the octet at the cursor, NaN at the end. */
  get code(): number {
    return this.text.charCodeAt(this.at)
  }

  /** The character at the cursor, '' at the end. */
  get char(): string {
    return this.text.charAt(this.at)
  }

  /** Everything from the cursor on. Does not move. */
  get rest(): string {
    return this.text.slice(this.at)
  }

  /** Consumes `literal`, ignoring ASCII case. */
  take(literal: string): boolean {
    const end = this.at + literal.length
    if (end > this.text.length) return false
    const slice = this.text.slice(this.at, end)
    if (slice !== literal && upperAscii(slice) !== upperAscii(literal)) return false
    this.at = end
    return true
  }

  /** Consumes the longest run of octets whose code matches, up to `max`; '' if there is none. */
  takeWhile(matches: (code: number) => boolean, max = Number.POSITIVE_INFINITY): string {
    const start = this.at
    const end = Math.min(this.text.length, start + max)
    let at = start
    while (at < end && matches(this.text.charCodeAt(at))) at++
    this.at = at
    return this.text.slice(start, at)
  }

  expect(literal: string): void {
    if (!this.take(literal)) this.fail(JSON.stringify(literal))
  }

  expectWhile(matches: (code: number) => boolean, element: string): string {
    return this.takeWhile(matches) || this.fail(element)
  }

  expectEnd(): void {
    if (!this.atEnd) this.fail('end of line')
  }

  fail(expected: string): never {
    throw new SyntaxFault(expected, this.at)
  }
}

/** Like toUpperCase, for a–z only: toUpperCase turns "ß" into two characters and moves offsets. */
export function upperAscii(text: string): string {
  return /[a-z]/.test(text) ? text.replace(/[a-z]+/g, (run) => run.toUpperCase()) : text
}

/** Like toLowerCase, for A–Z only. */
export function lowerAscii(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (run) => run.toLowerCase()) : text
}
