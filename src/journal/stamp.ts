/**
 * The times at the start of syslog's lines, in every form that the usual daemons and `journalctl`
 * write. A log has the same minute many times over, so the last one of each form is remembered.
 */
import { isDigit, twoDigits } from '../base/digits.ts'
import { instantOf, type Zone } from './zone.ts'

/** What a stamp leaves out. */
export interface SyslogClock {
  /** Of stamps without an offset. */
  readonly zone: Zone
  /** `Mar 14 00:00:31` is of the latest year in which it is not after this. */
  readonly latestMs: number
}

/** Where a stamp ended, and what it said. */
export interface Stamp {
  atMs: number
  /** The first character after the stamp: a space, or the end of the line. */
  end: number
}

/** Reads the stamp at `at` into `into`; false when there is none. */
export function readStamp(
  text: string,
  at: number,
  end: number,
  clock: SyslogClock,
  into: Stamp,
): boolean {
  const first = text.charCodeAt(at)
  let found: boolean
  if (isDigit(first)) {
    const fifth = text.charCodeAt(at + 4)
    if (fifth === MINUS) found = readIso(text, at, clock, into)
    else if (fifth === SPACE) found = readYearFirst(text, at, clock, into)
    else found = readUnix(text, at, into)
  } else if (first === AT) found = readTai(text, at, into)
  else if (text.charCodeAt(at + 8) === MINUS) found = readFull(text, at, clock, into)
  else found = readTraditional(text, at, clock, into)
  if (!found || into.end > end) return false
  return into.end === end || text.charCodeAt(into.end) === SPACE
}

let lastClock: SyslogClock | null = null
let lastMinute = ''
let lastMinuteMs = 0

/** `Mar  4 00:00:31`, `Mar 04 00:00:31.185246`, `Mar 14 2026 00:00:31`. */
function readTraditional(text: string, at: number, clock: SyslogClock, into: Stamp): boolean {
  if (lastMinute === '' || clock !== lastClock || !text.startsWith(lastMinute, at)) {
    const month = MONTHS.indexOf(text.slice(at, at + 3))
    if (month < 0 || text.charCodeAt(at + 3) !== SPACE) return false
    let hourAt = dayEnd(text, at + 4)
    if (hourAt < 0) return false
    const day = dayNumber(text, hourAt)
    let year = twoDigits(text, hourAt) * 100 + twoDigits(text, hourAt + 2)
    if (Number.isNaN(year)) year = 0
    else hourAt += 5
    const minuteMs = timeOfDay(text, hourAt)
    if (Number.isNaN(minuteMs)) return false
    const ms =
      year > 0
        ? instantOf(Date.UTC(year, month, day) + minuteMs, clock.zone)
        : withYear(month, day, minuteMs, clock)
    if (Number.isNaN(ms)) return false
    lastClock = clock
    lastMinute = text.slice(at, hourAt + 6)
    lastMinuteMs = ms
  }
  return readSeconds(text, at + lastMinute.length, lastMinuteMs, into)
}

/** Where the hour starts, after ` 4 `, `4 `, `04 ` or `14 `; -1 when that is no day. */
function dayEnd(text: string, at: number): number {
  let end = text.charCodeAt(at) === SPACE ? at + 1 : at
  const start = end
  while (end < start + 2 && isDigit(text.charCodeAt(end))) end++
  const valid = end > start && text.charCodeAt(end) === SPACE && dayNumber(text, end + 1) <= 31
  return valid ? end + 1 : -1
}

/** The day that ends before the space before `hourAt`. */
function dayNumber(text: string, hourAt: number): number {
  const tens = text.charCodeAt(hourAt - 3) - ZERO
  const day = text.charCodeAt(hourAt - 2) - ZERO
  return tens >= 0 && tens <= 9 ? tens * 10 + day : day
}

/** `00:00:` as milliseconds; NaN when it is none. */
function timeOfDay(text: string, at: number): number {
  const hour = twoDigits(text, at)
  const minute = twoDigits(text, at + 3)
  const marks = text.charCodeAt(at + 2) === COLON && text.charCodeAt(at + 5) === COLON
  return marks && hour <= 23 && minute <= 59 ? (hour * 60 + minute) * 60_000 : Number.NaN
}

/** The latest year that is not too late, and has the day: February 29 is missing in most. */
function withYear(month: number, day: number, minuteMs: number, clock: SyslogClock): number {
  const latest = new Date(clock.latestMs).getUTCFullYear() + 1 // local time may be ahead of UTC
  for (let year = latest; year >= latest - LEAP_YEARS_APART - 1; year--) {
    const date = Date.UTC(year, month, day)
    if (new Date(date).getUTCDate() !== day) continue
    const ms = instantOf(date + minuteMs, clock.zone)
    if (ms <= clock.latestMs) return ms
  }
  return Number.NaN
}

/** `2026 Mar 14 00:00:31` */
function readYearFirst(text: string, at: number, clock: SyslogClock, into: Stamp): boolean {
  const year = twoDigits(text, at) * 100 + twoDigits(text, at + 2)
  const month = MONTHS.indexOf(text.slice(at + 5, at + 8))
  const hourAt = text.charCodeAt(at + 8) === SPACE ? dayEnd(text, at + 9) : -1
  if (Number.isNaN(year) || month < 0 || hourAt < 0) return false
  const localMs = Date.UTC(year, month, dayNumber(text, hourAt)) + timeOfDay(text, hourAt)
  if (Number.isNaN(localMs)) return false
  return readSeconds(text, hourAt + 6, instantOf(localMs, clock.zone), into)
}

