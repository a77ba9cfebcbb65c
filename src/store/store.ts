import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'
import type { MailboxLimits } from '../base/limits.ts'
import type { Database } from '../db/database.ts'
import type { AccountId } from '../directory/types.ts'
import { openSkeleton } from '../syntax/mime/codec.ts'
import type { Skeleton } from '../syntax/mime/skeleton.ts'
import type { BlobFolder } from './blob-folder.ts'
import { changeFlags } from './flags.ts'
import {
  createMailbox,
  deleteMailbox,
  findByName,
  listMailboxes,
  listSubscriptions,
  renameMailbox,
  setSubscribed,
} from './mailboxes.ts'
import {
  findFirstUnseen,
  listChanges,
  listMessages,
  listOutlines,
  listSummaries,
  listUids,
  readOctets,
  readOctetsOf,
  readSkeletons,
} from './messages.ts'
import { copy, expunge, move } from './move.ts'
import { findMailbox } from './schema.ts'
import type {
  BlobRef,
  Changes,
  Copied,
  FlagChange,
  FlagsChanged,
  Mailbox,
  MailboxId,
  Message,
  MessageState,
  ModSeq,
  Outline,
  SpecialUse,
  Store,
  Summary,
  Uid,
  UidRanges,
} from './types.ts'
import { sliceRanges, spanOf } from './uid-ranges.ts'
import { Watchers } from './watchers.ts'

export interface StoreOptions {
  readonly database: Database
  readonly blobs: BlobFolder
  readonly limits: MailboxLimits
  readonly clock: Clock
}

/** The store over the database. Every change is announced to watchers after its commit. */
export class DatabaseStore implements Store {
  readonly watchers = new Watchers()
  readonly #database: Database
  readonly #blobs: BlobFolder
  readonly #limits: MailboxLimits
  readonly #clock: Clock

  constructor({ database, blobs, limits, clock }: StoreOptions) {
    this.#database = database
    this.#blobs = blobs
    this.#limits = limits
    this.#clock = clock
  }

  mailboxes(account: AccountId): readonly Mailbox[] {
    return this.#database.read(listMailboxes(account))
  }

  mailbox(account: AccountId, name: string): Mailbox | undefined {
    return this.#database.read(findByName(account, name))
  }

  mailboxById(id: MailboxId): Mailbox | undefined {
    return this.#database.read(findMailbox(id))
  }

  subscriptions(account: AccountId): readonly string[] {
    return this.#database.read(listSubscriptions(account))
  }

  createMailbox(account: AccountId, name: string, specialUse: SpecialUse | null): Promise<Mailbox> {
    const limits = this.#limits
    return this.#database.write(createMailbox, { account, name, specialUse, limits })
  }

  async deleteMailbox(account: AccountId, name: string): Promise<void> {
    const { id, files } = await this.#database.write(deleteMailbox, { account, name })
    this.watchers.announce([id])
    await this.#removeFiles(files)
  }

