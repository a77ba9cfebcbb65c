import { isDigit } from '../../base/digits.ts'
import type { Host, Interface, TlsFacts } from '../event.ts'
import { afterQuotes } from '../quotes.ts'
import { isNameChar, isNext } from './chars.ts'
import { readCipher } from './cipher.ts'
import { readDuration } from './duration.ts'
import { hasEscape, unescaped } from './escape.ts'
import { isFlag, loginOf } from './flags.ts'
import { type Mark, MISSES } from './misses.ts'

/** What kind of line the fields stand in: the same letter means different things. */
export type FieldKind = 'arrival' | 'delivery' | 'failure' | 'session'

/**
 * A cursor over the `K=value` fields of one line. Reads every field it knows into its properties,
 * skips those of other Exims that it does not keep, and stops at the first word that is no field.
 * Each octet of the line is looked at a small, fixed number of times.
 */
export class Fields {
  /** Where reading goes on: at the first character of the next word. */
  at: number
  /** A colon ended the fields: what follows is the reason in words. */
  ended = false

  host: Host | null = null
  local: Interface | null = null
  user: string | null = null
  protocol: string | null = null
  tls: { -readonly [K in keyof TlsFacts]: TlsFacts[K] } | null = null
  authenticator: string | null = null
  login: string | null = null
  sizeOctets: number | null = null
  messageIdHeader: string | null = null
  subject: string | null = null
  from: string | null | undefined = undefined
  router: string | null = null
  transport: string | null = null
  mailbox: string | null = null
  confirmation: string | null = null
  queueTimeMs: number | null = null
  deliverTimeMs: number | null = null

  readonly #line: string
  readonly #end: number
  readonly #kind: FieldKind
  readonly #escaped: boolean
  /** Quotes that opened an address did not close it, nor do later ones. */
  #isUnquoted = false

  /** The line is what stands in the text from `at` to `end`. */
  constructor(text: string, at: number, end: number, kind: FieldKind) {
    this.#line = text
    this.at = at
    this.#end = end
    this.#kind = kind
    this.#escaped = hasEscape(text, at, end)
  }

