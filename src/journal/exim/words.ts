/** A cursor over the words of one line of Exim, and over what stands between brackets and quotes. */
import { isDigit } from '../../base/digits.ts'
import type { Host, Interface } from '../event.ts'
import { afterQuotes } from '../quotes.ts'
import { isNameChar, isNext } from './chars.ts'
import { hasEscape, unescaped } from './escape.ts'
import { type Mark, MISSES } from './misses.ts'

/** What kind of line the words stand in: the same letter means different things. */
export type FieldKind = 'arrival' | 'delivery' | 'failure' | 'session'

/** Each octet of the line is looked at a small, fixed number of times. */
export class Words {
  /** Where reading goes on: at the first character of the next word. */
  at: number
  /** A colon ended the fields: what follows is the reason in words. */
  ended = false

  protected readonly line: string
  protected readonly end: number
  protected readonly kind: FieldKind
  readonly #escaped: boolean
  /** Quotes that opened an address did not close it, nor do later ones. */
  #isUnquoted = false

  /** The line is what stands in the text from `at` to `end`. */
  constructor(text: string, at: number, end: number, kind: FieldKind) {
    this.line = text
    this.at = at
    this.end = end
    this.kind = kind
    this.#escaped = hasEscape(text, at, end)
  }

  /** The word at the cursor, and past the space after it. In a failure a colon may end it. */
  word(): string {
    return this.text(this.rawWord())
  }

  /** The address at the cursor: a word, in which a quoted local part can hold spaces. */
  address(): string {
    return this.text(this.rawAddress())
  }

  /** Like {@link address}, with its escapes. */
  rawAddress(): string {
    return this.#wordFrom(this.code === QUOTE ? this.#afterQuotes(this.at) : this.at)
  }

