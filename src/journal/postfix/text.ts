/**
 * Looking into one long text of many lines. `indexOf` would go on past the line's end to the end of
 * the text; these stop.
 */
import { isDigit } from '../../base/digits.ts'
import { afterQuotes } from '../quotes.ts'

/** Where the character is, or `end`. */
export function findCode(text: string, code: number, from: number, end: number): number {
  let at = from
  while (at < end && text.charCodeAt(at) !== code) at++
  return at
}

/**
 * Where an address from its first character on ends: at the `>` that a separator or the end follows,
 * outside of a quoted local part (RFC 5321 §4.1.2), which can hold anything. -1 when it does not end.
 */
export function closeOf(text: string, from: number, end: number): number {
  const isQuoted = text.charCodeAt(from) === QUOTE
  for (let at = isQuoted ? afterQuotes(text, from, end) : from; at < end; at++) {
    if (text.charCodeAt(at) !== GREATER) continue
    const next = at + 1 < end ? text.charCodeAt(at + 1) : SPACE
    if (next === COMMA || next === SPACE || next === COLON || next === SEMICOLON) return at
  }
  return -1
}

/** A whole number at `from`; null when there is no digit, or too many. */
export function readWhole(text: string, from: number, end: number): number | null {
  let value = 0
  let at = from
  for (; at < end; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (!(digit >= 0 && digit <= 9)) break
    value = value * 10 + digit
  }
  return at > from && Number.isSafeInteger(value) ? value : null
}

/** `2.4` or `0.29` seconds at `from`, as milliseconds; NaN when it is no number. */
export function readSecondsMs(text: string, from: number, end: number): number {
  let value = 0
  let at = from
  for (; at < end && isDigit(text.charCodeAt(at)); at++)
    value = value * 10 + text.charCodeAt(at) - ZERO
  if (at === from) return Number.NaN
  value *= 1000
  if (at < end && text.charCodeAt(at) === DOT) {
    let unit = 100
    for (at++; at < end && isDigit(text.charCodeAt(at)); at++) {
      value += (text.charCodeAt(at) - ZERO) * Math.floor(unit)
      unit /= 10
    }
  }
  return Number.isSafeInteger(value) ? value : Number.NaN
}

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const DOT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const SEMICOLON = 0x3b
const GREATER = 0x3e
