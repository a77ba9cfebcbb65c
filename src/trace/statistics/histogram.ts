/**
 * How often which sizes and times were seen, in buckets that grow with the value: percentiles of any
 * number of values from 4 KiB, each at most an eighth too high.
 */

/** Plain data, so that a thread can hand it to another. */
export interface Histogram {
  readonly buckets: Float64Array
  count: number
  sum: number
  max: number
}

export function newHistogram(): Histogram {
  return { buckets: new Float64Array(BUCKETS), count: 0, sum: 0, max: 0 }
}

/** Counts one value; below zero (a clock was set back) counts as zero. */
export function addValue(histogram: Histogram, value: number): void {
  const positive = value > 0 ? value : 0
  const bucket = bucketOf(positive)
  histogram.buckets[bucket] = (histogram.buckets[bucket] ?? 0) + 1
  histogram.count++
  histogram.sum += positive
  if (positive > histogram.max) histogram.max = positive
}

export function mergeHistogram(into: Histogram, from: Histogram): void {
  for (const [index, count] of from.buckets.entries())
    into.buckets[index] = (into.buckets[index] ?? 0) + count
  into.count += from.count
  into.sum += from.sum
  into.max = Math.max(into.max, from.max)
}

/**
 * The value that this share (0 to 1) of all values does not exceed: the upper end of its bucket.
 * Null when there are no values.
 */
export function percentile(histogram: Histogram, share: number): number | null {
  if (histogram.count === 0) return null
  const wanted = Math.max(1, Math.ceil(histogram.count * share))
  let seen = 0
  for (const [index, count] of histogram.buckets.entries()) {
    seen += count
    if (seen >= wanted) return Math.min(histogram.max, upperEndOf(index))
  }
  return histogram.max
}

/** The mean; null when there are no values. */
export function meanOf({ count, sum }: Histogram): number | null {
  return count === 0 ? null : sum / count
}

/** Buckets that have something in them: values from `from` up to `to`, both included. */
export function filledBuckets(
  histogram: Histogram,
): { readonly from: number; readonly to: number; readonly count: number }[] {
  return [...histogram.buckets.entries()]
    .filter(([, count]) => count > 0)
    .map(([index, count]) => ({
      from: index === 0 ? 0 : upperEndOf(index - 1) + 1,
      to: upperEndOf(index),
      count,
    }))
}

/** Values below 8 have a bucket each; above, each power of two has eight. */
function bucketOf(value: number): number {
  let whole = value
  let doublings = 0
  while (whole >= 0x4000_0000) {
    whole /= 0x1_0000
    doublings += 16
  }
  whole |= 0
  if (whole < 8) return whole
  const power = 31 - Math.clz32(whole)
  const bucket = (power + doublings - 2) * 8 + ((whole >>> (power - 3)) & 7)
  return bucket < BUCKETS ? bucket : BUCKETS - 1
}

/** The highest whole value of a bucket. */
function upperEndOf(bucket: number): number {
  if (bucket < 8) return bucket
  const power = Math.floor(bucket / 8) + 2
  return 2 ** power + ((bucket % 8) + 1) * 2 ** (power - 3) - 1
}

/** Up to 2^54: every size, and every time in milliseconds. */
const BUCKETS = 53 * 8
