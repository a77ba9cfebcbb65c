/** Counts attempts to deliver: those that succeeded, failed and were put off. */
import type { Completed, Delivered, Undelivered } from '../../journal/event.ts'
import { idTimeMs, isMessageId } from '../../journal/message-id.ts'
import { ErrorShapes } from './errors.ts'
import { addValue } from './histogram.ts'
import { hostKey, hostLabel, isLoopback, isRemote, mailboxKey, recipientOf } from './keys.ts'
import {
  ADDRESSES,
  COUNT,
  DEFERRED,
  DELAY_MS,
  FAILED,
  LOCAL,
  MAX_DELAY_MS,
  OCTETS,
} from './kinds.ts'
import type { OpenMessage } from './open-messages.ts'
import type { Slots } from './slots.ts'
import { QUEUE_BOUNDS_MS, type Statistics } from './statistics.ts'
import { addAt, countIn, placeOf, raiseAt, type Table } from './table.ts'

export class Deliveries {
  readonly #statistics: Statistics
  readonly #slots: Slots
  readonly #errors: ErrorShapes

  constructor(statistics: Statistics, slots: Slots) {
    this.#statistics = statistics
    this.#slots = slots
    this.#errors = new ErrorShapes(statistics)
  }

  delivered(event: Delivered, message: OpenMessage | undefined): void {
    const { totals, recipients, receivingHosts, transports } = this.#statistics
    const { mark, host } = event
    if (mark === '*>') return
    if (event.confirmation?.startsWith('forwarded as ') === true) {
      totals.forwarded++
      return
    }
    totals.deliveredAddresses++
    // Several addresses in one delivery: the message went once.
    const facts = mark === '->' ? null : this.#message(event, message)
    addDelivery(recipients, mailboxKey(recipientOf(event.recipient)), facts)
    addDelivery(transports, transportOf(event), facts)
    if (isRemote(host)) addDelivery(receivingHosts, hostKey(host), facts)
  }

  #message(event: Delivered, message: OpenMessage | undefined): DeliveryFacts {
    const { totals, localDelays, remoteDelays, transferTimes } = this.#statistics
    const octets = message?.sizeOctets ?? event.sizeOctets ?? 0
    const delayMs = event.queueTimeMs ?? event.atMs - (message?.arrivedMs ?? Number.NaN)
    const isLocal = !isRemote(event.host)
    totals.delivered++
    totals.deliveredOctets += octets
    if (event.mark === '>>') totals.cutthrough++
    if (isBlackhole(event)) totals.blackholed++
    const slot = this.#slots.at(event.atMs)
    slot.delivered++
    slot.deliveredOctets += octets
    if (!Number.isNaN(delayMs)) addValue(isLocal ? localDelays : remoteDelays, delayMs)
    if (event.deliverTimeMs !== null) addValue(transferTimes, event.deliverTimeMs)
    if (!isLocal) this.#remote(event, message)
    return { octets, delayMs, isLocal }
  }

  #remote(event: Delivered, message: OpenMessage | undefined): void {
    const { totals, relays, tlsOut } = this.#statistics
    const { host, recipient, tls } = event
    // Postfix hands mail to a content filter on its own host: that is not another host.
    if (event.status !== null && isLoopback(host)) return
    totals.deliveredRemote++
    if (tls !== null) {
      totals.deliveredTls++
      countIn(tlsOut, tls.version)
    }
    if (message === undefined) return
    message.isRemote = true
    if (message.host === null || host === null || !isSameRecipient(event)) return
    totals.relayed++
    // A user who logged in stands in a table of his own.
    if (message.login !== null) return
    totals.relayedWithoutLogin++
    const from = `${hostLabel(message.host)} ${message.sender ?? '<>'}`
    countIn(relays, `${from}\n${hostLabel(host)} ${recipient.address}`.toLowerCase())
  }

  undelivered(event: Undelivered, message: OpenMessage): void {
    const { recipients, receivingHosts, transports } = this.#statistics
    const { type, recipient, host, queueTimeMs } = event
    const address = mailboxKey(recipientOf(recipient))
    addTrouble(recipients, address, type, queueTimeMs)
    addTrouble(transports, recipient.transport ?? NO_TRANSPORT, type, queueTimeMs)
    if (isRemote(host)) addTrouble(receivingHosts, hostKey(host), type, queueTimeMs)
    if (type === 'deferred') this.#deferred(message)
    else this.#failed(message)
    this.#slots.at(event.atMs)[type]++
    this.#errors.undelivered(event, address)
  }

  #deferred(message: OpenMessage): void {
    const { totals } = this.#statistics
    totals.deferrals++
    if (message.isDeferred) return
    message.isDeferred = true
    totals.deferredMessages++
    if (!Number.isNaN(message.arrivedMs)) totals.deferredArrivals++
  }

  #failed(message: OpenMessage): void {
    const { totals } = this.#statistics
    totals.failures++
    if (message.isFailed) return
    message.isFailed = true
    totals.failedMessages++
    if (!Number.isNaN(message.arrivedMs)) totals.failedArrivals++
  }

  completed(event: Completed, message: OpenMessage | undefined): void {
    const { totals, queueTimes, queueAll, queueRemote } = this.#statistics
    totals.completed++
    const queueMs = queueTimeOf(event, message)
    if (queueMs === null) return
    addValue(queueTimes, queueMs)
    let bin = 0
    while (queueMs >= (QUEUE_BOUNDS_MS[bin] ?? Number.POSITIVE_INFINITY)) bin++
    queueAll[bin] = (queueAll[bin] ?? 0) + 1
    if (message?.isRemote === true) queueRemote[bin] = (queueRemote[bin] ?? 0) + 1
  }
}

