import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DAY_MS, durationOf, HOUR_MS, MINUTE_MS } from './durations.ts'

const CASES: readonly (readonly [text: string, ms: number | null])[] = [
  ['90s', 90_000],
  ['30min', 30 * MINUTE_MS],
  ['30m', 30 * MINUTE_MS],
  ['4H', 4 * HOUR_MS],
  [' 2 d ', 2 * DAY_MS],
  ['1.5h', 90 * MINUTE_MS],
  ['1w', 7 * DAY_MS],
  ['0s', 0],
  ['4', null],
  ['1000000h', null],
  ['h', null],
  ['-1h', null],
  ['1h30min', null],
  ['1 month', null],
  ['', null],
]

for (const [text, ms] of CASES)
  test(`the duration ${JSON.stringify(text)}`, () => assert.equal(durationOf(text), ms))
