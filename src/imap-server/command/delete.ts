import { expectMailbox } from '../../syntax/imap/mailbox-name.ts'
import { expectSpace } from '../../syntax/imap/string.ts'
import { defineCommand, LOGGED_IN, ok } from '../command.ts'

/** RFC 9051 §6.3.5. */
export const deleteCommand = defineCommand({
  name: 'DELETE',
  allowedIn: LOGGED_IN,
  news: 'all',
  parse(cursor, { form }) {
    expectSpace(cursor)
    const name = expectMailbox(cursor, form)
    cursor.expectEnd()
    return { name }
  },
  async run(session, { name }) {
    const { store } = session.options
    const { accountId } = session.identity
    const mailbox = store.mailbox(accountId, name)
    await store.deleteMailbox(accountId, name)
    if (session.state.name === 'selected' && session.mailbox.id === mailbox?.id) {
      session.unselect()
      session.out.untagged('OK [CLOSED] The deleted mailbox was selected')
    }
    return ok('Deleted')
  },
})
