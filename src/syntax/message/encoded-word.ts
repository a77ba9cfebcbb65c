/**
 * Encoded words, RFC 2047: from header text as it came to Unicode. For search and for people;
 * never throws, and is linear whatever the text.
 */
import { isSpace } from './lexer.ts'
import { decodeCharset } from './charset.ts'

interface EncodedWord {
  readonly charset: string
  readonly octets: Uint8Array
  readonly end: number
}

/**
 * @param text latin1, unfolded. Octets outside of encoded words are read as UTF-8 (RFC 6532), or
 *   as Windows-1252 when they are not that.
 */
export function decodeWords(text: string): string {
  let at = text.indexOf('=?')
  if (at === -1) return decodePlain(text)
  let decoded = ''
  let plainFrom = 0
  let run: EncodedWord[] = []
  while (at !== -1) {
    const word = encodedWordAt(text, at)
    if (word === null) {
      at = text.indexOf('=?', at + 2)
      continue
    }
    // White space between two encoded words is not part of the text, RFC 2047 §6.2.
    const adjacent = run.length > 0 && isAllSpace(text, plainFrom, at)
    if (!adjacent) {
      decoded += decodeRun(run) + decodePlain(text.slice(plainFrom, at))
      run = []
    }
    run.push(word)
    plainFrom = word.end
    at = text.indexOf('=?', word.end)
  }
  return decoded + decodeRun(run) + decodePlain(text.slice(plainFrom))
}

/** Words of one charset are decoded together: many programs split a character between two words. */
function decodeRun(run: readonly EncodedWord[]): string {
  let decoded = ''
  for (let first = 0; first < run.length; ) {
    const charset = run[first]?.charset ?? ''
    let last = first
    while (run[last]?.charset === charset) last++
    const octets = Buffer.concat(run.slice(first, last).map((word) => word.octets))
    decoded += decodeCharset(octets, charset)
    first = last
  }
  return decoded
}

/** `=?charset?Q?text?=` or `=?charset*language?B?text?=`; null when something else stands at `at`. */
function encodedWordAt(text: string, at: number): EncodedWord | null {
  const charsetEnd = indexWithin(text, '?', at + 2, MAX_CHARSET_CHARS)
  if (charsetEnd <= at + 2 || text.charAt(charsetEnd + 2) !== '?') return null
  const encoding = text.charAt(charsetEnd + 1).toLowerCase()
  if (encoding !== 'q' && encoding !== 'b') return null
  const start = charsetEnd + 3
  const end = text.indexOf('?', start)
  if (end === -1 || text.charAt(end + 1) !== '=') return null
  const charset = text.slice(at + 2, charsetEnd)
  const star = charset.indexOf('*') // the language of RFC 2231 §5
  const encoded = text.slice(start, end)
  return {
    charset: (star === -1 ? charset : charset.slice(0, star)).toLowerCase(),
    octets: encoding === 'b' ? Buffer.from(encoded, 'base64') : decodeQ(encoded),
    end: end + 2,
  }
}

const MAX_CHARSET_CHARS = 60

/** Where `char` is among the `max` characters from `from` on, or -1. */
function indexWithin(text: string, char: string, from: number, max: number): number {
  const end = Math.min(text.length, from + max)
  for (let at = from; at < end; at++) {
    if (text.charAt(at) === char) return at
  }
  return -1
}

/** RFC 2047 §4.2. */
function decodeQ(text: string): Uint8Array {
  const octets = Buffer.allocUnsafe(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const value = code === EQUALS ? hexPairAt(text, at + 1) : -1
    if (value !== -1) at += 2
    octets[length++] = value !== -1 ? value : code === UNDERSCORE ? 0x20 : code
  }
  return octets.subarray(0, length)
}

/** The octet that two hexadecimal digits at `at` name, or -1. */
export function hexPairAt(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at))
  const low = hexDigit(text.charCodeAt(at + 1))
  return high === -1 || low === -1 ? -1 : high * 16 + low
}

/** 0–15, or -1 for anything else, NaN included. */
export function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1
}

function decodePlain(text: string): string {
  if (!/[\x80-\xff]/.test(text)) return text
  return decodeCharset(Buffer.from(text, 'latin1'), null)
}

function isAllSpace(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    if (!isSpace(text.charCodeAt(at))) return false
  }
  return true
}

const EQUALS = 0x3d
const UNDERSCORE = 0x5f
