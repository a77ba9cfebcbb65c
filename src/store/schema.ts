/**
 * Mailboxes and messages in the database. This room owns the tables `mailbox`, `subscription`,
 * `blob`, `message` and `expunged`, and the columns `used_octets`, `messages`, `modseq` and
 * `uid_validity` of `account`; no other room names them in SQL.
 *
 * Invariants, proved by `check.ts`
 *   I1  uid < mailbox.uid_next for every message                        RFC 9051 §2.3.1.1
 *   I2  a uid is never given twice, not even after expunge              RFC 9051 §2.3.1.1
 *   I3  every change gets a modseq above all earlier ones of its account RFC 7162 §3.1
 *   I4  every message has its blob; every blob has a message, here or in the queue
 *   I5  mailbox.messages, unseen, deleted, size_octets are what counting gives
 *   I6  account.used_octets and messages are the sums over its mailboxes
 *   I7  a blob's octets, or its file's, have its size and hash
 */
import { Refusal } from '../base/faults.ts'
import { one, type Steps } from '../db/statement.ts'
import type { AccountId } from '../directory/types.ts'
import type {
  Flags,
  Mailbox,
  MailboxId,
  Message,
  MessageState,
  ModSeq,
  Summary,
  Uid,
} from './types.ts'

export interface MailboxRow {
  readonly id: number
  readonly account_id: number
  readonly name: string
  readonly special_use: string | null
  readonly uid_validity: number
  readonly uid_next: number
  readonly modseq: number
  readonly messages: number
  readonly unseen: number
  readonly deleted: number
  readonly size_octets: number
  readonly keywords: string
  readonly subscribed: number
}

export const MAILBOX_COLUMNS = `mailbox.id, mailbox.account_id, mailbox.name, special_use,
  uid_validity, uid_next, modseq, messages, unseen, deleted, size_octets, keywords,
  EXISTS (SELECT 1 FROM subscription WHERE subscription.account_id = mailbox.account_id
    AND subscription.name = mailbox.name) AS subscribed`

export function mailboxOf(row: MailboxRow): Mailbox {
  return {
    id: row.id as MailboxId,
    accountId: row.account_id as AccountId,
    name: row.name,
    specialUse: row.special_use as Mailbox['specialUse'],
    uidValidity: row.uid_validity,
    uidNext: row.uid_next as Uid,
    highestModSeq: row.modseq as ModSeq,
    messages: row.messages,
    unseen: row.unseen,
    deleted: row.deleted,
    sizeOctets: row.size_octets,
    subscribed: row.subscribed === 1,
    keywords: words(row.keywords),
  }
}

export interface StateRow {
  readonly uid: number
  readonly modseq: number
  readonly flags: number
  readonly keywords: string
}

export const STATE_COLUMNS = 'uid, modseq, flags, keywords'

export function stateOf(row: StateRow): MessageState {
  return {
    uid: row.uid as Uid,
    modSeq: row.modseq as ModSeq,
    flags: flagsOf(row.flags, row.keywords),
  }
}

export const SUMMARY_COLUMNS = 'uid, modseq, flags, keywords, message.size_octets, received_ms'

export type SummaryRow = readonly [
  uid: number,
  modSeq: number,
  flags: number,
  keywords: string,
  sizeOctets: number,
  receivedMs: number,
]

export function summaryOf(row: SummaryRow): Summary {
  return {
    uid: row[0] as Uid,
    modSeq: row[1] as ModSeq,
    flags: flagsOf(row[2], row[3]),
    sizeOctets: row[4],
    receivedMs: row[5],
  }
}

/** After {@link SUMMARY_COLUMNS}. */
export const MESSAGE_COLUMNS = `${SUMMARY_COLUMNS}, saved_ms, trace, blob_id,
  blob.size_octets, lower(hex(blob.hash)), blob.file`

export type MessageRow = readonly [
  ...SummaryRow,
  savedMs: number,
  trace: Uint8Array,
  blobId: number,
  blobSizeOctets: number,
  blobHash: string,
  blobFile: string | null,
]

export function messageOf(mailboxId: MailboxId, row: MessageRow): Message {
  return {
    mailboxId,
    uid: row[0] as Uid,
    modSeq: row[1] as ModSeq,
    flags: flagsOf(row[2], row[3]),
    sizeOctets: row[4],
    receivedMs: row[5],
    savedMs: row[6],
    trace: row[7],
    blob: { id: row[8], sizeOctets: row[9], hash: row[10], file: row[11] },
  }
}

/** Flags without keywords are shared: nearly every message has such. */
function flagsOf(system: number, keywords: string): Flags {
  const plain = keywords === '' ? PLAIN_FLAGS[system] : undefined
  return plain ?? { system, keywords: words(keywords) }
}

export function words(text: string): readonly string[] {
  return text === '' ? NONE : text.split(' ')
}

const NONE: readonly string[] = []
const PLAIN_FLAGS: readonly Flags[] = Array.from({ length: 32 }, (_, system) => ({
  system,
  keywords: NONE,
}))

export function* findMailbox(id: MailboxId): Steps<Mailbox | undefined> {
  const row = yield* one<MailboxRow>(`SELECT ${MAILBOX_COLUMNS} FROM mailbox WHERE id = ?`, id)
  return row && mailboxOf(row)
}

/** @throws Refusal noSuchMailbox: another session may delete a mailbox at any time */
export function* requireMailbox(id: MailboxId): Steps<Mailbox> {
  const mailbox = yield* findMailbox(id)
  if (mailbox === undefined) throw new Refusal('noSuchMailbox')
  return mailbox
}

/**
 * Takes the account's next modseq and accounts for `octets` and `messages` more (or fewer).
 * @throws Refusal overQuota when it grows beyond the quota; noSuchUser when the account is gone
 */
export function* takeModSeq(account: AccountId, octets = 0, messages = 0): Steps<ModSeq> {
  const row = yield* one<{ modseq: number }>(
    `UPDATE account SET modseq = modseq + 1, used_octets = used_octets + ?1, messages = messages + ?2
     WHERE id = ?3 AND (?1 <= 0 OR quota_octets IS NULL OR used_octets + ?1 <= quota_octets)
     RETURNING modseq`,
    octets,
    messages,
    account,
  )
  if (row !== undefined) return row.modseq as ModSeq
  const exists = yield* one<object>('SELECT 1 FROM account WHERE id = ?', account)
  throw new Refusal(exists === undefined ? 'noSuchUser' : 'overQuota')
}
