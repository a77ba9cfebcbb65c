import assert from 'node:assert/strict'
import { test } from 'node:test'

import { systemRandom } from './random.ts'

test('octets are given once each, whatever is asked for: few, many, or across the end of the stock', () => {
  const seen = new Set<string>()
  const counts = [16, 250, 8, 5000, 13]
  for (let draw = 0; draw < 5000; draw++) {
    const count = counts[draw % counts.length] ?? 16
    const octets = systemRandom.octets(count)
    assert.equal(octets.length, count)
    seen.add(Buffer.from(octets).toString('hex'))
  }
  assert.equal(seen.size, 5000)
})

test('what was given out stays as it was, and changing it changes nothing else', () => {
  const first = systemRandom.octets(16)
  const before = Buffer.from(first).toString('hex')
  first.fill(0)
  const later = Array.from({ length: 500 }, () => systemRandom.octets(16))
  assert.ok(later.every((octets) => Buffer.from(octets).toString('hex') !== before))
  assert.ok(later.every((octets) => octets.some((octet) => octet !== 0)))
})
