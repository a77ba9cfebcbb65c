import assert from 'node:assert/strict'
import { test } from 'node:test'

import { checkPattern } from './patterns.ts'

for (const text of [
  '(é+)+$',
  '([а-я]+)+$',
  '(\\p{L}+)+$',
  '(\\x61+)+$',
  '(a+)+\\1$',
  'a{99999999999}',
])
  test(`a regular expression that could take for ever is refused: ${text}`, () => {
    assert.throws(() => checkPattern({ text, isRegex: true }), /can take for ever/)
  })

for (const text of ['(a+)+$', '(é|ü)+$', 'é+x{3,90}', '[(]+é+', '(\\p{L}b)+'])
  test(`one that cannot is taken: ${text}`, () => {
    checkPattern({ text, isRegex: true })
  })
