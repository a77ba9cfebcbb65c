/**
 * The content of a message after DATA (RFC 5321 §4.5.2) or in BDAT chunks (RFC 3030).
 *
 *               CR           LF
 *   ┌─▶ text ───────▶ cr ───────▶ lineStart ◀── begin
 *   │    ▲             │ else      │  │ else
 *   │    └─────────────┴───────────┼──┘
 *   │ else                         ▼ "."
 *   ├───────────────────────────  dot
 *   │                              │ CR
 *   │ else                         ▼        LF
 *   └───────────────────────────  dotCr ──────▶ done
 *
 * Only CRLF.CRLF ends the content, whatever the segments; a bare CR or LF never begins a line, so
 * no reader behind us can find an end where we found none. Such content is read on to its true end
 * and then refused: {@link Content.bareLineEnds}. NUL is refused too (RFC 5321 §2.3.8 wants text,
 * and IMAP's CHAR8 has no NUL): {@link Content.hasNul}.
 */
export interface Content {
  /** CR without LF, or LF without CR, was seen. */
  readonly bareLineEnds: boolean
  readonly hasNul: boolean
  /** Octets of the longest line, line end not counted. */
  readonly longestLineOctets: number
}

type State = 'lineStart' | 'text' | 'cr' | 'dot' | 'dotCr' | 'done'

export class DataReader implements Content {
  bareLineEnds = false
  hasNul = false
  longestLineOctets = 0
  #state: State = 'lineStart'
  /** Octets of the current line in earlier chunks. */
  #lineOctets = 0
  readonly #emit: (octets: Buffer) => void

  /** @param emit  gets the content in order, dots unstuffed, mostly as slices of the chunks */
  constructor(emit: (octets: Buffer) => void) {
    this.#emit = emit
  }

  get done(): boolean {
    return this.#state === 'done'
  }

  /** Reads a chunk. @returns how many of its octets were used: all of them, until the end has come */
  read(chunk: Buffer): number {
    return this.#scan(chunk, true)
  }

  /** Reads a chunk whose length is known: dots and ends mean nothing in it. */
  readCounted(chunk: Buffer): void {
    this.#scan(chunk, false)
  }

  /** After the last counted chunk, which may end without CRLF. */
  finishCounted(): void {
    if (this.#state === 'cr') this.bareLineEnds = true
    this.#endLine(this.#lineOctets)
  }

  #scan(chunk: Buffer, dots: boolean): number {
    const length = chunk.length
    let state = this.#state
    let from = 0 // where the octets not yet given out begin
    let lineFrom = -this.#lineOctets // where the line began; negative: in an earlier chunk
    let i = 0
    while (i < length) {
      if (state === 'text') {
        while (i < length && (chunk[i] as number) > CR) i++ // most octets end here
        if (i === length) break
      }
      const next = this.#next(state, chunk[i++] as number, dots)
      if (next === 'lineStart') {
        this.#endLine(i - 2 - lineFrom)
        lineFrom = i
      } else if (next === 'dot') {
        this.#give(chunk, from, i - 1)
        from = i
      } else if (next === 'done') {
        this.#state = 'done'
        return i
      } else if (state === 'dotCr' && from === i - 1) {
        this.#emit(ONE_CR) // kept back at the end of the chunk before: it did not belong to the end
      }
      state = next
    }
    this.#state = state
    this.#lineOctets = length - lineFrom
    this.#give(chunk, from, state === 'dotCr' ? length - 1 : length)
    return length
  }

  #next(state: State, octet: number, dots: boolean): State {
    if (octet === NUL) this.hasNul = true
    const plain = octet === CR ? 'cr' : 'text'
    if (octet === LF) {
      if (state === 'cr') return 'lineStart'
      if (state === 'dotCr') return 'done'
      this.bareLineEnds = true
      return 'text'
    }
    switch (state) {
      case 'lineStart':
        return octet === DOT && dots ? 'dot' : plain
      case 'dot':
        return octet === CR ? 'dotCr' : 'text'
      case 'cr':
      case 'dotCr':
        this.bareLineEnds = true
        return plain
      case 'text':
      case 'done':
        return plain
      default:
        return state satisfies never
    }
  }

  #give(chunk: Buffer, from: number, until: number): void {
    if (until <= from) return
    this.#emit(from === 0 && until === chunk.length ? chunk : chunk.subarray(from, until))
  }

  #endLine(octets: number): void {
    if (octets > this.longestLineOctets) this.longestLineOctets = octets
  }
}

const NUL = 0x00
const LF = 0x0a
const CR = 0x0d
const DOT = 0x2e
const ONE_CR = Buffer.from([CR])
