import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Cursor } from '../../base/cursor.ts'
import { SyntaxFault } from '../../base/faults.ts'
import { expectFlagList, writeFlags } from './flags.ts'

test('flag lists, accepted', () => {
  const cases: [text: string, system: number, keywords: string[]][] = [
    ['()', 0, []],
    ['(\\Seen)', 1, []],
    ['(\\SEEN \\deleted $Forwarded)', 9, ['$Forwarded']],
    ['(work WORK other)', 0, ['work', 'other']],
    ['(\\Recent \\Draft)', 16, []],
  ]
  for (const [text, system, keywords] of cases) {
    assert.deepEqual(expectFlagList(new Cursor(text)), { system, keywords }, text)
  }
})

test('flag lists, rejected', () => {
  for (const text of [
    '',
    '(',
    '(\\Foo)',
    '(\\*)',
    '( \\Seen)',
    '(\\Seen )',
    '(a"b)',
    '(\\Seen  a)',
    '("a")',
  ]) {
    assert.throws(() => expectFlagList(new Cursor(text)), SyntaxFault, text)
  }
})

test('flags are written in one order', () => {
  assert.equal(
    writeFlags({ system: 31, keywords: ['a'] }),
    '\\Answered \\Flagged \\Deleted \\Seen \\Draft a',
  )
  assert.equal(writeFlags({ system: 0, keywords: [] }), '')
})
