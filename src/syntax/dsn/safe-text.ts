/** Text of strangers on its way into a message of ours: one line, no controls, folded. */
import { latin1OfUtf8, utf8OfLatin1 } from '../../base/octets.ts'

/**
 * Without anything that could end a line, move a cursor or turn the direction of text; white space
 * is one space. Octets of UTF-8 in protocol text become Unicode.
 * @param maxChars what is longer ends in ` ...`
 */
export function oneLine(text: string, maxChars: number): string {
  const unicode = isLatin1(text) ? (utf8OfLatin1(text) ?? text) : text
  const cut = unicode.slice(0, 2 * maxChars + 2)
  const clean = cut.toWellFormed().replace(UNSAFE, ' ').replace(/ {2,}/g, ' ').trim()
  return clean.length > maxChars ? `${clean.slice(0, maxChars).toWellFormed()} ...` : clean
}

/** Controls, line and paragraph separators, and those that turn or hide text. */
const UNSAFE =
  /[\x00-\x20\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]+/g

function isLatin1(text: string): boolean {
  return !/[^\x00-\xff]/.test(text)
}

/** One header field of one line as lines of at most 78 octets where it has spaces, ending in CRLF. */
export function foldField(field: string): string {
  return wrapped(field, FOLD_OCTETS, ' ').join('\r\n').concat('\r\n')
}

/**
 * Breaks at spaces. A word that no line holds is broken where it stands when it is longer than
 * what SMTP allows a line to be (RFC 5321 §4.5.3.1.6).
 * @param indent of every line but the first
 */
export function wrapped(text: string, maxOctets: number, indent: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap(pieces)) {
    const isFull = octetsOf(line) + 1 + octetsOf(word) > maxOctets
    if (line !== '' && isFull && line.trim() !== '') {
      lines.push(line)
      line = indent + word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines
}

function pieces(word: string): readonly string[] {
  return word.length <= MAX_WORD_CHARS ? [word] : (word.match(LONG_PIECE) ?? [word])
}

function octetsOf(text: string): number {
  return Buffer.byteLength(text)
}

/** RFC 2047 §5: Unicode in a field's text; ASCII stays as it is. @param text one line */
export function encodeWords(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes('=?')) return text
  const words: string[] = []
  let octets = ''
  for (const char of text) {
    const next = latin1OfUtf8(char)
    if (octets.length + next.length > MAX_WORD_OCTETS) {
      words.push(encodedWord(octets))
      octets = ''
    }
    octets += next
  }
  return [...words, encodedWord(octets)].join(' ')
}

function encodedWord(octets: string): string {
  return `=?UTF-8?B?${Buffer.from(octets, 'latin1').toString('base64')}?=`
}

/** RFC 2045 §6.7, of text whose lines end in CRLF; the same octets when it is ASCII in short lines. */
export function quotedPrintable(octets: Uint8Array): string {
  return Buffer.from(octets).toString('latin1').split('\r\n').map(quotedLine).join('\r\n')
}

function quotedLine(line: string): string {
  let encoded = ''
  let width = 0
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at)
    const isLast = at + 1 === line.length
    const isBlank = code === 0x20 || code === 0x09
    const isPlain = (code > 0x20 && code < 0x7f && code !== 0x3d) || (isBlank && !isLast)
    const piece = isPlain ? line.charAt(at) : `=${code.toString(16).toUpperCase().padStart(2, '0')}`
    if (width + piece.length > (isLast ? 76 : 75)) {
      encoded += '=\r\n'
      width = 0
    }
    encoded += piece
    width += piece.length
  }
  return encoded
}

const FOLD_OCTETS = 78
const MAX_WORD_CHARS = 240
const LONG_PIECE = /.{1,240}/gsu
/** Base64 of it and the frame make at most 75 characters (RFC 2047 §2). */
const MAX_WORD_OCTETS = 42
