/** Times of the day, in the zone of this machine. */
import { DAY_MS, MINUTE_MS } from '../base/durations.ts'
import { instantOf, type Zone } from '../journal/zone.ts'

/** Is it in the hours of `22:00-07:00`? The end does not belong to them; from a time to itself is never. */
export function isQuiet(hours: string | null, nowMs: number, zone: Zone): boolean {
  const [from, until] = hours?.split('-').map(minutesOf) ?? []
  if (from === undefined || until === undefined) return false
  const localMs = nowMs + zone.offsetMinutes(nowMs) * MINUTE_MS
  const minute = Math.floor((localMs % DAY_MS) / MINUTE_MS)
  return from <= until ? minute >= from && minute < until : minute >= from || minute < until
}

/** When it last was this time of the day; null: it is `never`. */
export function lastTimeOf(timeOfDay: string, nowMs: number, zone: Zone): number | null {
  if (timeOfDay === 'never') return null
  const localMs = nowMs + zone.offsetMinutes(nowMs) * MINUTE_MS
  const todayMs = Math.floor(localMs / DAY_MS) * DAY_MS + minutesOf(timeOfDay) * MINUTE_MS
  const today = instantOf(todayMs, zone)
  return today <= nowMs ? today : instantOf(todayMs - DAY_MS, zone)
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}
