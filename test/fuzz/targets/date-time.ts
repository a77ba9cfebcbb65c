import assert from 'node:assert/strict'

import { latin1 } from '../../../src/base/octets.ts'
import { formatDateTime, parseDateTime } from '../../../src/syntax/message/date-time.ts'
import type { FuzzTarget } from '../target.ts'

export const target: FuzzTarget = {
  name: 'date-time',
  seeds: ['Sat, 21 Nov 2026 00:48:19 +0000', '21 nov 97 09(c):55 : 06 EST', '1-Jan-103 0:0 -2359'],
  dictionary: [
    'Mon',
    'Jan',
    'Dec',
    ',',
    ':',
    ' ',
    '(',
    ')',
    '+',
    '-',
    '0',
    '31',
    '29 Feb',
    'GMT',
    'Z',
    '\r\n ',
  ],
  run(octets) {
    const parsed = parseDateTime(latin1(octets))
    if (parsed === null) return
    assert.ok(Number.isSafeInteger(parsed.atMs), 'a time')
    const { atMs, zoneMinutes } = parsed
    assert.deepEqual(parseDateTime(formatDateTime(atMs, zoneMinutes)), parsed, 'round trip')
  },
}
