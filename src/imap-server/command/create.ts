import { type Cursor, upperAscii } from '../../base/cursor.ts'
import type { SpecialUse } from '../../store/types.ts'
import { expectMailbox } from '../../syntax/imap/mailbox-name.ts'
import { expectAtom, expectSpace } from '../../syntax/imap/string.ts'
import { defineCommand, LOGGED_IN, no, ok } from '../command.ts'

const USES: ReadonlyMap<string, SpecialUse> = new Map<string, SpecialUse>([
  ['SENT', 'Sent'],
  ['DRAFTS', 'Drafts'],
  ['JUNK', 'Junk'],
  ['TRASH', 'Trash'],
  ['ARCHIVE', 'Archive'],
])

/** RFC 9051 §6.3.4, RFC 6154 §3 (USE). Makes the levels above too. */
export const create = defineCommand({
  name: 'CREATE',
  allowedIn: LOGGED_IN,
  news: 'all',
  parse(cursor, { form }) {
    expectSpace(cursor)
    // "a/" announces that mailboxes below "a" will come; "a" itself may as well exist.
    const name = expectMailbox(cursor, form).replace(/\/$/, '')
    const uses = cursor.take(' (USE (') ? expectUses(cursor) : []
    cursor.expectEnd()
    return { name, uses }
  },
  async run(session, { name, uses }) {
    const { store } = session.options
    const [first] = uses
    const use = first === undefined ? null : USES.get(first)
    if (use === undefined || uses.length > 1) {
      return no('One of \\Sent, \\Drafts, \\Junk, \\Trash and \\Archive is possible', 'USEATTR')
    }
    await store.createMailbox(session.identity.accountId, name, use)
    return ok('Created')
  },
})

function expectUses(cursor: Cursor): string[] {
  const uses: string[] = []
  if (!cursor.take(')')) {
    do {
      cursor.expect('\\')
      uses.push(upperAscii(expectAtom(cursor, 'a special use')))
    } while (cursor.take(' '))
    cursor.expect(')')
  }
  cursor.expect(')')
  return uses
}
