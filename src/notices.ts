/** Wiring: notices to senders. */
import type { Clock } from './base/clock.ts'
import type { Database } from './db/database.ts'
import type { DeliverArgs } from './delivery/deliver.ts'
import type { LocalDelivery } from './delivery/delivery.ts'
import type { DatabaseDirectory } from './directory/directory.ts'
import { contentOf } from './queue/content.ts'
import { NoticeWriter } from './queue/notice-writer.ts'
import type { SenderNotice } from './queue/notices.ts'
import type { BlobFolder } from './store/blob-folder.ts'

export interface NoticeParts {
  readonly hostName: () => string
  readonly clock: Clock
  readonly database: Database
  readonly blobs: BlobFolder
  readonly directory: DatabaseDirectory
  readonly delivery: LocalDelivery
}

/** Notices to senders as mail that delivery takes. */
export function openNotices(parts: NoticeParts): NoticeWriter {
  const { hostName, clock, database, blobs, directory, delivery } = parts
  return new NoticeWriter({
    hostName,
    postmaster: () => `postmaster@${hostName()}`,
    clock,
    newMessageId: () => delivery.newMessageId(),
    content: (lease) => contentOf(lease, database, blobs),
    senderOf: (reversePath) => directory.senderOf(reversePath),
    keep: (notice) => keep(notice, delivery, directory),
  })
}

/** A notice as mail that delivery accepts, in the write that marks what it tells of. */
async function keep(
  notice: SenderNotice,
  delivery: LocalDelivery,
  directory: DatabaseDirectory,
): Promise<DeliverArgs> {
  await using writer = delivery.openBody()
  if (!writer.write(notice.octets)) await writer.drained()
  const body = await writer.finish()
  const { destinations } = directory.route(notice.to, { sender: null })
  return await delivery.prepare({
    facts: {
      id: notice.id,
      from: null,
      ...{ host: null, local: null, user: null, protocol: 'local', tls: null },
      ...{ authenticator: null, login: null },
    },
    parent: notice.about,
    wishes: {
      ret: null,
      envelopeId: null,
      smtputf8: notice.smtputf8,
      requireTls: notice.requireTls,
    },
    recipients: [{ address: notice.to, destinations, notify: 'NEVER', original: null }],
    body,
  })
}
