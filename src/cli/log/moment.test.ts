import assert from 'node:assert/strict'
import { test } from 'node:test'

import { UTC, zoneNamed } from '../../journal/zone.ts'
import { momentOf } from './moment.ts'

/** Tuesday, 20 January 2026, 15:30 in Greenwich. */
const NOW_MS = Date.UTC(2026, 0, 20, 15, 30)

const CASES: readonly (readonly [text: string, since: string | null, until?: string])[] = [
  ['now', '2026-01-20T15:30:00Z'],
  ['2h', '2026-01-20T13:30:00Z'],
  ['90m', '2026-01-20T14:00:00Z'],
  ['30s ago', '2026-01-20T15:29:30Z'],
  ['3d', '2026-01-17T15:30:00Z'],
  ['1w', '2026-01-13T15:30:00Z'],
  ['today', '2026-01-20T00:00:00Z', '2026-01-21T00:00:00Z'],
  ['Yesterday', '2026-01-19T00:00:00Z', '2026-01-20T00:00:00Z'],
  ['2026-01-08', '2026-01-08T00:00:00Z', '2026-01-09T00:00:00Z'],
  ['2026-01-08 14:30', '2026-01-08T14:30:00Z'],
  ['2026-01-08T14:30:05.250Z', '2026-01-08T14:30:05Z'],
  ['2026-01-08T14:30:05+0100', '2026-01-08T13:30:05Z'],
  ['2026-01-08 14:30:05 -01:30', '2026-01-08T16:00:05Z'],
  ['9:05', '2026-01-20T09:05:00Z'],
  ['2026-02-30', null],
  ['2026-01-08 25:00', null],
  ['24:00', null],
  ['soon', null],
  ['', null],
  ['-3d', null],
  ['2026-01-08 14:30 Europe', null],
]

for (const [text, since, until = since] of CASES)
  test(`the time ${JSON.stringify(text)}`, () => {
    const asTime = (text: string | null) => (text === null ? null : Date.parse(text))
    assert.equal(momentOf(text, NOW_MS, UTC, 'since'), asTime(since))
    assert.equal(momentOf(text, NOW_MS, UTC, 'until'), asTime(until))
  })

test('days and times of day are those of the zone', () => {
  const berlin = zoneNamed('Europe/Berlin')
  assert.equal(momentOf('2026-07-08', NOW_MS, berlin, 'since'), Date.UTC(2026, 6, 7, 22))
  assert.equal(momentOf('2026-01-08 14:30', NOW_MS, berlin, 'since'), Date.UTC(2026, 0, 8, 13, 30))
  const lateMs = Date.UTC(2026, 0, 20, 23, 30)
  assert.equal(momentOf('today', lateMs, berlin, 'since'), Date.UTC(2026, 0, 20, 23))
  // A day of 23 hours.
  assert.equal(momentOf('2026-03-29', NOW_MS, berlin, 'until'), Date.UTC(2026, 2, 29, 22))
})
