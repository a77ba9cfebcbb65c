/**
 * The terms of a line: what it can be found by. Addresses, message ids, Message-IDs, logins and IP
 * addresses; wherever an address stands in a line, also in one that no rule reads.
 *
 * A term is only ever a hash of 32 bits: in a log of 30 GB, one look-up in ten reads a block in
 * vain. Texts here have one character an octet (latin1), and only A–Z count as small letters, so
 * that a term does not depend on whether its octets are good UTF-8.
 */
import type { LogLine } from '../../journal/event.ts'

/** Terms as 32-bit hashes, each once. */
export class TermSet {
  /** Open addressing; 0 is a free place, so no hash is 0. */
  #table = new Int32Array(4096)
  #size = 0

  add(hash: number): void {
    const table = this.#table
    const mask = table.length - 1
    let at = hash & mask
    for (; table[at] !== 0; at = (at + 1) & mask) if (table[at] === hash) return
    table[at] = hash
    if (++this.#size * 2 > table.length) this.#grow()
  }

  has(hash: number): boolean {
    const table = this.#table
    const mask = table.length - 1
    for (let at = hash & mask; table[at] !== 0; at = (at + 1) & mask)
      if (table[at] === hash) return true
    return false
  }

  clear(): void {
    if (this.#size > 0) this.#table.fill(0)
    this.#size = 0
  }

  /** As unsigned numbers, in order. */
  sorted(): Uint32Array {
    const hashes = this.#table.filter((hash) => hash !== 0)
    return new Uint32Array(hashes.buffer, hashes.byteOffset, hashes.length).sort()
  }

  #grow(): void {
    const hashes = this.#table.filter((hash) => hash !== 0)
    this.#table = new Int32Array(this.#table.length * 2)
    this.#size = 0
    for (const hash of hashes) this.add(hash)
  }
}

/** Finds the terms of the lines of one text, line after line. */
export class TermFinder {
  readonly #text: string
  /** The next `@` and `[`: looked for once, however many lines are without. */
  #atSign = -1
  #bracket = -1

  constructor(text: string) {
    this.#text = text
  }

