/**
 * The writes by which mail enters: one transaction each, content, mailboxes and log lines together.
 */
import type { MailboxLimits } from '../base/limits.ts'
import { defineWrite, type Steps } from '../db/statement.ts'
import type { AccountId } from '../directory/types.ts'
import { addToOutbox } from '../log/outbox.ts'
import { insertBlob, type NewBlob } from '../store/blobs.ts'
import { type Added, addMessage } from '../store/messages.ts'
import type { Flags, MailboxId } from '../store/types.ts'

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
  readonly receivedMs: number
  readonly lines: string
  readonly limits: MailboxLimits
}

export interface DeliverResult {
  readonly outboxId: number
  readonly mailboxes: readonly MailboxId[]
}

export const deliver = defineWrite('deliver', function* (args: DeliverArgs): Steps<DeliverResult> {
  const { blob, receivedMs } = args
  const mailboxes: MailboxId[] = []
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
  }
  return { outboxId: yield* addToOutbox(args.lines), mailboxes }
})

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
}

/** IMAP APPEND: all messages or none (RFC 3502). */
export const append = defineWrite('append', function* (args: AppendArgs): Steps<readonly Added[]> {
  const added: Added[] = []
  for (const { blob, flags, receivedMs } of args.messages) {
    const blobId = yield* insertBlob(blob)
    const { account, mailbox, savedMs, limits } = args
    const { sizeOctets } = blob
    const trace = NO_TRACE
    const message = { account, mailbox, blobId, sizeOctets, flags, receivedMs, savedMs, trace }
    added.push(yield* addMessage({ ...message, limits }))
  }
  return added
})

const NO_TRACE = new Uint8Array(0)
