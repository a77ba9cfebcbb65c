/**
 * Counts what happens to messages. Remembers those that are under way, so that a delivery knows the
 * size and the time of the arrival: bounded, the oldest are forgotten first.
 */
import type {
  Arrival,
  ArrivalPart,
  Completed,
  Delivered,
  Event,
  MessageId,
  Undelivered,
} from '../../journal/event.ts'
import { idTimeMs, isMessageId } from '../../journal/message-id.ts'
import { ErrorShapes } from './errors.ts'
import { addValue } from './histogram.ts'
import { domainKey, hostKey, hostLabel, isRemote, mailboxKey, recipientKey } from './keys.ts'
import type { Slots } from './slots.ts'
import { newTraffic, QUEUE_BOUNDS_MS, type Statistics, type Traffic } from './statistics.ts'
import { countOne, ownText, rowOf, type Tally } from './tally.ts'

/** A message that is not completed. Plain data, to be handed to another thread. */
export interface OpenMessage {
  /** NaN: before the log. */
  readonly arrivedMs: number
  /** Null until the line that says it. */
  sizeOctets: number | null
  /** Its sender; null until the line that says it. */
  sender: string | null
  /** Where it came from, for relays; null when from this host. */
  readonly fromHost: string | null
  readonly login: string | null
  /** By a client or a user, and not made by the server itself. */
  readonly isReceived: boolean
  isQueued: boolean
  isDeferred: boolean
  isFailed: boolean
  isRemote: boolean
}

/** The steps of a message's life that are counted here. */
export type MailEvent = Arrival | ArrivalPart | Delivered | Undelivered | Completed

export class Mail {
  /** Messages under way, oldest first. */
  readonly open = new Map<MessageId, OpenMessage>()
  /** Events whose message began before this part of the log: counted when the parts are joined. */
  readonly early: Event[] = []

  readonly #statistics: Statistics
  readonly #slots: Slots
  readonly #errors: ErrorShapes
  /** Nothing was read before: what is not known here is not known at all. */
  readonly #isFirst: boolean
  #beganMs = Number.NaN

  constructor(statistics: Statistics, slots: Slots, isFirst: boolean) {
    this.#statistics = statistics
    this.#slots = slots
    this.#errors = new ErrorShapes(statistics)
    this.#isFirst = isFirst
  }

  take(event: MailEvent): void {
    if (event.type === 'arrival') {
      this.#arrival(event)
      return
    }
    const known = this.open.get(event.id)
    if (event.type === 'arrivalPart') {
      this.#part(event, known)
      return
    }
    if (known === undefined && this.#keepForLater(event)) return
    switch (event.type) {
      case 'delivered':
        this.#delivered(event, known)
        return
      case 'failed':
      case 'deferred':
        this.#undelivered(event, known ?? this.#began(event.id, unknownMessage()))
        return
      case 'completed':
        this.#completed(event, known)
        return
      default:
        event satisfies never
    }
  }

  /** It ended without `completed`. */
  forget(id: MessageId): void {
    this.open.delete(id)
  }

  /** How many are in the queue, as far as this log says. */
  get waiting(): number {
    let count = 0
    for (const { isQueued } of this.open.values()) if (isQueued) count++
    return count
  }

  #keepForLater(event: MailEvent): boolean {
    if (this.#isFirst || this.early.length >= MAX_EARLY) return false
    // A copy: what the reader cut from a text keeps all of the text in memory.
    this.early.push(structuredClone(event))
    return true
  }

  #began(id: MessageId, message: OpenMessage): OpenMessage {
    if (this.open.size >= MAX_OPEN) {
      const [oldest] = this.open.keys()
      if (oldest !== undefined) this.open.delete(oldest)
      this.#statistics.totals.forgottenMessages++
    }
    this.open.set(ownText(id) as MessageId, message)
    return message
  }