  async renameMailbox(account: AccountId, from: string, to: string): Promise<void> {
    const limits = this.#limits
    this.watchers.announce(await this.#database.write(renameMailbox, { account, from, to, limits }))
  }

  setSubscribed(account: AccountId, name: string, subscribed: boolean): Promise<void> {
    const limits = this.#limits
    return this.#database.write(setSubscribed, { account, name, subscribed, limits })
  }

  uids(mailbox: MailboxId): Uint32Array {
    return this.#database.read(listUids(mailbox))
  }

  firstUnseen(mailbox: MailboxId): Uid | null {
    return this.#database.read(findFirstUnseen(mailbox))
  }

  summaries(mailbox: MailboxId, uids: UidRanges, limit: number): readonly Summary[] {
    return this.#database.read(listSummaries(mailbox, uids, limit))
  }

  outlines(mailbox: MailboxId, uids: UidRanges, limit: number): readonly Outline[] {
    return this.#database.read(listOutlines(mailbox, uids, limit))
  }

  messages(mailbox: MailboxId, uids: UidRanges, limit: number): readonly Message[] {
    return this.#database.read(listMessages(mailbox, uids, limit))
  }

  changes(mailbox: MailboxId, since: ModSeq): Changes | undefined {
    return this.#database.read(listChanges(mailbox, since))
  }

  skeleton(blob: BlobRef): Skeleton {
    const skeleton = this.skeletons([blob]).get(blob.id)
    if (skeleton === undefined) throw damaged(blob)
    return skeleton
  }

  skeletons(blobs: readonly BlobRef[]): ReadonlyMap<number, Skeleton> {
    const rows = this.#database.readAlone(readSkeletons(blobs.map(({ id }) => id)))
    return new Map(rows.map(({ id, skeleton }) => [id, openSkeleton(skeleton)]))
  }

  readAhead(messages: readonly Message[]): readonly Message[] {
    const small = messages.filter(({ blob }) => blob.sizeOctets <= READ_AHEAD_OCTETS)
    if (small.length < 2) return messages
    const ids = small.map(({ blob }) => blob.id)
    const found = new Map(this.#database.readAlone(readOctetsOf(ids)))
    return messages.map((message) => {
      const octets = found.get(message.blob.id)
      return octets === undefined ? message : { ...message, blob: { ...message.blob, octets } }
    })
  }

  octets(message: Message, start: number, end: number): Uint8Array | AsyncIterable<Uint8Array> {
    const { blob, trace } = message
    const last = Math.min(end, message.sizeOctets)
    if (start >= last) return NOTHING
    if (last <= trace.length) return trace.subarray(start, last)
    const from = Math.max(0, start - trace.length)
    const to = last - trace.length
    const head = trace.subarray(Math.min(start, trace.length))
    if (blob.file !== null) {
      // Said now: once its size was announced, a message that cannot be read ends the connection.
      if (!this.#blobs.isWhole(blob.file, blob.sizeOctets)) throw damaged(blob)
      return withHead(head, this.#blobs.read(blob.file, from, to), blob)
    }
    const octets = blob.octets ?? this.#database.readAlone(readOctets(blob.id))
    if (!octets || octets.length !== blob.sizeOctets) throw damaged(blob)
    const tail = octets.subarray(from, to)
    return head.length === 0 ? tail : Buffer.concat([head, tail])
  }

  async changeFlags(change: FlagChange): Promise<FlagsChanged> {
    const { mailboxId, uids } = change
    const messages: MessageState[] = []
    const modified: Uid[] = []
    for (const slice of this.#slices(mailboxId, uids)) {
      const args = { ...change, uids: slice, limits: this.#limits }
      const result = await this.#database.write(changeFlags, args)
      for (const message of result.messages) messages.push(message)
      modified.push(...result.modified)
      this.watchers.announce([mailboxId])
    }
    return { messages, modified }
  }

  async expunge(mailbox: MailboxId, uids: UidRanges): Promise<readonly Uid[]> {
    const expunged = await this.#database.write(expunge, { mailbox, uids })
    this.watchers.announce([mailbox])
    await this.#removeFiles(expunged.files)
    return expunged.uids
  }

  async copy(from: MailboxId, uids: UidRanges, to: MailboxId): Promise<Copied> {
    const copied = await this.#database.write(copy, this.#copyArgs(from, uids, to))
    this.watchers.announce([to])
    return copied
  }

  async move(from: MailboxId, uids: UidRanges, to: MailboxId): Promise<Copied> {
    let uidValidity = 0
    const sources: Uid[] = []
    const copies: Uid[] = []
    for (const slice of this.#slices(from, uids)) {
      const moved = await this.#database.write(move, this.#copyArgs(from, slice, to))
      uidValidity = moved.uidValidity
      for (const source of moved.sources) sources.push(source)
      for (const copied of moved.copies) copies.push(copied)
      this.watchers.announce([from, to])
    }
    return { uidValidity, sources, copies }
  }

  watch(mailbox: MailboxId, changed: () => void): Disposable {
    return this.watchers.add(mailbox, changed)
  }

  /** A long STORE or MOVE is several writes, so that deliveries get their turn in between. */
  #slices(mailbox: MailboxId, uids: UidRanges): readonly UidRanges[] {
    return spanOf(uids) <= SLICE ? [uids] : sliceRanges(uids, this.uids(mailbox), SLICE)
  }

  #copyArgs(from: MailboxId, uids: UidRanges, to: MailboxId) {
    return { from, uids, to, nowMs: this.#clock.nowMs(), limits: this.#limits }
  }

  async #removeFiles(files: readonly string[]): Promise<void> {
    for (const file of files) await this.#blobs.remove(file)
  }
}

const NOTHING = new Uint8Array(0)

/** Larger messages are read one by one. */
const READ_AHEAD_OCTETS = 16 * 1024
const SLICE = 2000

function damaged(blob: BlobRef): Refusal {
  return new Refusal('storageFailed', undefined, {
    cause: new Error(`blob ${blob.id} (${blob.hash}) is missing or damaged`),
  })
}

/** The trace headers, then the file. An unreadable file becomes a refusal that names the blob. */
async function* withHead(
  head: Uint8Array,
  file: AsyncIterable<Uint8Array>,
  blob: BlobRef,
): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head
  try {
    yield* file
  } catch (error) {
    throw new Refusal('storageFailed', undefined, {
      cause: new Error(`blob ${blob.id} (${blob.hash}) cannot be read`, { cause: error }),
    })
  }
}
