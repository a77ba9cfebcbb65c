import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Cursor } from '../../base/cursor.ts'
import { SyntaxFault } from '../../base/faults.ts'
import { expectFetchItems, type FetchItem, takeFetchModifiers } from './fetch.ts'

function parse(text: string): readonly FetchItem[] {
  const cursor = new Cursor(text)
  const items = expectFetchItems(cursor)
  cursor.expectEnd()
  return items
}

const nameOf = (item: FetchItem) => ('label' in item ? item.label : item.item)

test('items, accepted, as the response names them', () => {
  const cases: [text: string, labels: string[]][] = [
    ['flags', ['FLAGS']],
    ['FAST', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE']],
    ['ALL', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE']],
    ['FULL', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY']],
    ['(UID BODY BODYSTRUCTURE MODSEQ)', ['UID', 'BODY', 'BODYSTRUCTURE', 'MODSEQ']],
    ['body[]', ['BODY[]']],
    ['BODY.PEEK[1.2.MIME]<5.10>', ['BODY[1.2.MIME]<5>']],
    ['BODY[header]', ['BODY[HEADER]']],
    ['BODY[1.TEXT]', ['BODY[1.TEXT]']],
    ['BODY[HEADER.FIELDS (Subject "x-y")]', ['BODY[HEADER.FIELDS (Subject x-y)]']],
    ['BODY[2.HEADER.FIELDS.NOT (To)]<0.1>', ['BODY[2.HEADER.FIELDS.NOT (To)]<0>']],
    ['(RFC822 RFC822.HEADER RFC822.TEXT)', ['RFC822', 'RFC822.HEADER', 'RFC822.TEXT']],
    [
      '(BINARY[1] BINARY.PEEK[2]<0.5> BINARY.SIZE[1])',
      ['BINARY[1]', 'BINARY[2]<0>', 'BINARY.SIZE[1]'],
    ],
    ['BINARY[]', ['BINARY[]']],
  ]
  for (const [text, labels] of cases) assert.deepEqual(parse(text).map(nameOf), labels, text)
})

test('items, rejected', () => {
  const texts = [
    '',
    '()',
    'FOO',
    '(ALL)',
    '(FLAGS UID',
    '(FLAGS  UID)',
    'BODY[MIME]',
    'BODY[0]',
    'BODY[1.]',
    'BODY[1.FOO]',
    'BODY[HEADER.FIELDS ()]',
    'BODY[HEADER.FIELDS (a:b)]',
    'BODY[HEADER.FIELDS ("a\\"]',
    'BODY[]<0>',
    'BODY[]<0.0>',
    'BODY[]<1.2',
    'BINARY[1.MIME]',
    'BODY.PEEK',
    'RFC822.PEEK',
  ]
  for (const text of texts) assert.throws(() => parse(text), SyntaxFault, text)
})

test('D08: an item asked for a thousand times is fetched once', () => {
  const items = parse(`(${Array(1000).fill('BODY[] BODY.PEEK[] FLAGS').join(' ')})`)
  assert.deepEqual(items.map(nameOf), ['BODY[]', 'FLAGS'])
  assert.ok(items.some((item) => 'peek' in item && !item.peek))
})

test('D08: a thousand part numbers are read in one go', () => {
  const [item] = parse(`BODY[${Array(1000).fill('1').join('.')}]`)
  assert.ok(item?.item === 'section' && item.section.part.length === 1000)
})

test('RFC 7162 §3.1.4.1: CHANGEDSINCE', () => {
  assert.deepEqual(takeFetchModifiers(new Cursor(' (CHANGEDSINCE 17)')), { changedSince: 17 })
  assert.equal(takeFetchModifiers(new Cursor('')), undefined)
  assert.throws(() => takeFetchModifiers(new Cursor(' (VANISHED)')), SyntaxFault)
})

test('at most 100 different items: what they name is held until all can be read', () => {
  const items = (count: number) =>
    `(${Array.from({ length: count }, (_, first) => `BODY[]<${first}.1>`).join(' ')})`
  assert.equal(parse(items(100)).length, 100)
  assert.throws(() => parse(items(101)), SyntaxFault)
})