  /** An address, or a command or file that mail is delivered to, which can hold spaces too. */
  destination(): string {
    const { code } = this
    if (code === PIPE || code === SLASH || code === GREATER)
      return this.text(this.#wordFrom(this.#beforeNext(this.at)))
    const { at } = this
    const address = this.address()
    return this.ended || isNext(this.line, this.at, this.end) ? address : this.#spaced(at, address)
  }

  /** What stands in `<…>` or `(…)` at the cursor, and past the space or colon after it. */
  enclosed(close: '>' | ')' | ']'): string {
    const start = this.at + 1
    const end = this.#find(close, close === '>' ? this.#afterLocalPart(start) : start)
    this.at = end + 1
    this.skipSeparator()
    return this.text(this.line.slice(start, end))
  }

  /** Past the quotes at `at`, in which a bracket ends nothing; looks far ahead once. */
  #afterLocalPart(at: number): number {
    if (this.#isUnquoted || this.line.charCodeAt(at) !== QUOTE) return at
    const after = afterQuotes(this.line, at, this.end)
    this.#isUnquoted = after === at
    return Math.min(after, this.end)
  }

  /** Like {@link enclosed}, with its parts: parents are separated by commas. */
  enclosedList(): string[] {
    const start = this.at + 1
    const end = this.#find(')', start)
    this.at = end + 1
    this.skipSeparator()
    const parts = this.line.slice(start, end).split(', ')
    return parts.map((part) => this.text(part))
  }

  /** Does the line go on with this text, at the cursor? */
  has(text: string): boolean {
    return this.line.startsWith(text, this.at) && this.at + text.length <= this.end
  }

  /** Like {@link has}, and moves past it. */
  take(text: string): boolean {
    if (!this.has(text)) return false
    this.at += text.length
    return true
  }

  /** The code of the character at the cursor; NaN at the end of the line. */
  get code(): number {
    return this.at < this.end ? this.line.charCodeAt(this.at) : Number.NaN
  }

  /** All that is left. */
  rest(): string {
    return this.at < this.end ? this.text(this.line.slice(this.at, this.end)) : ''
  }

  /** `name (helo) [address]:port`, each part optional. Null when there is none of them. */
  readHost(): Host | null {
    const line = this.line
    let name: string | null = null
    let helo: string | null = null
    let address: string | null = null
    let port: number | null = null
    const first = this.code
    if (first !== OPEN && first !== BRACKET) name = this.word()
    const open = this.at
    if (!this.ended && this.code === OPEN) helo = this.enclosed(')')
    if (!this.ended && this.code === BRACKET) ({ address, port } = this.#addressAndPort())
    // HELO can hold a bracket and an address: the last one is the client's.
    let heloEnd = open
    while (!this.ended && helo !== null && address !== null && this.code === OPEN) {
      const close = this.#find(')', this.at)
      if (!line.startsWith(' [', close + 1) || close + 3 > this.end) break
      heloEnd = close
      this.at = close + 2
      ;({ address, port } = this.#addressAndPort())
    }
    if (heloEnd > open) helo = this.text(line.slice(open + 1, heloEnd))
    return name === null && helo === null && address === null ? null : { name, helo, address, port }
  }

  #addressAndPort(): { readonly address: string; readonly port: number | null } {
    const end = this.#find(']', this.at)
    const address = this.text(this.line.slice(this.at + 1, end))
    this.at = end + 1
    const port = this.#port()
    if (this.line.charCodeAt(this.at) === ASTERISK) this.at++ // a connection used again
    this.skipSeparator()
    return { address, port }
  }

  /** `[address]:port` */
  readInterface(): Interface {
    const { address, port } = this.#addressAndPort()
    return { address, port: port ?? 0 }
  }

  /** After the closing quote of a local part; `at` when there is none. */
  #afterQuotes(at: number): number {
    let end = this.#find('"', at + 1)
    if (this.#escaped) while (this.#isEscaped(end, at + 1)) end = this.#find('"', end + 1)
    return end < this.end && this.line.charCodeAt(end + 1) === AT ? end + 1 : at
  }

  /** Where a command ends: before `<original>` or a field. `at`, when it is one word. */
  #beforeNext(at: number): number {
    const line = this.line
    const first = this.#find(' ', at)
    const next = line.charCodeAt(first + 1)
    if (next === LESS || next === OPEN || line.charCodeAt(first - 1) === COLON) return at
    if (first >= this.end || line.startsWith('defer', first + 1)) return at
    for (let end = first; end < this.end; end = this.#find(' ', end + 1)) {
      if (line.charCodeAt(end + 1) === LESS) return end
      let name = end + 1
      while (isNameChar(line.charCodeAt(name))) name++
      if (name > end + 1 && line.charCodeAt(name) === EQUALS) return end
    }
    return at
  }

  /**
   * A local part with spaces, which its address repeats: `joe b <"joe b"@x.example>`, or the nearest
   * of its parents: `joe b ("joe b"@x.example, joe@x.example) <joe@x.example>`.
   */
  #spaced(start: number, word: string): string {
    const end = this.#find('>', this.at)
    if (end >= this.end) return word
    const quote = start + this.line.slice(start, end).search(/ [<(]"/)
    if (quote < start) return word
    const local = this.line.slice(start, quote)
    if (!this.line.startsWith(`"${local}"@`, quote + 2)) return word
    this.at = quote + 1
    return this.text(local)
  }

  /** The text from the cursor to `from`, and the word that goes on there. */
  #wordFrom(from: number): string {
    const { at } = this
    if (from === at) return this.rawWord()
    this.at = from
    const rest = this.rawWord()
    return this.line.slice(at, from) + rest
  }

  /** A value in quotes, or a word. */
  protected value(): string {
    if (this.code !== QUOTE) return this.word()
    const start = this.at + 1
    let end = this.#find('"', start)
    if (this.#escaped) while (this.#isEscaped(end, start)) end = this.#find('"', end + 1)
    this.at = end + 1
    this.skipSeparator()
    return this.text(this.line.slice(start, end))
  }

  /** An odd number of backslashes stands before the quote. */
  #isEscaped(quote: number, start: number): boolean {
    let at = quote - 1
    while (at >= start && this.line.charCodeAt(at) === BACKSLASH) at--
    return (quote - at) % 2 === 0 && quote < this.end
  }

  protected rawWord(): string {
    const line = this.line
    const start = this.at
    let end = line.indexOf(' ', start)
    if (end < 0 || end > this.end) end = this.end
    this.at = end + 1
    if (this.kind === 'failure' && end > start && line.charCodeAt(end - 1) === COLON) {
      this.ended = true
      end--
    }
    return line.slice(start, end)
  }

  #port(): number | null {
    const line = this.line
    if (this.code !== COLON) return null
    let at = this.at + 1
    let port = 0
    for (; at < this.end && isDigit(line.charCodeAt(at)); at++)
      port = port * 10 + line.charCodeAt(at) - 0x30
    if (at === this.at + 1) return this.#placeholder()
    this.at = at
    return port
  }

  /** Exim's test suite has `:PORT_D` for a port. Else the colon is the one before the reason. */
  #placeholder(): null {
    let at = this.at + 1
    while (isNameChar(this.line.charCodeAt(at))) at++
    if (at > this.at + 1) this.at = Math.min(at, this.end)
    return null
  }

  /** Past the space after a value, or the colon that ends the fields. */
  protected skipSeparator(): void {
    if (this.code === COLON) {
      this.ended = true
      this.at++
    }
    this.at++
  }

  /** The next one in the line; the line's end when there is none. */
  #find(char: Mark, from: number): number {
    const miss = MISSES[char]
    const line = this.line
    const end = this.end
    if (from >= miss.from && from <= miss.at && line === miss.text) return Math.min(miss.at, end)
    const at = line.indexOf(char, from)
    if (at >= 0 && at <= end) return at
    if (end === line.length) return end // nothing else was searched
    miss.text = line
    miss.from = from
    miss.at = at < 0 ? line.length : at
    return end
  }

  protected text(raw: string): string {
    return this.#escaped ? unescaped(raw) : raw
  }
}

const QUOTE = 0x22
const OPEN = 0x28
const ASTERISK = 0x2a
const SLASH = 0x2f
const COLON = 0x3a
const LESS = 0x3c
const EQUALS = 0x3d
const GREATER = 0x3e
const AT = 0x40
const BRACKET = 0x5b
const BACKSLASH = 0x5c
const PIPE = 0x7c
