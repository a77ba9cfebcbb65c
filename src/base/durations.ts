/** Lengths of time, and how people type one: `90s`, `30min`, `4h`, `2 d`, `1.5h`. */

export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** For a person whose text is no duration. */
export const DURATIONS = '90s, 30min, 4h, 2d or 1w'

/** Milliseconds; null when the text is no duration. */
export function durationOf(text: string): number | null {
  const parts = /^(\d{1,6}(?:\.\d{1,6})?) ?([a-z]+)$/.exec(text.trim().toLowerCase())
  const unitMs = UNITS_MS.get(parts?.[2] ?? '')
  return unitMs === undefined ? null : Math.round(Number(parts?.[1]) * unitMs)
}

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['s', SECOND_MS],
  ['m', MINUTE_MS],
  ['min', MINUTE_MS],
  ['h', HOUR_MS],
  ['d', DAY_MS],
  ['w', 7 * DAY_MS],
])
