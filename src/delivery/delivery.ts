/**
 * `accept`: the one door through which mail enters. It owns the promise that a message is on stable
 * storage, with its log lines, before anybody is told so.
 *
 *   body finished ─▶ file synced and in place (large bodies) ─▶ one transaction ─▶ resolved
 *                                                                    │
 *                                  after commit: watchers told, log lines written
 */
import type { Clock } from '../base/clock.ts'
import { messageOf, Refusal, wordsOf } from '../base/faults.ts'
import type { Limits } from '../base/limits.ts'
import { fromLatin1, latin1OfUtf8 } from '../base/octets.ts'
import type { Database } from '../db/database.ts'
import type { AccountId, Directory } from '../directory/types.ts'
import type { MessageId } from '../journal/event.ts'
import type { Outbox } from '../log/outbox.ts'
import type { SenderNotice } from '../queue/notices.ts'
import type { NewQueued } from '../queue/types.ts'
import type { BlobFolder } from '../store/blob-folder.ts'
import type { NewBlob } from '../store/blobs.ts'
import type { Flags, MailboxId } from '../store/types.ts'
import type { Watchers } from '../store/watchers.ts'
import { encodeSkeleton } from '../syntax/mime/codec.ts'
import { deliveredToLine, returnPathLine } from '../syntax/message/write.ts'
import { discardBody, isStorageFailure, refusalOf, StreamedBody } from './body.ts'
import { append, type DeliverArgs, type DeliverResult, deliver, type LocalCopy } from './deliver.ts'
import type { DiskGuard } from './disk-guard.ts'
import { arrivalLines } from './events.ts'
import { isForOthers, type OutgoingOptions, queuedOf } from './outgoing.ts'
import type { Sending } from './sent-rows.ts'
import { type SentCopy, sentCopyFor } from './sent-copy.ts'
import { noticeSubmission, successNotice, wantsSuccess } from './success-notice.ts'
import type { Appended, Body, BodyWriter, Delivery, Submission } from './types.ts'

export interface DeliveryOptions {
  readonly database: Database
  readonly blobs: BlobFolder
  readonly watchers: Watchers
  readonly outbox: Pick<Outbox, 'render' | 'committed'>
  readonly guard: DiskGuard
  readonly clock: Clock
  readonly limits: Limits
  readonly directory: Pick<Directory, 'room' | 'keepsSent' | 'route'>
  readonly newMessageId: () => MessageId
  /** How mail goes to other servers; null: none does. */
  readonly sending: OutgoingOptions | null
  readonly telling: TellingOptions
}

/** Notices to senders who want to know that their mail was delivered (RFC 3461). */
export interface TellingOptions {
  readonly hostName: () => string
  /** A notice that was not delivered: why, for a person. */
  readonly onRefused: (why: string) => void
}

export class LocalDelivery implements Delivery {
  readonly #options: DeliveryOptions

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  newMessageId(): MessageId {
    return this.#options.newMessageId()
  }