  #arrival(event: Arrival): void {
    const { totals } = this.#statistics
    if (event.mark === '(=') totals.receivedFakeReject++
    const sender = rowOf(this.#statistics.senders, mailboxKey(event.from), newTraffic)
    this.#began(event.id, {
      ...newMessage(event, true),
      sender: sender.key,
      sizeOctets: event.sizeOctets,
      isQueued: true,
    })
    this.#received(event)
    this.#sent(event, sender, event.sizeOctets ?? 0)
  }

  /** Postfix: the client's line counts the message, the queue manager's its sender and size. */
  #part(event: ArrivalPart, known: OpenMessage | undefined): void {
    let message = known
    const isClient = event.host !== null || event.user !== null
    if (message === undefined) {
      if (!isClient && !this.#beginsHere(event) && this.#keepForLater(event)) return
      message = this.#began(event.id, newMessage(event, isClient))
      if (isClient) this.#received(event)
    }
    if (event.from === undefined || event.sizeOctets === null || message.isQueued) return
    message.isQueued = true
    message.sizeOctets = event.sizeOctets
    const key = mailboxKey(event.from)
    if (!message.isReceived) {
      message.sender = ownText(key)
      return
    }
    const sender = rowOf(this.#statistics.senders, key, newTraffic)
    message.sender = sender.key
    this.#slots.add(event.atMs, 'receivedOctets', event.sizeOctets)
    this.#sent(event, sender, event.sizeOctets, message.fromHost)
  }

  /**
   * A message without a client, which the server made itself. Near the start of a part of the log its
   * client can be in the part before.
   */
  #beginsHere({ messageIdHeader, atMs }: ArrivalPart): boolean {
    if (Number.isNaN(this.#beganMs)) this.#beganMs = atMs
    return messageIdHeader !== null && atMs - this.#beganMs > LONGEST_ARRIVAL_MS
  }

  /** What is known when a message comes in. */
  #received(event: Arrival | ArrivalPart): void {
    const { totals, localUsers, protocols, tlsIn } = this.#statistics
    totals.received++
    this.#slots.add(event.atMs, 'received', 1)
    if (event.protocol !== null) countOne(protocols, event.protocol)
    if (event.tls !== null) {
      totals.receivedTls++
      countOne(tlsIn, event.tls.version)
    }
    if (event.login !== null) totals.receivedAuthenticated++
    if (event.host !== null) totals.receivedRemote++
    else if (event.user !== null) {
      const row = rowOf(localUsers, event.user, newTraffic)
      row.count++
      row.octets += event.sizeOctets ?? 0
    }
    if (event.type === 'arrival')
      this.#slots.add(event.atMs, 'receivedOctets', event.sizeOctets ?? 0)
  }

  /** What is known when sender and size are. */
  #sent(
    event: Arrival | ArrivalPart,
    sender: Traffic,
    octets: number,
    fromHost: string | null = event.host === null ? null : hostLabel(event.host),
  ): void {
    const { totals, senderDomains, sendingHosts, authenticatedSenders, sizes } = this.#statistics
    totals.receivedOctets += octets
    if (octets > 0) addValue(sizes, octets)
    addMessage(sender, octets)
    addMessage(rowOf(senderDomains, domainKey(sender.key), newTraffic), octets)
    if (event.type === 'arrival') {
      if (event.host !== null)
        addMessage(rowOf(sendingHosts, hostKey(event.host), newTraffic), octets)
      if (event.login !== null)
        addMessage(rowOf(authenticatedSenders, event.login, newTraffic), octets)
      return
    }
    // The part with the size has no client: the message remembers.
    if (fromHost !== null) addMessage(rowOf(sendingHosts, fromHost, newTraffic), octets)
    const login = this.open.get(event.id)?.login ?? null
    if (login !== null) addMessage(rowOf(authenticatedSenders, login, newTraffic), octets)
  }

  #delivered(event: Delivered, message: OpenMessage | undefined): void {
    const { totals } = this.#statistics
    const { mark } = event
    if (mark === '*>') return
    if (event.confirmation?.startsWith('forwarded as ') === true) {
      totals.forwarded++
      return
    }
    totals.deliveredAddresses++
    const isMessage = mark !== '->'
    const octets = isMessage ? (message?.sizeOctets ?? event.sizeOctets ?? 0) : 0
    const remote = isRemote(event.host) ? event.host : null
    if (isMessage) this.#deliveredMessage(event, message, octets)
    const key = recipientKey(event.recipient)
    const delayMs = isMessage ? delayOf(event, message) : Number.NaN
    const { recipients, recipientDomains, receivingHosts, transports } = this.#statistics
    const isLocal = remote === null
    this.#to(recipients, key, isMessage, octets, delayMs, isLocal)
    this.#to(recipientDomains, domainKey(key), isMessage, octets, delayMs, isLocal)
    if (remote !== null)
      this.#to(receivingHosts, hostKey(remote), isMessage, octets, delayMs, isLocal)
    this.#to(transports, transportOf(event), isMessage, octets, delayMs, isLocal)
  }

  #deliveredMessage(event: Delivered, message: OpenMessage | undefined, octets: number): void {
    const statistics = this.#statistics
    const { totals } = statistics
    totals.delivered++
    totals.deliveredOctets += octets
    if (event.mark === '>>') totals.cutthrough++
    if (isBlackhole(event)) totals.blackholed++
    this.#slots.add(event.atMs, 'delivered', 1)
    this.#slots.add(event.atMs, 'deliveredOctets', octets)
    const remote = isRemote(event.host)
    const delayMs = delayOf(event, message)
    if (!Number.isNaN(delayMs))
      addValue(remote ? statistics.remoteDelays : statistics.localDelays, delayMs)
    if (event.deliverTimeMs !== null) addValue(statistics.transferTimes, event.deliverTimeMs)
    if (!remote || event.host === null) return
    totals.deliveredRemote++
    if (event.tls !== null) {
      totals.deliveredTls++
      countOne(statistics.tlsOut, event.tls.version)
    }
    if (message === undefined) return
    message.isRemote = true
    if (message.fromHost !== null && isSameRecipient(event)) this.#relayed(event, message)
  }

  #relayed({ recipient, host }: Delivered, message: OpenMessage): void {
    const { totals, relays } = this.#statistics
    totals.relayed++
    if (message.login === null) totals.relayedWithoutLogin++
    const to = host === null ? '' : hostLabel(host)
    const from = `${message.fromHost} ${message.sender ?? ''}`
    countOne(relays, `${from}\n${to} ${recipient.address}`.toLowerCase())
  }

  #to(
    tally: Tally<Traffic>,
    key: string,
    isMessage: boolean,
    octets: number,
    delayMs: number,
    isLocal: boolean,
  ): void {
    const row = rowOf(tally, key, newTraffic)
    row.addresses++
    if (!isMessage) return
    row.count++
    row.octets += octets
    if (isLocal) row.local++
    if (Number.isNaN(delayMs)) return
    row.delayMs += delayMs
    if (delayMs > row.maxDelayMs) row.maxDelayMs = delayMs
  }

  #undelivered(event: Undelivered, message: OpenMessage): void {
    const { totals, recipients, recipientDomains, receivingHosts, transports } = this.#statistics
    const key = recipientKey(event.recipient)
    const rows = [
      rowOf(recipients, key, newTraffic),
      rowOf(recipientDomains, domainKey(key), newTraffic),
      rowOf(transports, event.recipient.transport ?? NO_TRANSPORT, newTraffic),
    ]
    if (isRemote(event.host)) rows.push(rowOf(receivingHosts, hostKey(event.host), newTraffic))
    const hasArrival = !Number.isNaN(message.arrivedMs)
    if (event.type === 'deferred') {
      totals.deferrals++
      if (!message.isDeferred) {
        totals.deferredMessages++
        if (hasArrival) totals.deferredArrivals++
      }
      message.isDeferred = true
      for (const row of rows) {
        row.deferred++
        if (event.queueTimeMs !== null && event.queueTimeMs > row.maxDelayMs)
          row.maxDelayMs = event.queueTimeMs
      }
    } else {
      totals.failures++
      if (!message.isFailed) {
        totals.failedMessages++
        if (hasArrival) totals.failedArrivals++
      }
      message.isFailed = true
      for (const row of rows) row.failed++
    }
    this.#slots.add(event.atMs, event.type, 1)
    this.#errors.undelivered(event, key)
  }

  #completed(event: Completed, message: OpenMessage | undefined): void {
    const { totals, queueTimes, queueAll, queueRemote } = this.#statistics
    totals.completed++
    const queueMs = queueTimeOf(event, message)
    if (queueMs !== null) {
      addValue(queueTimes, queueMs)
      const found = QUEUE_BOUNDS_MS.findIndex((bound) => queueMs < bound)
      const bin = found < 0 ? QUEUE_BOUNDS_MS.length : found
      queueAll[bin] = (queueAll[bin] ?? 0) + 1
      if (message?.isRemote === true) queueRemote[bin] = (queueRemote[bin] ?? 0) + 1
    }
    this.open.delete(event.id)
  }
}

