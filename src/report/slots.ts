/** What is drawn by time. */
import { DAY_MS } from '../base/durations.ts'
import type { Zone } from '../journal/zone.ts'
import type { LogFacts } from './log-facts.ts'
import { minuteText } from './words.ts'

/** By hour, or by day when that would be too much to look at. */
export function slotsOf({ statistics: { timeline, days } }: LogFacts, zone: Zone) {
  return timeline.points.length > MOST_BARS || timeline.stepMs >= DAY_MS
    ? days.map((slot) => ({ ...slot, label: slot.day }))
    : timeline.points.map((slot) => ({ ...slot, label: minuteText(slot.atMs, zone).slice(5) }))
}

/** More are too much to look at. */
const MOST_BARS = 48
