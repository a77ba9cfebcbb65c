/**
 * Address lists of header fields, RFC 5322 §3.4 with the obsolete forms of §4.4, as ENVELOPE wants
 * them: raw, groups opened and closed by entries of their own.
 *
 * What does not fit the grammar still gives something to show. Linear in the length of the text.
 */
import type { EnvelopeAddress } from '../mime/skeleton.ts'
import { commentEnd, isSpace, quotedEnd, skipCfws, unquote } from './lexer.ts'

/** Ends a group; RFC 9051 §7.5.2. */
const GROUP_END: EnvelopeAddress = { name: null, mailbox: null, host: null }

/**
 * @param text the unfolded value of a field such as To
 * @param max entries to return at most; what follows is left out
 * @returns an address without a domain has the host ''
 */
export function parseAddressList(text: string, max: number): EnvelopeAddress[] {
  const reader = new AddressReader(text, max)
  return reader.read()
}

class AddressReader {
  readonly #text: string
  readonly #max: number
  readonly #entries: EnvelopeAddress[] = []
  #at = 0
  #inGroup = false
  /** No quote closes any more from here on: a further one is an ordinary character. */
  #quotesBroken = false
  #entry = new Entry()

  constructor(text: string, max: number) {
    this.#text = text
    this.#max = max
  }

  read(): EnvelopeAddress[] {
    while (this.#at < this.#text.length && this.#entries.length < this.#max) this.#step()
    this.#flush()
    if (this.#inGroup) this.#entries.push(GROUP_END)
    return this.#entries.slice(0, Math.max(0, this.#max))
  }

  #step(): void {
    const start = this.#at
    const char = this.#text.charAt(start)
    if (isSpace(char.charCodeAt(0))) {
      this.#at++
      this.#entry.space()
    } else if (char === '"') this.#takeQuoted()
    else if (char === '<') this.#takeAngleAddress()
    else if (char === '(') {
      this.#at = commentEnd(this.#text, start)
      this.#entry.comment(unquote(this.#text, start, this.#at))
    } else if (char === ',' || char === ';' || char === ':' || char === '@') {
      this.#at++
      if (char === '@') this.#entry.at()
      else if (char === ':') this.#openGroup()
      else this.#flush()
      if (char === ';') this.#closeGroup()
    } else this.#takeAtom()
  }

  #takeAtom(): void {
    const start = this.#at
    // One octet at least: a special that means nothing here ('>', a stray quote) is text.
    const ends = this.#text.charAt(start) === '[' ? endsLiteral : endsAtom
    do this.#at++
    while (this.#at < this.#text.length && !ends(this.#text.charCodeAt(this.#at)))
    if (this.#text.charAt(this.#at) === ']') this.#at++
    const word = this.#text.slice(start, this.#at)
    if (word !== '>') this.#entry.word(word)
  }

  #takeQuoted(): void {
    const start = this.#at
    const end = this.#quotedEnd(start)
    this.#at = end === -1 ? start + 1 : end
    if (end !== -1) this.#entry.word(unquote(this.#text, start, end))
  }

  /** -1 when nothing closes the quote at `at`: it is then a character to skip. */
  #quotedEnd(at: number): number {
    const end = this.#quotesBroken ? -1 : quotedEnd(this.#text, at)
    if (end === -1) this.#quotesBroken = true
    return end
  }

  /** `<local@domain>`, `<@route,@route:local@domain>`, `<>`. Ends at a comma when `>` is missing. */
  #takeAngleAddress(): void {
    const text = this.#text
    let at = skipCfws(text, this.#at + 1)
    if (text.charAt(at) === '@') at = routeEnd(text, at)
    let address = ''
    let lastAt = -1
    for (; at < text.length; ) {
      const char = text.charAt(at)
      if (char === '>' || char === ',') break
      if (char === '(') at = commentEnd(text, at)
      else if (isSpace(char.charCodeAt(0))) at++
      else if (char === '"') {
        const end = this.#quotedEnd(at)
        if (end !== -1) address += unquote(text, at, end)
        at = end === -1 ? at + 1 : end
      } else {
        if (char === '@') lastAt = address.length
        address += char
        at++
      }
    }
    this.#at = text.charAt(at) === '>' ? at + 1 : at
    this.#entry.angle(address, lastAt)
  }

