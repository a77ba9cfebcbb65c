/**
 * Cuts what the peer sends into commands, however it was chunked: lines, and the literals that
 * lines announce (RFC 9051 §4.3, RFC 7888). A finished command is one text with its literals in place; the
 * message of an APPEND is never part of it and is handed over octet by octet.
 *
 *   take() ──▶ command        a whole command
 *          ──▶ continue       a synchronising literal may come: send "+"
 *          ──▶ message        an APPEND announced its message; then takeMessage()
 *          ──▶ refused        over a limit, or not CRLF; `fatal` when the place is lost
 *          ──▶ null           more octets are needed
 */
import { Cursor } from '../../base/cursor.ts'
import { isDigit } from '../../base/digits.ts'
import { isTagChar } from './characters.ts'
import { expectAstring, expectSpace, expectTag } from './string.ts'

/** May change between commands: before and after login. */
export interface ReaderLimits {
  /** Octets of a command outside literals. */
  readonly maxLineOctets: number
  readonly maxLiteralOctets: number
  readonly maxLiteralsTotalOctets: number
  readonly maxLiterals: number
  /** Whether an APPEND's literal is a message; before login it is like any other. */
  readonly streamsMessages: boolean
}

export interface Literal {
  readonly octets: number
  /** The peer waits for "+" before it sends it. */
  readonly synchronizing: boolean
  /** `~{…}`: may contain NUL. */
  readonly binary: boolean
}

export type Frame =
  | { readonly kind: 'command'; readonly text: string }
  | { readonly kind: 'continue' }
  | { readonly kind: 'message'; readonly text: string; readonly literal: Literal }
  | { readonly kind: 'refused'; readonly text: string; readonly why: Why; readonly fatal: boolean }

export type Why = 'lineTooLong' | 'literalTooBig' | 'tooManyLiterals' | 'notCrlf'

const LF = 0x0a
const CR = 0x0d
const CRLF_OCTETS = 2
/** Enough for the size of any literal that fits a number. */
const MAX_LITERAL_DIGITS = 12

export class CommandReader {
  limits: ReaderLimits
  #chunks: Buffer[] = []
  /** Octets of the first chunk that are used up. */
  #used = 0
  #pending = 0
  /** Octets from the start of what is pending that hold no LF. */
  #scanned = 0
  #text = ''
  #lineOctets = 0
  #literals = 0
  #literalOctets = 0
  #literalToCome = 0
  #messageToCome = 0

  constructor(limits: ReaderLimits) {
    this.limits = limits
  }

  /** Octets received and not yet taken. */
  get pendingOctets(): number {
    return this.#pending
  }

  /** Octets of the announced message that were not yet taken. */
  get messageOctetsToCome(): number {
    return this.#messageToCome
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#pending += chunk.length
  }

