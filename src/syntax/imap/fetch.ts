/**
 * FETCH arguments: RFC 9051 §6.4.5, RFC 3501 §6.4.5, RFC 7162 §3.1.4.
 */
import { type Cursor, upperAscii } from '../../base/cursor.ts'
import {
  expectBinarySection,
  expectSection,
  type Partial,
  type Section,
  takePartial,
} from './section.ts'
import { expectNumber64, expectSpace } from './string.ts'

export type FetchItem =
  | {
      readonly item:
        | 'FLAGS'
        | 'UID'
        | 'INTERNALDATE'
        | 'RFC822.SIZE'
        | 'ENVELOPE'
        | 'BODY'
        | 'BODYSTRUCTURE'
        | 'MODSEQ'
    }
  | {
      readonly item: 'section'
      readonly section: Section
      readonly partial: Partial | null
      /** Leaves \Seen alone. */
      readonly peek: boolean
      /** What the response calls it: `BODY[1.TEXT]<0>`, `RFC822.HEADER`. */
      readonly label: string
    }
  | {
      readonly item: 'binary'
      readonly part: readonly number[]
      readonly partial: Partial | null
      readonly peek: boolean
      readonly label: string
    }
  | { readonly item: 'binarySize'; readonly part: readonly number[]; readonly label: string }

/** What is read for one message is held until the last item is known to be readable. */
const MAX_ITEMS = 100

/** One item, a macro, or a list in parentheses. An item named twice is fetched once. */
export function expectFetchItems(cursor: Cursor): readonly FetchItem[] {
  const found = new Map<string, FetchItem>()
  if (cursor.take('(')) {
    do {
      if (found.size === MAX_ITEMS) cursor.fail(`at most ${MAX_ITEMS} different items`)
      addItem(found, expectFetchItem(cursor))
    } while (cursor.take(' '))
    cursor.expect(')')
  } else {
    const macro = takeMacro(cursor)
    if (macro !== undefined) return macro
    addItem(found, expectFetchItem(cursor))
  }
  return [...found.values()]
}

/** ` (CHANGEDSINCE 12345)`. Undefined when not given. */
export function takeFetchModifiers(cursor: Cursor): { changedSince: number } | undefined {
  if (!cursor.take(' (')) return undefined
  cursor.expect('CHANGEDSINCE')
  expectSpace(cursor)
  const changedSince = expectNumber64(cursor, 'a mod-sequence')
  cursor.expect(')')
  return { changedSince }
}

const FAST: readonly FetchItem[] = [
  { item: 'FLAGS' },
  { item: 'INTERNALDATE' },
  { item: 'RFC822.SIZE' },
]
const ALL: readonly FetchItem[] = [...FAST, { item: 'ENVELOPE' }]
const MACROS = new Map([
  ['FAST', FAST],
  ['ALL', ALL],
  ['FULL', [...ALL, { item: 'BODY' } as const]],
])

const SIMPLE = new Set([
  'FLAGS',
  'UID',
  'INTERNALDATE',
  'RFC822.SIZE',
  'ENVELOPE',
  'BODY',
  'BODYSTRUCTURE',
  'MODSEQ',
] as const)
type Simple = typeof SIMPLE extends Set<infer Name> ? Name : never

const WHOLE = { part: [], fields: [], label: '' } as const
const RFC822: ReadonlyMap<string, FetchItem> = new Map<string, FetchItem>([
  ['RFC822', obsolete('RFC822', { ...WHOLE, text: 'all' }, false)],
  ['RFC822.HEADER', obsolete('RFC822.HEADER', { ...WHOLE, text: 'header' }, true)],
  ['RFC822.TEXT', obsolete('RFC822.TEXT', { ...WHOLE, text: 'text' }, false)],
])

function obsolete(label: string, section: Section, peek: boolean): FetchItem {
  return { item: 'section', section, partial: null, peek, label }
}

function addItem(found: Map<string, FetchItem>, item: FetchItem): void {
  const key =
    'label' in item ? `${item.label} ${'partial' in item ? item.partial?.count : ''}` : item.item
  const before = found.get(key)
  // BODY[] and BODY.PEEK[] are one item; the one that sets \Seen wins.
  if (before !== undefined && !('peek' in before && before.peek)) return
  found.set(key, item)
}

function takeMacro(cursor: Cursor): readonly FetchItem[] | undefined {
  const { at } = cursor
  const macro = MACROS.get(upperAscii(cursor.takeWhile(isNameChar)))
  if (macro === undefined) cursor.at = at
  return macro
}

function expectFetchItem(cursor: Cursor): FetchItem {
  const { at } = cursor
  const name = upperAscii(cursor.takeWhile(isNameChar))
  if (cursor.char === '[') {
    if (name === 'BODY' || name === 'BODY.PEEK') return expectBody(cursor, name !== 'BODY')
    if (name === 'BINARY' || name === 'BINARY.PEEK') return expectBinary(cursor, name !== 'BINARY')
    if (name === 'BINARY.SIZE') {
      const part = expectBinarySection(cursor)
      return { item: 'binarySize', part, label: `BINARY.SIZE[${part.join('.')}]` }
    }
  }
  if (isSimple(name)) return { item: name }
  const old = RFC822.get(name)
  if (old !== undefined) return old
  cursor.at = at
  return cursor.fail('a FETCH item')
}

function expectBody(cursor: Cursor, peek: boolean): FetchItem {
  const section = expectSection(cursor)
  const partial = takePartial(cursor)
  const label = `BODY[${section.label}]${origin(partial)}`
  return { item: 'section', section, partial, peek, label }
}

function expectBinary(cursor: Cursor, peek: boolean): FetchItem {
  const part = expectBinarySection(cursor)
  const partial = takePartial(cursor)
  return {
    item: 'binary',
    part,
    partial,
    peek,
    label: `BINARY[${part.join('.')}]${origin(partial)}`,
  }
}

/** The response names only where the partial starts. */
const origin = (partial: Partial | null): string => (partial === null ? '' : `<${partial.first}>`)

const isSimple = (name: string): name is Simple => (SIMPLE as Set<string>).has(name)

/** Letters, digits and the dot. */
const isNameChar = (code: number): boolean =>
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x61 && code <= 0x7a) ||
  (code >= 0x30 && code <= 0x39) ||
  code === 0x2e
