import { Refusal } from '../base/faults.ts'
import type { MailboxLimits } from '../base/limits.ts'
import { all, change, defineWrite, one, type Steps } from '../db/statement.ts'
import type { AccountId } from '../directory/types.ts'
import { canonicalName } from '../syntax/imap/mailbox-name.ts'
import { removeBlobIfUnused } from './blobs.ts'
import { checkNewMailboxName, parentsOf, SEPARATOR } from './mailbox-name.ts'
import { moveAll } from './move.ts'
import { MAILBOX_COLUMNS, type MailboxRow, mailboxOf, takeModSeq } from './schema.ts'
import type { Mailbox, MailboxId, SpecialUse } from './types.ts'

/** What a new account starts with; RFC 6154. */
const FIRST_MAILBOXES: readonly (readonly [name: string, use: SpecialUse])[] = [
  ['INBOX', 'Inbox'],
  ['Sent', 'Sent'],
  ['Drafts', 'Drafts'],
  ['Junk', 'Junk'],
  ['Trash', 'Trash'],
  ['Archive', 'Archive'],
]

export function* listMailboxes(account: AccountId): Steps<Mailbox[]> {
  const rows = yield* all<MailboxRow>(
    `SELECT ${MAILBOX_COLUMNS} FROM mailbox WHERE account_id = ? ORDER BY name <> 'INBOX', name`,
    account,
  )
  return rows.map(mailboxOf)
}

export function* findByName(account: AccountId, name: string): Steps<Mailbox | undefined> {
  const row = yield* one<MailboxRow>(
    `SELECT ${MAILBOX_COLUMNS} FROM mailbox WHERE account_id = ? AND name = ?`,
    account,
    canonicalName(name),
  )
  return row && mailboxOf(row)
}

export function* listSubscriptions(account: AccountId): Steps<string[]> {
  const rows = yield* all<{ name: string }>(
    'SELECT name FROM subscription WHERE account_id = ? ORDER BY name',
    account,
  )
  return rows.map((row) => row.name)
}

/**
 * Makes the mailboxes of a new account; the directory runs this in the write that adds it.
 *
 * The account's UIDVALIDITY counter begins at the time in seconds. With as many mailboxes as were
 * ever made here on top, it begins above whatever a removed account of the same address reached,
 * however soon after it comes.
 */
export function* createFirstMailboxes(account: AccountId): Steps<void> {
  yield* change(
    `UPDATE account SET uid_validity = uid_validity
       + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'mailbox'), 0) WHERE id = ?`,
    account,
  )
  for (const [name, use] of FIRST_MAILBOXES) {
    yield* insertMailbox(account, name, use)
    yield* subscribe(account, name)
  }
}

interface CreateArgs {
  readonly account: AccountId
  readonly name: string
  readonly specialUse: SpecialUse | null
  readonly limits: MailboxLimits
}

/** Makes a mailbox and whatever is missing above it (RFC 9051 §6.3.4). */
export const createMailbox = defineWrite(
  'createMailbox',
  function* ({ account, name, specialUse, limits }: CreateArgs): Steps<Mailbox> {
    const canonical = canonicalName(name.replace(/\/$/, ''))
    checkNewMailboxName(canonical, limits)
    if (yield* findByName(account, canonical)) throw new Refusal('mailboxExists')
    if (specialUse !== null && (yield* useIsTaken(account, specialUse)))
      throw new Refusal('policy', `another mailbox is already the one for ${specialUse}`)
    yield* createParents(account, canonical)
    yield* insertMailbox(account, canonical, specialUse)
    yield* checkCount(account, limits)
    return yield* requireByName(account, canonical)
  },
)

/** The mailbox for sent mail, RFC 6154; one of that name when none is marked; made when there is none. */
export function* findOrMakeSent(account: AccountId, limits: MailboxLimits): Steps<Mailbox> {
  const row = yield* one<MailboxRow>(
    `SELECT ${MAILBOX_COLUMNS} FROM mailbox WHERE account_id = ? AND special_use = 'Sent'`,
    account,
  )
  if (row !== undefined) return mailboxOf(row)
  const named = yield* findByName(account, SENT)
  if (named !== undefined) return named
  yield* insertMailbox(account, SENT, 'Sent')
  yield* subscribe(account, SENT)
  yield* checkCount(account, limits)
  return yield* requireByName(account, SENT)
}

const SENT = 'Sent'

/** Removes a mailbox and its messages. Children stay and need no parent (RFC 9051 §6.3.5). */
export const deleteMailbox = defineWrite(
  'deleteMailbox',
  function* ({ account, name }: { account: AccountId; name: string }): Steps<RemovedMailbox> {
    const mailbox = yield* requireByName(account, name)
    if (mailbox.name === 'INBOX') throw new Refusal('policy', 'INBOX cannot be deleted')
    const children = yield* one<object>(
      'SELECT 1 FROM mailbox WHERE account_id = ?1 AND substr(name, 1, length(?2)) = ?2',
      account,
      mailbox.name + SEPARATOR,
    )
    if (children) throw new Refusal('mailboxHasChildren')
    const files = yield* removeContents(mailbox)
    yield* takeModSeq(account, -mailbox.sizeOctets, -mailbox.messages)
    return { id: mailbox.id, files }
  },
  { freesSpace: true },
)

export interface RemovedMailbox {
  readonly id: MailboxId
  /** Blob files that nothing refers to any more. */
  readonly files: readonly string[]
}

