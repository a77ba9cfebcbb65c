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
  /**
   * Offset of the first octet above 127: before the body of the skeleton's root the header has such
   * octets (RFC 6532), after it only the content (RFC 6152). Null: all is ASCII.
   */
  readonly eightBitFrom: number | null
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
  /** RFC 3461 §4.1, upper case as it came: `NEVER`, `SUCCESS,DELAY`. Null: not said. */
  readonly notify: string | null
  /** RFC 3461 §4.2, ORCPT as it came: `rfc822;bob@example.net`. Null: not said. */
  readonly original: string | null
}

/** What the client asked of the way a message goes on, and of notices about it. */
export interface Wishes {
  /** RFC 3461 §4.3: how much of the message a notice of failure gives back. Null: not said. */
  readonly ret: 'FULL' | 'HDRS' | null
  /** RFC 3461 §4.4, as xtext. Null: not said. */
  readonly envelopeId: string | null
  /** RFC 6531 §3.4: the client said SMTPUTF8. */
  readonly smtputf8: boolean
  /** RFC 8689 §2: never without TLS to a checked host. */
  readonly requireTls: boolean
}

/** Of who asks for nothing. */
export const NO_WISHES: Wishes = { ret: null, envelopeId: null, smtputf8: false, requireTls: false }

export interface Submission {
  readonly facts: ArrivalFacts
  /** Of a notice: the message that it is about. Undefined: it is about none. */
  readonly parent?: MessageId
  /** The account that logged in to send it; undefined: it came from elsewhere, or from us. */
  readonly submitter?: AccountId | undefined
  /** The Bcc fields that were taken out of what was submitted, as latin1 lines; undefined: none. */
  readonly bcc?: string
  /** Undefined is {@link NO_WISHES}. */
  readonly wishes?: Wishes
  readonly recipients: readonly AcceptedRecipient[]
  readonly body: Body
  /** Names the file of the drop folder that it comes from, which is remembered in the same commit. */
  readonly takenFrom?: string
  /** Once aborted nobody waits for it any more, and it is not stored unless that has begun. */
  readonly giveUp?: AbortSignal
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
