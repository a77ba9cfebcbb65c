/**
 * Atoms, strings and numbers: RFC 9051 §9.
 *
 * A literal stands in the text as it came: `{5}`, CRLF, five octets. The framing layer has already
 * made sure that all its octets are there.
 */
import type { Cursor } from '../../base/cursor.ts'
import { isDigit } from '../../base/digits.ts'
import { isAstringChar, isAtomChar, isTagChar } from './characters.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACE = 0x7b
const TILDE = 0x7e
/** RFC 9051 §9: number is 32 bits. */
const MAX_NUMBER = 4_294_967_295
/** RFC 9051 §9: number64 is 63 bits, 19 digits. */
const MAX_DIGITS = 19

/** One tag. */
export function expectTag(cursor: Cursor): string {
  return cursor.expectWhile(isTagChar, 'a tag')
}

export function expectSpace(cursor: Cursor): void {
  if (cursor.code !== 0x20) cursor.fail('a space')
  cursor.at++
}

export function expectAtom(cursor: Cursor, element: string): string {
  return cursor.expectWhile(isAtomChar, element)
}

/** A quoted string's content. Undefined, and not moved, when there is no opening quote. */
export function takeQuoted(cursor: Cursor): string | undefined {
  if (cursor.code !== QUOTE) return undefined
  const { text } = cursor
  let from = ++cursor.at
  let value = ''
  for (; cursor.at < text.length; cursor.at++) {
    const code = text.charCodeAt(cursor.at)
    if (code === QUOTE) return value + text.slice(from, cursor.at++)
    if (code === 0x0d || code === 0x0a || code === 0) break
    if (code !== BACKSLASH) continue
    const escaped = text.charCodeAt(cursor.at + 1)
    if (escaped !== QUOTE && escaped !== BACKSLASH) cursor.fail('\\" or \\\\')
    value += text.slice(from, cursor.at)
    from = ++cursor.at
  }
  return cursor.fail('a closing quote')
}

/** `{5}`, `{5+}`: the literal's octets. Undefined, and not moved, when none starts here. */
function takeLiteral(cursor: Cursor): string | undefined {
  if (cursor.code !== BRACE) return undefined
  cursor.at++
  const length = Number(cursor.expectWhile(isDigit, 'the length of a literal'))
  cursor.take('+')
  cursor.expect('}')
  cursor.expect('\r\n')
  const end = cursor.at + length
  if (end > cursor.text.length) cursor.fail('a literal')
  const value = cursor.text.slice(cursor.at, end)
  if (value.includes('\0')) cursor.fail('a literal without NUL')
  cursor.at = end
  return value
}

/** `string`: quoted or literal. */
export function takeString(cursor: Cursor): string | undefined {
  return cursor.code === QUOTE ? takeQuoted(cursor) : takeLiteral(cursor)
}

export function expectString(cursor: Cursor, element: string): string {
  return takeString(cursor) ?? cursor.fail(element)
}

export function expectAstring(cursor: Cursor, element: string): string {
  return takeString(cursor) ?? cursor.expectWhile(isAstringChar, element)
}

/** `nstring`: NIL is null. */
export function expectNstring(cursor: Cursor, element: string): string | null {
  const value = takeString(cursor)
  if (value !== undefined) return value
  return cursor.take('NIL') ? null : cursor.fail(element)
}

/** `number`: 0 to 2^32 - 1. */
export function expectNumber(cursor: Cursor, element = 'a number'): number {
  const { at } = cursor
  const value = Number(cursor.expectWhile(isDigit, element))
  if (value <= MAX_NUMBER) return value
  cursor.at = at
  return cursor.fail('a number below 4294967296')
}

/** `nz-number`. */
export function expectNonZero(cursor: Cursor, element = 'a number above 0'): number {
  const value = expectNumber(cursor, element)
  return value > 0 ? value : cursor.fail(element)
}

/** `number64` and mod-sequences. What a JS number does not hold becomes its largest whole number. */
export function expectNumber64(cursor: Cursor, element: string): number {
  const digits = cursor.expectWhile(isDigit, element)
  if (digits.length > MAX_DIGITS) cursor.fail('a number of 63 bits')
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER)
}

/** Is a literal announced here? */
export function isLiteralHere(cursor: Cursor): boolean {
  const at = cursor.code === TILDE ? cursor.at + 1 : cursor.at
  return cursor.text.charCodeAt(at) === BRACE
}
