/** The quarters of an hour that were counted, as hours of the day, days, and points of a plot. */
import { DAY_MS, HOUR_MS } from '../../base/durations.ts'
import { formatTime, UTC, type Zone } from '../../journal/zone.ts'
import { addSlot, NO_SLOT, SLOT_MS, type Slot, type Statistics } from './statistics.ts'

/** An hour of the day, 0 to 23, summed over all days. */
export type HourCounts = Slot & { readonly hour: number }
/** `2026-01-05`. */
export type DayCounts = Slot & { readonly day: string }

export interface Timeline {
  readonly stepMs: number
  /** Every step from the first to the last, those without anything too. */
  readonly points: readonly (Slot & { readonly atMs: number })[]
}

export function hoursOf({ slots }: Statistics, zone: Zone): HourCounts[] {
  const hours = Array.from({ length: 24 }, (_, hour) => ({ hour, ...emptySlot() }))
  for (const [number, slot] of slots) {
    const hour = hours[Math.floor((localMs(number, zone) % DAY_MS) / HOUR_MS)]
    if (hour !== undefined) addSlot(hour, slot)
  }
  return hours
}

export function daysOf({ slots }: Statistics, zone: Zone): DayCounts[] {
  const days = new Map<number, Slot>()
  for (const [number, slot] of slots) {
    const day = Math.floor(localMs(number, zone) / DAY_MS)
    let counts = days.get(day)
    if (counts === undefined) {
      counts = emptySlot()
      days.set(day, counts)
    }
    addSlot(counts, slot)
  }
  return [...days]
    .sort(([one], [other]) => one - other)
    .map(([day, counts]) => ({ day: formatTime(day * DAY_MS, UTC).slice(0, 10), ...counts }))
}

/** A slot's start as a clock in the zone shows it. */
function localMs(number: number, zone: Zone): number {
  const atMs = number * SLOT_MS
  return atMs + zone.offsetMinutes(atMs) * 60_000
}

/** In steps of a quarter, an hour, … so that there are at most 400 points. */
export function timelineOf({ slots }: Statistics): Timeline {
  const numbers = [...slots.keys()].sort((one, other) => one - other)
  const first = numbers[0] ?? 0
  const last = numbers.at(-1) ?? -1
  const slotsOf = (stepMs: number) => stepMs / SLOT_MS
  const length = (stepMs: number) =>
    Math.floor(last / slotsOf(stepMs)) - Math.floor(first / slotsOf(stepMs)) + 1
  const stepMs = STEPS_MS.find((step) => length(step) <= MAX_POINTS) ?? WIDEST_MS
  const count = Math.min(length(stepMs), MAX_POINTS)
  const start = Math.floor(first / slotsOf(stepMs))
  const points = Array.from({ length: count }, (_, index) => ({
    atMs: (start + index) * stepMs,
    ...emptySlot(),
  }))
  for (const [number, slot] of slots) {
    const point = points[Math.floor(number / slotsOf(stepMs)) - start]
    if (point !== undefined) addSlot(point, slot)
  }
  return { stepMs, points }
}

function emptySlot(): Slot {
  return { ...NO_SLOT }
}

const STEPS_MS = [1 / 4, 1, 3, 6, 12, 24, 72, 168, 720].map((hours) => hours * HOUR_MS)
const WIDEST_MS = 8_760 * HOUR_MS
const MAX_POINTS = 400
