import type { MailboxLimits } from '../base/limits.ts'
import { all, change, defineWrite, type Steps } from '../db/statement.ts'
import { removeBlobIfUnused } from './blobs.ts'
import { withKeywords } from './keywords.ts'
import { listMessages } from './messages.ts'
import { requireMailbox, takeModSeq } from './schema.ts'
import {
  type Copied,
  FLAG,
  type Mailbox,
  type MailboxId,
  type Message,
  type ModSeq,
  type Uid,
  type UidRanges,
} from './types.ts'

export interface Expunged {
  readonly uids: readonly Uid[]
  /** Blob files that nothing refers to any more. */
  readonly files: readonly string[]
}

/** EXPUNGE and UID EXPUNGE: removes the messages in the ranges that have \Deleted. */
export const expunge = defineWrite(
  'expunge',
  function* ({ mailbox, uids }: { mailbox: MailboxId; uids: UidRanges }): Steps<Expunged> {
    const found = yield* requireMailbox(mailbox)
    const doomed: DoomedRow[] = []
    for (const [first, last] of uids) {
      const range = [mailbox, first, last]
      for (const row of yield* all<DoomedRow>(`SELECT ${DOOMED} ORDER BY uid`, ...range))
        doomed.push(row)
    }
    if (doomed.length === 0) return { uids: [], files: [] }
    const octets = doomed.reduce((total, { size_octets }) => total + size_octets, 0)
    const modSeq = yield* takeModSeq(found.accountId, -octets, -doomed.length)
    for (const [first, last] of uids) {
      const range = [mailbox, first, last]
      yield* change(
        `INSERT INTO expunged SELECT mailbox_id, ?, uid ${FROM_DOOMED}`,
        modSeq,
        ...range,
      )
      yield* change(`DELETE ${FROM_DOOMED}`, ...range)
    }
    const unseen = doomed.reduce((total, row) => total + row.unseen, 0)
    yield* change(
      `UPDATE mailbox SET modseq = ?, messages = messages - ?, unseen = unseen - ?,
         deleted = deleted - ?, size_octets = size_octets - ? WHERE id = ?`,
      ...[modSeq, doomed.length, unseen, doomed.length, octets, mailbox],
    )
    const files = yield* dropBlobs(doomed.map(({ blob_id }) => blob_id))
    return { uids: doomed.map(({ uid }) => uid), files }
  },
  { freesSpace: true },
)

/** No more than this is held of each: an EXPUNGE may take a mailbox of any size. */
interface DoomedRow {
  readonly uid: Uid
  readonly blob_id: number
  readonly size_octets: number
  readonly unseen: number
}

const FROM_DOOMED = `FROM message
  WHERE mailbox_id = ? AND uid BETWEEN ? AND ? AND flags & ${FLAG.deleted} <> 0`
const DOOMED = `uid, blob_id, size_octets, flags & ${FLAG.seen} = 0 AS unseen ${FROM_DOOMED}`

interface CopyArgs {
  readonly from: MailboxId
  readonly uids: UidRanges
  readonly to: MailboxId
  readonly nowMs: number
  readonly limits: MailboxLimits
}

/** COPY, RFC 9051 §6.4.7: the copies share the blob and count against the quota. */
export const copy = defineWrite('copy', function* (args: CopyArgs): Steps<Copied> {
  const source = yield* requireMailbox(args.from)
  const target = yield* requireMailbox(args.to)
  const messages = yield* listMessages(source.id, args.uids, Number.MAX_SAFE_INTEGER)
  if (messages.length === 0) return { uidValidity: target.uidValidity, sources: [], copies: [] }
  const modSeq = yield* takeModSeq(target.accountId, sum(messages), messages.length)
  return yield* addCopies(target, messages, modSeq, args.nowMs, args.limits)
})

/** MOVE, RFC 6851: the copies and the removal are one transaction; the quota does not notice. */
export const move = defineWrite('move', function* (args: CopyArgs): Steps<Copied> {
  const source = yield* requireMailbox(args.from)
  const target = yield* requireMailbox(args.to)
  const messages = yield* listMessages(source.id, args.uids, Number.MAX_SAFE_INTEGER)
  if (messages.length === 0) return { uidValidity: target.uidValidity, sources: [], copies: [] }
  const modSeq = yield* takeModSeq(target.accountId)
  const copied = yield* addCopies(target, messages, modSeq, args.nowMs, args.limits)
  yield* removeFrom(source.id, messages, modSeq)
  return copied
})

