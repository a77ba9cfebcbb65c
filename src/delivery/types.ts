/**
 * The one door: every message enters through {@link Delivery}, and its promise resolves only when
 * the message is on stable storage (RFC 5321 §4.2.5, promise P1).
 */
import type { AccountId, Destination } from '../directory/types.ts'
import type { Arrival, MessageId } from '../journal/event.ts'
import type { Flags, MailboxId, Uid } from '../store/types.ts'
import type { Skeleton } from '../syntax/mime/skeleton.ts'

/**
 * Takes a message's octets as they come. Small bodies stay in memory, large ones go to a temporary
 * file; both are hashed and parsed on the way. Disposing one that was not finished removes its file;
 * a finished body is given to {@link Delivery}, which leaves no file of it behind.
 */
export interface BodyWriter extends AsyncDisposable {
  /** False when the writer wants the source to pause until {@link drained}. */
  write(octets: Uint8Array): boolean
  drained(): Promise<void>
  readonly sizeOctets: number
  /** Ends the body. @throws Refusal storageFull, storageFailed */
  finish(): Promise<Body>
}

/** A complete message, not yet accepted. */
export interface Body {
  readonly sizeOctets: number
  readonly hash: string
  readonly skeleton: Skeleton
  readonly content:
    | { readonly kind: 'memory'; readonly octets: Uint8Array }
    | { readonly kind: 'file'; readonly path: string }
}

/** What is known of how the message came, without what delivery finds out itself. */
export type ArrivalFacts = Omit<
  Arrival,
  'mark' | 'parent' | 'type' | 'atMs' | 'sizeOctets' | 'messageIdHeader' | 'subject' | 'recipients'
>

/** A recipient as accepted at RCPT, with the route it was accepted by. */
export interface AcceptedRecipient {
  /** As the client wrote it, without brackets. */
  readonly address: string
  readonly destinations: readonly Destination[]
}

export interface Submission {
  readonly facts: ArrivalFacts
  readonly recipients: readonly AcceptedRecipient[]
  readonly body: Body
}

export interface Appended {
  readonly uidValidity: number
  readonly uid: Uid
}

export interface Delivery {
  /** A new message id, for the Received line before the body is known. */
  newMessageId(): MessageId
  openBody(): BodyWriter
  /**
   * Stores the message once for each account it goes to, and its log lines, in one transaction.
   * @throws Refusal overQuota when any recipient's quota does not hold it: nothing is stored
   * @throws Refusal storageFull, storageFailed
   */
  accept(submission: Submission): Promise<void>
  /**
   * IMAP APPEND: all into this mailbox, or none; no routing, and no line in the main log.
   * @throws Refusal as accept, and noSuchMailbox
   */
  append(
    account: AccountId,
    mailbox: MailboxId,
    messages: readonly {
      readonly body: Body
      readonly flags: Flags
      readonly receivedMs: number
    }[],
  ): Promise<readonly Appended[]>
  /**
   * Is there room for a message of this size, on disk and in these accounts?
   * @throws Refusal storageFull (disk guard), overQuota
   */
  checkRoom(sizeOctets: number, accounts: readonly AccountId[]): void
}