  openBody(): BodyWriter {
    const { blobs, limits } = this.#options
    return new StreamedBody(blobs, limits.message, this.#diskFailed)
  }

  checkRoom(sizeOctets: number, accounts: readonly AccountId[]): void {
    this.#options.guard.check(sizeOctets)
    for (const id of accounts) {
      const room = this.#options.directory.room(id)
      if (room === undefined) throw new Refusal('noSuchUser')
      // A full mailbox refuses even a message whose size is not known yet.
      if (room !== null && Math.max(1, sizeOctets) > room) throw new Refusal('overQuota')
    }
  }

  async accept(submission: Submission): Promise<void> {
    try {
      await this.#deliver(submission)
    } finally {
      await discardBody(submission.body)
    }
  }

  /**
   * Makes of a message what the write `deliver` takes, for a larger write of which it is a part: a
   * notice to a sender. Its result goes to {@link committed}.
   */
  async prepare(submission: Submission): Promise<DeliverArgs> {
    const nowMs = this.#options.clock.nowMs()
    const planned = await this.#plan(submission, nowMs)
    return { ...planned, blob: planned.isKept ? await this.#keep(submission.body, nowMs) : null }
  }

  /** What was delivered by a write is committed: the log, whoever watches a mailbox, and the queue hear of it. */
  committed({ outboxId, lines, mailboxes, destinations, unusedFile, told }: DeliverResult): void {
    const { outbox, watchers, sending, blobs, telling } = this.#options
    outbox.committed(outboxId, lines)
    watchers.announce(mailboxes)
    if (destinations.length > 0) sending?.wake(destinations)
    if (unusedFile !== null) void blobs.remove(unusedFile)
    for (const notice of told.delivered) this.committed(notice)
    for (const why of told.refused) telling.onRefused(why)
  }

  /**
   * Makes of a notice to a sender what the write takes that it is a part of; see {@link prepare}.
   * @throws Refusal when its address leads nowhere
   */
  async prepareNotice(notice: SenderNotice): Promise<DeliverArgs> {
    const { destinations } = this.#options.directory.route(notice.to, {
      sender: null,
      sentFor: notice.sentFor,
    })
    for (const found of destinations)
      if (found.kind === 'refused') throw new Refusal(found.reason, `${notice.to}: ${found.text}`)
    await using writer = this.openBody()
    if (!writer.write(notice.octets)) await writer.drained()
    return await this.prepare(noticeSubmission(notice, destinations, await writer.finish()))
  }

