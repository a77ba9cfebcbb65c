import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DEFAULT_LIMITS } from '../../base/limits.ts'
import { fromLatin1, latin1 } from '../../base/octets.ts'
import { Header, selectFields } from './header.ts'

const limits = DEFAULT_LIMITS.message

test('fields with their offsets, unfolded values, and nothing after the blank line', () => {
  const block = 'A: 1\r\nB :\r\n two\r\n\tthree \r\nno field\r\n c: in it\r\nb:x\n\r\nD: body\r\n'
  const header = new Header(block, limits)
  assert.deepEqual(
    header.fields.map((field) => [field.name, block.slice(field.start, field.end)]),
    [
      ['a', 'A: 1\r\n'],
      ['b', 'B :\r\n two\r\n\tthree \r\n'],
      ['b', 'b:x\n'],
    ],
  )
  assert.equal(header.value('b'), 'two\tthree')
  assert.deepEqual(header.values('b'), ['two\tthree', 'x'])
  assert.equal(header.value('d'), null)
})

test('a line of white space continues a field, RFC 5322 §4.2', () => {
  const header = new Header('A: 1\r\n \r\nB: 2\r\n\r\n', limits)
  assert.deepEqual([header.value('a'), header.value('b')], ['1', '2'])
})

test('limits on fields and their octets', () => {
  const small = { maxHeaderFields: 2, maxHeaderFieldOctets: 5 }
  const header = new Header('A: 1234\r\nB: 2\r\nC: 3\r\n', small)
  assert.deepEqual([header.value('a'), header.value('b'), header.value('c')], ['12', '2', null])
})

const block = 'Subject: a\r\n b\r\nTO: x\r\nstray\r\nFrom: y\nto: z\r\n\r\nTo: body'
const selections: [names: string[], which: 'listed' | 'others', octets: string][] = [
  [['to'], 'listed', 'TO: x\r\nto: z\r\n\r\n'],
  [['subject', 'from'], 'listed', 'Subject: a\r\n b\r\nFrom: y\n\r\n'],
  [['to'], 'others', 'Subject: a\r\n b\r\nFrom: y\n\r\n'],
  [['x'], 'listed', '\r\n'],
]
for (const [names, which, octets] of selections) {
  test(`RFC 9051 §6.4.5.1: HEADER.FIELDS, ${which}: ${names.join(' ')}`, () => {
    assert.equal(latin1(selectFields(fromLatin1(block), new Set(names), which)), octets)
  })
}

test('a field that the end of the message cuts gets a line end', () => {
  const octets = selectFields(fromLatin1('A: 1\r\nB: 2'), new Set(['b']), 'listed')
  assert.equal(latin1(octets), 'B: 2\r\n\r\n')
})
