/**
 * Transfer encodings, written piece by piece as the content comes (RFC 2045 §6.7, §6.8). What is
 * given out does not end with a line end: whatever follows a body begins with one.
 */
import { view } from '../../base/octets.ts'

export interface TransferEncoder {
  /** @returns what can go out already; memory of its own */
  push(octets: Uint8Array): Buffer
  /** The rest. */
  finish(): Buffer
}

/**
 * Quoted-printable. In text every kind of line end (CRLF, LF, CR, CR CR LF) becomes CRLF, as on the
 * wire; elsewhere only CRLF is one, and a lone CR or LF is an octet like any other.
 */
export class QuotedPrintable implements TransferEncoder {
  readonly #isText: boolean
  #out = Buffer.alloc(0)
  #used = 0
  #column = 0
  /** This line began in the middle of one of the content. */
  #isSoft = false
  /** A space or tab that may be the last of its line; 0: none. */
  #blank = 0
  #afterCr = false

  constructor(isText: boolean) {
    this.#isText = isText
  }

  push(octets: Uint8Array): Buffer {
    // At most three for each octet and for what was held, and a soft break for each 73 of those.
    this.#out = Buffer.allocUnsafe(octets.length * 4 + 32)
    this.#used = 0
    for (const octet of octets) this.#take(octet)
    return this.#out.subarray(0, this.#used)
  }

  finish(): Buffer {
    this.#out = Buffer.allocUnsafe(32)
    this.#used = 0
    if (this.#afterCr && !this.#isText) this.#escaped(CR)
    this.#endBlank()
    return this.#out.subarray(0, this.#used)
  }

  #take(octet: number): void {
    const afterCr = this.#afterCr
    this.#afterCr = octet === CR
    if (octet === CR) {
      if (!afterCr && this.#isText) this.#lineEnd()
      else if (afterCr && !this.#isText) this.#escaped(CR)
    } else if (octet === LF) {
      if (afterCr !== this.#isText) this.#lineEnd()
      else if (!this.#isText) this.#escaped(LF)
    } else {
      if (afterCr && !this.#isText) this.#escaped(CR)
      if (octet === SPACE || octet === TAB) {
        this.#literalBlank()
        this.#blank = octet
      } else if (octet > SPACE && octet < DELETE && octet !== EQUALS) this.#literal(octet)
      else this.#escaped(octet)
    }
  }

  #lineEnd(): void {
    this.#endBlank()
    this.#put(CR)
    this.#put(LF)
    this.#column = 0
    this.#isSoft = false
  }

  /** RFC 2045 §6.7 (3): white space does not end a line. */
  #endBlank(): void {
    const blank = this.#blank
    this.#blank = 0
    if (blank !== 0) this.#escape(blank)
  }

  #literalBlank(): void {
    const blank = this.#blank
    this.#blank = 0
    if (blank === 0) return
    this.#room(1)
    this.#put(blank)
    this.#column++
  }

  #literal(octet: number): void {
    this.#literalBlank()
    this.#room(1)
    // A line that we begin must not look like the delimiter of a multipart around it.
    if (octet === HYPHEN && this.#column === 0 && this.#isSoft) {
      this.#escape(octet)
      return
    }
    this.#put(octet)
    this.#column++
  }

  #escaped(octet: number): void {
    this.#literalBlank()
    this.#escape(octet)
  }

  #escape(octet: number): void {
    this.#room(3)
    this.#put(EQUALS)
    this.#put(HEX.charCodeAt(octet >> 4))
    this.#put(HEX.charCodeAt(octet & 15))
    this.#column += 3
  }

  #room(octets: number): void {
    if (this.#column + octets < MAX_LINE) return
    this.#put(EQUALS)
    this.#put(CR)
    this.#put(LF)
    this.#column = 0
    this.#isSoft = true
  }

  #put(octet: number): void {
    this.#out[this.#used++] = octet
  }
}

export class Base64 implements TransferEncoder {
  #held: Buffer = EMPTY
  #isFirst = true

  push(octets: Uint8Array): Buffer {
    const all = this.#held.length === 0 ? view(octets) : Buffer.concat([this.#held, octets])
    const whole = all.length - (all.length % LINE_OCTETS)
    this.#held = Buffer.from(all.subarray(whole))
    return this.#lines(all.subarray(0, whole))
  }

  finish(): Buffer {
    return this.#lines(this.#held)
  }

  #lines(octets: Buffer): Buffer {
    if (octets.length === 0) return EMPTY
    const lines: string[] = []
    for (let at = 0; at < octets.length; at += LINE_OCTETS)
      lines.push(octets.toString('base64', at, Math.min(octets.length, at + LINE_OCTETS)))
    const text = `${this.#isFirst ? '' : '\r\n'}${lines.join('\r\n')}`
    this.#isFirst = false
    return Buffer.from(text, 'latin1')
  }
}

const EMPTY = Buffer.alloc(0)
/** Of them come 76 characters. */
const LINE_OCTETS = 57
/** RFC 2045 §6.7 (5). */
const MAX_LINE = 76
const HEX = '0123456789ABCDEF'
const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const HYPHEN = 0x2d
const EQUALS = 0x3d
const DELETE = 0x7f
