/**
 * STATUS items: RFC 9051 §6.3.11, RFC 3501 §6.3.10 (RECENT), RFC 7162 §3.1.7 (HIGHESTMODSEQ).
 */
import { type Cursor, upperAscii } from '../../base/cursor.ts'
import { expectAtom } from './string.ts'

const STATUS_ITEMS = [
  'MESSAGES',
  'UIDNEXT',
  'UIDVALIDITY',
  'UNSEEN',
  'DELETED',
  'SIZE',
  'RECENT',
  'HIGHESTMODSEQ',
] as const
export type StatusItem = (typeof STATUS_ITEMS)[number]

/** The list in parentheses. */
export function expectStatusItems(cursor: Cursor): readonly StatusItem[] {
  const items = new Set<StatusItem>()
  cursor.expect('(')
  do {
    const { at } = cursor
    const name = upperAscii(expectAtom(cursor, 'a STATUS item'))
    const item = STATUS_ITEMS.find((known) => known === name)
    if (item === undefined) cursor.at = at
    items.add(item ?? cursor.fail(`one of ${STATUS_ITEMS.join(', ')}`))
  } while (cursor.take(' '))
  cursor.expect(')')
  return [...items]
}
