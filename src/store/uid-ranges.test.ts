import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { UidRanges } from './types.ts'
import { sliceRanges, spanOf } from './uid-ranges.ts'

test('ranges are cut into pieces of so many messages', () => {
  const uids = Uint32Array.of(1, 3, 4, 7, 9, 12, 20)
  const cases: [ranges: number[][], size: number, pieces: number[][][]][] = [
    [[[1, 100]], 10, [[[1, 20]]]],
    [[[1, 100]], 3, [[[1, 4]], [[7, 12]], [[20, 20]]]],
    [
      [
        [3, 7],
        [12, 30],
      ],
      2,
      [
        [[3, 4]],
        [
          [7, 7],
          [12, 12],
        ],
        [[20, 20]],
      ],
    ],
    [
      [
        [5, 6],
        [100, 200],
      ],
      2,
      [],
    ],
    [[], 2, []],
  ]
  for (const [ranges, size, pieces] of cases)
    assert.deepEqual(sliceRanges(ranges as unknown as UidRanges, uids, size), pieces)
  assert.equal(
    spanOf([
      [3, 7],
      [12, 30],
    ] as unknown as UidRanges),
    24,
  )
})
