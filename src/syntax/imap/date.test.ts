import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { Cursor } from '../../base/cursor.ts'
import { SyntaxFault } from '../../base/faults.ts'
import { dayOf, expectDate, expectDateTime, writeDateTime } from './date.ts'

test('dates, accepted', () => {
  assert.equal(expectDate(new Cursor('1-Feb-1994')), Date.UTC(1994, 1, 1) / 86_400_000)
  assert.equal(expectDate(new Cursor('"29-feb-2024"')), Date.UTC(2024, 1, 29) / 86_400_000)
  assert.equal(dayOf(Date.UTC(1994, 1, 1, 23, 59)), expectDate(new Cursor('01-Feb-1994')))
})

test('dates, rejected', () => {
  for (const text of [
    '',
    '1-Foo-1994',
    '29-Feb-2023',
    '0-Jan-2020',
    '1-Jan-20',
    '"1-Jan-2020',
    '1 Jan 2020',
  ]) {
    assert.throws(() => expectDate(new Cursor(text)), SyntaxFault, text)
  }
})

test('date-times are moments', () => {
  const cases: [text: string, ms: number][] = [
    ['"17-Jul-1996 02:44:25 -0700"', Date.UTC(1996, 6, 17, 9, 44, 25)],
    ['" 1-Jan-2026 00:00:00 +0100"', Date.UTC(2025, 11, 31, 23, 0, 0)],
  ]
  for (const [text, ms] of cases) assert.equal(expectDateTime(new Cursor(text)), ms)
})

test('date-times, rejected', () => {
  const texts = [
    '"1-Jan-2026 00:00:00 +0000"',
    '"01-Jan-2026 24:00:00 +0000"',
    '"01-Jan-2026 00:00:00"',
    '"01-Jan-2026 00:00:00 0000"',
    '"31-Apr-2026 00:00:00 +0000"',
    '01-Jan-2026 00:00:00 +0000',
  ]
  for (const text of texts) assert.throws(() => expectDateTime(new Cursor(text)), SyntaxFault, text)
})

test('what is written is read back, to the second', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), (seconds) => {
      assert.equal(expectDateTime(new Cursor(writeDateTime(seconds * 1000))), seconds * 1000)
    }),
  )
})
