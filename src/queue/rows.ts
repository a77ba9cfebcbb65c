import type { Database } from '../db/database.ts'
import type { Write } from '../db/statement.ts'
import { type AfterCommit, afterCommit } from './after-commit.ts'
import { dueDestinations, findDestination, nextDueMs } from './destinations.ts'
import { type LeaseArgs, lease, voidLeases } from './lease.ts'
import type { DestinationState, QueueRows } from './runner-types.ts'
import type { Settled, Settlement } from './settle.ts'
import type { BounceResult, BounceTarget } from './steer.ts'
import type { DestinationName, Lease } from './types.ts'

export interface DatabaseRowsOptions<Mail, Delivered> extends AfterCommit<Delivered> {
  readonly database: Pick<Database, 'read' | 'write'>
  /** Made with the steps of delivery: `src/writes.ts`. */
  readonly settle: Write<Settlement<Mail>, Settled<Delivered>>
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

  timeOf(destination: DestinationName): number | null {
    const row = this.#options.database.read(findDestination(destination))
    if (row === undefined || row.dueMs === null) return null
    return Math.max(row.dueMs, row.blockedUntilMs ?? 0)
  }

  async lease(args: LeaseArgs): Promise<readonly Lease[]> {
    return await this.#options.database.write(lease, args)
  }

  async settle(settlement: Settlement<unknown>): Promise<readonly number[]> {
    const { database, settle } = this.#options
    // Whoever composes notices and whoever delivers them are one pair, put together by the wiring.
    const settled = await database.write(settle, settlement as Settlement<Mail>)
    afterCommit(this.#options, settled)
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
  const { database, bounceQueued } = options
  return async (targets) => {
    const given = { targets: targets as readonly BounceTarget<Mail>[] }
    afterCommit(options, await database.write(bounceQueued, given))
  }
}
