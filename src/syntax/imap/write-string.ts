/**
 * Strings in responses: quoted where possible, else a literal. All text is latin1.
 */
import { utf8OfLatin1 } from '../../base/octets.ts'

/** Longer text goes as a literal: some clients read lines into fixed buffers. */
const MAX_QUOTED = 1000
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/
const QUOTABLE = /^[\x01-\x09\x0b\x0c\x0e-\x7f]*$/
const NO_LINES_OR_NUL = /^[^\0\r\n]*$/

/**
 * A `string`. A quoted one may hold UTF-8 once the client has enabled IMAP4rev2 (`utf8`).
 * NUL cannot be sent in a string at all and is left out.
 */
export function writeString(text: string, form: 'utf7' | 'utf8' = 'utf7'): string {
  if (text.length <= MAX_QUOTED) {
    if (PLAIN.test(text)) return `"${text}"`
    const quotable =
      QUOTABLE.test(text) ||
      (form === 'utf8' && NO_LINES_OR_NUL.test(text) && utf8OfLatin1(text) !== null)
    if (quotable) return `"${text.replace(/[\\"]/g, '\\$&')}"`
  }
  const octets = text.includes('\0') ? text.replaceAll('\0', '') : text
  return `{${octets.length}}\r\n${octets}`
}

/** An `nstring`: null is NIL. */
export function writeNstring(text: string | null): string {
  return text === null ? 'NIL' : writeString(text)
}
