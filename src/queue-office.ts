/** Wiring: the queue as `waybill queue` works with it. */
import type { Clock } from './base/clock.ts'
import { systemRandom } from './base/random.ts'
import { LiveConfig } from './config/live.ts'
import type { Config } from './config/types.ts'
import type { QueueOffice } from './control/queue-commands.ts'
import { QueueDesk, type QueueDeskOptions } from './control/queue-desk.ts'
import { SubmissionDesk, type SubmitOffice } from './control/submit-commands.ts'
import type { Database } from './db/database.ts'
import { LocalDelivery } from './delivery/delivery.ts'
import { DiskGuard } from './delivery/disk-guard.ts'
import type { DatabaseDirectory } from './directory/directory.ts'
import type { DkimKeys } from './directory/dkim-keys.ts'
import type { OwnEvent } from './journal/event.ts'
import { messageIds, processPart } from './journal/message-id.ts'
import { renderLine } from './log/render.ts'
import { localZone } from './local-zone.ts'
import { type NoticeParts, noticeRefused, openNotices } from './notices.ts'
import { outgoingOf } from './sending.ts'
import type { BlobFolder } from './store/blob-folder.ts'
import { Watchers } from './store/watchers.ts'
import { bounceQueued } from './writes.ts'

export type QueueDeskParts = NoticeParts &
  Pick<QueueDeskOptions, 'outbox' | 'relays' | 'resolver' | 'runner' | 'onRefused'>

export function openQueueDesk(parts: QueueDeskParts): QueueDesk {
  const { database, blobs, clock, directory, delivery } = parts
  const { outbox, relays, resolver, runner, onRefused } = parts
  return new QueueDesk({
    ...{ database, blobs, clock, outbox, relays, resolver, runner, onRefused },
    bounce: bounceQueued,
    notices: openNotices(parts),
    onDelivered: (delivered) => {
      for (const one of delivered) delivery.committed(one)
    },
    route: (address, sender) => directory.route(address, { sender }),
  })
}

/** How programs of this machine send mail. */
export function openSubmission(
  live: LiveConfig,
  { clock, directory, delivery }: Pick<NoticeParts, 'clock' | 'directory' | 'delivery'>,
): SubmissionDesk {
  return new SubmissionDesk({
    ...{ clock, directory, delivery },
    dataFolder: live.current.dataFolder,
    hostName: () => live.current.hostName,
    maxOctets: () => live.current.limits.message.maxOctets,
    maxHeaderOctets: () => live.current.limits.message.maxHeaderOctets,
  })
}

export interface FolderParts {
  readonly config: Config
  readonly catchOutside: string | null
  readonly clock: Clock
  readonly database: Database
  readonly blobs: BlobFolder
  readonly directory: DatabaseDirectory
  readonly dkim: DkimKeys
  readonly relays: QueueDeskOptions['relays']
}

/**
 * The same on a folder without a server: nothing is sent, and log lines wait in the outbox for the
 * next start.
 */
export function openFolderQueue(parts: FolderParts): QueueOffice & SubmitOffice {
  const { config, catchOutside, clock, database, blobs, directory, dkim, relays } = parts
  const { dataFolder, limits, hostName, disk } = config
  const live = new LiveConfig(config)
  const zone = localZone()
  const report = (text: string) => void process.stderr.write(`waybill: warning: ${text}\n`)
  const outbox = {
    render: (event: OwnEvent) => renderLine(event, zone),
    committed() {},
  }
  const onRefused = (why: string) => report(noticeRefused(why))
  const delivery = new LocalDelivery({
    ...{ database, blobs, outbox, clock, limits, directory },
    watchers: new Watchers(),
    guard: new DiskGuard({ ...disk, dataFolder, clock, report }),
    newMessageId: messageIds(clock.nowMs, processPart(systemRandom.octets(6))),
    telling: { hostName: () => hostName, onRefused },
    sending:
      catchOutside === null
        ? outgoingOf({ live, clock, directory, dkim, alarm: report }, () => {})
        : null,
  })
  const queue = openQueueDesk({
    ...{ database, blobs, clock, directory, delivery, outbox, relays },
    resolver: undefined,
    hostName: () => hostName,
    runner: undefined,
    onRefused,
  })
  return { queue, submission: openSubmission(live, { clock, directory, delivery }) }
}
