import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { Cursor } from '../../base/cursor.ts'
import { SyntaxFault } from '../../base/faults.ts'
import { expectSequenceSet, includes, rangesOf, resolveRanges, writeSet } from './sequence-set.ts'

function resolve(text: string, largest: number): unknown {
  const cursor = new Cursor(text)
  const set = expectSequenceSet(cursor)
  cursor.expectEnd()
  return set.kind === 'saved' ? '$' : resolveRanges(set.ranges, largest)
}

test('sets become ascending ranges that do not touch', () => {
  const cases: [text: string, ranges: unknown][] = [
    ['1', [[1, 1]]],
    ['3:1', [[1, 3]]],
    ['*', [[9, 9]]],
    ['*:4', [[4, 9]]],
    ['12:*', [[9, 12]]], // RFC 9051 §9: the order does not matter, and * is the largest
    ['4,1:2,3,2:3', [[1, 4]]],
    [
      '7,1:2,9',
      [
        [1, 2],
        [7, 7],
        [9, 9],
      ],
    ],
    ['1:4294967295,1:*,2', [[1, 4_294_967_295]]],
    ['*:4294967295', [[9, 4_294_967_295]]],
    ['$', '$'],
  ]
  for (const [text, ranges] of cases) assert.deepEqual(resolve(text, 9), ranges, text)
})

test('sets, rejected', () => {
  for (const text of ['', '0', '0:1', '1:', ':1', '1,', ',1', '1:2:3', '4294967296', '-1', 'a']) {
    assert.throws(() => resolve(text, 9), SyntaxFault, text)
  }
})

test('D08: ten thousand overlapping sets are one', () => {
  assert.deepEqual(resolve(Array(10_000).fill('1:4294967295,1:*').join(','), 5), [
    [1, 4_294_967_295],
  ])
})

const ascending = fc
  .uniqueArray(fc.integer({ min: 1, max: 60 }))
  .map((all) => all.sort((a, b) => a - b))

test('what is written is read back', () => {
  fc.assert(
    fc.property(ascending, (numbers) => {
      assert.deepEqual(rangesOf(numbers), numbers.length === 0 ? [] : resolve(writeSet(numbers), 1))
    }),
  )
})

test('a number is included when it was put in', () => {
  fc.assert(
    fc.property(ascending, fc.integer({ min: 0, max: 62 }), (numbers, number) => {
      assert.equal(includes(rangesOf(numbers), number), numbers.includes(number))
    }),
  )
})