/** Moves every message to an empty mailbox of the same account; none of them leaves the database. */
export function* moveAll(source: Mailbox, target: Mailbox): Steps<void> {
  if (source.messages === 0) return
  const modSeq = yield* takeModSeq(target.accountId)
  yield* change(
    `INSERT INTO message SELECT ?, row_number() OVER (ORDER BY uid), ?, flags, keywords, blob_id,
       size_octets, received_ms, saved_ms, trace FROM message WHERE mailbox_id = ?`,
    ...[target.id, modSeq, source.id],
  )
  yield* change(
    `UPDATE mailbox SET uid_next = ?, modseq = ?, keywords = ?, messages = ?, unseen = ?,
       deleted = ?, size_octets = ? WHERE id = ?`,
    ...[source.messages + 1, modSeq, source.keywords.join(' '), source.messages],
    ...[source.unseen, source.deleted, source.sizeOctets, target.id],
  )
  yield* change(
    'INSERT INTO expunged SELECT mailbox_id, ?, uid FROM message WHERE mailbox_id = ?',
    ...[modSeq, source.id],
  )
  yield* change('DELETE FROM message WHERE mailbox_id = ?', source.id)
  yield* change(
    `UPDATE mailbox SET modseq = ?, messages = 0, unseen = 0, deleted = 0, size_octets = 0
     WHERE id = ?`,
    ...[modSeq, source.id],
  )
}

function* addCopies(
  target: Mailbox,
  messages: readonly Message[],
  modSeq: ModSeq,
  savedMs: number,
  limits: MailboxLimits,
): Steps<Copied> {
  const wanted = [...new Set(messages.flatMap(({ flags }) => flags.keywords))]
  const known = target.keywords.join(' ')
  yield* withKeywords(target.id, known, wanted, limits)
  let uid = target.uidNext as number
  const copies: Uid[] = []
  for (const message of messages) {
    yield* change(
      'INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[target.id, uid, modSeq, message.flags.system, message.flags.keywords.join(' ')],
      ...[message.blob.id, message.sizeOctets, message.receivedMs],
      ...[savedMs, message.trace],
    )
    copies.push(uid++ as Uid)
  }
  yield* change(
    `UPDATE mailbox SET uid_next = ?, modseq = ?, messages = messages + ?, unseen = unseen + ?,
       deleted = deleted + ?, size_octets = size_octets + ? WHERE id = ?`,
    ...[uid, modSeq, messages.length, count(messages, isUnseen), count(messages, isDeleted)],
    ...[sum(messages), target.id],
  )
  return { uidValidity: target.uidValidity, sources: messages.map((m) => m.uid), copies }
}

/** Removes messages from a mailbox and remembers that they went. Blobs and account stay. */
function* removeFrom(
  mailbox: MailboxId,
  messages: readonly Message[],
  modSeq: ModSeq,
): Steps<void> {
  for (const { uid } of messages) {
    yield* change('DELETE FROM message WHERE mailbox_id = ? AND uid = ?', mailbox, uid)
    yield* change('INSERT INTO expunged VALUES (?, ?, ?)', mailbox, modSeq, uid)
  }
  yield* change(
    `UPDATE mailbox SET modseq = ?, messages = messages - ?, unseen = unseen - ?,
       deleted = deleted - ?, size_octets = size_octets - ? WHERE id = ?`,
    ...[modSeq, messages.length, count(messages, isUnseen), count(messages, isDeleted)],
    ...[sum(messages), mailbox],
  )
}

function* dropBlobs(blobs: readonly number[]): Steps<string[]> {
  const files: string[] = []
  for (const id of new Set(blobs)) {
    const file = yield* removeBlobIfUnused(id)
    if (file !== null) files.push(file)
  }
  return files
}

function sum(messages: readonly Message[]): number {
  return messages.reduce((total, { sizeOctets }) => total + sizeOctets, 0)
}

function count(messages: readonly Message[], matches: (message: Message) => boolean): number {
  return messages.filter(matches).length
}

const isUnseen = (message: Message) => (message.flags.system & FLAG.seen) === 0
const isDeleted = (message: Message) => (message.flags.system & FLAG.deleted) !== 0
