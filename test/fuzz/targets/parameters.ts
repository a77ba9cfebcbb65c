import assert from 'node:assert/strict'

import { latin1 } from '../../../src/base/octets.ts'
import { parameterText } from '../../../src/syntax/message/parameter-text.ts'
import { parseDisposition, parseMediaType } from '../../../src/syntax/message/parameters.ts'
import type { FuzzTarget } from '../target.ts'

const MAX = 20

export const target: FuzzTarget = {
  name: 'parameters',
  maxOctets: 65_536,
  seeds: [
    'text/plain; charset="us-ascii"; format=flowed (c)',
    'attachment; filename*0*=utf-8\'en\'%C3%BC; filename*1=x; filename*2*=%20; filename="a;b\\"c"',
    'a/b; c=d e (f); g="never closed; h=i',
  ],
  dictionary: [
    ';',
    '=',
    '"',
    '\\',
    '(',
    ')',
    '/',
    '*',
    '*0',
    '*0*=',
    "''",
    '%',
    '%C3',
    'filename',
    '; x=',
    '=?utf-8?q?',
  ],
  run(octets) {
    const text = latin1(octets)
    for (const parsed of [parseMediaType(text, MAX), parseDisposition(text, MAX)]) {
      if (parsed === null) continue
      assert.ok(parsed.type !== '' && parsed.parameters.length <= MAX)
      assert.ok(parsed.parameters.every(([name]) => name !== ''))
      for (const name of ['filename', 'charset']) parameterText(parsed.parameters, name)
    }
  },
}
