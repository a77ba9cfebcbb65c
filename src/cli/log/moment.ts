/** Points in time as people write them: `2h`, `yesterday`, `2026-01-08 14:30`. */
import { DAY_MS, durationOf, MINUTE_MS } from '../../base/durations.ts'
import { instantOf, type Zone } from '../../journal/zone.ts'

/** Which end of a day is meant when only a day is named: with `until`, the day counts whole. */
export type MomentEnd = 'since' | 'until'

/**
 * Milliseconds since 1970; null when it is no time.
 * @param zone  of times that do not name theirs
 */
export function momentOf(text: string, nowMs: number, zone: Zone, end: MomentEnd): number | null {
  const word = text.trim().toLowerCase()
  if (word === 'now') return nowMs
  const agoMs = durationOf(word.replace(/ ago$/, ''))
  if (agoMs !== null) return nowMs - agoMs
  const today = dayOf(nowMs, zone)
  if (word === 'today') return wholeDay(today, zone, end)
  if (word === 'yesterday') return wholeDay(today - DAY_MS, zone, end)
  const time = /^(\d\d?):(\d\d)(?::(\d\d))?$/.exec(word)
  if (time) return within(today, timeOf(time.slice(1)), zone)
  return dated(word, zone, end)
}

/** `2026-01-08`, with a time of day, with a zone. */
function dated(word: string, zone: Zone, end: MomentEnd): number | null {
  const parts = DATED.exec(word)
  if (!parts) return null
  const [year, month, day] = parts.slice(1, 4).map(Number)
  const dayMs = Date.UTC(year ?? 0, (month ?? 0) - 1, day)
  if (new Date(dayMs).toISOString().slice(0, 10) !== word.slice(0, 10)) return null
  if (parts[4] === undefined) return wholeDay(dayMs, zone, end)
  const time = timeOf(parts.slice(4, 7))
  const shift = parts[7]
  if (shift === undefined) return within(dayMs, time, zone)
  if (shift === 'z') return time === null ? null : dayMs + time
  const minutes = Number(shift.slice(1, 3)) * 60 + Number(shift.slice(-2))
  const offset = shift.startsWith('-') ? -minutes : minutes
  return time === null ? null : dayMs + time - offset * MINUTE_MS
}

const DATED =
  /^(\d{4})-(\d\d)-(\d\d)(?:[t ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)? ?(z|[+-]\d\d:?\d\d)?)?$/

/** Hours, minutes and seconds as milliseconds; null when there is no such time of day. */
function timeOf(parts: readonly (string | undefined)[]): number | null {
  const [hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0))
  if (hours > 23 || minutes > 59 || seconds > 60) return null
  return ((hours * 60 + minutes) * 60 + seconds) * 1000
}

/** A local day's start, as if the zone were Greenwich. */
function dayOf(atMs: number, zone: Zone): number {
  const local = atMs + zone.offsetMinutes(atMs) * MINUTE_MS
  return Math.floor(local / DAY_MS) * DAY_MS
}

function wholeDay(dayMs: number, zone: Zone, end: MomentEnd): number {
  return instantOf(end === 'since' ? dayMs : dayMs + DAY_MS, zone)
}

function within(dayMs: number, timeMs: number | null, zone: Zone): number | null {
  return timeMs === null ? null : instantOf(dayMs + timeMs, zone)
}
