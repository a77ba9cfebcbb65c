/** Counts messages that come in. */
import type { Arrival, ArrivalPart } from '../../journal/event.ts'
import { RecentTexts } from './hash.ts'
import { addValue } from './histogram.ts'
import { hostKey, isLoopback, mailboxKey } from './keys.ts'
import { COUNT, OCTETS } from './kinds.ts'
import { isClient, newMessage, type OpenMessage, type OpenMessages } from './open-messages.ts'
import type { Slots } from './slots.ts'
import type { Statistics } from './statistics.ts'
import { addAt, countIn, placeOf, type Table } from './table.ts'

export class Arrivals {
  readonly #statistics: Statistics
  readonly #slots: Slots
  readonly #open: OpenMessages
  readonly #recent = new RecentTexts()

  constructor(statistics: Statistics, slots: Slots, open: OpenMessages) {
    this.#statistics = statistics
    this.#slots = slots
    this.#open = open
  }

  /** Everything in one line, as Exim and we write it. */
  whole(event: Arrival): void {
    const { totals, localUsers } = this.#statistics
    if (event.mark === '(=') totals.receivedFakeReject++
    const message = this.#open.add(event.id, newMessage(event, true))
    this.#came(event)
    message.isQueued = true
    message.sizeOctets = event.sizeOctets
    this.#sent(event.atMs, message, event.from)
    if (event.host === null && event.user !== null)
      addAt(localUsers, placeOf(localUsers, event.user), OCTETS, event.sizeOctets ?? 0)
  }

  /**
   * Postfix: the client's line counts the message, the queue manager's its sender and size. What the
   * server made itself has no client, and is not counted.
   */
  part(event: ArrivalPart, known: OpenMessage | undefined): void {
    const begins = known === undefined && isClient(event)
    if (begins) this.#came(event)
    const message = known ?? this.#open.add(event.id, newMessage(event, begins))
    if (event.messageIdHeader !== null) this.#identified(event.messageIdHeader, message)
    if (event.from === undefined || event.sizeOctets === null || message.isQueued) return
    message.isQueued = true
    message.sizeOctets = event.sizeOctets
    message.sender = event.from
    if (message.isReceived) this.#sent(event.atMs, message, event.from)
  }

  /** A message that this host gives to itself with the Message-ID of another was in a filter. */
  #identified(messageId: string, message: OpenMessage): void {
    const { totals } = this.#statistics
    const isBack = message.isReceived && isLoopback(message.host) && this.#recent.has(messageId)
    if (!isBack) {
      this.#recent.add(messageId)
      return
    }
    message.isReceived = false
    totals.reinjected++
    totals.received--
    totals.receivedRemote--
    this.#slots.at(message.arrivedMs).received--
  }

  /** What is known when a client has said to whom. */
  #came(event: Arrival | ArrivalPart): void {
    const { totals, localUsers, protocols, tlsIn } = this.#statistics
    totals.received++
    this.#slots.at(event.atMs).received++
    if (event.protocol !== null) countIn(protocols, event.protocol)
    if (event.tls !== null) {
      totals.receivedTls++
      countIn(tlsIn, event.tls.version)
    }
    if (event.login !== null) totals.receivedAuthenticated++
    if (event.host !== null) totals.receivedRemote++
    else if (event.user !== null) countIn(localUsers, event.user)
  }

  /** What is known when sender and size are. */
  #sent(atMs: number, message: OpenMessage, from: string | null): void {
    const { totals, senders, sendingHosts, authenticatedSenders, sizes } = this.#statistics
    const octets = message.sizeOctets ?? 0
    totals.receivedOctets += octets
    this.#slots.at(atMs).receivedOctets += octets
    if (octets > 0) addValue(sizes, octets)
    else if (message.sizeOctets === null) totals.receivedWithoutSize++
    add(senders, mailboxKey(from), octets)
    if (message.host !== null) add(sendingHosts, hostKey(message.host), octets)
    if (message.login !== null) add(authenticatedSenders, message.login, octets)
  }
}

function add(table: Table, key: string, octets: number): void {
  const place = placeOf(table, key)
  addAt(table, place, COUNT, 1)
  addAt(table, place, OCTETS, octets)
}
