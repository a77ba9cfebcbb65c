/** The date-time of header fields: RFC 5322 §3.3, and §4.3 for what old programs write. */
import { MINUTE_MS } from '../../base/durations.ts'
import { isDigit } from '../../base/digits.ts'
import { lowerAscii } from '../../base/cursor.ts'
import { skipCfws } from './lexer.ts'

export interface DateTime {
  /** Milliseconds since the epoch. */
  readonly atMs: number
  /** What the writer's clock was ahead of UTC: `+0200` is 120. SENTON and SENTBEFORE look at the date there. */
  readonly zoneMinutes: number
}

/** @returns null when the text is no date that ever was or will be */
export function parseDateTime(text: string): DateTime | null {
  const words = dateWords(text)
  // The name of the day is not checked: a wrong one is common, and it says nothing.
  if (words[0] !== undefined && !isDigits(words[0])) words.shift()
  const [day, month, year, hour, minute, ...rest] = words
  const second = rest[0] !== undefined && isDigits(rest[0]) ? rest.shift() : '0'
  const date = {
    day: digits(day, 2),
    month: MONTHS.get(lowerAscii(month ?? '').slice(0, 3)) ?? null,
  }
  const time = { hour: digits(hour, 2), minute: digits(minute, 2), second: digits(second, 2) }
  const fullYear = yearOf(year)
  const zoneMinutes = zoneOf(rest[0])
  if (date.day === null || date.month === null || fullYear === null) return null
  if (time.hour === null || time.minute === null || time.second === null) return null
  if (time.hour > 23 || time.minute > 59 || time.second > 60 || zoneMinutes === null) return null
  if (date.day < 1 || date.day > daysIn(fullYear, date.month)) return null
  const localMs = Date.UTC(fullYear, date.month, date.day, time.hour, time.minute, time.second)
  return { atMs: localMs - zoneMinutes * MINUTE_MS, zoneMinutes }
}

/** `Sat, 21 Nov 2026 00:48:19 +0000`. @param zoneMinutes how far the local clock is ahead of UTC */
export function formatDateTime(atMs: number, zoneMinutes = 0): string {
  const local = new Date(atMs + zoneMinutes * MINUTE_MS)
  const offset = Math.abs(zoneMinutes)
  const zone = `${zoneMinutes < 0 ? '-' : '+'}${two(Math.trunc(offset / 60))}${two(offset % 60)}`
  const day = `${DAY_NAMES[local.getUTCDay()]}, ${local.getUTCDate()}`
  const date = `${day} ${MONTH_NAMES[local.getUTCMonth()]} ${String(local.getUTCFullYear()).padStart(4, '0')}`
  const time = `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())}`
  return `${date} ${time} ${zone}`
}

/** Runs of letters, digits, and signed digits; at most as many as a date has. */
function dateWords(text: string): string[] {
  const words: string[] = []
  let at = skipCfws(text, 0)
  while (at < text.length && words.length < MAX_WORDS) {
    const start = at
    const code = text.charCodeAt(at)
    if (isDigit(code) || isSign(code)) {
      do at++
      while (isDigit(text.charCodeAt(at)))
    } else if (isLetter(code)) {
      while (isLetter(text.charCodeAt(at))) at++
    } else {
      // `,` after the day, `:` in the time. A date with anything else is broken.
      if (text.charAt(at) !== ',' && text.charAt(at) !== ':') return []
      at = skipCfws(text, at + 1)
      continue
    }
    const word = text.slice(start, at)
    words.push(word)
    at = skipCfws(text, at)
    // `21-Nov-2026`: there the hyphen is no sign.
    if (words.length < 4 && text.charAt(at) === '-') at++
  }
  return words
}

/** Two digits are 1950 to 2049, three are from 1900; RFC 5322 §4.3. */
function yearOf(word: string | undefined): number | null {
  const year = digits(word, 4)
  if (year === null || word === undefined) return null
  if (word.length === 2) return year < 50 ? 2000 + year : 1900 + year
  if (word.length === 3) return 1900 + year
  return word.length === 4 && year >= 1900 ? year : null
}

/** No zone, and a name nobody defined, count as UTC. Null when the digits are no offset. */
function zoneOf(word: string | undefined): number | null {
  if (word === undefined) return 0
  const sign = word.charAt(0)
  if (sign !== '+' && sign !== '-')
    return isDigits(word) ? null : (ZONE_HOURS.get(lowerAscii(word)) ?? 0) * 60
  const offset = word.slice(1)
  if (!isDigits(offset) || offset.length !== 4) return null
  const minutes = Number(offset.slice(0, 2)) * 60 + Number(offset.slice(2))
  if (Number(offset.slice(2)) > 59) return null
  // Not -0, which is another number than 0 to some who compare.
  return sign === '-' && minutes > 0 ? -minutes : minutes
}

function digits(word: string | undefined, max: number): number | null {
  return word === undefined || word.length > max || !isDigits(word) ? null : Number(word)
}

function isDigits(word: string): boolean {
  return /^\d+$/.test(word)
}

function isSign(code: number): boolean {
  return code === 0x2b || code === 0x2d
}

function isLetter(code: number): boolean {
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x7a
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** Day name, day, month, year, hour, minute, second, zone. */
const MAX_WORDS = 8
const DAY_NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTH_NAMES = [
  ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'],
  ...['Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
]
const MONTHS: ReadonlyMap<string, number> = new Map(
  MONTH_NAMES.map((name, index) => [name.toLowerCase(), index]),
)
/** Hours; RFC 5322 §4.3. The military letters are UTC there, because RFC 822 had them wrong. */
const ZONE_HOURS: ReadonlyMap<string, number> = new Map([
  ...([
    ['edt', -4],
    ['est', -5],
    ['cdt', -5],
    ['cst', -6],
  ] as const),
  ...([
    ['mdt', -6],
    ['mst', -7],
    ['pdt', -7],
    ['pst', -8],
  ] as const),
])
