import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { countLines } from './lines.ts'

test('lines are counted in any stretch of any octets', () => {
  const octet = fc.oneof(fc.constant(0x0a), fc.constant(0x8a), fc.constant(0x0b), fc.nat(255))
  const stretch = fc.uint8Array({ minLength: 0, maxLength: 3000 })
  fc.assert(
    fc.property(
      stretch,
      octet,
      fc.nat(40),
      fc.nat(40),
      fc.nat(7),
      (octets, fill, from, off, every) => {
        for (let at = 0; at < octets.length; at += every + 1) octets[at] = fill
        const shifted = new Uint8Array(octets.length + off).fill(0x0a)
        shifted.set(octets, off)
        const view = shifted.subarray(off)
        const start = Math.min(from, view.length)
        assert.equal(
          countLines(view, start, view.length),
          view.subarray(start).filter((value) => value === 0x0a).length,
        )
      },
    ),
  )
})

test('nothing but line ends does not overflow', () => {
  const octets = new Uint8Array(100_000).fill(0x0a)
  assert.equal(countLines(octets, 1, octets.length), 99_999)
})
