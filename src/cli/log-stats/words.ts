/** Figures as a person reads them. */
import type { Exactness } from '../../trace/statistics/report.ts'

/** `421,365`. */
export function numberWords(value: number): string {
  return GROUPED.format(value)
}

/** `at least 200,000` of a figure that was cut. */
export function boundedWords(value: number, exactness: Exactness): string {
  return `${EXACTNESS[exactness]}${numberWords(value)}`
}

const EXACTNESS: { readonly [E in Exactness]: string } = {
  exact: '',
  atLeast: 'at least ',
  about: 'about ',
}

/** A number, with what may stand before it and follow it. */
export const FIGURE = /^(at least |about )?[\d,.]+( [a-zA-Z%]{1,3})?$/

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** `512 B`, `3.4 MiB`. */
export function octetsWords(octets: number): string {
  let value = octets
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  const digits = unit > 0 && value < 10 ? 1 : 0
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ''}`
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `40 ms`, `2.4 s`, `3.5 min`, `2.0 h`, `4.1 d`. */
export function durationWords(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  const [size, unit] = DURATIONS.find(([atLeast]) => ms >= atLeast) ?? [1000, 's']
  const value = ms / size
  return `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`
}

const DURATIONS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
]

/** `12.3 %`; '' of nothing. */
export function shareWords(part: number, whole: number): string {
  return whole === 0 ? '' : `${((part / whole) * 100).toFixed(1)} %`
}
