import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { decodeUnitext, decodeXtext, encodeUnitext, encodeXtext } from './xtext.ts'

test('RFC 3461 §4: xtext, read and written', () => {
  for (const [text, encoded] of [
    ['bob@example.net', 'bob@example.net'],
    ['a+b=c d', 'a+2Bb+3Dc+20d'],
    ['', ''],
  ] as const) {
    assert.equal(encodeXtext(text), encoded)
    assert.equal(decodeXtext(encoded), text)
  }
  for (const wrong of ['+', '+2', '+2g', '+2b', '+C3', 'a b', 'a=b', 'é'])
    assert.equal(decodeXtext(wrong), null, wrong)
})

test('RFC 6533 §3: addresses of the type utf-8, read and written', () => {
  assert.equal(encodeUnitext('用+x@例子.example'), '\\x{7528}\\x{2B}x@\\x{4F8B}\\x{5B50}.example')
  for (const text of ['用@例子.example', '\\x{7528}@例子.example'])
    assert.equal(decodeUnitext(text), '用@例子.example')
  assert.equal(decodeUnitext('a+2Bb@x.example'), 'a+b@x.example')
  for (const wrong of ['\\', '\\x{}', '\\x{110000}', '\\x{D800}', '\\x{e9}', 'a b', 'a=b'])
    assert.equal(decodeUnitext(wrong), null, wrong)
})

test('whatever is written is read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
      assert.equal(decodeXtext(encodeXtext(text)), text)
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(decodeUnitext(encodeUnitext(text)), text)
    }),
  )
})
