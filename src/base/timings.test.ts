import assert from 'node:assert/strict'
import { test } from 'node:test'

import { BUCKETS_MS, Stopwatch } from './timings.ts'

test('percentiles are of the last 512; count, sum and buckets of all', () => {
  const watch = new Stopwatch()
  for (let turn = 0; turn < 600; turn++) watch.add(9_000)
  for (let ms = 1; ms <= 512; ms++) watch.add(ms)
  const { count, sumMs, p50Ms, p99Ms, maxMs, buckets } = watch.read()
  assert.deepEqual([count, sumMs], [1112, 600 * 9_000 + (512 * 513) / 2])
  assert.deepEqual([p50Ms, p99Ms, maxMs], [256, 507, 512])
  const within = Object.fromEntries(BUCKETS_MS.map((ms, index) => [ms, buckets[index]]))
  assert.deepEqual([within[0.5], within[1], within[100], within[5_000]], [0, 1, 100, 512])
  assert.equal(within[10_000], 1112)
})

test('of nothing, all is 0; a clock that went back is 0 too', () => {
  const watch = new Stopwatch()
  assert.deepEqual([watch.read().p99Ms, watch.read().count], [0, 0])
  watch.add(-5)
  assert.deepEqual([watch.read().maxMs, watch.read().sumMs, watch.read().count], [0, 0, 1])
})
