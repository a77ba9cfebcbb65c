/**
 * The time zone of a log, and its times. The log has whole seconds.
 */
import { isDigit, twoDigits } from '../base/digits.ts'
import { ownText } from '../base/own-text.ts'

export interface Zone {
  /** Minutes east of Greenwich at an instant. */
  offsetMinutes(atMs: number): number
  /**
   * Whether lines carry the offset (`2026-11-20 09:00:06 +0100`, Exim's `log_timezone`). Without
   * it, the hour that comes twice in autumn is read as its first pass.
   */
  readonly shown: boolean
}

export const UTC: Zone = { offsetMinutes: () => 0, shown: false }

/**
 * A zone of the IANA database: `Europe/Berlin`.
 * @throws RangeError when there is no such zone
 */
export function zoneNamed(name: string, shown = true): Zone {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
  if (format.resolvedOptions().timeZone === 'UTC') return UTC
  let known = Number.NaN
  let offset = 0
  return {
    shown,
    offsetMinutes(atMs) {
      const quarter = Math.floor(atMs / QUARTER_MS) // zones change on quarters of an hour
      if (quarter !== known) {
        offset = offsetFrom(format, quarter * QUARTER_MS)
        known = quarter
      }
      return offset
    },
  }
}

/** `YYYY-MM-DD HH:MM:SS`, and ` +HHMM` when the zone is shown. */
export function formatTime(atMs: number, zone: Zone): string {
  const second = Math.floor(atMs / 1000)
  if (second !== lastSecond || zone !== lastZone) {
    lastSecond = second
    lastZone = zone
    lastText = format(second * 1000, zone)
  }
  return lastText
}

/** Where a time ended in a line, and what it said. NaN: there was none. */
export interface ReadTime {
  atMs: number
  end: number
}

/**
 * Reads the time of the line that starts at `from`, with the fraction and the offset that Exim can
 * add. The result is written over `into`, so that a reader of millions of lines allocates nothing.
 */
export function readTime(text: string, from: number, zone: Zone, into: ReadTime): void {
  let local = minuteMs(text, from) + twoDigits(text, from + 17) * 1000
  into.atMs = Number.NaN
  if (Number.isNaN(local)) return
  let at = from + 19
  if (text.charCodeAt(at) === DOT) {
    let unit = 100
    while (isDigit(text.charCodeAt(++at))) {
      local += (text.charCodeAt(at) - ZERO) * Math.floor(unit)
      unit /= 10
    }
  }
  const sign = text.charCodeAt(at + 1)
  if ((sign === PLUS || sign === MINUS) && text.charCodeAt(at) === SPACE) {
    const minutes = twoDigits(text, at + 2) * 60 + twoDigits(text, at + 4)
    if (!Number.isNaN(minutes)) {
      into.atMs = local + (sign === PLUS ? -minutes : minutes) * 60_000
      into.end = at + 6
      return
    }
  }
  into.end = at
  into.atMs = instantOf(local, zone)
}

/** The instant at which the zone's clocks show a local time, given as if it were UTC. */
export function instantOf(localMs: number, zone: Zone): number {
  if (zone === UTC) return localMs
  const guess = localMs - zone.offsetMinutes(localMs) * 60_000
  return localMs - zone.offsetMinutes(guess) * 60_000
}

let lastSecond = Number.NaN
let lastZone: Zone = UTC
let lastText = ''

function format(atMs: number, zone: Zone): string {
  const offset = zone.offsetMinutes(atMs)
  const local = new Date(atMs + offset * 60_000).toISOString()
  const text = `${local.slice(0, 10)} ${local.slice(11, 19)}`
  if (!zone.shown) return text
  const minutes = Math.abs(offset)
  const digits = Math.floor(minutes / 60) * 100 + (minutes % 60)
  return `${text} ${offset < 0 ? '-' : '+'}${String(digits).padStart(4, '0')}`
}

/** `GMT+01:00`, or `GMT` alone. */
function offsetFrom(format: Intl.DateTimeFormat, atMs: number): number {
  const part = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(part?.value ?? '')
  if (match === null) return 0
  const minutes = Number(match[2]) * 60 + Number(match[3])
  return match[1] === '-' ? -minutes : minutes
}

let lastDay = Number.NaN
let lastDayMs = Number.NaN
/** As it stood in the line; most lines are of the minute of the one before. Never empty. */
let lastMinute = 'none'
let lastMinuteMs = Number.NaN

/** The line's `YYYY-MM-DD HH:MM:` as if in UTC; most lines of a log are of the day of the last. */
function minuteMs(text: string, from: number): number {
  if (text.startsWith(lastMinute, from)) return lastMinuteMs
  const marks =
    text.charCodeAt(from + 4) === MINUS &&
    text.charCodeAt(from + 7) === MINUS &&
    text.charCodeAt(from + 10) === SPACE &&
    text.charCodeAt(from + 13) === COLON &&
    text.charCodeAt(from + 16) === COLON
  if (!marks) return Number.NaN
  const year = twoDigits(text, from) * 100 + twoDigits(text, from + 2)
  const month = twoDigits(text, from + 5)
  const day = twoDigits(text, from + 8)
  const number = (year * 100 + month) * 100 + day
  if (number !== lastDay) {
    if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31)) return Number.NaN
    lastDayMs = Date.UTC(year, month - 1, day)
    lastDay = number
  }
  const ms = lastDayMs + (twoDigits(text, from + 11) * 60 + twoDigits(text, from + 14)) * 60_000
  if (Number.isNaN(ms)) return ms
  lastMinute = ownText(text.slice(from, from + MINUTE_CHARS))
  lastMinuteMs = ms
  return ms
}

const MINUTE_CHARS = 'YYYY-MM-DD HH:MM:'.length
const QUARTER_MS = 15 * 60_000
const SPACE = 0x20
const PLUS = 0x2b
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