  take(): Frame | null {
    for (;;) {
      if (this.#pending < this.#literalToCome) return null
      if (this.#literalToCome > 0) {
        this.#text += this.#takeText(this.#literalToCome)
        this.#literalToCome = 0
      }
      const line = this.takeLine(this.limits.maxLineOctets - this.#lineOctets)
      if (line === null) return null
      if (line === 'tooLong') return this.#refuse('lineTooLong', true)
      this.#lineOctets += line.length + 1
      if (line.charCodeAt(line.length - 1) !== CR) {
        this.#text += line
        return this.#refuse('notCrlf', false)
      }
      this.#text += line.slice(0, -1)
      const frame = this.#ended()
      if (frame !== null) return frame
    }
  }

  /**
   * The next line without its LF but with what stands before, normally CR. For IDLE's DONE and the
   * lines of AUTHENTICATE. Null when it is not complete yet.
   */
  takeLine(maxOctets: number): string | null {
    const end = this.#findLineEnd()
    if (end < 0) return this.#pending > maxOctets + CRLF_OCTETS ? 'tooLong' : null
    if (end > maxOctets + 1) return 'tooLong'
    const line = this.#takeText(end + 1)
    return line.slice(0, -1)
  }

  /** What has come of the announced message; null when more octets are needed. */
  takeMessage(): Buffer | null {
    const first = this.#chunks[0]
    if (first === undefined || this.#messageToCome === 0) return null
    const end = Math.min(first.length, this.#used + this.#messageToCome)
    const octets = first.subarray(this.#used, end)
    this.#consume(octets.length)
    this.#messageToCome -= octets.length
    return octets
  }

  /** The message was refused and will not be sent: its command is over. */
  dropMessage(): void {
    this.#messageToCome = 0
  }

  /** A line is complete, and so is its command unless the line announced a literal. */
  #ended(): Frame | null {
    const literal = literalAtEnd(this.#text)
    if (literal === null) return { kind: 'command', text: this.#reset() }
    const { octets, synchronizing } = literal
    if (this.limits.streamsMessages && isMessageLiteral(this.#text)) {
      this.#messageToCome = octets
      return { kind: 'message', text: this.#reset(), literal }
    }
    if (++this.#literals > this.limits.maxLiterals) {
      return this.#refuse('tooManyLiterals', !synchronizing)
    }
    this.#literalOctets += octets
    if (
      octets > this.limits.maxLiteralOctets ||
      this.#literalOctets > this.limits.maxLiteralsTotalOctets
    ) {
      return this.#refuse('literalTooBig', !synchronizing)
    }
    this.#text += '\r\n'
    this.#literalToCome = octets
    return synchronizing ? { kind: 'continue' } : null
  }

  #refuse(why: Why, fatal: boolean): Frame {
    return { kind: 'refused', text: this.#reset(), why, fatal }
  }

  #reset(): string {
    const text = this.#text
    this.#text = ''
    this.#lineOctets = 0
    this.#literals = 0
    this.#literalOctets = 0
    return text
  }

  /** Offset of the next LF from the start of what is pending, -1 when none has come. */
  #findLineEnd(): number {
    let before = -this.#used
    for (const chunk of this.#chunks) {
      const from = Math.max(0, this.#scanned - before)
      if (from < chunk.length) {
        const at = chunk.indexOf(LF, from)
        if (at >= 0) return before + at
      }
      before += chunk.length
    }
    this.#scanned = this.#pending
    return -1
  }

  #takeText(octets: number): string {
    const first = this.#chunks[0]
    if (first !== undefined && first.length - this.#used >= octets) {
      const text = first.toString('latin1', this.#used, this.#used + octets)
      this.#consume(octets)
      return text
    }
    const whole = Buffer.concat(this.#chunks)
    const text = whole.toString('latin1', this.#used, this.#used + octets)
    this.#consume(octets)
    return text
  }

  #consume(octets: number): void {
    this.#pending -= octets
    this.#scanned = 0
    let end = this.#used + octets
    let whole = 0
    for (const chunk of this.#chunks) {
      if (chunk.length > end) break
      end -= chunk.length
      whole++
    }
    if (whole > 0) this.#chunks.splice(0, whole)
    this.#used = end
  }
}

/** The tag a refused or unparsable command began with; null when it has none. */
export function tagOf(text: string): string | null {
  const cursor = new Cursor(text)
  const tag = cursor.takeWhile(isTagChar)
  return tag !== '' && (cursor.atEnd || cursor.char === ' ') ? tag : null
}

/** `{n}`, `{n+}` or `~{n}` that ends the text. */
export function literalAtEnd(text: string): Literal | null {
  let at = text.length - 1
  if (text.charAt(at) !== '}') return null
  const synchronizing = text.charAt(at - 1) !== '+'
  if (!synchronizing) at--
  const end = at
  while (end - at <= MAX_LITERAL_DIGITS && isDigit(text.charCodeAt(at - 1))) at--
  if (at === end || text.charAt(at - 1) !== '{') return null
  return {
    octets: Number(text.slice(at, end)),
    synchronizing,
    binary: text.charAt(at - 2) === '~',
  }
}

/** Is the literal that ends this text the message of an APPEND, and not its mailbox name? */
function isMessageLiteral(text: string): boolean {
  const cursor = new Cursor(text)
  try {
    expectTag(cursor)
    cursor.expect(' APPEND ')
    expectAstring(cursor, 'a mailbox name')
    expectSpace(cursor)
    return true
  } catch {
    return false
  }
}
