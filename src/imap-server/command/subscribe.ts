import type { Cursor } from '../../base/cursor.ts'
import { expectMailbox } from '../../syntax/imap/mailbox-name.ts'
import { expectSpace } from '../../syntax/imap/string.ts'
import { defineCommand, type Dialect, LOGGED_IN, ok } from '../command.ts'

/** RFC 9051 §6.3.7. Subscribing to a name that does not exist is allowed, and to one twice. */
export const subscribe = defineCommand({
  name: 'SUBSCRIBE',
  allowedIn: LOGGED_IN,
  news: 'all',
  parse: expectName,
  async run(session, { name }) {
    await session.options.store.setSubscribed(session.identity.accountId, name, true)
    return ok('Subscribed')
  },
})

/** RFC 9051 §6.3.8. */
export const unsubscribe = defineCommand({
  name: 'UNSUBSCRIBE',
  allowedIn: LOGGED_IN,
  news: 'all',
  parse: expectName,
  async run(session, { name }) {
    await session.options.store.setSubscribed(session.identity.accountId, name, false)
    return ok('Unsubscribed')
  },
})

function expectName(cursor: Cursor, { form }: Dialect): { name: string } {
  expectSpace(cursor)
  const name = expectMailbox(cursor, form)
  cursor.expectEnd()
  return { name }
}
