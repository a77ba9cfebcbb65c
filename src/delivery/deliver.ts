/**
 * The writes by which mail enters: one transaction each, content, mailboxes and log lines together.
 */
import { type Reason, Refusal } from '../base/faults.ts'
import type { MailboxLimits } from '../base/limits.ts'
import { defineWrite, type Steps } from '../db/statement.ts'
import type { AccountId } from '../directory/types.ts'
import { addToOutbox } from '../log/outbox.ts'
import { enqueue } from '../queue/enqueue.ts'
import { type Told, tell } from '../queue/tell.ts'
import type { DestinationName, NewQueued } from '../queue/types.ts'
import { insertBlob, type NewBlob, removeBlobIfUnused } from '../store/blobs.ts'
import { type Added, addMessage } from '../store/messages.ts'
import type { Flags, MailboxId } from '../store/types.ts'
import { noteSent, type Sending } from './sent-rows.ts'
import { fileSentCopy, findIfSent, findSame, type SentCopy } from './sent-copy.ts'
import { noteTaken } from './taken.ts'

/** One copy of the message in one account's INBOX. */
export interface LocalCopy {
  readonly account: AccountId
  /** Return-Path and Delivered-To lines. */
  readonly trace: Uint8Array
}

export interface DeliverArgs {
  /** Null when every recipient was thrown away by an alias. */
  readonly blob: NewBlob | null
  readonly copies: readonly LocalCopy[]
  /** For the account that submitted it; null: it keeps none. */
  readonly sentCopy: SentCopy | null
  /** For recipients elsewhere; null: there are none. */
  readonly queued: NewQueued | null
  /** What counts for the account that sends to them; null: it is nobody's, or not limited. */
  readonly sending: Sending | null
  readonly receivedMs: number
  readonly lines: string
  readonly limits: MailboxLimits
  /** The file of the drop folder that it comes from: it is accepted once. Undefined: from elsewhere. */
  readonly takenFrom?: string | undefined
  /** Of a notice: what it is about, for the case that it is refused. Null: it is none. */
  readonly about: string | null
  /** To the sender, who wants to know that it was delivered; null: they do not. */
  readonly notice: DeliverArgs | null
}

export interface DeliverResult {
  readonly outboxId: number
  /** As they were given. */
  readonly lines: string
  /** Where something waits now. */
  readonly destinations: readonly DestinationName[]
  readonly mailboxes: readonly MailboxId[]
  /** The blob's file, when the message is in nobody's mailbox after all; to be removed. */
  readonly unusedFile: string | null
  /** What came of the notice. */
  readonly told: Told<DeliverResult>
}

export const deliver = defineWrite('deliver', enter)

function* enter(args: DeliverArgs): Steps<DeliverResult> {
  try {
    return yield* enterAlone(args)
  } catch (error) {
    if (args.about === null || !(error instanceof Refusal)) throw error
    const why = error.detail ?? WORDS[error.reason] ?? error.reason
    throw new Refusal(error.reason, `${args.about}: ${why}`)
  }
}

const WORDS: { readonly [R in Reason]?: string } = {
  overQuota: 'the mailbox is full',
  noSuchUser: 'the account is gone',
}

function* enterAlone(args: DeliverArgs): Steps<DeliverResult> {
  const { blob, receivedMs } = args
  if (args.takenFrom !== undefined) yield* noteTaken(args.takenFrom)
  const mailboxes: MailboxId[] = []
  let unusedFile: string | null = null
  if (blob !== null) {
    const blobId = yield* insertBlob(blob)
    for (const { account, trace } of args.copies) {
      const added = yield* addMessage({
        account,
        mailbox: null,
        blobId,
        sizeOctets: trace.length + blob.sizeOctets,
        flags: UNSEEN,
        receivedMs,
        savedMs: receivedMs,
        trace,
        limits: args.limits,
      })
      mailboxes.push(added.mailbox)
    }
    if (args.sentCopy !== null) {
      const kept = { ...blob, id: blobId }
      const how = { nowMs: receivedMs, limits: args.limits }
      const added = yield* fileSentCopy(args.sentCopy, kept, how)
      if (added !== null) mailboxes.push(added.mailbox)
    }
    if (args.sending !== null) yield* noteSent(args.sending, receivedMs)
    if (args.queued !== null) yield* enqueue(args.queued, blobId)
    // After everything that may refer to the blob: the account can have the copy for Sent already.
    unusedFile = args.sentCopy === null ? null : yield* removeBlobIfUnused(blobId)
  }
  const { lines } = args
  const destinations = [...new Set(args.queued?.recipients.map(({ destination }) => destination))]
  const told = { delivered: [] as DeliverResult[], refused: [] as string[] }
  const outboxId = yield* addToOutbox(lines)
  if (args.notice !== null) yield* tell(args.notice, enter, told)
  return { outboxId, lines, destinations, mailboxes, unusedFile, told }
}

const UNSEEN: Flags = { system: 0, keywords: [] }

export interface AppendArgs {
  readonly account: AccountId
  readonly mailbox: MailboxId
  readonly messages: readonly {
    readonly blob: NewBlob
    readonly flags: Flags
    readonly receivedMs: number
  }[]
  readonly savedMs: number
  readonly limits: MailboxLimits
  /** The account files what it submits by itself: what it uploads to Sent may be there already. */
  readonly keepsSent: boolean
}

export interface AppendResult extends Added {
  /** False: the mailbox had the message already, and its UID is that one's. */
  readonly isNew: boolean
}

/** IMAP APPEND: all messages or none (RFC 3502). */
export const append = defineWrite('append', function* (args: AppendArgs): Steps<
  readonly AppendResult[]
> {
  const added: AppendResult[] = []
  const sent = args.keepsSent ? yield* findIfSent(args.mailbox) : null
  for (const { blob, flags, receivedMs } of args.messages) {
    if (sent !== null) {
      const uid = yield* findSame(sent, blob.skeleton, args.savedMs)
      if (uid !== null) {
        added.push({ mailbox: sent.id, uidValidity: sent.uidValidity, uid, isNew: false })
        continue
      }
    }
    const blobId = yield* insertBlob(blob)
    const { account, mailbox, savedMs, limits } = args
    const { sizeOctets } = blob
    const trace = NO_TRACE
    const message = { account, mailbox, blobId, sizeOctets, flags, receivedMs, savedMs, trace }
    added.push({ ...(yield* addMessage({ ...message, limits })), isNew: true })
  }
  return added
})

const NO_TRACE = new Uint8Array(0)
