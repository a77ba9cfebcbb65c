/** What follows the commit of a write of the queue: the log, watchers and the disk hear of it. */
import type { Outbox } from '../log/outbox.ts'
import type { BlobFolder } from '../store/blob-folder.ts'
import type { Told } from './tell.ts'

export interface AfterCommit<Delivered> {
  readonly outbox: Pick<Outbox, 'committed'>
  readonly blobs: Pick<BlobFolder, 'remove'>
  /** What delivery gave for notices: watchers are told, log lines are written. */
  readonly onDelivered: (delivered: readonly Delivered[]) => void
  /** A notice that delivery did not take: whom nobody told, and why. */
  readonly onRefused: (why: string) => void
}

/** What a write left to be done. */
export interface Committed<Delivered> extends Partial<Told<Delivered>> {
  /** For `Outbox.committed`; null: there are no lines. */
  readonly outboxId: number | null
  readonly lines: string
  /** Files of blobs that nothing refers to any more. */
  readonly files: readonly string[]
}

/** To be called once the write has resolved. */
export function afterCommit<Delivered>(
  { outbox, blobs, onDelivered, onRefused }: AfterCommit<Delivered>,
  { outboxId, lines, files, delivered = [], refused = [] }: Committed<Delivered>,
): void {
  if (outboxId !== null) outbox.committed(outboxId, lines)
  if (delivered.length > 0) onDelivered(delivered)
  for (const why of refused) onRefused(why)
  for (const file of files) void blobs.remove(file)
}