  /** Null: nobody is to be told. What keeps us from telling does not keep the mail from being delivered. */
  async #success(submission: Submission, nowMs: number): Promise<DeliverArgs | null> {
    if (!wantsSuccess(submission)) return null
    const { telling, newMessageId } = this.#options
    try {
      const hostName = telling.hostName()
      const notice = await successNotice(submission, { hostName, nowMs, id: newMessageId() })
      return notice === null ? null : await this.prepareNotice(notice)
    } catch (error) {
      telling.onRefused(`about ${submission.facts.id}: ${wordsOf(error)}`)
      return null
    }
  }

  async #deliver(submission: Submission): Promise<void> {
    const { database, clock } = this.#options
    const nowMs = clock.nowMs()
    const planned = await this.#plan(submission, nowMs)
    const body = planned.isKept ? submission.body : null
    const delivered = await this.#withBlob(body, nowMs, async (blob) => {
      if (submission.giveUp?.aborted) throw new Refusal('tryLater')
      return await database.write(deliver, { ...planned, blob })
    })
    this.committed(delivered)
  }

  async #plan(
    submission: Submission,
    nowMs: number,
  ): Promise<Omit<DeliverArgs, 'blob'> & { readonly isKept: boolean }> {
    const { limits, outbox, sending } = this.#options
    const copies = localCopies(submission).map(({ account, address }) => ({
      account,
      trace: traceOf(submission.facts.from, address),
    }))
    const sentCopy = this.#sentCopy(submission)
    if (sending === null && isForOthers(submission))
      throw new Refusal('relayDenied', 'this server sends no mail to others')
    const queued = sending === null ? null : await queuedOf(submission, nowMs, sending)
    return {
      ...{ copies, sentCopy, queued },
      sending: this.#sending(submission, queued),
      isKept: copies.length > 0 || sentCopy !== null || queued !== null,
      receivedMs: nowMs,
      lines: arrivalLines(submission, nowMs, outbox.render),
      limits: limits.mailbox,
      about: aboutOf(submission),
      takenFrom: submission.takenFrom,
      notice: await this.#success(submission, nowMs),
    }
  }

  async append(
    account: AccountId,
    mailbox: MailboxId,
    messages: readonly { body: Body; flags: Flags; receivedMs: number }[],
  ): Promise<readonly Appended[]> {
    const { database, blobs, clock, guard, limits, watchers } = this.#options
    const nowMs = clock.nowMs()
    const kept: NewBlob[] = []
    try {
      for (const { body } of messages) {
        guard.check(body.sizeOctets)
        kept.push(await this.#keep(body, nowMs))
      }
      const added = await database.write(append, {
        account,
        mailbox,
        messages: messages.map(({ flags, receivedMs }, index) => ({
          blob: kept[index] as NewBlob,
          flags,
          receivedMs,
        })),
        savedMs: nowMs,
        limits: limits.mailbox,
        keepsSent: this.#options.directory.keepsSent(account),
      })
      for (const [index, { isNew }] of added.entries()) {
        const file = kept[index]?.file ?? null
        if (!isNew && file !== null) await blobs.remove(file)
      }
      watchers.announce([mailbox])
      return added
    } catch (error) {
      for (const { file } of kept)
        if (file !== null && hasLeftNothing(error)) await blobs.remove(file)
      throw error
    } finally {
      for (const { body } of messages) await discardBody(body)
    }
  }

  #sending({ submitter }: Submission, queued: NewQueued | null): Sending | null {
    if (submitter === undefined || queued === null) return null
    const { maxOutboundPerUserPerDay, maxFirstTimeRecipientsPerUserPerDay } =
      this.#options.limits.smtp
    return {
      account: submitter,
      addresses: queued.recipients.map(({ address }) => address),
      limits: { maxOutboundPerUserPerDay, maxFirstTimeRecipientsPerUserPerDay },
    }
  }

  #sentCopy({ submitter, body, recipients, bcc = '' }: Submission): SentCopy | null {
    if (submitter === undefined || !this.#options.directory.keepsSent(submitter)) return null
    return sentCopyFor(submitter, body.skeleton.envelope, recipients, bcc)
  }

  /** Puts a body in its place, runs the write, and takes it away again when the write fails. */
  async #withBlob<Result>(
    body: Body | null,
    nowMs: number,
    run: (blob: NewBlob | null) => Promise<Result>,
  ): Promise<Result> {
    if (body === null) return await run(null)
    const blob = await this.#keep(body, nowMs)
    try {
      return await run(blob)
    } catch (error) {
      if (blob.file !== null && hasLeftNothing(error)) await this.#options.blobs.remove(blob.file)
      throw error
    }
  }

  async #keep(body: Body, nowMs: number): Promise<NewBlob> {
    const hash = new Uint8Array(Buffer.from(body.hash, 'hex'))
    const common = {
      hash,
      sizeOctets: body.sizeOctets,
      createdMs: nowMs,
      skeleton: encodeSkeleton(body.skeleton),
    }
    const { content } = body
    if (content.kind === 'memory') return { ...common, octets: content.octets, file: null }
    try {
      return { ...common, octets: null, file: await this.#options.blobs.keep(content.path, hash) }
    } catch (error) {
      const refusal = refusalOf(error)
      if (isStorageFailure(refusal)) this.#diskFailed(error)
      throw refusal
    }
  }

  readonly #diskFailed = (error: unknown): void =>
    this.#options.database.fail(`a message could not be synced: ${messageOf(error)}`)
}

/**
 * Has the write that failed so changed nothing for certain? After a failed sync or the writer's
 * death its commit may turn out to be there at the next start; a file without a row is swept then.
 */
function hasLeftNothing(error: unknown): boolean {
  return error instanceof Refusal && !isStorageFailure(error)
}

/** One copy for each account, addressed to the first recipient that leads there. */
function localCopies({ recipients }: Submission): { account: AccountId; address: string }[] {
  const found = new Map<AccountId, { account: AccountId; address: string }>()
  for (const { destinations } of recipients)
    for (const destination of destinations) {
      if (destination.kind !== 'account' || found.has(destination.account.id)) continue
      const account = destination.account.id
      found.set(account, { account, address: destination.address })
    }
  return [...found.values()]
}

function aboutOf({ parent, recipients }: Submission): string | null {
  if (parent === undefined) return null
  return `about ${parent} to ${recipients.map(({ address }) => address).join(', ')}`
}

/** The headers of final delivery: RFC 5321 §4.4 and Delivered-To, which stops loops. */
function traceOf(from: string | null, address: string): LocalCopy['trace'] {
  const reversePath = from === null ? null : latin1OfUtf8(from)
  const text = returnPathLine(reversePath) + deliveredToLine(latin1OfUtf8(address))
  return new Uint8Array(fromLatin1(text))
}