  #openGroup(): void {
    const name = this.#entry.groupName()
    if (this.#inGroup || name === null) return
    this.#inGroup = true
    this.#entry = new Entry()
    this.#entries.push({ name: null, mailbox: name, host: null })
  }

  #closeGroup(): void {
    if (!this.#inGroup) return
    this.#inGroup = false
    this.#entries.push(GROUP_END)
  }

  #flush(): void {
    const address = this.#entry.address()
    if (address !== null) this.#entries.push(address)
    if (this.#entry.used) this.#entry = new Entry()
  }
}

/**
 * One mailbox while it is read. Without angle brackets it is not known, before `@`, whether a word
 * is part of a name or the local part, so both readings are kept: `phrase` is all words with their
 * spaces, `run` the last words that dots or nothing hold together (`john . doe`), `before` what
 * stands before the run.
 */
class Entry {
  used = false
  #phrase = ''
  #before = ''
  #run = ''
  #runOpen = false
  #spaced = false
  #comment = ''
  #local: string | null = null
  #domain: string | null = null
  #domainOpen = false
  #angle: readonly [mailbox: string, host: string] | null = null

  space(): void {
    this.#spaced = true
  }

  comment(text: string): void {
    this.used = true
    this.#spaced = true
    if (text !== '') this.#comment = text
  }

  word(word: string): void {
    this.used = true
    const spaced = this.#spaced
    const dotFirst = word.startsWith('.')
    const dotLast = word.endsWith('.')
    this.#spaced = false
    if (this.#domain !== null && (this.#domainOpen || !spaced || dotFirst)) {
      this.#domain += word
      this.#domainOpen = dotLast
      return
    }
    if (this.#run !== '' && (!spaced || this.#runOpen || dotFirst)) this.#run += word
    else {
      this.#before = this.#phrase
      this.#run = word
    }
    this.#runOpen = dotLast
    this.#phrase += spaced && this.#phrase !== '' ? ` ${word}` : word
  }

  at(): void {
    this.used = true
    if (this.#domain === null) {
      this.#local = this.#run
      this.#phrase = this.#before
      this.#run = ''
    } else this.#local = `${this.#local ?? ''}@${this.#domain}`
    this.#domain = ''
    this.#domainOpen = true
  }

  /** @param lastAt index of the last `@` in `address`, -1 when there is none */
  angle(address: string, lastAt: number): void {
    this.used = true
    this.#spaced = true
    if (this.#domain !== null) {
      // `jane@example.com <jane@example.com>`: an address as the name.
      const name = `${this.#local ?? ''}@${this.#domain}`
      this.#phrase = this.#phrase === '' ? name : `${this.#phrase} ${name}`
      this.#domain = null
    }
    this.#angle =
      lastAt === -1 ? [address, ''] : [address.slice(0, lastAt), address.slice(lastAt + 1)]
  }

  /** The phrase before a colon; null when what stands there is an address already. */
  groupName(): string | null {
    return this.#domain === null && this.#angle === null ? this.#phrase : null
  }

  address(): EnvelopeAddress | null {
    const name = this.#phrase || this.#comment || null
    if (this.#angle !== null) return { name, mailbox: this.#angle[0], host: this.#angle[1] }
    if (this.#domain !== null) return { name, mailbox: this.#local, host: this.#domain }
    if (this.#phrase === '') return null
    return { name: this.#comment || null, mailbox: this.#phrase, host: '' }
  }
}

/** After the colon of `@a,@b:`, or before what cannot be a route. */
function routeEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === ':') return at + 1
    if (at > start && (char === '<' || char === '>' || char === '"' || char === ';')) break
  }
  return start
}

/** In `[IPv6:2001:db8::1]` a colon opens no group. */
function endsLiteral(code: number): boolean {
  return isSpace(code) || LITERAL_ENDS.includes(code)
}

function endsAtom(code: number): boolean {
  return isSpace(code) || SPECIALS.includes(code)
}

/** `] < > ,` */
const LITERAL_ENDS: readonly number[] = [0x5d, 0x3c, 0x3e, 0x2c]
/** `( ) < > @ , ; : "`. Dots, brackets and backslashes stay in the atom: domains, literals, junk. */
const SPECIALS: readonly number[] = [0x28, 0x29, 0x3c, 0x3e, 0x40, 0x2c, 0x3b, 0x3a, 0x22]
