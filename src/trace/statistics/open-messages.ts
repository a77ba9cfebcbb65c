/** Messages that are under way: what a later line needs of an earlier one. */
import type { Arrival, ArrivalPart, Host, MessageId } from '../../journal/event.ts'
import type { Statistics } from './statistics.ts'
import { ownOrNull, ownText } from '../../base/own-text.ts'

/** A message that is not completed. Plain data, to be handed to another thread. */
export interface OpenMessage {
  /** NaN: before the log. */
  readonly arrivedMs: number
  /** Null until the line that says it. */
  sizeOctets: number | null
  /** Its sender, null for `<>`; undefined until the line that says it. */
  sender: string | null | undefined
  /** Where it came from; null when from this host. */
  host: Host | null
  login: string | null
  /** By a client or a user, and neither made by the server itself nor back from a filter. */
  isReceived: boolean
  isQueued: boolean
  isDeferred: boolean
  isFailed: boolean
  isRemote: boolean
}

/**
 * Bounded: the oldest are forgotten first. Most messages are delivered within a few lines: the last
 * ones are looked through one by one, which is faster than a table.
 */
export class OpenMessages {
  readonly #statistics: Statistics
  readonly #older = new Map<MessageId, OpenMessage>()
  /** Null: the place is free. */
  readonly #ids: (MessageId | null)[] = new Array(RECENT).fill(null)
  readonly #messages: OpenMessage[] = new Array(RECENT).fill(NO_MESSAGE)
  #next = 0

  constructor(statistics: Statistics) {
    this.#statistics = statistics
  }

  get(id: MessageId): OpenMessage | undefined {
    for (let place = 0; place < RECENT; place++)
      if (this.#ids[place] === id) return this.#messages[place]
    return this.#older.size === 0 ? undefined : this.#older.get(id)
  }

  add(id: MessageId, message: OpenMessage): OpenMessage {
    for (let place = 0; place < RECENT; place++)
      if (this.#ids[place] === id || this.#ids[place] === null) {
        this.#ids[place] = id
        this.#messages[place] = message
        return message
      }
    const place = this.#next
    this.#next = (place + 1) % RECENT
    this.#moveToOlder(place)
    this.#ids[place] = id
    this.#messages[place] = message
    return message
  }

  delete(id: MessageId): void {
    for (let place = 0; place < RECENT; place++)
      if (this.#ids[place] === id) {
        this.#ids[place] = null
        return
      }
    this.#older.delete(id)
  }

  /** How many are in the queue, as far as the log says. */
  get waiting(): number {
    let count = 0
    for (const { isQueued } of this.all().values()) if (isQueued) count++
    return count
  }

  /** Oldest first. */
  all(): ReadonlyMap<MessageId, OpenMessage> {
    for (let count = 0; count < RECENT; count++) this.#moveToOlder((this.#next + count) % RECENT)
    return this.#older
  }

  #moveToOlder(place: number): void {
    const id = this.#ids[place]
    const message = this.#messages[place]
    this.#ids[place] = null
    if (id === null || id === undefined || message === undefined) return
    if (this.#older.size >= MAX_OPEN) this.#forgetOldest()
    // It may stay for long: what it keeps of the text must not keep the whole text.
    message.host = message.host === null ? null : ownHost(message.host)
    message.sender = message.sender === undefined ? undefined : ownOrNull(message.sender)
    message.login = ownOrNull(message.login)
    this.#older.set(ownText(id) as MessageId, message)
  }

  /** Many at once: a map goes over all places that were deleted before it finds its first key. */
  #forgetOldest(): void {
    let count = 0
    for (const id of this.#older.keys()) {
      if (count++ === FORGOTTEN_AT_ONCE) break
      this.#older.delete(id)
      this.#statistics.totals.forgottenMessages++
    }
  }
}

/** Is it the line of the client, which begins a message? cleanup can name the client again later. */
export function isClient({ host, user, subject, messageIdHeader }: ArrivalPart): boolean {
  return (host !== null || user !== null) && subject === null && messageIdHeader === null
}

export function newMessage(event: Arrival | ArrivalPart, isReceived: boolean): OpenMessage {
  return {
    arrivedMs: event.atMs,
    sizeOctets: null,
    sender: event.from,
    host: event.host,
    login: event.login,
    isReceived,
    isQueued: false,
    isDeferred: false,
    isFailed: false,
    isRemote: false,
  }
}

/** One whose arrival the log has not. */
export function unknownMessage(): OpenMessage {
  return { ...NO_MESSAGE }
}

const NO_MESSAGE: OpenMessage = {
  arrivedMs: Number.NaN,
  sizeOctets: null,
  sender: undefined,
  host: null,
  login: null,
  isReceived: false,
  isQueued: true,
  isDeferred: false,
  isFailed: false,
  isRemote: false,
}

function ownHost({ name, helo, address, port }: Host): Host {
  return { name: ownOrNull(name), helo: ownOrNull(helo), address: ownOrNull(address), port }
}

const RECENT = 6
/** Some 60 MB. */
const MAX_OPEN = 200_000
const FORGOTTEN_AT_ONCE = 4_000