function newMessage(event: Arrival | ArrivalPart, isReceived: boolean): OpenMessage {
  return {
    arrivedMs: event.atMs,
    sizeOctets: null,
    sender: null,
    fromHost: event.host === null ? null : ownText(hostLabel(event.host)),
    login: event.login === null ? null : ownText(event.login),
    isReceived,
    isQueued: false,
    isDeferred: false,
    isFailed: false,
    isRemote: false,
  }
}

/** One of which the log has not the arrival. */
function unknownMessage(): OpenMessage {
  return {
    arrivedMs: Number.NaN,
    sizeOctets: null,
    sender: null,
    fromHost: null,
    login: null,
    isReceived: false,
    isQueued: true,
    isDeferred: false,
    isFailed: false,
    isRemote: false,
  }
}

function addMessage(row: Traffic, octets: number): void {
  row.count++
  row.octets += octets
}

/** NaN when nobody knows. */
function delayOf(event: Delivered, message: OpenMessage | undefined): number {
  return event.queueTimeMs ?? event.atMs - (message?.arrivedMs ?? Number.NaN)
}

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
  return transport === 'discard' || (transport === null && BLACKHOLES.test(address))
}

/** Neither an alias nor a forward: the message only passed through. */
function isSameRecipient({ recipient: { address, parents } }: Delivered): boolean {
  const original = parents.at(-1)
  return original === undefined || original.toLowerCase() === address.toLowerCase()
}

const BLACKHOLE = ':blackhole:'
const BLACKHOLES = /^:?blackhole/
const NO_TRANSPORT = '(none)'
/** Some 60 MB. */
const MAX_OPEN = 200_000
const MAX_EARLY = 20_000
/** From the client's line to that with the Message-ID: Postfix waits five minutes for a client. */
const LONGEST_ARRIVAL_MS = 600_000
