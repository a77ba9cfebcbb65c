/** Figures as a person reads them, with no more digits than are known. */
import type { Distribution, Exactness } from '../../trace/statistics/report.ts'

/** `421,365`. */
export function numberWords(value: number): string {
  return GROUPED.format(value)
}

/** `at least 200,000` of a figure that was cut. */
export function boundedWords(value: number, exactness: Exactness): string {
  return `${EXACTNESS[exactness]}${numberWords(value)}`
}

/** `1 host`, `at least 3 hosts`, `2 addresses`. */
export function countWords(figure: string, word: string): string {
  if (figure === '1') return `1 ${word}`
  return `${figure} ${word}${word.endsWith('s') ? 'es' : 's'}`
}

const EXACTNESS: { readonly [E in Exactness]: string } = {
  exact: '',
  atLeast: 'at least ',
  about: 'about ',
}

/** A number, with what may stand before it and follow it. */
export const FIGURE = /^(at least |about |≤ |~|<)?[\d,.]+( [a-zA-Z%]{1,3})?$/

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** `512 B`, `3.4 MiB`. */
export function octetsWords(octets: number): string {
  const [value, unit] = inUnit(octets, OCTETS)
  const digits = unit !== 'B' && value < 9.95 ? 1 : 0
  return `${value.toFixed(digits)} ${unit}`
}

/** `40 ms`, `2.4 s`, `14.2 min`, `2 h`, `4.1 d`. */
export function durationWords(ms: number): string {
  const [value, unit] = inUnit(ms, DURATIONS)
  const digits = unit === 'ms' || value >= 99.95 ? 0 : 1
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${unit}`
}

/**
 * A mean of times: no finer than a tenth of a second when the log has whole seconds only, which
 * the sum of them all shows.
 */
export function meanTimeWords(sumMs: number, count: number, maxMs: number): string {
  if (count === 0) return ''
  const mean = sumMs / count
  if (!isWholeSeconds(sumMs, maxMs)) return durationWords(mean)
  if (maxMs === 0) return UNDER_A_SECOND
  if (mean < 50) return '<0.1 s'
  return mean < 1000 ? `~${(mean / 1000).toFixed(1)} s` : `~${durationWords(mean)}`
}

/** A time that the log has, by its clock. @param ofAll  all times that it is the longest of, summed */
export function longestTimeWords(maxMs: number, ofAll: number): string {
  return maxMs === 0 && isWholeSeconds(ofAll, maxMs) ? UNDER_A_SECOND : durationWords(maxMs)
}

/** How a distribution is said. */
export interface DistributionWords {
  mean(): string
  /** A percentile: a bound where only its bucket is known. */
  percentile(value: number | null): string
  most(): string
}

export function timesIn(distribution: Distribution): DistributionWords {
  const { count, mean, max, buckets } = distribution
  const sum = Math.round((mean ?? 0) * count)
  const most = max ?? 0
  const isWhole = hasWholeSeconds(distribution)
  return {
    mean: () => meanTimeWords(sum, count, most),
    most: () => longestTimeWords(most, sum),
    percentile: (value) => {
      const only = isWhole ? onlySecondIn(buckets, value) : null
      if (only !== null) return only === 0 ? UNDER_A_SECOND : durationWords(only)
      return boundWords(distribution, value, DURATIONS, durationWords)
    },
  }
}

/** Whether the log has no finer times. */
export function hasWholeSeconds({ mean, count, max }: Distribution): boolean {
  return isWholeSeconds(Math.round((mean ?? 0) * count), max ?? 0)
}

export function sizesIn(distribution: Distribution): DistributionWords {
  const { mean, max } = distribution
  return {
    mean: () => octetsWords(mean ?? 0),
    most: () => octetsWords(max ?? 0),
    percentile: (value) => boundWords(distribution, value, OCTETS, octetsWords),
  }
}

/** `12.3 %`, and of few `12 %`; neither 0 nor 100 when it is not; '' of nothing. */
export function shareWords(part: number, whole: number): string {
  if (whole === 0) return ''
  if (part === 0 || part === whole) return part === 0 ? '0 %' : '100 %'
  const digits = whole < FEW ? 0 : 1
  const step = 10 ** -digits
  const share = Math.min(100 - step, Math.max(step, (part / whole) * 100))
  return `${share.toFixed(digits)} %`
}

type Units = readonly (readonly [size: number, unit: string])[]

/** In the largest unit of which it is one at least, as it is printed. */
function inUnit(value: number, units: Units): readonly [number, string] {
  const [size, unit] = units.find(([size]) => value >= size * ALMOST_ONE) ?? units.at(-1) ?? [1, '']
  return [value / size, unit]
}

/** By chance one sum in a thousand is whole. */
function isWholeSeconds(sumMs: number, maxMs: number): boolean {
  return sumMs % 1000 === 0 && maxMs % 1000 === 0
}

/** The only whole second, in ms, of the bucket that a percentile is in; null when it has several. */
function onlySecondIn(buckets: Distribution['buckets'], value: number | null): number | null {
  const bucket = buckets.find(({ from, to }) => value !== null && value >= from && value <= to)
  if (bucket === undefined) return null
  const last = Math.floor(bucket.to / 1000) * 1000
  return last >= bucket.from && last - 1000 < bucket.from ? last : null
}

/** Two digits of the bucket's upper end, upwards: the bucket is an eighth wide. */
function boundWords(
  { max, buckets }: Distribution,
  value: number | null,
  units: Units,
  words: (value: number) => string,
): string {
  if (value === null) return ''
  const isExact = buckets.some(({ from, to }) => from === value && to === value)
  if (isExact || value === max) return isExact ? words(value) : `≤ ${words(value)}`
  const [inIts] = inUnit(value, units)
  const step = 10 ** Math.max(-1, Math.floor(Math.log10(Math.max(1, inIts))) - 1)
  const up = Math.ceil(inIts / step - ROUNDING) * step
  return `≤ ${words(Math.min(max ?? value, (value / inIts) * up))}`
}

const UNDER_A_SECOND = '<1 s'
/** Of fewer a tenth of a percent says nothing. */
const FEW = 1000
/** 1023.6 KiB would be printed as 1024. */
const ALMOST_ONE = 0.9995
const ROUNDING = 1e-9
const OCTETS: Units = [
  ...['PiB', 'TiB', 'GiB', 'MiB', 'KiB'].map((unit, at) => [1024 ** (5 - at), unit] as const),
  [1, 'B'],
]
const DURATIONS: Units = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
  [1, 'ms'],
]
