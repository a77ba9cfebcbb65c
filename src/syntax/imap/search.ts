/**
 * SEARCH arguments: RFC 9051 §6.4.4, RFC 3501 §6.4.4, RFC 4731 (ESEARCH), RFC 7162 §3.1.5.
 */
import { type Cursor, lowerAscii, upperAscii } from '../../base/cursor.ts'
import { isAtomChar } from './characters.ts'
import { expectDate } from './date.ts'
import { expectSequenceSet, type SequenceSet } from './sequence-set.ts'
import {
  expectAstring,
  expectAtom,
  expectNumber,
  expectNumber64,
  expectSpace,
  takeQuoted,
} from './string.ts'

export type AddressField = 'from' | 'to' | 'cc' | 'bcc'

/** One search key. Text is as it came, in the command's charset. */
export type SearchKey =
  | { readonly key: 'all' }
  /** RECENT and NEW: this server has no recent messages. */
  | { readonly key: 'none' }
  | { readonly key: 'flag'; readonly bit: number; readonly set: boolean }
  | { readonly key: 'keyword'; readonly keyword: string; readonly set: boolean }
  | {
      readonly key: 'date'
      readonly field: 'received' | 'sent'
      readonly relation: 'before' | 'on' | 'since'
      /** Days since 1970-01-01. */
      readonly day: number
    }
  | { readonly key: 'larger' | 'smaller'; readonly octets: number }
  | { readonly key: 'sequence' | 'uid'; readonly set: SequenceSet }
  | { readonly key: 'modSeq'; readonly atLeast: number }
  | { readonly key: 'address'; readonly field: AddressField; readonly text: string }
  | { readonly key: 'subject' | 'body' | 'text'; readonly text: string }
  | { readonly key: 'header'; readonly name: string; readonly text: string }
  | { readonly key: 'not'; readonly child: SearchKey }
  | { readonly key: 'or'; readonly left: SearchKey; readonly right: SearchKey }
  | { readonly key: 'and'; readonly children: readonly SearchKey[] }

export type SearchReturn = 'MIN' | 'MAX' | 'COUNT' | 'ALL' | 'SAVE'

export interface SearchCommand {
  /** Undefined without RETURN; empty for `RETURN ()`, which means ALL. */
  readonly returns: ReadonlySet<SearchReturn> | undefined
  /** As named, upper case; undefined when not given. */
  readonly charset: string | undefined
  readonly key: SearchKey
  /** Whether MODSEQ was searched for: the response then has one. */
  readonly usesModSeq: boolean
}

export interface SearchLimits {
  readonly maxSearchTerms: number
  readonly maxSearchNesting: number
}

/** Everything after `SEARCH`. */
export function expectSearch(cursor: Cursor, limits: SearchLimits): SearchCommand {
  const returns = cursor.take(' RETURN (') ? expectReturns(cursor) : undefined
  const charset = cursor.take(' CHARSET ')
    ? upperAscii(expectAstring(cursor, 'a charset'))
    : undefined
  const parser = new KeyParser(cursor, limits)
  const children: SearchKey[] = []
  do {
    expectSpace(cursor)
    children.push(parser.expectKey(1))
  } while (!cursor.atEnd)
  const [only] = children
  const key: SearchKey =
    children.length === 1 && only !== undefined ? only : { key: 'and', children }
  return { returns, charset, key, usesModSeq: parser.usesModSeq }
}

const RETURNS = new Set<string>(['MIN', 'MAX', 'COUNT', 'ALL', 'SAVE'])

function expectReturns(cursor: Cursor): ReadonlySet<SearchReturn> {
  const returns = new Set<SearchReturn>()
  if (cursor.take(')')) return returns
  do {
    const { at } = cursor
    const name = upperAscii(expectAtom(cursor, 'a RETURN option'))
    if (!RETURNS.has(name)) {
      cursor.at = at
      cursor.fail('MIN, MAX, COUNT, ALL or SAVE')
    }
    returns.add(name as SearchReturn)
  } while (cursor.take(' '))
  cursor.expect(')')
  return returns
}

/** Keys without arguments. UNDRAFT is in neither RFC's ABNF by accident only: both list it in prose. */
const PLAIN: ReadonlyMap<string, SearchKey> = new Map<string, SearchKey>([
  ['ALL', { key: 'all' }],
  ['OLD', { key: 'all' }],
  ['NEW', { key: 'none' }],
  ['RECENT', { key: 'none' }],
  ...(
    [
      ['SEEN', 1],
      ['ANSWERED', 2],
      ['FLAGGED', 4],
      ['DELETED', 8],
      ['DRAFT', 16],
    ] as const
  ).flatMap(([name, bit]): [string, SearchKey][] => [
    [name, { key: 'flag', bit, set: true }],
    [`UN${name}`, { key: 'flag', bit, set: false }],
  ]),
])

