import assert from 'node:assert/strict'
import { test } from 'node:test'

import { headerFields, inspectHeader } from './header-facts.ts'

test('fields are found whatever their case, white space and folding', () => {
  const facts = inspectHeader(
    'RECEIVED : by a\r\n\tReceived: folded\r\nreceived:x\r\nFrom:\r\n Jane\r\n <j@h>\r\n' +
      'date: now\r\nMessage-Id: <x>\r\nDated: no\r\n\r\n',
  )
  assert.deepEqual(facts, {
    receivedFields: 2,
    hasDate: true,
    hasMessageId: true,
    from: ['\r\n Jane\r\n <j@h>\r\n'],
  })
})

test('a header without them, or none at all', () => {
  const none = { receivedFields: 0, hasDate: false, hasMessageId: false, from: [] }
  assert.deepEqual(inspectHeader(''), none)
  assert.deepEqual(inspectHeader('Subject: From: x\r\n From: y\r\nDate\r\nFrom x\r\n'), none)
})

test('for the log, a folded field is one field', () => {
  assert.deepEqual(headerFields('A: 1\r\n 2\r\nB: 3\r\n\r\n', 10), ['A: 1\r\n 2', 'B: 3'])
  assert.deepEqual(headerFields('A: 1\r\nB: 2\r\nC: 3', 2), ['A: 1', 'B: 2'])
})
