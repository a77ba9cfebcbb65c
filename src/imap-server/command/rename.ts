import { expectMailbox } from '../../syntax/imap/mailbox-name.ts'
import { expectSpace } from '../../syntax/imap/string.ts'
import { defineCommand, LOGGED_IN, ok } from '../command.ts'

/** RFC 9051 §6.3.6. */
export const rename = defineCommand({
  name: 'RENAME',
  allowedIn: LOGGED_IN,
  news: 'all',
  parse(cursor, { form }) {
    expectSpace(cursor)
    const from = expectMailbox(cursor, form)
    expectSpace(cursor)
    const to = expectMailbox(cursor, form)
    cursor.expectEnd()
    return { from, to }
  },
  async run(session, { from, to }) {
    await session.options.store.renameMailbox(session.identity.accountId, from, to)
    return ok('Renamed')
  },
})