const DATES = new Map<string, readonly ['received' | 'sent', 'before' | 'on' | 'since']>([
  ['BEFORE', ['received', 'before']],
  ['ON', ['received', 'on']],
  ['SINCE', ['received', 'since']],
  ['SENTBEFORE', ['sent', 'before']],
  ['SENTON', ['sent', 'on']],
  ['SENTSINCE', ['sent', 'since']],
])

/** Descends at most `maxSearchNesting` deep, so that nested keys cannot exhaust the stack. */
class KeyParser {
  readonly #cursor: Cursor
  readonly #limits: SearchLimits
  #terms = 0
  usesModSeq = false

  constructor(cursor: Cursor, limits: SearchLimits) {
    this.#cursor = cursor
    this.#limits = limits
  }

  expectKey(depth: number): SearchKey {
    const cursor = this.#cursor
    if (depth > this.#limits.maxSearchNesting) {
      cursor.fail(`search keys nested at most ${this.#limits.maxSearchNesting} deep`)
    }
    if (++this.#terms > this.#limits.maxSearchTerms) {
      cursor.fail(`at most ${this.#limits.maxSearchTerms} search keys`)
    }
    if (cursor.take('(')) return this.#expectGroup(depth)
    if (isSetStart(cursor.code)) return { key: 'sequence', set: expectSequenceSet(cursor) }
    const { at } = cursor
    const name = upperAscii(cursor.takeWhile(isAtomChar))
    const plain = PLAIN.get(name)
    if (plain !== undefined) return plain
    return this.#takeArguments(name, depth) ?? unknownKey(cursor, at)
  }

  #expectGroup(depth: number): SearchKey {
    const children: SearchKey[] = []
    do children.push(this.expectKey(depth + 1))
    while (this.#cursor.take(' '))
    this.#cursor.expect(')')
    return { key: 'and', children }
  }

  #takeArguments(name: string, depth: number): SearchKey | undefined {
    const cursor = this.#cursor
    const date = DATES.get(name)
    if (date !== undefined) {
      return { key: 'date', field: date[0], relation: date[1], day: this.#argument(expectDate) }
    }
    switch (name) {
      case 'FROM':
      case 'TO':
      case 'CC':
      case 'BCC':
        return { key: 'address', field: lowerAscii(name) as AddressField, text: this.#text() }
      case 'SUBJECT':
      case 'BODY':
      case 'TEXT':
        return { key: lowerAscii(name) as 'subject' | 'body' | 'text', text: this.#text() }
      case 'HEADER':
        return { key: 'header', name: lowerAscii(this.#text()), text: this.#text() }
      case 'KEYWORD':
      case 'UNKEYWORD': {
        const keyword = this.#argument((at) => expectAtom(at, 'a keyword'))
        return { key: 'keyword', keyword: lowerAscii(keyword), set: name === 'KEYWORD' }
      }
      case 'LARGER':
      case 'SMALLER':
        return {
          key: name === 'LARGER' ? 'larger' : 'smaller',
          octets: this.#argument(expectNumber),
        }
      case 'UID':
        return { key: 'uid', set: this.#argument(expectSequenceSet) }
      case 'MODSEQ':
        return this.#expectModSeq()
      case 'NOT':
        expectSpace(cursor)
        return { key: 'not', child: this.expectKey(depth + 1) }
      case 'OR': {
        expectSpace(cursor)
        const left = this.expectKey(depth + 1)
        expectSpace(cursor)
        return { key: 'or', left, right: this.expectKey(depth + 1) }
      }
      default:
        return undefined
    }
  }

  /** `MODSEQ ["/flags/\\Draft" all] 620162338`: entry name and type are read and not used. */
  #expectModSeq(): SearchKey {
    const cursor = this.#cursor
    expectSpace(cursor)
    if (takeQuoted(cursor) !== undefined) {
      expectSpace(cursor)
      if (!cursor.take('priv') && !cursor.take('shared')) cursor.expect('all')
      expectSpace(cursor)
    }
    this.usesModSeq = true
    return { key: 'modSeq', atLeast: expectNumber64(cursor, 'a mod-sequence') }
  }

  #text(): string {
    return this.#argument((at) => expectAstring(at, 'a string'))
  }

  #argument<T>(expect: (cursor: Cursor) => T): T {
    expectSpace(this.#cursor)
    return expect(this.#cursor)
  }
}

function unknownKey(cursor: Cursor, at: number): never {
  cursor.at = at
  return cursor.fail('a search key')
}

/** A digit, `*` or `$`. */
const isSetStart = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || code === 0x2a || code === 0x24
