/** Counts the steps in the life of messages. */
import type {
  Arrival,
  ArrivalPart,
  Completed,
  Delivered,
  Event,
  MessageId,
  Undelivered,
} from '../../journal/event.ts'
import { Arrivals } from './arrivals.ts'
import { Deliveries } from './deliveries.ts'
import { isClient, OpenMessages, unknownMessage } from './open-messages.ts'
import type { Slots } from './slots.ts'
import type { Statistics } from './statistics.ts'

export type MailEvent = Arrival | ArrivalPart | Delivered | Undelivered | Completed

export class Mail {
  readonly open: OpenMessages
  /** Events whose message began before this part of the log: counted when the parts are joined. */
  readonly early: Event[] = []

  readonly #statistics: Statistics
  readonly #arrivals: Arrivals
  readonly #deliveries: Deliveries
  /** Nothing was read before: what is not known here is not known at all. */
  readonly #isFirst: boolean
  #beganMs = Number.NaN

  constructor(statistics: Statistics, slots: Slots, isFirst: boolean) {
    this.#statistics = statistics
    this.open = new OpenMessages(statistics)
    this.#arrivals = new Arrivals(statistics, slots, this.open)
    this.#deliveries = new Deliveries(statistics, slots)
    this.#isFirst = isFirst
  }

  take(event: MailEvent): void {
    if (event.type === 'arrival') {
      this.#arrivals.whole(event)
      return
    }
    const known = this.open.get(event.id)
    if (known === undefined && !this.#beginsHere(event) && this.#keepForLater(event)) return
    switch (event.type) {
      case 'arrivalPart':
        this.#arrivals.part(event, known)
        break
      case 'delivered':
        this.#deliveries.delivered(event, known)
        break
      case 'failed':
      case 'deferred':
        this.#deliveries.undelivered(event, known ?? this.open.add(event.id, unknownMessage()))
        break
      case 'completed':
        this.#deliveries.completed(event, known)
        this.open.delete(event.id)
        break
      default:
        event satisfies never
    }
  }

  /** It ended without `completed`. */
  forget(id: MessageId): void {
    this.open.delete(id)
  }

  /**
   * Is it the first line of a message? That with the Message-ID is, when the server made the message
   * itself; near the start of a part of the log, its client can be in the part before.
   */
  #beginsHere(event: MailEvent): boolean {
    if (Number.isNaN(this.#beganMs)) this.#beganMs = event.atMs
    if (event.type !== 'arrivalPart') return false
    if (isClient(event)) return true
    return event.messageIdHeader !== null && event.atMs - this.#beganMs > LONGEST_ARRIVAL_MS
  }

  #keepForLater(event: MailEvent): boolean {
    if (this.#isFirst) return false
    if (this.early.length >= MAX_EARLY) {
      this.#statistics.totals.unjoinedSteps++
      return false
    }
    // A copy: what the reader cut from a text keeps all of the text in memory.
    this.early.push(structuredClone(event))
    return true
  }
}

const MAX_EARLY = 20_000
/** From the client's line to that with the Message-ID: Postfix waits five minutes for a client. */
const LONGEST_ARRIVAL_MS = 600_000
