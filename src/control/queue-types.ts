/** What `waybill queue` asks of a server and is told, as it goes over the control socket. */
import type { MessageId } from '../journal/event.ts'
import type { DestinationRow } from '../queue/destinations.ts'
import type { QueuedMessage, QueueFilter } from '../queue/list.ts'
import type { RunnerStatus } from '../queue/runner-types.ts'
import type { Steered } from '../queue/steer.ts'
import type { QueueId } from '../queue/types.ts'

/** A message that waits, without its octets. */
export type ShownMessage = Omit<QueuedMessage, 'prefix' | 'blobId'>

/** Messages that a filter finds, oldest first. */
export interface ListedMessages {
  readonly messages: readonly ShownMessage[]
  /** Those of their destinations that are blocked after failures. */
  readonly blocked: readonly DestinationRow[]
  /** Where the next page begins; null: this was the last. */
  readonly next: QueueId | null
}

export interface ListedIds {
  readonly ids: readonly MessageId[]
  /** Of each: later messages have higher ones. */
  readonly queueIds: readonly QueueId[]
  readonly next: QueueId | null
}

/** Who holds what waits for a domain that came here. */
export const DOMAIN_ADD = 'domain-add'

/** A message with all that decides when it is tried next. */
export interface QueueView {
  readonly message: ShownMessage
  /** Where its recipients go. */
  readonly destinations: readonly DestinationRow[]
  /** Relays among them that refuse our login, with their words. */
  readonly refusedLogins: readonly { readonly relay: string; readonly text: string }[]
  /** When it is held or frozen: addresses that it waits for, and would be refused here. */
  readonly nobodyHere: readonly string[]
  /** What goes on at its destinations; null: no server runs. */
  readonly attempts: readonly RunnerStatus[] | null
  /** The time of the server. */
  readonly nowMs: number
}

/** A piece of a message. */
export interface ContentPiece {
  readonly base64: string
  /** Where the next piece begins; null: this was the last. */
  readonly next: number | null
}

/** What became of each message that was named. */
export interface SteerAnswer {
  readonly results: readonly SteerOutcome[]
}

export interface SteerOutcome {
  readonly id: MessageId
  /**
   * `busy`: one of its recipients is being tried. `gone`: it waits no more, or never did.
   * `underway`: another server may have it already. Until it answers the message is held, and when
   * that was no acceptance, the deed is done.
   */
  readonly became: Steered | 'underway'
  /** With `underway`: by whom it is being taken, null where that is not known, and since when. */
  readonly underway?: { readonly host: string | null; readonly sinceMs: number }
}

/** What a person does to whole messages. */
export type Deed = 'hold' | 'release' | 'freeze' | 'thaw' | 'remove' | 'bounce'

export interface SteerRequest {
  readonly ids: readonly MessageId[]
  /** Who does it, for the log: a name without spaces. */
  readonly by: string
}

export interface RerouteRequest extends SteerRequest {
  /** `mx:example.net` or `relay:NAME`. */
  readonly to: string
  /** Only recipients that go there now; null: all that wait. */
  readonly from: string | null
}

export interface EditRequest {
  readonly id: MessageId
  readonly by: string
  readonly add: readonly string[]
  readonly drop: readonly string[]
  /** Null: as it is. Empty or `<>`: the null sender. */
  readonly from: string | null
}

export type PageFilter = Partial<QueueFilter>

/** A request names at most so many messages: what it needs of memory is given back before the next. */
export const MOST_STEERED = 200
