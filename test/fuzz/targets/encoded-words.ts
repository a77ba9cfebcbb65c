import assert from 'node:assert/strict'

import { latin1 } from '../../../src/base/octets.ts'
import { decodeWords } from '../../../src/syntax/message/encoded-word.ts'
import type { FuzzTarget } from '../target.ts'

export const target: FuzzTarget = {
  name: 'encoded-words',
  maxOctets: 65_536,
  seeds: [
    '=?utf-8?Q?J=C3=BCrgen_M?= =?iso-8859-1*de?B?/A==?= x',
    '=?utf-7?q?+AGE-?= =?iso-2022-jp?b?GyRCRnw=?= =?x',
  ],
  dictionary: [
    '=?',
    '?=',
    '?',
    '=',
    '?Q?',
    '?b?',
    'utf-8',
    'iso-2022-jp',
    'utf-16',
    '_',
    ' ',
    '\xc3',
    '=C3',
  ],
  run(octets) {
    const text = latin1(octets)
    const decoded = decodeWords(text)
    assert.equal(decodeWords(text), decoded, 'the same again: no decoder keeps state')
    // A charset may give several characters for an octet, but not without end.
    assert.ok(decoded.length <= 4 * text.length + 4, 'length')
  },
}
