/**
 * Octets received and not yet used. Hands out command lines and blocks of content, whatever the
 * segments they came in.
 */
export class Input {
  readonly #chunks: Buffer[] = []
  /** Offset of the first unused octet in the first chunk. */
  #at = 0
  /** The begin of a line whose end has not come. */
  #partial = ''
  #waitingOctets = 0

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#waitingOctets += chunk.length
  }

  /** Octets not yet handed out. */
  get waitingOctets(): number {
    return this.#waitingOctets + this.#partial.length
  }

  /** The begin of what waits, for the log. */
  peek(maxOctets: number): string {
    const next = this.#chunks[0]?.toString('latin1', this.#at, this.#at + maxOctets) ?? ''
    return (this.#partial + next).slice(0, maxOctets)
  }

  /**
   * The next line as latin1, without CRLF.
   * @returns `incomplete` when its end has not come yet
   * @returns `tooLong` when it has more than `maxOctets`, CRLF included: the input is then of no use
   * @returns `bareLf` when LF came without CR: two readers could disagree where the line ends
   */
  takeLine(maxOctets: number): Line {
    for (;;) {
      const chunk = this.#chunks[0]
      if (chunk === undefined) return INCOMPLETE
      const lf = chunk.indexOf(LF, this.#at)
      const end = lf < 0 ? chunk.length : lf + 1
      if (this.#partial.length + end - this.#at > maxOctets) return TOO_LONG
      const start = this.#at
      this.#consume(chunk, end)
      if (lf < 0) {
        this.#partial += chunk.toString('latin1', start, end)
        continue
      }
      const partial = this.#partial
      this.#partial = ''
      if (lf > start) {
        if (chunk[lf - 1] !== CR) return BARE_LF
        return { kind: 'line', text: partial + chunk.toString('latin1', start, lf - 1) }
      }
      if (!partial.endsWith('\r')) return BARE_LF
      return { kind: 'line', text: partial.slice(0, -1) }
    }
  }

  /** The next octets, at most `maxOctets`, as they came; null when nothing waits. */
  takeOctets(maxOctets: number): Buffer | null {
    const chunk = this.#chunks[0]
    if (chunk === undefined || maxOctets === 0) return null
    const end = Math.min(chunk.length, this.#at + maxOctets)
    const octets = this.#at === 0 && end === chunk.length ? chunk : chunk.subarray(this.#at, end)
    this.#consume(chunk, end)
    return octets
  }

  /** Puts back what a reader of blocks left over; it comes next. */
  putBack(octets: Buffer): void {
    const chunk = this.#chunks[0]
    if (chunk !== undefined && this.#at > 0) this.#chunks[0] = chunk.subarray(this.#at)
    this.#at = 0
    if (octets.length > 0) this.#chunks.unshift(octets)
    this.#waitingOctets += octets.length
  }

  clear(): void {
    this.#chunks.length = 0
    this.#at = 0
    this.#partial = ''
    this.#waitingOctets = 0
  }

  #consume(chunk: Buffer, end: number): void {
    this.#waitingOctets -= end - this.#at
    this.#at = end
    if (end < chunk.length) return
    this.#chunks.shift()
    this.#at = 0
  }
}

export type Line =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'incomplete' | 'tooLong' | 'bareLf' }

const INCOMPLETE: Line = { kind: 'incomplete' }
const TOO_LONG: Line = { kind: 'tooLong' }
const BARE_LF: Line = { kind: 'bareLf' }
const CR = 0x0d
const LF = 0x0a
