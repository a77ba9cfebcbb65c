/**
 * `date` and `date-time` of RFC 9051 §9.
 */
import { DAY_MS } from '../../base/durations.ts'
import { type Cursor, lowerAscii } from '../../base/cursor.ts'
import { isDigit } from '../../base/digits.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `date`, quoted or not. @returns days since 1970-01-01 */
export function expectDate(cursor: Cursor): number {
  const quoted = cursor.take('"')
  const day = expectDigits(cursor, 1, 2, 'a day')
  const ms = expectMonthAndYear(cursor, day)
  if (quoted) cursor.expect('"')
  return ms / DAY_MS
}

/** `date-time`: `"17-Jul-1996 02:44:25 -0700"`. @returns milliseconds since the epoch */
export function expectDateTime(cursor: Cursor): number {
  cursor.expect('"')
  const day = cursor.take(' ')
    ? expectDigits(cursor, 1, 1, 'a day')
    : expectDigits(cursor, 2, 2, 'a day')
  const dayMs = expectMonthAndYear(cursor, day)
  cursor.expect(' ')
  const hours = expectDigits(cursor, 2, 2, 'hours')
  cursor.expect(':')
  const minutes = expectDigits(cursor, 2, 2, 'minutes')
  cursor.expect(':')
  const seconds = expectDigits(cursor, 2, 2, 'seconds')
  if (hours > 23 || minutes > 59 || seconds > 60) cursor.fail('a time of day')
  cursor.expect(' ')
  const sign = cursor.take('-') ? -1 : cursor.take('+') ? 1 : cursor.fail('"+" or "-"')
  const zoneHours = expectDigits(cursor, 2, 2, 'a zone')
  const zoneMinutes = expectDigits(cursor, 2, 2, 'a zone')
  if (zoneHours > 23 || zoneMinutes > 59) cursor.fail('a zone')
  cursor.expect('"')
  const zoneMs = sign * (zoneHours * 60 + zoneMinutes) * 60_000
  return dayMs + ((hours * 60 + minutes) * 60 + seconds) * 1000 - zoneMs
}

/** A `date-time` in UTC, with its quotes. */
export function writeDateTime(ms: number): string {
  const date = new Date(ms)
  const two = (value: number) => (value < 10 ? `0${value}` : String(value))
  const day = date.getUTCDate()
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  return `"${day < 10 ? ` ${day}` : day}-${MONTHS[date.getUTCMonth()]}-${year} ${time} +0000"`
}

/** The UTC day of a moment, in days since 1970-01-01: what BEFORE, ON and SINCE compare. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS)
}

function expectMonthAndYear(cursor: Cursor, day: number): number {
  cursor.expect('-')
  const { at } = cursor
  const month = monthOf(cursor.text.slice(at, at + 3))
  if (month < 0) cursor.fail('a month')
  cursor.at += 3
  cursor.expect('-')
  const year = expectDigits(cursor, 4, 4, 'a year')
  const date = new Date(0)
  date.setUTCFullYear(year, month, day)
  if (date.getUTCDate() !== day || date.getUTCMonth() !== month) cursor.fail('a day of that month')
  return date.getTime()
}

function expectDigits(cursor: Cursor, least: number, most: number, element: string): number {
  const digits = cursor.takeWhile(isDigit, most)
  return digits.length < least ? cursor.fail(element) : Number(digits)
}

function monthOf(name: string): number {
  const lower = lowerAscii(name)
  return MONTHS.findIndex((month) => lowerAscii(month) === lower)
}
