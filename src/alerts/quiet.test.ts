import assert from 'node:assert/strict'
import { test } from 'node:test'

import { UTC, zoneNamed } from '../journal/zone.ts'
import { isQuiet, lastTimeOf } from './quiet.ts'

const at = (text: string) => Date.parse(`2026-11-21T${text}Z`)

test('quiet hours go over midnight; their end does not belong to them', () => {
  const quiet = (time: string, hours = '22:00-07:00') => isQuiet(hours, at(time), UTC)
  assert.deepEqual(
    ['21:59:59', '22:00:00', '23:59:59', '00:00:00', '06:59:59', '07:00:00', '12:00:00'].map(
      (time) => quiet(time),
    ),
    [false, true, true, true, true, false, false],
  )
  assert.deepEqual(
    ['11:59', '12:00', '12:59', '13:00'].map((time) => quiet(`${time}:00`, '12:00-13:00')),
    [false, true, true, false],
  )
  assert.equal(quiet('12:00:00', '12:00-12:00'), false)
  assert.equal(isQuiet(null, at('12:00:00'), UTC), false)
})

test('they are local: in Berlin it is an hour later in winter, and two in summer', () => {
  const berlin = zoneNamed('Europe/Berlin')
  assert.equal(isQuiet('22:00-07:00', at('21:00:00'), berlin), true)
  assert.equal(isQuiet('22:00-07:00', at('20:59:00'), berlin), false)
  assert.equal(isQuiet('22:00-07:00', Date.parse('2026-07-01T20:00:00Z'), berlin), true)
})

test('the last time of a time of day is today or yesterday, and has one hour less in spring', () => {
  assert.equal(lastTimeOf('07:00', at('07:00:00'), UTC), at('07:00:00'))
  assert.equal(lastTimeOf('07:00', at('06:59:59'), UTC), at('07:00:00') - 86_400_000)
  assert.equal(lastTimeOf('never', at('06:59:59'), UTC), null)
  const berlin = zoneNamed('Europe/Berlin')
  const sunday = lastTimeOf('07:00', Date.parse('2026-03-29T12:00:00Z'), berlin) ?? 0
  const saturday = lastTimeOf('07:00', sunday - 1, berlin) ?? 0
  assert.equal(sunday - saturday, 23 * 3_600_000)
})
