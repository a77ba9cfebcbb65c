import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { formatDateTime, parseDateTime } from './date-time.ts'

const accepted: [text: string, iso: string, zoneMinutes: number][] = [
  ['Sat, 21 Nov 2026 00:48:19 +0000', '2026-11-21T00:48:19Z', 0],
  ['Fri, 21 Nov 1997 09:55:06 -0600', '1997-11-21T15:55:06Z', -360],
  ['21 Nov 97 09:55:06 GMT', '1997-11-21T09:55:06Z', 0],
  ['1 jan 49 00:00 EST', '2049-01-01T05:00:00Z', -300],
  ['1 Jan 50 00:00 PDT', '1950-01-01T07:00:00Z', -420],
  ['1 Jan 103 00:00 Z', '2003-01-01T00:00:00Z', 0],
  [
    'Thu,\r\n 13\r\n Feb\r\n 1969\r\n 23:32\r\n -0330 (Newfoundland Time)',
    '1969-02-14T03:02:00Z',
    -210,
  ],
  ['Fri, 21 Nov 1997 09(comment):   55  :  06 -0600', '1997-11-21T15:55:06Z', -360],
  ['Wed, 31 Dec 2025 23:59:60 +0000', '2026-01-01T00:00:00Z', 0],
  ['29 Feb 2024 12:00:00 +1345', '2024-02-28T22:15:00Z', 825],
  ['Sat, 21 Nov 2026 00:48:19', '2026-11-21T00:48:19Z', 0],
  ['Sat, 21 Nov 2026 00:48:19 -0000', '2026-11-21T00:48:19Z', 0],
  ['Sat, 21-Nov-2026 00:48:19 A', '2026-11-21T00:48:19Z', 0],
  ['Saturday, 21 November 2026 00:48:19 +0200 (CEST)', '2026-11-20T22:48:19Z', 120],
]
for (const [text, iso, zoneMinutes] of accepted) {
  test(`RFC 5322 date: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseDateTime(text), { atMs: Date.parse(iso), zoneMinutes })
  })
}

const rejected = [
  ...[
    '',
    'now',
    '21 Nov',
    '31 Nov 2026 00:00 +0000',
    '29 Feb 2023 00:00 +0000',
    '0 Jan 2026 00:00 Z',
  ],
  ...['1 Foo 2026 00:00 Z', '1 Jan 2026 24:00 Z', '1 Jan 2026 00:60 Z', '1 Jan 2026 00:00:61 Z'],
  ...[
    '1 Jan 2026 00:00 +00',
    '1 Jan 2026 00:00 +0060',
    '1 Jan 1899 00:00 Z',
    '1 Jan 20260 00:00 Z',
  ],
  ...['2026-11-21T00:48:19Z', '1 Jan 2026', '-1 Jan 2026 00:00 Z'],
]
for (const text of rejected) {
  test(`no date: ${JSON.stringify(text)}`, () => assert.equal(parseDateTime(text), null))
}

test('what is written is read back, in every zone', () => {
  const times = fc.integer({ min: Date.UTC(1901), max: Date.UTC(9998) })
  fc.assert(
    fc.property(times, fc.integer({ min: -1439, max: 1439 }), (time, zoneMinutes) => {
      const atMs = Math.floor(time / 1000) * 1000
      assert.deepEqual(parseDateTime(formatDateTime(atMs, zoneMinutes)), { atMs, zoneMinutes })
    }),
  )
})

test('a date is written as RFC 5322 §3.3 wants it', () => {
  const atMs = Date.UTC(2026, 10, 1, 0, 8, 9)
  assert.equal(formatDateTime(atMs), 'Sun, 1 Nov 2026 00:08:09 +0000')
  assert.equal(formatDateTime(atMs, -210), 'Sat, 31 Oct 2026 20:38:09 -0330')
})