let lastIsoMinute = ''
let lastIsoMinuteMs = 0

/** `2023-03-14T00:00:31.185246+01:00`, `Z`, `+0100`; or a space for the T, and no offset (RFC 3339 §5.6). */
function readIso(text: string, at: number, clock: SyslogClock, into: Stamp): boolean {
  if (lastIsoMinute === '' || !text.startsWith(lastIsoMinute, at)) {
    const year = twoDigits(text, at) * 100 + twoDigits(text, at + 2)
    const month = twoDigits(text, at + 5)
    const day = twoDigits(text, at + 8)
    const between = text.charCodeAt(at + 10)
    if (text.charCodeAt(at + 7) !== MINUS || (between !== T && between !== SPACE)) return false
    if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31)) return false
    const ms = Date.UTC(year, month - 1, day) + timeOfDay(text, at + 11)
    if (Number.isNaN(ms)) return false
    lastIsoMinute = text.slice(at, at + 17)
    lastIsoMinuteMs = ms
  }
  if (!readSeconds(text, at + 17, lastIsoMinuteMs, into)) return false
  if (text.charCodeAt(into.end) === Z) into.end++
  else if (!readOffset(text, into.end, into)) into.atMs = instantOf(into.atMs, clock.zone)
  return true
}

/** `Fri 2026-11-20 23:49:08 UTC`; any other name of a zone is taken as the clock's. */
function readFull(text: string, at: number, clock: SyslogClock, into: Stamp): boolean {
  if (!DAYS.includes(text.slice(at, at + 4)) || !readIso(text, at + 4, clock, into)) return false
  if (text.charCodeAt(into.end) !== SPACE) return false
  const zoneAt = into.end + 1
  let zoneEnd = zoneAt
  while (zoneEnd < zoneAt + 6 && isZoneChar(text.charCodeAt(zoneEnd))) zoneEnd++
  if (zoneEnd === zoneAt || text.charCodeAt(zoneEnd) !== SPACE) return true
  if (text.startsWith('UTC ', zoneAt) || text.startsWith('GMT ', zoneAt))
    into.atMs = lastIsoMinuteMs + (((into.atMs % 60_000) + 60_000) % 60_000)
  into.end = zoneEnd
  return true
}

/** `1700000000.123456` */
function readUnix(text: string, at: number, into: Stamp): boolean {
  let seconds = 0
  let end = at
  while (end < at + 12 && isDigit(text.charCodeAt(end)))
    seconds = seconds * 10 + (text.charCodeAt(end++) - ZERO)
  if (end < at + 9 || text.charCodeAt(end) !== DOT) return false
  into.atMs = seconds * 1000
  into.end = end
  readFraction(text, into)
  return true
}

/** `@400000004c91b044077a9e94`, TAI64N as multilog writes it: ten seconds ahead of Unix time. */
function readTai(text: string, at: number, into: Stamp): boolean {
  const label = text.slice(at + 1, at + 25)
  if (!/^40000000[0-9a-f]{16}$/.test(label)) return false
  const seconds = Number.parseInt(label.slice(8, 16), 16) - 10
  const milliseconds = Math.floor(Number.parseInt(label.slice(16), 16) / 1e6)
  into.atMs = seconds * 1000 + Math.min(milliseconds, 999)
  into.end = at + 25
  return true
}

/** `31.185246` after a minute. */
function readSeconds(text: string, at: number, minuteMs: number, into: Stamp): boolean {
  const second = twoDigits(text, at)
  if (!(second <= 60)) return false
  into.atMs = minuteMs + second * 1000
  into.end = at + 2
  const code = text.charCodeAt(at + 2)
  if ((code === DOT || code === COMMA) && isDigit(text.charCodeAt(at + 3))) readFraction(text, into)
  return true
}

/** Milliseconds are kept, finer digits skipped. */
function readFraction(text: string, into: Stamp): void {
  let at = into.end + 1
  let unit = 100
  for (let code = text.charCodeAt(at); isDigit(code); code = text.charCodeAt(++at)) {
    if (unit >= 1) into.atMs += (code - ZERO) * unit
    unit = unit >= 1 ? Math.floor(unit / 10) : 0
  }
  into.end = at
}

/** `+01:00`, `+0100`, also after a space. */
function readOffset(text: string, from: number, into: Stamp): boolean {
  const at = text.charCodeAt(from) === SPACE ? from + 1 : from
  const sign = text.charCodeAt(at)
  if (sign !== PLUS && sign !== MINUS) return false
  const colon = text.charCodeAt(at + 3) === COLON ? 1 : 0
  const minutes = twoDigits(text, at + 1) * 60 + twoDigits(text, at + 3 + colon)
  if (Number.isNaN(minutes)) return false
  into.atMs += (sign === PLUS ? -minutes : minutes) * 60_000
  into.end = at + 5 + colon
  return true
}

/** Of `CET`, `+03`. */
function isZoneChar(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || isDigit(code) || code === PLUS || code === MINUS
}

const DAYS: readonly string[] = ['Mon ', 'Tue ', 'Wed ', 'Thu ', 'Fri ', 'Sat ', 'Sun ']
const MONTHS: readonly string[] = [
  ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'],
  ...['Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
]
/** 1896 and 1904. */
const LEAP_YEARS_APART = 8
const SPACE = 0x20
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const AT = 0x40
const T = 0x54
const Z = 0x5a
