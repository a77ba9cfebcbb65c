import type { Host, Interface, TlsFacts } from '../event.ts'
import { isNameChar } from './chars.ts'
import { readCipher } from './cipher.ts'
import { readDuration } from './duration.ts'
import { isFlag, loginOf } from './flags.ts'
import { Words } from './words.ts'

/**
 * The `K=value` fields of one line. Reads every field it knows into its properties, skips those of
 * other Exims that it does not keep, and stops at the first word that is no field.
 */
export class Fields extends Words {
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

  /** Reads fields until a word that is none, the colon that starts the reason, or the end. */
  readAll(): void {
    while (!this.ended && this.at < this.end && this.#field()) {}
  }

  /** All that is left, as a reason in words, without the times that Exim adds to it. */
  reason(): string {
    let end = this.end
    for (;;) {
      const space = this.line.lastIndexOf(' ', end - 1)
      if (space < this.at || space + 3 > end || !this.#trailingTime(space + 1, end)) break
      end = space
    }
    return this.at < end ? this.text(this.line.slice(this.at, end)) : ''
  }

  /** ` QT=3s`, ` DT=0.1s` at the end of a reason. The test suite of Exim has `q.qqqs`. */
  #trailingTime(at: number, end: number): boolean {
    const line = this.line
    const isQueue = line.startsWith('QT=', at)
    if (!isQueue && !line.startsWith('DT=', at)) return false
    const text = line.slice(at + 3, end)
    const ms = readDuration(text)
    if (ms === null && text !== 'q.qqqs') return false
    if (isQueue) this.queueTimeMs = ms
    else this.deliverTimeMs = ms
    return true
  }

  /** One field; false, and the cursor stays, when the word is none. */
  #field(): boolean {
    const { at } = this
    const line = this.line
    // A Message-ID can hold spaces: what follows it and looks like a field is its own, but a subject.
    const isAfterId = this.messageIdHeader !== null && this.kind === 'arrival'
    if (isAfterId && line.charCodeAt(at) !== 0x54) return this.#named()
    if (line.charCodeAt(at + 1) === EQUALS) {
      this.at = at + 2
      this.#letter(line.charCodeAt(at))
      return true
    }
    if (line.charCodeAt(at + 2) === EQUALS && at + 2 < this.end) {
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
        this.confirmation = this.value()
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
        if (this.kind === 'arrival') this.subject = this.value()
        else this.transport = this.word()
        return
      case 0x55:
        this.user = this.word()
        return
      case 0x58:
        this.#cipher()
        return
      default:
        this.value()
    }
  }

  /** CV, QT, DT, id. */
  #twoLetters(first: number, second: number): void {
    if (second === 0x54 && first === 0x51) this.queueTimeMs = readDuration(this.word())
    else if (second === 0x54 && first === 0x44) this.deliverTimeMs = readDuration(this.word())
    else if (second === 0x64 && first === 0x69) this.messageIdHeader = this.word()
    else if (second === 0x56 && first === 0x43) this.#verified()
    else this.value()
  }

  /** `SNI=`, `mailbox=` and what other Exims add; false when the word has no `=`. */
  #named(): boolean {
    const line = this.line
    let end = this.at
    while (isNameChar(line.charCodeAt(end))) end++
    if (line.charCodeAt(end) !== EQUALS || end === this.at) return this.#flag(end)
    const name = line.slice(this.at, end)
    this.at = end + 1
    if (name === 'SNI') {
      const serverName = this.value()
      if (this.tls !== null) this.tls.serverName = serverName
    } else if (name === 'mailbox') this.mailbox = this.value()
    else if (name === 'id*')
      this.messageIdHeader = this.word() // made by Exim
    else this.value()
    return true
  }

  /** Words that Exim adds without a value: K, L, PRDR … ; and ` : ` before a reason. */
  #flag(end: number): boolean {
    const line = this.line
    if (this.kind === 'failure' && end === this.at && this.code === COLON) {
      this.skipSeparator()
      return true
    }
    if (this.kind === 'delivery' && this.code === OPEN) {
      this.enclosed(')') // why the shadow transport of `ST=` failed
      return true
    }
    const mark = end < this.end ? line.charCodeAt(end) : SPACE
    const after = mark === FULL_STOP || mark === ASTERISK ? end + 1 : end
    if (after < this.end && line.charCodeAt(after) !== SPACE) return false
    const isStep = this.kind === 'arrival' || this.kind === 'delivery'
    if (!isFlag(line.slice(this.at, after), isStep)) return false
    this.at = after + 1
    return true
  }

  #authenticator(): void {
    const word = this.rawWord()
    const colon = word.indexOf(':')
    const name = colon < 0 ? word : word.slice(0, colon)
    if (this.kind === 'delivery') this.authenticator = this.text(word)
    else {
      this.authenticator = name === '' ? null : this.text(name)
      this.login = colon < 0 ? null : this.text(loginOf(word, colon + 1))
    }
  }

  /** Without brackets in Exim 4.8 and before. */
  #sender(): void {
    const sender = this.code === LESS ? this.enclosed('>') : this.word()
    this.from = sender === '' ? null : sender
  }

  #cipher(): void {
    const { version, cipher, bits } = readCipher(this.rawWord())
    this.tls = {
      version: this.text(version),
      cipher: this.text(cipher),
      bits,
      verified: null,
      serverName: null,
    }
  }

  #verified(): void {
    const word = this.word()
    if (this.tls !== null) this.tls.verified = word === 'dane' ? word : word !== 'no'
  }

  /** Null when the word is no number: Exim's test suite has `S=sss`. */
  #number(): number | null {
    const word = this.rawWord()
    let value = 0
    for (let at = 0; at < word.length; at++) {
      const digit = word.charCodeAt(at) - 0x30
      if (!(digit >= 0 && digit <= 9)) return null
      value = value * 10 + digit
    }
    return Number.isSafeInteger(value) && word !== '' ? value : null
  }
}

const SPACE = 0x20
const OPEN = 0x28
const ASTERISK = 0x2a
const FULL_STOP = 0x2e
const COLON = 0x3a
const LESS = 0x3c
const EQUALS = 0x3d
