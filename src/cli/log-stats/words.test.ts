import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Distribution } from '../../trace/statistics/report.ts'
import {
  durationWords,
  FIGURE,
  meanTimeWords,
  octetsWords,
  shareWords,
  sizesIn,
  timesIn,
} from './words.ts'

/** As the report has it: one value in one bucket. */
function distribution(mean: number, max: number, from: number, to: number): Distribution {
  const none = { median: to, p90: to, p95: to, p99: to }
  return { ...none, count: 10, mean, max, buckets: [{ from, to, count: 10 }] }
}

test('sizes and times', () => {
  assert.deepEqual([0, 1023, 1024, 1024 ** 2 - 1, 15 * 1024 ** 3].map(octetsWords), [
    ...['0 B', '1023 B', '1.0 KiB', '1.0 MiB', '15 GiB'],
  ])
  assert.deepEqual([999, 1_500, 90_000, 3_600_000, 86_400_000].map(durationWords), [
    ...['999 ms', '1.5 s', '1.5 min', '1 h', '1 d'],
  ])
})

test('a percentile is a bound of its bucket, in two digits', () => {
  const times = timesIn(distribution(850_123.7, 3_276_001, 786_432, 851_967))
  assert.equal(times.percentile(851_967), '≤ 15 min')
  assert.equal(times.most(), '54.6 min')
  assert.equal(timesIn(distribution(5.1, 7, 5, 5)).percentile(5), '5 ms')
  const sizes = sizesIn(distribution(100_000, 900_000, 98_304, 106_495))
  assert.equal(sizes.percentile(106_495), '≤ 110 KiB')
  // No more than the longest, which is known.
  assert.equal(sizesIn(distribution(9, 104_000, 98_304, 106_495)).percentile(104_000), '≤ 102 KiB')
  assert.equal(sizes.percentile(null), '')
})

test('a log of whole seconds has no milliseconds', () => {
  const times = timesIn(distribution(1_900, 2_000, 1_920, 2_047))
  assert.deepEqual([times.percentile(2_047), times.mean(), times.most()], ['2 s', '~1.9 s', '2 s'])
  const none = timesIn(distribution(0, 0, 0, 0))
  assert.deepEqual([none.percentile(0), none.mean(), none.most()], ['<1 s', '<1 s', '<1 s'])
  assert.equal(meanTimeWords(439_000, 1000, 1000), '~0.4 s')
  assert.equal(meanTimeWords(1000, 1000, 1000), '<0.1 s')
  assert.equal(meanTimeWords(138_001, 1000, 987), '138 ms')
})

test('a share of few has no tenths, and is only all or nothing when it is', () => {
  assert.deepEqual(
    [shareWords(1, 2), shareWords(1, 3000), shareWords(1, 30_000), shareWords(29_999, 30_000)],
    ['50 %', '0.1 %', '0.1 %', '99.9 %'],
  )
  assert.deepEqual([shareWords(0, 9), shareWords(9, 9), shareWords(0, 0)], ['0 %', '100 %', ''])
})

test('every one of them is a figure, which aligns right', () => {
  for (const figure of ['≤ 15 min', '~0.4 s', '<1 s', '1,234', 'at least 5', '12 %', '3.1 MiB'])
    assert.match(figure, FIGURE)
})