/** Deletes a mailbox's rows, without touching the account's counters. */
function* removeContents(mailbox: Mailbox): Steps<string[]> {
  const blobs = yield* all<{ blob_id: number }>(
    'SELECT DISTINCT blob_id FROM message WHERE mailbox_id = ?',
    mailbox.id,
  )
  yield* change('DELETE FROM message WHERE mailbox_id = ?', mailbox.id)
  yield* change('DELETE FROM expunged WHERE mailbox_id = ?', mailbox.id)
  yield* change('DELETE FROM mailbox WHERE id = ?', mailbox.id)
  const files: string[] = []
  for (const { blob_id } of blobs) {
    const file = yield* removeBlobIfUnused(blob_id)
    if (file !== null) files.push(file)
  }
  return files
}

interface RenameArgs {
  readonly account: AccountId
  readonly from: string
  readonly to: string
  readonly limits: MailboxLimits
}

/** RFC 9051 §6.3.6. Renaming INBOX moves its messages to a new mailbox and leaves it empty. */
export const renameMailbox = defineWrite(
  'renameMailbox',
  function* ({ account, from, to, limits }: RenameArgs): Steps<readonly MailboxId[]> {
    const mailbox = yield* requireByName(account, from)
    const name = canonicalName(to.replace(/\/$/, ''))
    checkNewMailboxName(name, limits)
    if (yield* findByName(account, name)) throw new Refusal('mailboxExists')
    if (name.startsWith(mailbox.name + SEPARATOR))
      throw new Refusal('mailboxNameInvalid', 'a mailbox cannot be moved into itself')
    yield* createParents(account, name)
    if (mailbox.name === 'INBOX') {
      yield* insertMailbox(account, name, null)
      yield* checkCount(account, limits)
      const target = yield* requireByName(account, name)
      yield* moveAll(mailbox, target)
      return [mailbox.id, target.id]
    }
    return yield* renameTree(account, mailbox.name, name, limits)
  },
)

function* renameTree(
  account: AccountId,
  from: string,
  to: string,
  limits: MailboxLimits,
): Steps<readonly MailboxId[]> {
  const family = yield* all<{ id: MailboxId; name: string }>(
    `SELECT id, name FROM mailbox
     WHERE account_id = ?1 AND (name = ?2 OR substr(name, 1, length(?3)) = ?3)`,
    account,
    from,
    from + SEPARATOR,
  )
  for (const { id, name } of family) {
    const renamed = to + name.slice(from.length)
    checkNewMailboxName(renamed, limits)
    yield* change('UPDATE mailbox SET name = ? WHERE id = ?', renamed, id)
    yield* change(
      'UPDATE OR REPLACE subscription SET name = ? WHERE account_id = ? AND name = ?',
      renamed,
      account,
      name,
    )
  }
  yield* checkCount(account, limits)
  return family.map(({ id }) => id)
}

/** RFC 9051 §6.3.7: any name may be subscribed to, whether it exists or not. */
export const setSubscribed = defineWrite(
  'setSubscribed',
  function* (args: {
    account: AccountId
    name: string
    subscribed: boolean
    limits: MailboxLimits
  }): Steps<void> {
    const name = canonicalName(args.name)
    if (!args.subscribed) {
      yield* change(
        'DELETE FROM subscription WHERE account_id = ? AND name = ?',
        args.account,
        name,
      )
      return
    }
    checkNewMailboxName(name, args.limits)
    yield* subscribe(args.account, name)
    const row = yield* one<{ count: number }>(
      'SELECT count(*) AS count FROM subscription WHERE account_id = ?',
      args.account,
    )
    if ((row?.count ?? 0) > args.limits.maxMailboxes) throw new Refusal('tooManyMailboxes')
  },
)

function* subscribe(account: AccountId, name: string): Steps<void> {
  yield* change('INSERT OR IGNORE INTO subscription VALUES (?, ?)', account, name)
}

/** @throws Refusal noSuchMailbox */
function* requireByName(account: AccountId, name: string): Steps<Mailbox> {
  const mailbox = yield* findByName(account, name)
  if (mailbox === undefined) throw new Refusal('noSuchMailbox')
  return mailbox
}

function* createParents(account: AccountId, name: string): Steps<void> {
  for (const parent of parentsOf(name))
    if (!(yield* findByName(account, parent))) yield* insertMailbox(account, parent, null)
}

/**
 * UIDVALIDITY is the account's own counter, never given twice, so that a mailbox made again under
 * an old name is known to be another (RFC 9051 §2.3.1.1).
 */
function* insertMailbox(account: AccountId, name: string, use: SpecialUse | null): Steps<void> {
  const modSeq = yield* takeModSeq(account)
  const row = yield* one<{ uid_validity: number }>(
    'UPDATE account SET uid_validity = uid_validity + 1 WHERE id = ? RETURNING uid_validity',
    account,
  )
  yield* change(
    'INSERT INTO mailbox (account_id, name, special_use, uid_validity, modseq) VALUES (?, ?, ?, ?, ?)',
    account,
    name,
    use,
    row?.uid_validity ?? 1,
    modSeq,
  )
}

function* useIsTaken(account: AccountId, use: SpecialUse): Steps<boolean> {
  const row = yield* one<object>(
    'SELECT 1 FROM mailbox WHERE account_id = ? AND special_use = ?',
    account,
    use,
  )
  return row !== undefined
}

function* checkCount(account: AccountId, limits: MailboxLimits): Steps<void> {
  const row = yield* one<{ count: number }>(
    'SELECT count(*) AS count FROM mailbox WHERE account_id = ?',
    account,
  )
  if ((row?.count ?? 0) > limits.maxMailboxes) throw new Refusal('tooManyMailboxes')
}

/** Removes everything the store holds of an account, before the account itself goes. */
export function* removeMail(account: AccountId): Steps<string[]> {
  const files: string[] = []
  for (const mailbox of yield* listMailboxes(account))
    files.push(...(yield* removeContents(mailbox)))
  yield* change('DELETE FROM subscription WHERE account_id = ?', account)
  return files
}
