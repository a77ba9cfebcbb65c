/** Makes notices of what came of leases: reads the message, composes, and hands over to delivery. */
import type { Clock } from '../base/clock.ts'
import type { MessageId } from '../journal/event.ts'
import type { OutgoingMessage } from '../smtp-client/types.ts'
import {
  composeNotice,
  lostBounceText,
  noticeAction,
  type NoticeRecipient,
  ORIGINAL_OCTETS,
  type SenderNotice,
} from './notices.ts'
import type { Notices, PreparedNotices } from './runner-types.ts'
import type { Lease } from './types.ts'

export interface NoticeWriterOptions {
  readonly hostName: () => string
  /** Who looks after this server: an address. */
  readonly postmaster: () => string
  readonly clock: Clock
  readonly newMessageId: () => MessageId
  /** The octets of a message: prefix and blob. */
  readonly content: (lease: Lease) => OutgoingMessage['content']
  /** The sender that a reverse-path of ours stands for (SRS); else the reverse-path itself. */
  readonly senderOf: (reversePath: string) => string
  /** Makes of a notice what the write `settle` takes. */
  readonly keep: (notice: SenderNotice) => Promise<unknown>
}

export class NoticeWriter implements Notices {
  readonly #options: NoticeWriterOptions

  constructor(options: NoticeWriterOptions) {
    this.#options = options
  }

  /** After an attempt. Who waits is passed over: {@link prepareDelay} tells of them, once. */
  async prepare(
    lease: Lease,
    told: readonly Omit<NoticeRecipient, 'nextAttemptMs'>[],
  ): Promise<PreparedNotices> {
    const final = told.filter(({ outcome }) => outcome.kind !== 'deferred')
    if (lease.from === null) {
      const failed = final.filter(({ outcome }) => outcome.kind === 'failed')
      return { notices: [], alarms: failed.map((one) => lostBounceText(lease, one)) }
    }
    return await this.#compose(
      lease,
      final.map((one) => ({ ...one, nextAttemptMs: null })),
      false,
    )
  }

  /** When the time for the delay notice has come; for those that wait still. */
  async prepareDelay(lease: Lease, waiting: readonly NoticeRecipient[]): Promise<PreparedNotices> {
    return await this.#compose(
      lease,
      waiting.filter(({ outcome }) => outcome.kind === 'deferred'),
      true,
    )
  }

  async #compose(
    lease: Lease,
    recipients: readonly NoticeRecipient[],
    isDelay: boolean,
  ): Promise<PreparedNotices> {
    const { from } = lease
    const isWanted = recipients.some(
      ({ recipient, outcome }) => noticeAction(recipient.notify, outcome) !== null,
    )
    if (from === null || !isWanted) return { notices: [], alarms: [] }
    const { hostName, postmaster, clock, newMessageId, senderOf, keep, content } = this.#options
    const notice = composeNotice(lease, recipients, {
      hostName: hostName(),
      postmaster: postmaster(),
      nowMs: clock.nowMs(),
      id: newMessageId(),
      sender: senderOf(from),
      original: await beginOf(content(lease)),
    })
    if (notice === null) return { notices: [], alarms: [] }
    return { notices: [{ isDelay, mail: await keep(notice) }], alarms: [] }
  }
}

async function beginOf(content: OutgoingMessage['content']): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let octets = 0
  for await (const chunk of content()) {
    chunks.push(chunk)
    octets += chunk.length
    if (octets >= ORIGINAL_OCTETS) break
  }
  return Buffer.concat(chunks).subarray(0, ORIGINAL_OCTETS)
}
