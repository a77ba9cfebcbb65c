/**
 * Mailboxes and messages, as IMAP (later JMAP and POP3) sees them.
 */
import type { Branded } from '../base/brand.ts'
import type { AccountId } from '../directory/types.ts'
import type { Skeleton } from '../syntax/mime/skeleton.ts'

export type MailboxId = Branded<number, 'MailboxId'>
/** 1 to 2^32 - 1, ascending within a mailbox, never used twice. */
export type Uid = Branded<number, 'Uid'>
/** 1 to 2^53 - 1, ascending within an account: IMAP allows 63 bits, a JS number holds 53. */
export type ModSeq = Branded<number, 'ModSeq'>

/** RFC 6154 §2, and INBOX. */
export type SpecialUse = 'Inbox' | 'Sent' | 'Drafts' | 'Junk' | 'Trash' | 'Archive'

export interface Mailbox {
  readonly id: MailboxId
  readonly accountId: AccountId
  /** Unicode, `/` between levels; `INBOX` is always written so. */
  readonly name: string
  readonly specialUse: SpecialUse | null
  readonly uidValidity: number
  readonly uidNext: Uid
  readonly highestModSeq: ModSeq
  readonly messages: number
  readonly unseen: number
  readonly deleted: number
  readonly sizeOctets: number
  readonly subscribed: boolean
  /** Keywords ever used here, in order of first use. */
  readonly keywords: readonly string[]
}

/** System flags are bits, keywords are names: `$Forwarded`, `work`. Compared without case. */
export const FLAG = { seen: 1, answered: 2, flagged: 4, deleted: 8, draft: 16 } as const

export interface Flags {
  /** Sum of {@link FLAG} bits. */
  readonly system: number
  readonly keywords: readonly string[]
}

/** What a session must know of every message. */
export interface MessageState {
  readonly uid: Uid
  readonly flags: Flags
  readonly modSeq: ModSeq
}

/** What is known of a message without looking into it. */
export interface Summary extends MessageState {
  /** RFC822.SIZE: octets with the per-recipient trace headers. */
  readonly sizeOctets: number
  /** INTERNALDATE, milliseconds since the epoch. */
  readonly receivedMs: number
}

/** A message with its structure. */
export interface Outline extends Summary {
  /** Offsets are into the blob, as in {@link Store.skeleton}. */
  readonly skeleton: Skeleton
}

/** One message with what FETCH may ask for, its octets apart. */
export interface Message extends Summary {
  readonly mailboxId: MailboxId
  /** Return-Path and Delivered-To lines of this copy; they stand before the blob. */
  readonly trace: Uint8Array
  readonly blob: BlobRef
  /** When this copy was saved here; RFC 8514, milliseconds. */
  readonly savedMs: number
}

/** A message's stored octets, shared by all copies. */
export interface BlobRef {
  readonly id: number
  readonly sizeOctets: number
  /** Lower-case hex SHA-256. */
  readonly hash: string
  /** Name of its file in the blob folder; null when the octets are in the database row. */
  readonly file: string | null
  /** Only after {@link Store.readAhead}, and only when there are few. */
  readonly octets?: Uint8Array
}

/** What changed in a mailbox after a modseq. */
export interface Changes {
  readonly mailbox: Mailbox
  /** New and changed messages, ascending by UID. */
  readonly changed: readonly MessageState[]
  /** UIDs expunged, ascending. */
  readonly expunged: readonly Uid[]
}

/** Inclusive, ascending, not overlapping. */
export type UidRanges = readonly (readonly [first: Uid, last: Uid])[]

/** Every UID there can be. */
export const EVERY_UID: UidRanges = [[1 as Uid, 0xffff_ffff as Uid]]

export interface FlagChange {
  readonly mailboxId: MailboxId
  readonly uids: UidRanges
  readonly action: 'add' | 'remove' | 'replace'
  readonly flags: Flags
  /** CONDSTORE UNCHANGEDSINCE; RFC 7162 §3.1.3. */
  readonly unchangedSince: ModSeq | undefined
}

