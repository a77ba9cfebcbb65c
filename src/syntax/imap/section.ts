/**
 * `BODY[section]<partial>`: RFC 9051 §6.4.5.
 */
import { type Cursor, lowerAscii } from '../../base/cursor.ts'
import { isDigit } from '../../base/digits.ts'
import { expectAstring, expectNonZero, expectNumber, expectSpace } from './string.ts'

export interface Section {
  /** Part numbers, outermost first; empty for the message itself. */
  readonly part: readonly number[]
  readonly text: 'all' | 'header' | 'fields' | 'fieldsNot' | 'text' | 'mime'
  /** Header field names for `fields` and `fieldsNot`, lower case, as octets. */
  readonly fields: readonly string[]
  /** As the response repeats it, between the brackets. */
  readonly label: string
}

/** `<first.count>`; null is the whole. */
export interface Partial {
  readonly first: number
  readonly count: number
}

/** `[…]`, brackets included. */
export function expectSection(cursor: Cursor): Section {
  cursor.expect('[')
  const part = takePart(cursor)
  const number = part.join('.')
  const dotted = part.length > 0
  if (dotted && !cursor.take('.')) {
    cursor.expect(']')
    return { part, text: 'all', fields: [], label: number }
  }
  if (!dotted && cursor.take(']')) return { part, text: 'all', fields: [], label: '' }
  const prefix = dotted ? `${number}.` : ''
  const section = expectSectionText(cursor, dotted)
  cursor.expect(']')
  return { part, ...section, label: prefix + section.label }
}

/** `[1.2]` of BINARY: part numbers only. */
export function expectBinarySection(cursor: Cursor): readonly number[] {
  cursor.expect('[')
  const part = takePart(cursor)
  cursor.expect(']')
  return part
}

export function takePartial(cursor: Cursor): Partial | null {
  if (!cursor.take('<')) return null
  const first = expectNumber(cursor, 'the first octet')
  cursor.expect('.')
  const count = expectNonZero(cursor, 'a number of octets above 0')
  cursor.expect('>')
  return { first, count }
}

function takePart(cursor: Cursor): number[] {
  const part: number[] = []
  while (isDigit(cursor.code)) {
    part.push(expectNonZero(cursor, 'a part number'))
    const { at } = cursor
    if (!cursor.take('.')) break
    if (isDigit(cursor.code)) continue
    cursor.at = at
    break
  }
  return part
}

function expectSectionText(cursor: Cursor, inPart: boolean): Omit<Section, 'part'> {
  if (cursor.take('HEADER.FIELDS.NOT')) return expectFieldList(cursor, 'fieldsNot')
  if (cursor.take('HEADER.FIELDS')) return expectFieldList(cursor, 'fields')
  if (cursor.take('HEADER')) return { text: 'header', fields: [], label: 'HEADER' }
  if (cursor.take('TEXT')) return { text: 'text', fields: [], label: 'TEXT' }
  if (inPart && cursor.take('MIME')) return { text: 'mime', fields: [], label: 'MIME' }
  return cursor.fail('a section: part number, HEADER, HEADER.FIELDS, TEXT or MIME')
}

function expectFieldList(cursor: Cursor, text: 'fields' | 'fieldsNot'): Omit<Section, 'part'> {
  expectSpace(cursor)
  cursor.expect('(')
  const written: string[] = []
  do written.push(expectAstring(cursor, 'a header field name'))
  while (cursor.take(' '))
  cursor.expect(')')
  for (const name of written) {
    if (!/^[\x21-\x39\x3b-\x7e]+$/.test(name)) cursor.fail('header field names')
  }
  const name = text === 'fields' ? 'HEADER.FIELDS' : 'HEADER.FIELDS.NOT'
  // Names go back quoted where they are no atoms; RFC 9051 repeats the request.
  const list = written.map((field) => (/^[\w-]+$/.test(field) ? field : quoted(field))).join(' ')
  return { text, fields: written.map(lowerAscii), label: `${name} (${list})` }
}

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`