/** Of a message that went somewhere. */
interface DeliveryFacts {
  readonly octets: number
  /** NaN when nobody knows. */
  readonly delayMs: number
  readonly isLocal: boolean
}

/** @param facts  null for a further address of the same delivery */
function addDelivery(table: Table, key: string, facts: DeliveryFacts | null): void {
  const place = placeOf(table, key)
  addAt(table, place, ADDRESSES, 1)
  if (facts === null) return
  addAt(table, place, COUNT, 1)
  addAt(table, place, OCTETS, facts.octets)
  if (facts.isLocal) addAt(table, place, LOCAL, 1)
  if (Number.isNaN(facts.delayMs)) return
  addAt(table, place, DELAY_MS, facts.delayMs)
  raiseAt(table, place, MAX_DELAY_MS, facts.delayMs)
}

function addTrouble(
  table: Table,
  key: string,
  type: Undelivered['type'],
  waitedMs: number | null,
): void {
  const place = placeOf(table, key)
  addAt(table, place, type === 'deferred' ? DEFERRED : FAILED, 1)
  if (waitedMs !== null) raiseAt(table, place, MAX_DELAY_MS, waitedMs)
}

/** Exim's ids tell when a message came, even one older than the log. */
function queueTimeOf(event: Completed, message: OpenMessage | undefined): number | null {
  if (message !== undefined && !Number.isNaN(message.arrivedMs))
    return event.atMs - message.arrivedMs
  if (event.queueTimeMs !== null) return event.queueTimeMs
  return isMessageId(event.id) ? event.atMs - idTimeMs(event.id) : null
}

function transportOf(event: Delivered): string {
  return event.recipient.transport ?? (isBlackhole(event) ? BLACKHOLE : NO_TRANSPORT)
}

/** Exim: `=> :blackhole: <bob@example.net> R=…`; Postfix: its transport `discard`. */
function isBlackhole({ recipient }: Delivered): boolean {
  const { address, transport } = recipient
  if (transport === null) return address.startsWith(BLACKHOLE) || address === 'blackhole'
  return transport === 'discard'
}

/** Neither an alias nor a forward: the message only passed through. */
function isSameRecipient({ recipient: { address, parents } }: Delivered): boolean {
  const original = parents.at(-1)
  return original === undefined || original.toLowerCase() === address.toLowerCase()
}

const BLACKHOLE = ':blackhole:'
const NO_TRANSPORT = '(none)'
