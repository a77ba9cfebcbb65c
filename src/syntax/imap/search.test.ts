import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Cursor } from '../../base/cursor.ts'
import { SyntaxFault } from '../../base/faults.ts'
import { expectSearch } from './search.ts'

const LIMITS = { maxSearchTerms: 8, maxSearchNesting: 4 }
const parse = (text: string) => expectSearch(new Cursor(text), LIMITS)

test('keys, accepted', () => {
  const range = (first: number, last = first) => ({ kind: 'ranges', ranges: [[first, last]] })
  const cases: [text: string, key: unknown][] = [
    [' ALL', { key: 'all' }],
    [' OLD', { key: 'all' }],
    [' NEW', { key: 'none' }],
    [' unseen', { key: 'flag', bit: 1, set: false }],
    [' DRAFT', { key: 'flag', bit: 16, set: true }],
    [' KEYWORD $X', { key: 'keyword', keyword: '$x', set: true }],
    [' FROM "a b"', { key: 'address', field: 'from', text: 'a b' }],
    [' SUBJECT {3+}\r\nx y', { key: 'subject', text: 'x y' }],
    [' HEADER Message-ID ""', { key: 'header', name: 'message-id', text: '' }],
    [' SENTSINCE 1-Jan-1970', { key: 'date', field: 'sent', relation: 'since', day: 0 }],
    [' LARGER 5', { key: 'larger', octets: 5 }],
    [' 2:4', { key: 'sequence', set: range(2, 4) }],
    [' UID 7', { key: 'uid', set: range(7) }],
    [' $', { key: 'sequence', set: { kind: 'saved' } }],
    [' MODSEQ 5', { key: 'modSeq', atLeast: 5 }],
    [' MODSEQ "/flags/\\\\Draft" all 5', { key: 'modSeq', atLeast: 5 }],
    [' NOT SEEN', { key: 'not', child: { key: 'flag', bit: 1, set: true } }],
    [' OR ALL NEW', { key: 'or', left: { key: 'all' }, right: { key: 'none' } }],
    [' (ALL NEW)', { key: 'and', children: [{ key: 'all' }, { key: 'none' }] }],
    [' ALL NEW', { key: 'and', children: [{ key: 'all' }, { key: 'none' }] }],
  ]
  for (const [text, key] of cases) assert.deepEqual(parse(text).key, key, text)
})

test('RETURN and CHARSET come first', () => {
  const command = parse(' RETURN (MIN count SAVE) CHARSET utf-8 ALL')
  assert.deepEqual([...(command.returns ?? [])], ['MIN', 'COUNT', 'SAVE'])
  assert.equal(command.charset, 'UTF-8')
  assert.deepEqual(parse(' RETURN () ALL').returns, new Set())
  assert.equal(parse(' ALL').returns, undefined)
})

test('keys, rejected', () => {
  const texts = [
    '',
    ' ',
    ' FOO',
    ' ()',
    ' (ALL',
    ' ALL ',
    ' OR ALL',
    ' NOT',
    ' FROM',
    ' HEADER x',
    ' LARGER -1',
    ' BEFORE tomorrow',
    ' KEYWORD \\Seen',
    ' RETURN (FOO) ALL',
    ' RETURN (PARTIAL 4294967295:4294967295) ALL',
    ' UID 0',
    ' ALL)',
  ]
  for (const text of texts) assert.throws(() => parse(text), SyntaxFault, text)
})

test('D09: nesting and terms have limits', () => {
  assert.ok(parse(` ${'NOT '.repeat(3)}ALL`))
  assert.throws(() => parse(` ${'NOT '.repeat(4)}ALL`), /nested at most 4 deep/)
  assert.throws(() => parse(` ${'('.repeat(100_000)}`), /nested at most 4 deep/)
  assert.throws(() => parse(` ${'OR '.repeat(10_000)}`), /nested at most 4 deep/)
  assert.ok(parse(' ALL'.repeat(8)))
  assert.throws(() => parse(' TEXT x'.repeat(10_000)), /at most 8 search keys/)
})
