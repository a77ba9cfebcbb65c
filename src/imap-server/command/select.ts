import type { Cursor } from '../../base/cursor.ts'
import { Refusal } from '../../base/faults.ts'
import type { Mailbox } from '../../store/types.ts'
import { SYSTEM_FLAGS, writeFlags } from '../../syntax/imap/flags.ts'
import { expectMailbox, writeMailbox } from '../../syntax/imap/mailbox-name.ts'
import { expectSpace } from '../../syntax/imap/string.ts'
import { type Completion, defineCommand, type Dialect, LOGGED_IN, ok } from '../command.ts'
import { SelectedMailbox } from '../selected.ts'
import type { Session } from '../session.ts'
import { attributesOf } from './list.ts'

interface SelectArguments {
  readonly name: string
  readonly condstore: boolean
}

/** RFC 9051 §6.3.2. */
export const select = defineCommand({
  name: 'SELECT',
  allowedIn: LOGGED_IN,
  news: 'none',
  parse,
  run: (session, args) => open(session, args, false),
})

/** RFC 9051 §6.3.3. */
export const examine = defineCommand({
  name: 'EXAMINE',
  allowedIn: LOGGED_IN,
  news: 'none',
  parse,
  run: (session, args) => open(session, args, true),
})

function parse(cursor: Cursor, { form }: Dialect): SelectArguments {
  expectSpace(cursor)
  const name = expectMailbox(cursor, form)
  const condstore = cursor.take(' (CONDSTORE)')
  cursor.expectEnd()
  return { name, condstore }
}

function open(
  session: Session,
  { name, condstore }: SelectArguments,
  readOnly: boolean,
): Completion {
  const { store } = session.options
  const { identity } = session
  // Even a SELECT that fails leaves the mailbox before it: RFC 9051 §6.3.2.
  if (session.state.name === 'selected') {
    session.unselect()
    session.out.untagged('OK [CLOSED] The mailbox before is closed')
  }
  // The mailbox first: what is committed between the two reads is then reported as a change.
  const mailbox = store.mailbox(identity.accountId, name)
  if (mailbox === undefined) throw new Refusal('noSuchMailbox')
  const uids = store.uids(mailbox.id)
  const selected = new SelectedMailbox(mailbox, uids, readOnly)
  session.state = { name: 'selected', identity, mailbox: selected }
  if (condstore) session.condstore = true
  describe(session, mailbox, selected)
  return readOnly ? ok('Examined', 'READ-ONLY') : ok('Selected', 'READ-WRITE')
}

function describe(session: Session, mailbox: Mailbox, selected: SelectedMailbox): void {
  const { out } = session
  const { count, largestUid, readOnly } = selected
  const flags = writeFlags({ system: ALL_SYSTEM_FLAGS, keywords: mailbox.keywords })
  out.untagged(`FLAGS (${flags})`)
  out.untagged(`OK [PERMANENTFLAGS (${readOnly ? '' : `${flags} \\*`})] These are kept`)
  out.untagged(`${count} EXISTS`)
  if (session.rev2) {
    const name = writeMailbox(mailbox.name, session.dialect.form)
    out.untagged(`LIST (${attributesOf(session, mailbox).join(' ')}) "/" ${name}`)
  } else {
    // No message is ever \Recent here; on purpose: RFC 9051 dropped it, and nothing needs it.
    out.untagged('0 RECENT')
    const unseen = mailbox.unseen > 0 ? session.options.store.firstUnseen(mailbox.id) : null
    const seq = unseen === null ? 0 : selected.seqOf(unseen)
    if (seq > 0) out.untagged(`OK [UNSEEN ${seq}] The first unseen message`)
  }
  out.untagged(`OK [UIDVALIDITY ${mailbox.uidValidity}] UIDs are valid`)
  out.untagged(`OK [UIDNEXT ${Math.max(mailbox.uidNext, largestUid + 1)}] The next UID`)
  out.untagged(`OK [HIGHESTMODSEQ ${mailbox.highestModSeq}] The last change`)
}

const ALL_SYSTEM_FLAGS = SYSTEM_FLAGS.reduce((all, [, bit]) => all | bit, 0)