  /** Adds those of the line from `from` to `end`; `line` is what the reader makes of it. */
  collect(from: number, end: number, line: LogLine, into: TermSet): void {
    const text = this.#text
    for (let at = this.#nextAtSign(from); at < end; at = this.#nextAtSign(at + 1))
      collectAddress(text, from, at, end, into)
    for (let at = this.#nextBracket(from); at < end; at = this.#nextBracket(at + 1))
      collectIpAddress(text, at, end, into)
    collectFields(line, into)
  }

  #nextAtSign(from: number): number {
    if (this.#atSign < from) this.#atSign = indexOrEnd(this.#text, '@', from)
    return this.#atSign
  }

  #nextBracket(from: number): number {
    if (this.#bracket < from) this.#bracket = indexOrEnd(this.#text, '[', from)
    return this.#bracket
  }
}

function indexOrEnd(text: string, char: string, from: number): number {
  const at = text.indexOf(char, from)
  return at < 0 ? text.length : at
}

/** The hash of a term as a person writes it; angle brackets around it are taken off. */
export function hashOf(term: string): number {
  const bare = term.startsWith('<') && term.endsWith('>') ? term.slice(1, -1) : term
  const octets = Buffer.from(bare, 'utf8').toString('latin1')
  return hashOfRange(octets, 0, octets.length)
}

/** FNV-1a with a last stir, signed, never 0; capitals count as small letters. */
function hashOfRange(text: string, from: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    hash = Math.imul(hash ^ (code >= 0x41 && code <= 0x5a ? code | 0x20 : code), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return hash ^ (hash >>> 13) || 1
}

/**
 * What stands around an `@`, twice: with all that an address may have, and as far as most people
 * would take it for a word. In `'jane@example.com'` that is not the same.
 */
function collectAddress(text: string, from: number, at: number, end: number, into: TermSet): void {
  const first = Math.max(from, at - MAX_ADDRESS_CHARS)
  const last = Math.min(end, at + MAX_ADDRESS_CHARS)
  let start = at
  while (start > first && kindOf(text.charCodeAt(start - 1)) === WORD) start--
  let stop = at + 1
  while (stop < last && kindOf(text.charCodeAt(stop)) === WORD) stop++
  addAddress(text, start, at, stop, into)
  const wordStart = start
  const wordStop = stop
  while (start > first && kindOf(text.charCodeAt(start - 1)) !== 0) start--
  while (stop < last && kindOf(text.charCodeAt(stop)) > SPECIAL) stop++
  if (start < wordStart || stop > wordStop) addAddress(text, start, at, stop, into)
}

function addAddress(text: string, start: number, at: number, stop: number, into: TermSet): void {
  let end = stop
  while (end > at + 1 && text.charCodeAt(end - 1) === DOT) end--
  if (start < at && end > at + 1) into.add(hashOfRange(text, start, end))
}

/** What stands in square brackets, when it looks like an IP address. */
function collectIpAddress(text: string, at: number, end: number, into: TermSet): void {
  let stop = at + 1
  let marks = 0
  for (; stop < end && stop <= at + MAX_IP_CHARS; stop++) {
    const code = text.charCodeAt(stop)
    if (code === DOT || code === COLON) marks++
    else if (!isHexadecimal(code)) break
  }
  if (marks >= 2 && stop < end && text.charCodeAt(stop) === CLOSE)
    into.add(hashOfRange(text, at + 1, stop))
}

/** What stands in a line without an `@` or brackets. */
function collectFields(line: LogLine, into: TermSet): void {
  if (line.type === 'continuation') return
  if ('id' in line) add(line.id, into)
  switch (line.type) {
    case 'arrival':
      add(line.parent, into)
      add(line.messageIdHeader, into)
      add(line.from, into)
      for (const address of line.recipients) add(address, into)
      return
    case 'arrivalPart':
      add(line.parent, into)
      add(line.messageIdHeader, into)
      add(line.from, into)
      return
    case 'delivered':
    case 'failed':
    case 'deferred':
      add(line.recipient.address, into)
      for (const address of line.recipient.parents) add(address, into)
      return
    case 'related':
      add(line.other, into)
      return
    case 'filed':
      add(line.messageIdHeader, into)
      add(line.login, into)
      return
    case 'loggedIn':
    case 'loginFailed':
    case 'loggedOut':
    case 'noLogin':
      add(line.login, into)
      add(line.remoteAddress, into)
      return
    default:
    // Addresses in its text were found above.
  }
}

function add(term: string | null | undefined, into: TermSet): void {
  if (term !== null && term !== undefined && term !== '')
    into.add(hashOfRange(term, 0, term.length))
}

/** 0: ends an address. SPECIAL: before the `@` only. FOREIGN: not ASCII. WORD: on both sides. */
function kindOf(code: number): number {
  return code < 128 ? (KINDS[code] ?? 0) : FOREIGN
}

function isHexadecimal(code: number): boolean {
  const letter = code | 0x20
  return (code >= 0x30 && code <= 0x39) || (letter >= 0x61 && letter <= 0x66)
}

const SPECIAL = 1
const FOREIGN = 2
const WORD = 3
/** RFC 5322 §3.2.3 without "=", which ends a field's name in a log: `F=a@b`. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code)
  if (/[\w.+%-]/.test(char)) return WORD
  return "!#$&'*/?^`{|}~".includes(char) ? SPECIAL : 0
})
/** On either side of the `@`: what is longer is no address of a person. */
const MAX_ADDRESS_CHARS = 256
const MAX_IP_CHARS = 45
const DOT = 0x2e
const COLON = 0x3a
const CLOSE = 0x5d