export interface FlagsChanged {
  /** New state of every message that was named and exists, changed or not. */
  readonly messages: readonly MessageState[]
  /** Messages left alone because they changed since: the MODIFIED response code. */
  readonly modified: readonly Uid[]
}

/** COPYUID, RFC 4315: the n-th source became the n-th copy. */
export interface Copied {
  readonly uidValidity: number
  readonly sources: readonly Uid[]
  readonly copies: readonly Uid[]
}

/** What the IMAP server asks of the store. Reads are synchronous: they are local and bounded. */
export interface Store {
  mailboxes(account: AccountId): readonly Mailbox[]
  /** Finds by name; `inbox` in any case is INBOX. */
  mailbox(account: AccountId, name: string): Mailbox | undefined
  /** Undefined when it was deleted meanwhile. */
  mailboxById(id: MailboxId): Mailbox | undefined
  /** Subscribed names, with those of mailboxes that do not exist (RFC 9051 §6.3.7). */
  subscriptions(account: AccountId): readonly string[]

  /** @throws Refusal mailboxExists, mailboxNameInvalid, tooManyMailboxes. Makes missing parents too. */
  createMailbox(account: AccountId, name: string, specialUse: SpecialUse | null): Promise<Mailbox>
  /** @throws Refusal noSuchMailbox, mailboxHasChildren, policy (INBOX) */
  deleteMailbox(account: AccountId, name: string): Promise<void>
  /** Renames children too; renaming INBOX moves its messages (RFC 9051 §6.3.6). */
  renameMailbox(account: AccountId, from: string, to: string): Promise<void>
  setSubscribed(account: AccountId, name: string, subscribed: boolean): Promise<void>

  /** The UID of every message, ascending. */
  uids(mailbox: MailboxId): Uint32Array
  /** The lowest UID of a message without \\Seen; null when there is none. */
  firstUnseen(mailbox: MailboxId): Uid | null
  /** The cheapest of the three. In the ranges, ascending by UID, at most `limit`. */
  summaries(mailbox: MailboxId, uids: UidRanges, limit: number): readonly Summary[]
  /** In the ranges, ascending by UID, at most `limit`. */
  outlines(mailbox: MailboxId, uids: UidRanges, limit: number): readonly Outline[]
  /** Messages in the ranges, ascending by UID, at most `limit`; ask again from the last UID + 1. */
  messages(mailbox: MailboxId, uids: UidRanges, limit: number): readonly Message[]
  changes(mailbox: MailboxId, since: ModSeq): Changes | undefined
  /** The MIME skeleton of the stored blob. Offsets are into the blob: add `trace.length` for a message. */
  skeleton(blob: BlobRef): Skeleton
  /** The skeletons of many blobs in one query. */
  skeletons(blobs: readonly BlobRef[]): ReadonlyMap<number, Skeleton>

  /**
   * Octets [start, end) of the message, trace included; end may be past its end.
   * Small messages are in memory; large ones come from their file in chunks.
   * @throws Refusal storageFailed when the blob is missing or damaged
   */
  octets(message: Message, start: number, end: number): Uint8Array | AsyncIterable<Uint8Array>

  /** A change of very many messages is several writes: one that fails leaves those before it. */
  /** The same messages, the small ones with their octets at hand: for a few that are read at once. */
  readAhead(messages: readonly Message[]): readonly Message[]

  changeFlags(change: FlagChange): Promise<FlagsChanged>
  /** Removes messages that are in the ranges and have \Deleted. Returns the UIDs removed. */
  expunge(mailbox: MailboxId, uids: UidRanges): Promise<readonly Uid[]>
  /** @throws Refusal overQuota, noSuchMailbox; all or nothing */
  copy(from: MailboxId, uids: UidRanges, to: MailboxId): Promise<Copied>
  /**
   * Copy and removal of a message are one transaction; RFC 9051 §6.4.8. Of many messages some may be
   * moved when it fails, each of them wholly. `uidValidity` is of no use when there were none.
   */
  move(from: MailboxId, uids: UidRanges, to: MailboxId): Promise<Copied>

  /** Calls back after any committed change to the mailbox, at most once a turn of the event loop. */
  watch(mailbox: MailboxId, changed: () => void): Disposable
}