  /** Reads fields until a word that is none, the colon that starts the reason, or the end. */
  readAll(): void {
    while (!this.ended && this.at < this.#end && this.#field()) {}
  }

  /** The word at the cursor, and past the space after it. In a failure a colon may end it. */
  word(): string {
    return this.#text(this.#rawWord())
  }

  /** The address at the cursor: a word, in which a quoted local part can hold spaces. */
  address(): string {
    return this.#text(this.rawAddress())
  }

  /** Like {@link address}, with its escapes. */
  rawAddress(): string {
    return this.#wordFrom(this.code === QUOTE ? this.#afterQuotes(this.at) : this.at)
  }

  /** An address, or a command or file that mail is delivered to, which can hold spaces too. */
  destination(): string {
    const { code } = this
    if (code === PIPE || code === SLASH || code === GREATER)
      return this.#text(this.#wordFrom(this.#beforeNext(this.at)))
    const { at } = this
    const address = this.address()
    return this.ended || isNext(this.#line, this.at, this.#end)
      ? address
      : this.#spaced(at, address)
  }

  /** All that is left, as a reason in words, without the times that Exim adds to it. */
  reason(): string {
    let end = this.#end
    for (;;) {
      const space = this.#line.lastIndexOf(' ', end - 1)
      if (space < this.at || space + 3 > end || !this.#trailingTime(space + 1, end)) break
      end = space
    }
    return this.at < end ? this.#text(this.#line.slice(this.at, end)) : ''
  }

  /** What stands in `<…>` or `(…)` at the cursor, and past the space or colon after it. */
  enclosed(close: '>' | ')' | ']'): string {
    const start = this.at + 1
    const end = this.#find(close, close === '>' ? this.#afterLocalPart(start) : start)
    this.at = end + 1
    this.#skipSeparator()
    return this.#text(this.#line.slice(start, end))
  }

  /** Past the quotes at `at`, in which a bracket ends nothing; looks far ahead once. */
  #afterLocalPart(at: number): number {
    if (this.#isUnquoted || this.#line.charCodeAt(at) !== QUOTE) return at
    const after = afterQuotes(this.#line, at, this.#end)
    this.#isUnquoted = after === at
    return Math.min(after, this.#end)
  }

  /** Like {@link enclosed}, with its parts: parents are separated by commas. */
  enclosedList(): string[] {
    const start = this.at + 1
    const end = this.#find(')', start)
    this.at = end + 1
    this.#skipSeparator()
    const parts = this.#line.slice(start, end).split(', ')
    return parts.map((part) => this.#text(part))
  }

  /** Does the line go on with this text, at the cursor? */
  has(text: string): boolean {
    return this.#line.startsWith(text, this.at) && this.at + text.length <= this.#end
  }

  /** Like {@link has}, and moves past it. */
  take(text: string): boolean {
    if (!this.has(text)) return false
    this.at += text.length
    return true
  }

  /** The code of the character at the cursor; NaN at the end of the line. */
  get code(): number {
    return this.at < this.#end ? this.#line.charCodeAt(this.at) : Number.NaN
  }

  /** All that is left. */
  rest(): string {
    return this.at < this.#end ? this.#text(this.#line.slice(this.at, this.#end)) : ''
  }

  /** `name (helo) [address]:port`, each part optional. Null when there is none of them. */
  readHost(): Host | null {
    const line = this.#line
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
      if (!line.startsWith(' [', close + 1) || close + 3 > this.#end) break
      heloEnd = close
      this.at = close + 2
      ;({ address, port } = this.#addressAndPort())
    }
    if (heloEnd > open) helo = this.#text(line.slice(open + 1, heloEnd))
    return name === null && helo === null && address === null ? null : { name, helo, address, port }
  }

  #addressAndPort(): { readonly address: string; readonly port: number | null } {
    const end = this.#find(']', this.at)
    const address = this.#text(this.#line.slice(this.at + 1, end))
    this.at = end + 1
    const port = this.#port()
    if (this.#line.charCodeAt(this.at) === ASTERISK) this.at++ // a connection used again
    this.#skipSeparator()
    return { address, port }
  }

  /** `[address]:port` */
  readInterface(): Interface {
    const { address, port } = this.#addressAndPort()
    return { address, port: port ?? 0 }
  }

  /** ` QT=3s`, ` DT=0.1s` at the end of a reason. The test suite of Exim has `q.qqqs`. */
  #trailingTime(at: number, end: number): boolean {
    const line = this.#line
    const isQueue = line.startsWith('QT=', at)
    if (!isQueue && !line.startsWith('DT=', at)) return false
    const text = line.slice(at + 3, end)
    const ms = readDuration(text)
    if (ms === null && text !== 'q.qqqs') return false
    if (isQueue) this.queueTimeMs = ms
    else this.deliverTimeMs = ms
    return true
  }

  /** After the closing quote of a local part; `at` when there is none. */
  #afterQuotes(at: number): number {
    let end = this.#find('"', at + 1)
    if (this.#escaped) while (this.#isEscaped(end, at + 1)) end = this.#find('"', end + 1)
    return end < this.#end && this.#line.charCodeAt(end + 1) === AT ? end + 1 : at
  }

  /** Where a command ends: before `<original>` or a field. `at`, when it is one word. */
  #beforeNext(at: number): number {
    const line = this.#line
    const first = this.#find(' ', at)
    const next = line.charCodeAt(first + 1)
    if (next === LESS || next === OPEN || line.charCodeAt(first - 1) === COLON) return at
    if (first >= this.#end || line.startsWith('defer', first + 1)) return at
    for (let end = first; end < this.#end; end = this.#find(' ', end + 1)) {
      if (line.charCodeAt(end + 1) === LESS) return end
      let name = end + 1
      while (isNameChar(line.charCodeAt(name))) name++
      if (name > end + 1 && line.charCodeAt(name) === EQUALS) return end
    }
    return at
  }

  /** A local part with spaces, which its address repeats: `joe b <"joe b"@x.example>`. */
  #spaced(start: number, word: string): string {
    const end = this.#find('>', this.at)
    if (end >= this.#end) return word
    const quote = start + this.#line.slice(start, end).indexOf(' <"')
    if (quote < start) return word
    const local = this.#line.slice(start, quote)
    if (!this.#line.startsWith(`"${local}"@`, quote + 2)) return word
    this.at = quote + 1
    return this.#text(local)
  }

  /** The text from the cursor to `from`, and the word that goes on there. */
  #wordFrom(from: number): string {
    const { at } = this
    if (from === at) return this.#rawWord()
    this.at = from
    const rest = this.#rawWord()
    return this.#line.slice(at, from) + rest
  }

  /** One field; false, and the cursor stays, when the word is none. */
  #field(): boolean {
    const { at } = this
    const line = this.#line
    // A Message-ID can hold spaces: what follows it and looks like a field is its own, but a subject.
    const isAfterId = this.messageIdHeader !== null && this.#kind === 'arrival'
    if (isAfterId && line.charCodeAt(at) !== 0x54) return this.#named()
    if (line.charCodeAt(at + 1) === EQUALS) {
      this.at = at + 2
      this.#letter(line.charCodeAt(at))
      return true
    }
    if (line.charCodeAt(at + 2) === EQUALS && at + 2 < this.#end) {
      this.at = at + 3
      this.#twoLetters(line.charCodeAt(at), line.charCodeAt(at + 1))
      return true
    }
    return this.#named()
  }

  #letter(letter: number): void {
    switch (letter) {
      case 0x41:
        this.#authenticator()
        return
      case 0x43:
        this.confirmation = this.#value()
        return
      case 0x46:
        this.#sender()
        return
      case 0x48:
        this.host = this.readHost()
        return
      case 0x49:
        this.local = this.readInterface()
        return
      case 0x50:
        this.protocol = this.word()
        return
      case 0x52:
        this.router = this.word()
        return
      case 0x53:
        this.sizeOctets = this.#number()
        return
      case 0x54:
        if (this.#kind === 'arrival') this.subject = this.#value()
        else this.transport = this.word()
        return
      case 0x55:
        this.user = this.word()
        return
      case 0x58:
        this.#cipher()
        return
      default:
        this.#value()
    }
  }

  /** CV, QT, DT, id. */
  #twoLetters(first: number, second: number): void {
    if (second === 0x54 && first === 0x51) this.queueTimeMs = readDuration(this.word())
    else if (second === 0x54 && first === 0x44) this.deliverTimeMs = readDuration(this.word())
    else if (second === 0x64 && first === 0x69) this.messageIdHeader = this.word()
    else if (second === 0x56 && first === 0x43) this.#verified()
    else this.#value()
  }

  /** `SNI=`, `mailbox=` and what other Exims add; false when the word has no `=`. */
  #named(): boolean {
    const line = this.#line
    let end = this.at
    while (isNameChar(line.charCodeAt(end))) end++
    if (line.charCodeAt(end) !== EQUALS || end === this.at) return this.#flag(end)
    const name = line.slice(this.at, end)
    this.at = end + 1
    if (name === 'SNI') {
      const serverName = this.#value()
      if (this.tls !== null) this.tls.serverName = serverName
    } else if (name === 'mailbox') this.mailbox = this.#value()
    else if (name === 'id*')
      this.messageIdHeader = this.word() // made by Exim
    else this.#value()
    return true
  }

  /** Words that Exim adds without a value: K, L, PRDR … ; and ` : ` before a reason. */
  #flag(end: number): boolean {
    const line = this.#line
    if (this.#kind === 'failure' && end === this.at && this.code === COLON) {
      this.#skipSeparator()
      return true
    }
    const mark = end < this.#end ? line.charCodeAt(end) : SPACE
    const after = mark === FULL_STOP || mark === ASTERISK ? end + 1 : end
    if (after < this.#end && line.charCodeAt(after) !== SPACE) return false
    const isStep = this.#kind === 'arrival' || this.#kind === 'delivery'
    if (isFlag(line.slice(this.at, after), isStep)) this.at = after + 1
    else if (this.#kind === 'delivery' && this.code === OPEN)
      this.enclosed(')') // why `ST=` failed
    else return false
    return true
  }

  #authenticator(): void {
    const word = this.#rawWord()
    const colon = word.indexOf(':')
    const name = colon < 0 ? word : word.slice(0, colon)
    if (this.#kind === 'delivery') this.authenticator = this.#text(word)
    else {
      this.authenticator = name === '' ? null : this.#text(name)
      this.login = colon < 0 ? null : this.#text(loginOf(word, colon + 1))
    }
  }

  /** Without brackets in Exim 4.8 and before. */
  #sender(): void {
    const sender = this.code === LESS ? this.enclosed('>') : this.word()
    this.from = sender === '' ? null : sender
  }

  #cipher(): void {
    const { version, cipher, bits } = readCipher(this.#rawWord())
    this.tls = {
      version: this.#text(version),
      cipher: this.#text(cipher),
      bits,
      verified: null,
      serverName: null,
    }
  }

  #verified(): void {
    const word = this.word()
    if (this.tls !== null) this.tls.verified = word !== 'no'
  }

  /** Null when the word is no number: Exim's test suite has `S=sss`. */
  #number(): number | null {
    const word = this.#rawWord()
    let value = 0
    for (let at = 0; at < word.length; at++) {
      const digit = word.charCodeAt(at) - 0x30
      if (!(digit >= 0 && digit <= 9)) return null
      value = value * 10 + digit
    }
    return Number.isSafeInteger(value) && word !== '' ? value : null
  }

  /** A value in quotes, or a word. */
  #value(): string {
    if (this.code !== QUOTE) return this.word()
    const start = this.at + 1
    let end = this.#find('"', start)
    if (this.#escaped) while (this.#isEscaped(end, start)) end = this.#find('"', end + 1)
    this.at = end + 1
    this.#skipSeparator()
    return this.#text(this.#line.slice(start, end))
  }

  /** An odd number of backslashes stands before the quote. */
  #isEscaped(quote: number, start: number): boolean {
    let at = quote - 1
    while (at >= start && this.#line.charCodeAt(at) === BACKSLASH) at--
    return (quote - at) % 2 === 0 && quote < this.#end
  }

  #rawWord(): string {
    const line = this.#line
    const start = this.at
    let end = line.indexOf(' ', start)
    if (end < 0 || end > this.#end) end = this.#end
    this.at = end + 1
    if (this.#kind === 'failure' && end > start && line.charCodeAt(end - 1) === COLON) {
      this.ended = true
      end--
    }
    return line.slice(start, end)
  }

  #port(): number | null {
    const line = this.#line
    if (this.code !== COLON) return null
    let at = this.at + 1
    let port = 0
    for (; at < this.#end && isDigit(line.charCodeAt(at)); at++)
      port = port * 10 + line.charCodeAt(at) - 0x30
    if (at === this.at + 1) return this.#placeholder()
    this.at = at
    return port
  }

  /** Exim's test suite has `:PORT_D` for a port. Else the colon is the one before the reason. */
  #placeholder(): null {
    let at = this.at + 1
    while (isNameChar(this.#line.charCodeAt(at))) at++
    if (at > this.at + 1) this.at = Math.min(at, this.#end)
    return null
  }

  /** Past the space after a value, or the colon that ends the fields. */
  #skipSeparator(): void {
    if (this.code === COLON) {
      this.ended = true
      this.at++
    }
    this.at++
  }

  /** The next one in the line; the line's end when there is none. */
  #find(char: Mark, from: number): number {
    const miss = MISSES[char]
    const line = this.#line
    const end = this.#end
    if (from >= miss.from && from <= miss.at && line === miss.text) return Math.min(miss.at, end)
    const at = line.indexOf(char, from)
    if (at >= 0 && at <= end) return at
    if (end === line.length) return end // nothing else was searched
    miss.text = line
    miss.from = from
    miss.at = at < 0 ? line.length : at
    return end
  }

  #text(raw: string): string {
    return this.#escaped ? unescaped(raw) : raw
  }
}

const SPACE = 0x20
const QUOTE = 0x22
const OPEN = 0x28
const ASTERISK = 0x2a
const FULL_STOP = 0x2e
const SLASH = 0x2f
const COLON = 0x3a
const LESS = 0x3c
const EQUALS = 0x3d
const GREATER = 0x3e
const AT = 0x40
const BRACKET = 0x5b
const BACKSLASH = 0x5c
const PIPE = 0x7c
