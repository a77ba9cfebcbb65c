/**
 * Replies as a client reads them: RFC 5321 §4.2, RFC 2034. Whatever the octets, nothing throws and
 * no reply grows past {@link MAX_REPLY_OCTETS}.
 */
import { latin1, utf8OfLatin1 } from '../../base/octets.ts'

/** One whole reply. */
export interface ServerReply {
  readonly kind: 'reply'
  readonly code: number
  /** Each line without code and separator; one at least. Unicode where it is UTF-8, else latin1. */
  readonly lines: readonly string[]
  /** The lines as they came, code and all, joined by `\n`. At most {@link MAX_TEXT_CHARS}. */
  readonly text: string
  /** RFC 2034 §4, of the code's class: `5.1.1`. Null: there is none. */
  readonly status: string | null
}

/** Octets that are no reply. The connection is then of no use. */
export interface BadReply {
  readonly kind: 'malformed'
  /** The begin of it, for the log. */
  readonly text: string
}

const MAX_REPLY_OCTETS = 64 * 1024
/** RFC 4954 §4 has the longest line, that of a challenge. */
const MAX_LINE_OCTETS = 12_288
/** Replies to a thousand pipelined commands, each of 512 octets. */
const MAX_WAITING_OCTETS = 512 * 1024
const MAX_REPLY_LINES = 100
const MAX_TEXT_CHARS = 4096
const MAX_QUOTED_CHARS = 200

/** Puts replies together from octets, whatever the segments. */
export class ReplyReader {
  #text = ''
  /** The lines of the reply under way, as latin1 with their codes. */
  #lines: string[] = []
  #octets = 0
  #at = 0
  #bad: BadReply | null = null

  /** Octets that {@link take} did not hand out yet. */
  get waitingOctets(): number {
    return this.#octets + this.#text.length - this.#at
  }

  /** A reply that accepts something, or its begin, waits to be taken. */
  get hasGoodWaiting(): boolean {
    return /^[23]/.test(this.#lines[0] ?? this.#text.charAt(this.#at))
  }

  push(chunk: Uint8Array): void {
    if (this.#bad !== null) return
    this.#text = this.#text.slice(this.#at) + latin1(chunk)
    this.#at = 0
    // Nobody asked for so much.
    if (this.waitingOctets > MAX_WAITING_OCTETS) this.#fail(this.#text)
  }

  /** The next reply; null: its end has not come. After a bad one there is no other. */
  take(): ServerReply | BadReply | null {
    while (this.#bad === null) {
      const lf = this.#text.indexOf('\n', this.#at)
      const length = (lf === -1 ? this.#text.length : lf + 1) - this.#at
      if (length > MAX_LINE_OCTETS || this.#octets + length > MAX_REPLY_OCTETS)
        return this.#fail(this.#text.slice(this.#at, this.#at + length))
      if (lf === -1) return null
      // Old servers end their lines by LF alone; nothing can be hidden behind it from a client.
      const end = lf > this.#at && this.#text.charCodeAt(lf - 1) === CR ? lf - 1 : lf
      const line = this.#text.slice(this.#at, end)
      this.#at = lf + 1
      this.#octets += length
      if (!this.#fits(line)) return this.#fail(line)
      this.#lines.push(line)
      if (line.charAt(3) !== '-') return this.#finish()
      if (this.#lines.length >= MAX_REPLY_LINES) return this.#fail(line)
    }
    return this.#bad
  }

  /** Three digits, then a space, a hyphen or nothing; the same three in every line. */
  #fits(line: string): boolean {
    if (!REPLY_LINE.test(line)) return false
    const [first] = this.#lines
    return first === undefined || line.startsWith(first.slice(0, 3))
  }

  #finish(): ServerReply {
    const raw = this.#lines
    this.#lines = []
    this.#octets = 0
    const text = raw.map(readable).join('\n')
    const code = Number(text.slice(0, 3))
    const lines = raw.map((line) => readable(line.slice(4)))
    const found = STATUS.exec(lines[0] ?? '')?.[1] ?? null
    const status = found?.startsWith(String(code).charAt(0)) ? found : null
    return { kind: 'reply', code, lines, text: text.slice(0, MAX_TEXT_CHARS), status }
  }

  #fail(text: string): BadReply {
    this.#text = ''
    this.#bad = { kind: 'malformed', text: readable(text.slice(0, MAX_QUOTED_CHARS).trimEnd()) }
    return this.#bad
  }
}

function readable(latin1: string): string {
  return utf8OfLatin1(latin1) ?? latin1
}

const REPLY_LINE = /^[2-5][0-9][0-9](?:[ -]|$)/
const STATUS = /^([245]\.[0-9]{1,3}\.[0-9]{1,3})(?=\s|$)/
const CR = 0x0d
