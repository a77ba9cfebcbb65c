/**
 * What the runner of the queue stands on, and what it shows: each part is passed in, so that a test
 * gives it rows in memory, hosts of a table and connections of a script.
 */
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { OutgoingConfig } from '../config/types.ts'
import type { Journal, OwnEvent } from '../journal/event.ts'
import type { TlsDemand } from '../smtp-client/host-tls.ts'
import type { Connect, OutgoingMessage, RelayLogin, Result, Target } from '../smtp-client/types.ts'
import type { DestinationRow } from './destinations.ts'
import type { LeaseArgs } from './lease.ts'
import type { Notice, Settlement } from './settle.ts'
import type { DestinationName, Lease, LeasedRecipient, Outcome, QueueId } from './types.ts'

/** The queue's rows, as the runner needs them. Its writes resolve after the commit. */
export interface QueueRows {
  /** At the start: what a crash left under way waits again. */
  voidLeases(): Promise<void>
  /** Destinations with recipients that are due and that nothing blocks, the longest due first. */
  dueDestinations(nowMs: number, limit: number): readonly DestinationState[]
  /** When, later than this, the next destination becomes due; null: none does. */
  nextDueMs(afterMs: number): number | null
  /** When something is to be tried there; null: nothing there waits for a time. */
  timeOf(destination: DestinationName): number | null
  lease(args: LeaseArgs): Promise<readonly Lease[]>
  /** @returns of the settlement's leases, those of which nothing counted: they had ended */
  settle(settlement: Settlement<unknown>): Promise<readonly number[]>
}

/** What survives of a destination; see its row. */
export type DestinationState = Omit<DestinationRow, 'dueMs'>

/** Where a destination's mail goes at this moment. */
export interface Ways {
  /** Never throws. */
  find(destination: DestinationName, needs: WayNeeds): Promise<Way | WayFault>
  /**
   * Remembers that a relay refuses our login, or takes it again (null).
   * @returns whether that is new
   */
  rememberLogin(destination: DestinationName, refused: RefusedLogin | null): Promise<boolean>
}

export interface WayNeeds {
  /** Of the message (RFC 8689), or of the operator for the domain. */
  readonly demand: TlsDemand
}

export interface Way {
  /** In the order in which they are tried; not empty. */
  readonly targets: readonly Target[]
  readonly login: RelayLogin | null
  /** The relay refused it last time. */
  readonly loginWasRefused: boolean
}

export interface WayFault {
  readonly failure: Failure
}

export interface RefusedLogin {
  readonly atMs: number
  readonly text: string
}

export type Failure = Exclude<Result, { readonly kind: 'delivered' }>

/** What a message's sender is to be told. */
export interface Notices {
  /**
   * @returns what `settle` takes, and alarms for a person: a bounce that could not be delivered.
   * @throws Error when the message cannot be read; then nobody is told
   */
  prepare(lease: Lease, told: readonly ToldRecipient[]): Promise<PreparedNotices>
}

export interface ToldRecipient {
  readonly recipient: LeasedRecipient
  readonly outcome: Outcome
}

export interface PreparedNotices {
  readonly notices: readonly Notice<unknown>[]
  readonly alarms: readonly string[]
}

export interface RunnerOptions {
  readonly rows: QueueRows
  readonly ways: Ways
  readonly connect: Connect
  readonly notices: Notices
  /** The octets of a message: prefix and blob. */
  readonly content: (lease: Lease) => OutgoingMessage['content']
  /** Read at every use, so that a reload reaches it. */
  readonly outgoing: () => OutgoingConfig
  /** Our name, where the configuration has no other for EHLO. */
  readonly hostName: () => string
  readonly clock: Clock
  readonly random: Random
  readonly render: (event: OwnEvent) => string
  readonly journal: Journal
  /** For whoever looks after the server: trouble with our own parts. */
  readonly report: (text: string) => void
  /** Mail came in, or was let go: times that others wait for may have changed. */
  readonly onWoken?: () => void
  /** How long a stop waits for messages under way, milliseconds. */
  readonly stopTimeoutMs: number
}

/** A message that was asked back too late: its host may have it already. */
export interface Underway {
  readonly queueId: QueueId
  /** As {@link RunnerStatus} has it. */
  readonly host: string | null
  readonly sinceMs: number
  /** Resolves when what came of it is committed. */
  readonly ended: Promise<void>
}

/** One connection, or the making of one, for `waybill who`. */
export interface RunnerStatus {
  readonly destination: DestinationName
  /** Null: no host is connected or tried yet. */
  readonly host: string | null
  readonly doing: string
  readonly sinceMs: number
  readonly messagesSent: number
}
