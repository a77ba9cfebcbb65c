import type { Database } from '../db/database.ts'
import type { Write } from '../db/statement.ts'
import type { Outbox } from '../log/outbox.ts'
import type { BlobFolder } from '../store/blob-folder.ts'
import { dueDestinations, nextDueMs } from './destinations.ts'
import { type LeaseArgs, lease, voidLeases } from './lease.ts'
import type { DestinationState, QueueRows } from './runner-types.ts'
import type { Settled, Settlement } from './settle.ts'
import type { BounceResult, BounceTarget } from './steer.ts'
import type { Lease } from './types.ts'

export interface DatabaseRowsOptions<Mail, Delivered> {
  readonly database: Pick<Database, 'read' | 'write'>
  readonly outbox: Pick<Outbox, 'committed'>
  readonly blobs: Pick<BlobFolder, 'remove'>
  /** Made with the steps of delivery: `src/writes.ts`. */
  readonly settle: Write<Settlement<Mail>, Settled<Delivered>>
  /** What delivery gave for notices: watchers are told, log lines are written. */
  readonly onDelivered: (delivered: readonly Delivered[]) => void
  /** A notice that delivery did not take: whom nobody told, and why. */
  readonly onRefused: (why: string) => void
}

/** The queue's rows in the database. The notices of a settlement are mail as delivery makes it. */
export class DatabaseRows<Mail, Delivered> implements QueueRows {
  readonly #options: DatabaseRowsOptions<Mail, Delivered>

  constructor(options: DatabaseRowsOptions<Mail, Delivered>) {
    this.#options = options
  }

  async voidLeases(): Promise<void> {
    await this.#options.database.write(voidLeases, undefined)
  }

  dueDestinations(nowMs: number, limit: number): readonly DestinationState[] {
    return this.#options.database.read(dueDestinations(nowMs, limit))
  }

  nextDueMs(afterMs: number): number | null {
    return this.#options.database.read(nextDueMs(afterMs))
  }

  async lease(args: LeaseArgs): Promise<readonly Lease[]> {
    return await this.#options.database.write(lease, args)
  }

  async settle(settlement: Settlement<unknown>): Promise<readonly number[]> {
    const { database, outbox, blobs, settle, onDelivered, onRefused } = this.#options
    // Whoever composes notices and whoever delivers them are one pair, put together by the wiring.
    const settled = await database.write(settle, settlement as Settlement<Mail>)
    if (settled.outboxId !== null) outbox.committed(settled.outboxId, settled.lines)
    if (settled.delivered.length > 0) onDelivered(settled.delivered)
    for (const why of settled.refused) onRefused(why)
    for (const file of settled.files) void blobs.remove(file)
    return settled.stale
  }
}

export interface BouncerOptions<Mail, Delivered>
  extends Omit<DatabaseRowsOptions<Mail, Delivered>, 'settle'> {
  /** Made with the steps of delivery: `src/writes.ts`. */
  readonly bounceQueued: Write<
    { readonly targets: readonly BounceTarget<Mail>[] },
    BounceResult<Delivered>
  >
}

/** How `Overdue` gives recipients back. */
export function bouncer<Mail, Delivered>(
  options: BouncerOptions<Mail, Delivered>,
): (targets: readonly BounceTarget<unknown>[]) => Promise<void> {
  const { database, outbox, blobs, bounceQueued, onDelivered, onRefused } = options
  return async (targets) => {
    const result = await database.write(bounceQueued, {
      targets: targets as readonly BounceTarget<Mail>[],
    })
    if (result.outboxId !== null) outbox.committed(result.outboxId, result.lines)
    if (result.delivered.length > 0) onDelivered(result.delivered)
    for (const why of result.refused) onRefused(why)
    for (const file of result.files) void blobs.remove(file)
  }
}
