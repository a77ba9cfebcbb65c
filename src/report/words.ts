/** Times and stretches of time, as a report has them. */
import { counted } from '../base/counted.ts'
import { DAY_MS, HOUR_MS } from '../base/durations.ts'
import { durationWords } from '../doctor/words.ts'
import { formatTime, type Zone } from '../journal/zone.ts'

/** `2026-01-08 08:14`: nobody needs the seconds. */
export function minuteText(atMs: number, zone: Zone): string {
  const text = formatTime(atMs, zone)
  return text.slice(0, MINUTE_CHARS) + text.slice(MINUTE_CHARS + ':00'.length)
}

/** `from 2026-01-05 08:14 to 2026-01-08 06:49 (2 days 22 hours)`. */
export function stretchText(sinceMs: number, untilMs: number, zone: Zone): string {
  const times = `from ${minuteText(sinceMs, zone)} to ${minuteText(untilMs, zone)}`
  return `${times} (${spanWords(untilMs - sinceMs)})`
}

/** Of days the hours too: `2 days 22 hours` is not two days to who waits for a letter. */
export function spanWords(ms: number): string {
  const days = Math.floor(ms / DAY_MS)
  const hours = Math.floor((ms - days * DAY_MS) / HOUR_MS)
  if (days === 0 || days >= MANY_DAYS || hours === 0) return durationWords(Math.max(0, ms))
  return `${counted(days, 'day')} ${counted(hours, 'hour')}`
}

const MANY_DAYS = 7
const MINUTE_CHARS = '2026-01-08 08:14'.length
