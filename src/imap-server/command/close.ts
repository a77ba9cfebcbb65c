import { EVERY_UID } from '../../store/types.ts'
import { defineCommand, noArguments, ok, SELECTED } from '../command.ts'

/** RFC 9051 §6.4.1: removes what is \Deleted, without telling. */
export const close = defineCommand({
  name: 'CLOSE',
  allowedIn: SELECTED,
  news: 'none',
  parse: noArguments,
  async run(session) {
    const { mailbox } = session
    session.unselect()
    if (!mailbox.readOnly) await session.options.store.expunge(mailbox.id, EVERY_UID)
    return ok('Closed')
  },
})

/** RFC 9051 §6.4.2, RFC 3691: leaves everything as it is. */
export const unselect = defineCommand({
  name: 'UNSELECT',
  allowedIn: SELECTED,
  news: 'none',
  parse: noArguments,
  run(session) {
    session.unselect()
    return ok('Closed')
  },
})
