import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isLastLine } from './line-heads.ts'

test('a rejection is the last line of a message that never arrived, and only of its own line', () => {
  const refused = 'H=mx.example.net [192.0.2.1] Connection refused'
  const rejected = 'H=mx.example.net [192.0.2.1] rejected after DATA: spam'
  const text = `${refused}\n${rejected}\n`
  const second = refused.length + 1
  assert.equal(isLastLine(text, 0, refused.length, false), false)
  assert.equal(isLastLine(text, second, second + rejected.length, false), true)
  assert.equal(isLastLine(text, second, second + rejected.length, true), false)
})
