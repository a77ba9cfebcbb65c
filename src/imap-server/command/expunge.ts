import { EVERY_UID, type UidRanges } from '../../store/types.ts'
import { expectSequenceSet } from '../../syntax/imap/sequence-set.ts'
import { expectSpace } from '../../syntax/imap/string.ts'
import { type Completion, defineCommand, no, noArguments, ok, SELECTED } from '../command.ts'
import type { Session } from '../session.ts'

/** What a command that changes a mailbox opened by EXAMINE gets. */
export const READ_ONLY = no('The mailbox was opened for reading only', 'READ-ONLY')

/** RFC 9051 §6.4.3. The EXPUNGE responses come with the news after it. */
export const expunge = defineCommand({
  name: 'EXPUNGE',
  allowedIn: SELECTED,
  news: 'all',
  parse: noArguments,
  run: (session) => remove(session, EVERY_UID),
})

/** RFC 9051 §6.4.9: only those of the set. */
export const uidExpunge = defineCommand({
  name: 'UID EXPUNGE',
  allowedIn: SELECTED,
  news: 'all',
  parse(cursor) {
    expectSpace(cursor)
    const set = expectSequenceSet(cursor)
    cursor.expectEnd()
    return { set }
  },
  run: (session, { set }) => remove(session, session.resolve(set, 'uid')),
})

async function remove(session: Session, uids: UidRanges): Promise<Completion> {
  const { mailbox } = session
  if (mailbox.readOnly) return READ_ONLY
  await session.options.store.expunge(mailbox.id, uids)
  return ok('Expunged')
}
