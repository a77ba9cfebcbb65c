import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { Cursor } from '../../base/cursor.ts'
import { SyntaxFault } from '../../base/faults.ts'
import {
  expectAstring,
  expectNonZero,
  expectNstring,
  expectNumber,
  expectNumber64,
} from './string.ts'
import { writeNstring, writeString } from './write-string.ts'

function parse<T>(text: string, expect: (cursor: Cursor, element: string) => T): T {
  const cursor = new Cursor(text)
  const value = expect(cursor, 'it')
  cursor.expectEnd()
  return value
}

test('astrings, accepted', () => {
  const cases: [text: string, value: string][] = [
    ['abc', 'abc'],
    ['a]b', 'a]b'],
    ['""', ''],
    ['"a b"', 'a b'],
    ['"a\\"b\\\\c"', 'a"b\\c'],
    ['{0}\r\n', ''],
    ['{3}\r\na b', 'a b'],
    ['{2+}\r\n\r\n', '\r\n'],
    ['{4}\r\n{9}"', '{9}"'],
  ]
  for (const [text, value] of cases) assert.equal(parse(text, expectAstring), value, text)
})

test('astrings, rejected', () => {
  const texts = [
    '',
    '(',
    'a b',
    '"a',
    '"a\r\n"',
    '"a\\x"',
    '"\0"',
    '{3}\r\nab',
    '{3}ab',
    '{-1}\r\n',
    '{}\r\n',
    '{1}\r\n\0',
    'ä',
    '%',
    '*',
  ]
  for (const text of texts) {
    assert.throws(() => parse(text, expectAstring), SyntaxFault, JSON.stringify(text))
  }
})

test('NIL is null in any case, "NIL" is three letters', () => {
  assert.equal(parse('nil', expectNstring), null)
  assert.equal(parse('"NIL"', expectNstring), 'NIL')
})

test('numbers have 32 bits, mod-sequences 63', () => {
  assert.equal(parse('4294967295', expectNumber), 4_294_967_295)
  assert.throws(() => parse('4294967296', expectNumber), SyntaxFault)
  assert.throws(() => parse('0', expectNonZero), SyntaxFault)
  assert.throws(() => parse('-1', expectNumber), SyntaxFault)
  assert.equal(parse('9223372036854775807', expectNumber64), Number.MAX_SAFE_INTEGER)
  assert.throws(() => parse('99999999999999999999', expectNumber64), SyntaxFault)
})

test('what is written as a string is read back', () => {
  const octets = fc.string({
    unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
  })
  fc.assert(
    fc.property(octets, fc.constantFrom('utf7' as const, 'utf8' as const), (text, form) => {
      assert.equal(parse(writeString(text, form), expectAstring), text)
    }),
  )
})

test('quoted where possible, a literal where not', () => {
  assert.equal(writeString('a "b"'), '"a \\"b\\""')
  assert.equal(writeString('a\r\nb'), '{4}\r\na\r\nb')
  assert.equal(writeString('\xc3\xa4'), '{2}\r\n\xc3\xa4')
  assert.equal(writeString('\xc3\xa4', 'utf8'), '"\xc3\xa4"')
  assert.equal(writeString('\xc3', 'utf8'), '{1}\r\n\xc3')
  assert.equal(writeString('a\0b'), '{2}\r\nab')
  assert.equal(writeNstring(null), 'NIL')
})
