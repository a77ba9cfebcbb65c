import { Refusal } from '../../base/faults.ts'
import type { Mailbox } from '../../store/types.ts'
import { expectMailbox, writeMailbox } from '../../syntax/imap/mailbox-name.ts'
import { expectStatusItems, type StatusItem } from '../../syntax/imap/status.ts'
import { expectSpace } from '../../syntax/imap/string.ts'
import { defineCommand, LOGGED_IN, ok } from '../command.ts'
import type { Session } from '../session.ts'

/** RFC 9051 §6.3.11, RFC 8438 (SIZE). */
export const status = defineCommand({
  name: 'STATUS',
  allowedIn: LOGGED_IN,
  news: 'all',
  parse(cursor, { form }) {
    expectSpace(cursor)
    const name = expectMailbox(cursor, form)
    expectSpace(cursor)
    const items = expectStatusItems(cursor)
    cursor.expectEnd()
    return { name, items }
  },
  run(session, { name, items }) {
    const mailbox = session.options.store.mailbox(session.identity.accountId, name)
    if (mailbox === undefined) throw new Refusal('noSuchMailbox')
    writeStatus(session, mailbox, items)
    return ok('That is how it is')
  },
})

/** One STATUS response. Asking for HIGHESTMODSEQ enables CONDSTORE: RFC 7162 §3.1. */
export function writeStatus(
  session: Session,
  mailbox: Mailbox,
  items: readonly StatusItem[],
): void {
  if (items.includes('HIGHESTMODSEQ')) session.enableCondstore()
  const values = items.map((item) => `${item} ${VALUE[item](mailbox)}`).join(' ')
  session.out.untagged(`STATUS ${writeMailbox(mailbox.name, session.dialect.form)} (${values})`)
}

const VALUE: { readonly [I in StatusItem]: (mailbox: Mailbox) => number } = {
  MESSAGES: (mailbox) => mailbox.messages,
  UIDNEXT: (mailbox) => mailbox.uidNext,
  UIDVALIDITY: (mailbox) => mailbox.uidValidity,
  UNSEEN: (mailbox) => mailbox.unseen,
  DELETED: (mailbox) => mailbox.deleted,
  SIZE: (mailbox) => mailbox.sizeOctets,
  RECENT: () => 0,
  HIGHESTMODSEQ: (mailbox) => mailbox.highestModSeq,
}
