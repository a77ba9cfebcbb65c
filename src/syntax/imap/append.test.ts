import assert from 'node:assert/strict'
import { test } from 'node:test'

import { SyntaxFault } from '../../base/faults.ts'
import { parseAppendHead } from './append.ts'

test('APPEND up to its message', () => {
  assert.deepEqual(parseAppendHead('a APPEND inbox {5}', 'utf7'), {
    mailbox: 'INBOX',
    flags: { system: 0, keywords: [] },
    receivedMs: undefined,
  })
  const full = 'a append "x" (\\Seen k) "01-Jan-1970 00:00:01 +0000" ~{5+}'
  assert.deepEqual(parseAppendHead(full, 'utf7'), {
    mailbox: 'x',
    flags: { system: 1, keywords: ['k'] },
    receivedMs: 1000,
  })
})

test('APPEND, rejected', () => {
  const heads = [
    'a APPEND x (\\Foo) {5}',
    'a APPEND x "yesterday" {5}',
    'a APPEND x () () {5}',
    'a APPEND &AGE- {5}',
    'a APPEND x CATENATE {5}',
  ]
  for (const head of heads) assert.throws(() => parseAppendHead(head, 'utf7'), SyntaxFault, head)
})
