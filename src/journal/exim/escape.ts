/**
 * Text from strangers in a line of the log. Exim's own escapes, applied so that they can be undone:
 * a backslash is doubled, a control is `\n`, `\r`, `\t` or `\ooo`, one group of three octal digits
 * for each octet of the character's UTF-8. Nobody can forge a line, a field, or what a terminal shows.
 */

/** Free text that ends the line: only what could end it, or deceive who reads it. */
export function escapeText(text: string): string {
  return TEXT.test(text) ? text.replace(TEXT_ALL, escapeChar) : text
}

/** A value that ends at the next space, or stands in `( )` or `< >`. */
export function escapeToken(text: string): string {
  const escaped = TOKEN.test(text) ? text.replace(TOKEN_ALL, escapeChar) : text
  // A colon at the end of a value starts the reason in words.
  return escaped.charCodeAt(escaped.length - 1) === COLON ? `${escaped.slice(0, -1)}\\072` : escaped
}

/** A value in double quotes; gives the quotes too. */
export function quote(text: string): string {
  return QUOTED.test(text) ? `"${text.replace(QUOTED_ALL, escapeChar)}"` : `"${text}"`
}

/**
 * For a terminal or a page: controls and what cannot be seen as escapes, and everything else,
 * backslashes too, as it is. An octet of a log that is no UTF-8 (`textOfOctets`) is an escape too.
 */
export function printable(text: string): string {
  return HARMFUL.test(text) ? text.replace(HARMFUL_ALL, shown) : text
}

function shown(char: string): string {
  const code = char.charCodeAt(0)
  return code >= 0xdc80 && code <= 0xdcff ? `\\${(code & 0xff).toString(8)}` : escapeChar(char)
}

/** One character as octal escapes, whatever it is. */
export function octal(char: string): string {
  let escaped = ''
  for (const octet of utf8(char.codePointAt(0) ?? 0))
    escaped += `\\${octet.toString(8).padStart(3, '0')}`
  return escaped
}

/** Undoes all of the above. An escape that none of them makes is kept as it is. */
export function unescaped(text: string): string {
  let at = text.indexOf('\\')
  if (at < 0) return text
  let result = ''
  let from = 0
  while (at >= 0) {
    result += text.slice(from, at)
    const code = text.charCodeAt(at + 1)
    if (code >= ZERO && code <= SEVEN) {
      const run = octalRun(text, at)
      result += run.text
      from = run.end
    } else {
      result += plainEscape(code) ?? text.slice(at, at + 2)
      from = at + 2
    }
    at = text.indexOf('\\', from)
  }
  return result + text.slice(from)
}

/**
 * Does a part of a text hold a backslash? Asked for line after line of one text, it looks at each
 * character once.
 */
export function hasEscape(text: string, from: number, end: number): boolean {
  if (end === text.length && text !== searched) return text.includes('\\', from) // no line follows
  if (text !== searched || from < searchedFrom || (found >= 0 && found < from)) {
    searched = text
    searchedFrom = from
    found = text.indexOf('\\', from)
  }
  return found >= 0 && found < end
}

let searched = ''
let searchedFrom = 0
let found = -1

function escapeChar(char: string): string {
  switch (char) {
    case '\\':
      return '\\\\'
    case '"':
      return '\\"'
    case '\n':
      return '\\n'
    case '\r':
      return '\\r'
    case '\t':
      return '\\t'
    default:
      return octal(char)
  }
}

function plainEscape(code: number): string | undefined {
  switch (code) {
    case 0x5c:
      return '\\'
    case 0x22:
      return '"'
    case 0x6e:
      return '\n'
    case 0x72:
      return '\r'
    case 0x74:
      return '\t'
    default:
      return undefined
  }
}

/** Octets that stand next to each other are one piece of UTF-8. */
function octalRun(text: string, start: number): { readonly text: string; readonly end: number } {
  const octets: number[] = []
  let at = start
  while (text.charCodeAt(at) === BACKSLASH) {
    const octet = octalOctet(text, at + 1)
    if (octet === undefined) break
    octets.push(octet)
    at += 4
  }
  if (octets.length === 0) return { text: text.slice(start, start + 2), end: start + 2 }
  return { text: decode(octets), end: at }
}

function octalOctet(text: string, at: number): number | undefined {
  let value = 0
  for (let index = at; index < at + 3; index++) {
    const digit = text.charCodeAt(index) - ZERO
    if (!(digit >= 0 && digit <= 7)) return undefined
    value = value * 8 + digit
  }
  return value < 256 ? value : undefined
}

/** UTF-8 of one code point; a lone surrogate gets the three octets its number would have. */
function utf8(code: number): readonly number[] {
  if (code < 0x80) return [code]
  const last = 0x80 | (code & 0x3f)
  if (code < 0x800) return [0xc0 | (code >> 6), last]
  const middle = 0x80 | ((code >> 6) & 0x3f)
  if (code < 0x10000) return [0xe0 | (code >> 12), middle, last]
  return [0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), middle, last]
}

/** The other way; octets that are no UTF-8 count as Latin-1, as Exim logs them. */
function decode(octets: readonly number[]): string {
  let text = ''
  for (let at = 0; at < octets.length; ) {
    const first = octets[at] ?? 0
    const length = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1
    let code = length === 1 ? first : first & (0x7f >> length)
    let whole = true
    for (let next = at + 1; next < at + length; next++) {
      const octet = octets[next] ?? 0
      whole &&= (octet & 0xc0) === 0x80
      code = (code << 6) | (octet & 0x3f)
    }
    text += whole && code < 0x110000 ? String.fromCodePoint(code) : String.fromCharCode(first)
    at += whole ? length : 1
  }
  return text
}

/*
 * C0, DEL, C1; line and paragraph separators; embeddings, overrides and isolates that change the
 * direction of text; halves of surrogate pairs. Each class once to test and once to replace: a
 * regex with the g flag keeps a position between tests.
 */
const BAD = '\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff'
/** Where it is shown: besides, marks of direction and what takes no room, by which names look alike. */
const UNSEEN = '\\u061c\\u200b-\\u200f\\u2060-\\u206f\\ufeff'
const HARMFUL = new RegExp(`[${BAD}${UNSEEN}]`, 'u')
const HARMFUL_ALL = new RegExp(`[${BAD}${UNSEEN}]`, 'gu')
const TEXT = new RegExp(`[\\\\${BAD}]`, 'u')
const TEXT_ALL = new RegExp(`[\\\\${BAD}]`, 'gu')
const TOKEN = new RegExp(`[ ()<>\\\\${BAD}]`, 'u')
const TOKEN_ALL = new RegExp(`[ ()<>\\\\${BAD}]`, 'gu')
const QUOTED = new RegExp(`["\\\\${BAD}]`, 'u')
const QUOTED_ALL = new RegExp(`["\\\\${BAD}]`, 'gu')

const BACKSLASH = 0x5c
const COLON = 0x3a
const ZERO = 0x30
const SEVEN = 0x37
