import type { MailboxLimits } from '../base/limits.ts'
import { change, defineWrite, type Steps } from '../db/statement.ts'
import { removeBlobIfUnused } from './blobs.ts'
import { withKeywords } from './keywords.ts'
import { listMessages, listStatesIn } from './messages.ts'
import { requireMailbox, takeModSeq } from './schema.ts'
import {
  type Copied,
  EVERY_UID,
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
    const states = yield* listStatesIn(mailbox, uids)
    const doomed = states.filter(({ flags }) => flags.system & FLAG.deleted)
    if (doomed.length === 0) return { uids: [], files: [] }
    const messages = yield* listMessages(
      mailbox,
      doomed.map(({ uid }) => [uid, uid]),
      doomed.length,
    )
    const octets = sum(messages)
    const modSeq = yield* takeModSeq(found.accountId, -octets, -messages.length)
    yield* removeFrom(mailbox, messages, modSeq)
    return { uids: messages.map(({ uid }) => uid), files: yield* dropBlobs(messages) }
  },
  { freesSpace: true },
)

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

/** Moves every message to an empty mailbox of the same account. */
export function* moveAll(source: Mailbox, target: Mailbox): Steps<void> {
  const messages = yield* listMessages(source.id, EVERY_UID, Number.MAX_SAFE_INTEGER)
  if (messages.length === 0) return
  const modSeq = yield* takeModSeq(target.accountId)
  yield* change(
    'UPDATE mailbox SET keywords = ? WHERE id = ?',
    source.keywords.join(' '),
    target.id,
  )
  const limits = {
    maxKeywords: Number.POSITIVE_INFINITY,
    maxKeywordOctets: Number.POSITIVE_INFINITY,
  }
  yield* addCopies(target, messages, modSeq, null, limits)
  yield* removeFrom(source.id, messages, modSeq)
}

function* addCopies(
  target: Mailbox,
  messages: readonly Message[],
  modSeq: ModSeq,
  savedMs: number | null,
  limits: Pick<MailboxLimits, 'maxKeywords' | 'maxKeywordOctets'>,
): Steps<Copied> {
  const wanted = [...new Set(messages.flatMap(({ flags }) => flags.keywords))]
  const known = target.keywords.join(' ')
  yield* withKeywords(target.id, known, wanted, limits as MailboxLimits)
  let uid = target.uidNext as number
  const copies: Uid[] = []
  for (const message of messages) {
    yield* change(
      'INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[target.id, uid, modSeq, message.flags.system, message.flags.keywords.join(' ')],
      ...[message.blob.id, message.sizeOctets, message.receivedMs],
      ...[savedMs ?? message.savedMs, message.trace],
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

function* dropBlobs(messages: readonly Message[]): Steps<string[]> {
  const files: string[] = []
  for (const id of new Set(messages.map(({ blob }) => blob.id))) {
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
