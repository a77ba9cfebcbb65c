import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  addValue,
  filledBuckets,
  meanOf,
  mergeHistogram,
  newHistogram,
  percentile,
} from './histogram.ts'

test('percentiles are at most an eighth too high, and never too low', () => {
  for (const scale of [1, 1_000, 1_000_000_000, 2 ** 40]) {
    const histogram = newHistogram()
    for (let value = 1; value <= 1_000; value++) addValue(histogram, value * scale)
    for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
      const exact = Math.ceil(1_000 * share) * scale
      const found = percentile(histogram, share) ?? Number.NaN
      assert.ok(found >= exact && found <= exact * 1.125, `${share} of ${scale}: ${found}`)
    }
    assert.equal(histogram.max, 1_000 * scale)
    assert.equal(meanOf(histogram), 500.5 * scale)
  }
})

test('nothing has no percentile; below zero is zero', () => {
  const histogram = newHistogram()
  assert.equal(percentile(histogram, 0.5), null)
  assert.equal(meanOf(histogram), null)
  addValue(histogram, -5)
  assert.equal(percentile(histogram, 0.5), 0)
})

test('buckets meet, and hold the values that they say', () => {
  const histogram = newHistogram()
  const values = [0, 1, 7, 8, 9, 15, 16, 17, 1_023, 1_024, 2 ** 31, 2 ** 45]
  for (const value of values) addValue(histogram, value)
  const buckets = filledBuckets(histogram)
  assert.equal(
    buckets.reduce((sum, { count }) => sum + count, 0),
    values.length,
  )
  for (const value of values)
    assert.equal(
      buckets.filter(({ from, to }) => value >= from && value <= to).length,
      1,
      `${value}`,
    )
})

test('two histograms add up', () => {
  const one = newHistogram()
  const other = newHistogram()
  addValue(one, 10)
  addValue(other, 2_000)
  mergeHistogram(one, structuredClone(other))
  assert.deepEqual([one.count, one.sum, one.max, percentile(one, 0.5)], [2, 2_010, 2_000, 10])
})
