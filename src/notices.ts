/** Wiring: notices to senders. */
import type { Clock } from './base/clock.ts'
import type { Database } from './db/database.ts'
import type { LocalDelivery } from './delivery/delivery.ts'
import type { DatabaseDirectory } from './directory/directory.ts'
import { contentOf } from './queue/content.ts'
import { NoticeWriter } from './queue/notice-writer.ts'
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
    keep: (notice) => delivery.prepareNotice(notice),
  })
}

/** For a person: nobody else hears of it. @param why  as delivery refused it */
export function noticeRefused(why: string): string {
  return `a notice to a sender was not delivered: ${why}`
}
