/** What ends a line about a client: ` from=<a@b> to=<c@d> proto=ESMTP helo=<x>`. */
import { afterQuotes } from '../quotes.ts'
import { closeOf, findCode } from './text.ts'

/** Null when the line does not say; `from` and `to` are undefined then, and null is `<>`. */
export interface Tail {
  from: string | null | undefined
  to: string | undefined
  protocol: string | null
  helo: string | null
  method: string | null
  login: string | null
  /** What follows the fields' colon: a header check's own words; '' when there is none. */
  rest: string
}

/**
 * The words before the fields, and the fields. Both hold what the client sent: the words often begin
 * with the address they are about, `450 4.1.8 <a@b>: why`, and the fields end with its HELO, which
 * can be anything. So the fields start at the first place after that address; but if they could
 * start at a later one too, and tell the same address in full, then the first one is a part of it.
 */
export function splitTail(text: string): readonly [words: string, tail: Tail] {
  const echo = ECHO.exec(text)
  const told = startAfterTold(text)
  const at =
    told >= 0 ? told : echo === null ? firstStart(text, 0) : startAfterEcho(text, echo[0].length)
  if (at >= 0) return [text.slice(0, at), readTail(text.slice(at + 1))]
  const last = text.endsWith(';') ? text.length - 1 : text.lastIndexOf(';: ')
  return last < 0 ? [text, readTail('')] : [text.slice(0, last), readTail(text.slice(last + 1))]
}

/**
 * Where the fields start after the words of another server or of SPF, which can hold the same: the
 * last place, for no HELO holds a semicolon or a bracket in Postfix' log but in the lines that reject
 * itself, and those have no such words. -1 when there are no such words.
 */
function startAfterTold(text: string): number {
  const colon = text.indexOf('>: ')
  const told = TOLD.exec(colon < 0 ? text : text.slice(colon))
  const from = told === null ? -1 : Math.max(0, colon) + told.index
  const first = from < 0 ? -1 : nextStart(text, from)
  // An address in the fields is no word of a server.
  if (first < 0 || firstStart(text, 0) < from) return -1
  let last = first
  for (let at = first; at >= 0; at = nextStart(text, at + 1)) last = at
  return last
}

/** `host mx[192.0.2.1] said: 550 …`, `refused to talk to me: …`; `SPF fail`, whose words the domain chooses. */
const TOLD = / said: | to talk to me: |unverified address: |\bSPF\b/i

/** A reply's code, and the bracket of an address after it. */
const ECHO = /^[\d. ]{0,16}</

/** Where the fields start after words that begin with `<address>`, which starts at `from`; or -1. */
function startAfterEcho(text: string, from: number): number {
  const first = firstAfterEcho(text, from)
  let longest = first - from
  let best = first
  let at = first < 0 ? -1 : nextStart(text, first + 1)
  const most = Math.max(MIN_STARTS, MAX_CHARS_READ / text.length)
  for (let tries = 0; at >= 0 && tries < most; tries++) {
    const chars = echoedChars(text, from, at)
    if (chars > longest) {
      longest = chars
      best = at
    }
    at = nextStart(text, at + 1)
  }
  return best
}

function firstAfterEcho(text: string, from: number): number {
  const quotesEnd = afterQuotes(text, from, text.length)
  if (quotesEnd === text.length) return -1 // cut short within the address
  const colon = text.indexOf('>:', quotesEnd)
  const start = colon < 0 ? -1 : firstStart(text, colon)
  if (start >= 0) return start
  const close = closeOf(text, from, text.length)
  return close < 0 ? -1 : firstStart(text, close)
}

/** How long the address at `from` is, if it is one of the values of the fields at `at`; else -1. */
function echoedChars(text: string, from: number, at: number): number {
  const { from: sender, to, helo } = readTail(text.slice(at + 1))
  let longest = -1
  for (const value of [sender ?? '', to, helo]) {
    if (value == null) continue
    for (const form of value.startsWith('"') ? [value, unquoted(value)] : [value])
      if (text.startsWith(form, from) && text.startsWith('>:', from + form.length))
        if (from + form.length < at) longest = Math.max(longest, form.length)
  }
  return longest
}

/** `"a b"@c` as Postfix itself keeps it, and tells it to the client: `a b@c`. */
function unquoted(address: string): string {
  const close = address.lastIndexOf('"')
  if (close === 0) return address
  return address.slice(1, close).replace(/\\(.)/g, '$1') + address.slice(close + 1)
}

