/**
 * The canonical forms "relaxed" of header and body: what DKIM hashes in place of what was sent, so
 * that a change of white space on the way breaks no signature. RFC 6376 §3.4.2, §3.4.4.
 */
import { createHash } from 'node:crypto'

import { lowerAscii } from '../../base/cursor.ts'

/**
 * A header field without its line end: `subject:Hello there`.
 * @param name  as it stands before the colon
 * @param value  what follows the colon, with its folds; latin1, one character an octet
 */
export function relaxedField(name: string, value: string): string {
  // One pass each, and no pattern that begins in the middle of a run: linear.
  const unfolded = value.replace(/[\r\n]/g, '').replace(/[ \t]+/g, ' ')
  const start = unfolded.startsWith(' ') ? 1 : 0
  const end = unfolded.length > start && unfolded.endsWith(' ') ? -1 : undefined
  return `${lowerAscii(name.trim())}:${unfolded.slice(start, end)}`
}

/**
 * The SHA-256 of a body, octet by octet as it comes: lines lose the white space at their end, runs
 * of it become one space, empty lines at the end do not count. A CR or LF alone ends a line too, as
 * such an octet is never sent to another server.
 */
export class RelaxedBodyHash {
  readonly #hash = createHash('sha256')
  readonly #out = Buffer.allocUnsafe(OUT_OCTETS)
  #used = 0
  /** Line ends that count only if something follows. */
  #lineEnds = 0
  #space = false
  #afterCr = false
  #isEmpty = true

  update(octets: Uint8Array): void {
    let at = 0
    while (at < octets.length) {
      const end = wordEnd(octets, at)
      if (end > at) this.#word(octets, at, end)
      at = end
      if (at < octets.length) this.#separator(octets[at++] ?? 0)
    }
  }

  /** The `bh=` in base64. Nothing can be added after it. */
  digest(): string {
    // What has any line ends with one, whether it came or not.
    if (!this.#isEmpty) this.#write(CR, LF)
    return this.#hash.update(this.#out.subarray(0, this.#used)).digest('base64')
  }

  #separator(octet: number): void {
    if (octet === SP || octet === TAB) {
      this.#space = true
    } else if (octet === CR || !this.#afterCr) {
      this.#lineEnds++
      this.#space = false
    }
    this.#afterCr = octet === CR
  }

  #word(octets: Uint8Array, start: number, end: number): void {
    for (; this.#lineEnds > 0; this.#lineEnds--) this.#write(CR, LF)
    if (this.#space) this.#write(SP)
    this.#space = false
    this.#afterCr = false
    this.#isEmpty = false
    if (end - start > LONG_WORD) {
      this.#flush()
      this.#hash.update(octets.subarray(start, end))
      return
    }
    if (this.#used + LONG_WORD > OUT_OCTETS) this.#flush()
    const out = this.#out
    let used = this.#used
    for (let at = start; at < end; at++) out[used++] = octets[at] ?? 0
    this.#used = used
  }

  #write(first: number, second?: number): void {
    if (this.#used + 2 > OUT_OCTETS) this.#flush()
    this.#out[this.#used++] = first
    if (second !== undefined) this.#out[this.#used++] = second
  }

  #flush(): void {
    this.#hash.update(this.#out.subarray(0, this.#used))
    this.#used = 0
  }
}

/** The index after the octets from `at` on that are neither white space nor of a line end. */
function wordEnd(octets: Uint8Array, at: number): number {
  let end = at
  for (; end < octets.length; end++) {
    const octet = octets[end] ?? 0
    if (octet <= SP && (octet === SP || octet === TAB || octet === CR || octet === LF)) break
  }
  return end
}

const CR = 0x0d
const LF = 0x0a
const SP = 0x20
const TAB = 0x09
const OUT_OCTETS = 16 * 1024
/** Longer ones are hashed where they are. */
const LONG_WORD = 1024