/** The first place from `from` on where fields can start, outside of an address in quotes; or -1. */
function firstStart(text: string, from: number): number {
  let start = nextStart(text, from)
  let quote = text.indexOf('<"', from)
  while (start >= 0 && quote >= 0 && quote < start) {
    const after = afterQuotes(text, quote + 1, text.length)
    if (after === quote + 1 || after === text.length) return start
    if (after > start) start = nextStart(text, after)
    quote = text.indexOf('<"', after)
  }
  return start
}

/** The next place from `from` on where fields can start; -1 when there is none. */
function nextStart(text: string, from: number): number {
  let at = text.indexOf('; ', from)
  while (at >= 0 && !startsWithAny(text, at + 2, STARTS)) at = text.indexOf('; ', at + 2)
  return at
}

/** Reads the fields; postscreen puts commas between them. */
export function readTail(text: string): Tail {
  const tail: Tail = { ...EMPTY }
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === COLON) {
      tail.rest = text.slice(at + 2)
      break
    }
    if (code === SPACE || code === COMMA) at++
    else at = readField(text, at, tail)
  }
  return tail
}

const EMPTY: Tail = {
  from: undefined,
  to: undefined,
  protocol: null,
  helo: null,
  method: null,
  login: null,
  rest: '',
}

/** One `name=<value>` or `name=value`; where it ends. The first of a name is it. */
function readField(text: string, at: number, tail: Tail): number {
  const equals = findCode(text, EQUALS, at, text.length)
  const name = text.slice(at, equals)
  const isEnclosed = text.charCodeAt(equals + 1) === LESS
  const start = isEnclosed ? equals + 2 : equals + 1
  const close = isEnclosed ? closeOfField(text, name, start, tail) : -1
  // A line that is cut has no closing bracket.
  const end = close >= 0 ? close : isEnclosed ? text.length : wordEnd(text, start)
  const value = text.slice(start, end)
  if (name === 'from' && tail.from === undefined) tail.from = value === '' ? null : value
  else if (name === 'to') tail.to ??= value
  else if (name === 'proto') tail.protocol ??= value
  else if (name === 'helo') tail.helo ??= value
  else if (name === 'sasl_method') tail.method ??= value
  else if (name === 'sasl_username') tail.login ??= value
  return close < 0 ? end : end + 1
}

/** Looks far ahead once for each name. */
function closeOfField(text: string, name: string, start: number, tail: Tail): number {
  if (name === 'helo' && tail.helo === null) return heloEnd(text, start)
  const isAddress =
    (name === 'from' && tail.from === undefined) || (name === 'to' && tail.to === undefined)
  return isAddress ? addressEnd(text, start) : text.indexOf('>', start)
}

/** Before another field, a check's own words, or the end. */
function addressEnd(text: string, start: number): number {
  let close = closeOf(text, start, text.length)
  // Postfix before 3.5 logs what was quoted without its quotes: a bracket and a space too.
  while (close >= 0 && !isFieldEnd(text, close + 1)) close = closeOf(text, close + 1, text.length)
  return close >= 0 ? close : closeOf(text, start, text.length)
}

function isFieldEnd(text: string, at: number): boolean {
  if (at >= text.length || text.startsWith(': ', at)) return true
  const next = text.charCodeAt(at) === COMMA ? at + 2 : at + 1
  return startsWithAny(text, next, NAMES)
}

function startsWithAny(text: string, at: number, words: readonly string[]): boolean {
  for (const word of words) if (text.startsWith(word, at)) return true
  return false
}

/**
 * HELO is the last field but for how a client logged in, so that nothing in it is taken for another:
 * before a check's own words, at the line's end, or before the last `sasl_`.
 */
function heloEnd(text: string, start: number): number {
  const words = text.indexOf('>: ', start)
  if (words >= 0) return words
  if (text.endsWith('>')) return text.length - 1
  const login = text.lastIndexOf('> sasl_method=')
  return login >= start ? login : closeOf(text, start, text.length)
}

function wordEnd(text: string, from: number): number {
  let at = from
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === SPACE || code === COMMA) break
    if (code === COLON && text.charCodeAt(at + 1) === SPACE) break
  }
  return at
}

const STARTS = ['from=<', 'to=<', 'proto=', 'helo=<']
const NAMES = ['to=<', 'proto=', 'helo=<', 'sasl_method=', 'sasl_username=']
/** Each can be read to the line's end: all that fit a line of Postfix, few of an endless one. */
const MAX_CHARS_READ = 1_000_000
const MIN_STARTS = 16
const SPACE = 0x20
const COMMA = 0x2c
const COLON = 0x3a
const LESS = 0x3c
const EQUALS = 0x3d
