/** Many events, of one or several logs, as the journeys they tell of. */
import { Entries } from '../journal/entries.ts'
import type { Event, Filed, LogLine, MessageId, Unknown } from '../journal/event.ts'
import {
  type Fate,
  type Journey,
  journeyOf,
  type RecipientJourney,
  type Relative,
} from './journey.ts'
import { filedByJourney } from './filed.ts'
import { rejoined } from './rejoin.ts'
import { relationOf } from './ways.ts'

interface Gathered {
  readonly id: MessageId
  readonly events: (Event | Unknown)[]
  hasBegun: boolean
  isDone: boolean
}

/**
 * Gathers events message by message. Holds all it is given: for the lines of some messages, not for
 * a whole log.
 */
export class Journeys {
  readonly #isLive: boolean
  readonly #all: Gathered[] = []
  /** The last message of each id: Postfix gives short ids again. */
  readonly #current = new Map<MessageId, Gathered>()
  readonly #filed: Filed[] = []
  /** Puts the lines that go on with others to their events. */
  readonly #entries = new Entries((event) => this.#take(event))

  /** @param isLive as in {@link journeyOf} */
  constructor(isLive: boolean) {
    this.#isLive = isLive
  }

  /** Lines in the order of the log. Those of no message are passed over. */
  add(line: LogLine): void {
    this.#entries.add(line)
  }

  #take(event: Event | Unknown): void {
    if (event.type === 'filed') {
      this.#filed.push(event)
      return
    }
    if (!('id' in event) || event.id === null) return
    const message = this.#messageOf(event.id, event)
    message.events.push(event)
    if (event.type === 'completed') message.isDone = true
    if (beginsMessage(event)) message.hasBegun = true
  }

  /** Every message, in the order of their first lines, each with its relatives among them. */
  finish(): Journey[] {
    this.#entries.end()
    const journeys = this.#all.map(({ id, events }) => journeyOf(id, events, this.#isLive))
    const joined = rejoined(journeys)
    const filed = filedByJourney(joined, this.#filed)
    return linked([...joined, ...this.#alone(filed.get(null) ?? [])], filed)
  }

  #messageOf(id: MessageId, event: Event | Unknown): Gathered {
    const current = this.#current.get(id)
    if (current !== undefined && !isAnother(current, event)) return current
    const message: Gathered = { id, events: [], hasBegun: false, isDone: false }
    this.#all.push(message)
    this.#current.set(id, message)
    return message
  }

  /** Messages that only Dovecot tells of, by their Message-ID. */
  #alone(filed: readonly Filed[]): Journey[] {
    const alone = Map.groupBy(filed, (one) => one.messageIdHeader ?? one.session ?? '')
    alone.delete('')
    return [...alone].map(([key, events]) => journeyOf(key as MessageId, events, this.#isLive))
  }
}

/**
 * Another message with the same queue id: a first line after the last one, or Postfix' first line
 * again, for what was rejected or taken away has no last line.
 */
function isAnother({ hasBegun, isDone }: Gathered, event: Event | Unknown): boolean {
  return beginsMessage(event) && (isDone || (hasBegun && event.type === 'arrivalPart'))
}

/** With it a message comes, so that its id is its own from then on. */
export function beginsMessage(event: Event | Unknown): boolean {
  if (event.type === 'arrival') return true
  return event.type === 'arrivalPart' && (event.host !== null || event.user !== null)
}

/** Each journey told of its relatives, and of what Dovecot did with the message. */
function linked(
  journeys: readonly Journey[],
  filed: ReadonlyMap<Journey | null, readonly Filed[]>,
): Journey[] {
  const children = new Map<MessageId, Relative[]>()
  const sameMessage = new Map<string, Journey[]>()
  for (const journey of journeys) {
    for (const { id, relation } of journey.relatives) {
      const back = { id: journey.id, relation: BACK[relation] }
      const others = children.get(id)
      if (others === undefined) children.set(id, [back])
      else others.push(back)
    }
    const header = journey.arrival?.messageIdHeader
    if (!header) continue
    const others = sameMessage.get(header)
    if (others === undefined) sameMessage.set(header, [journey])
    else if (others.length < MOST_SAME) others.push(journey)
  }
  return journeys.map((journey) => {
    const header = journey.arrival?.messageIdHeader
    const relatives = [
      ...journey.relatives,
      ...journey.ids.flatMap((id) => children.get(id) ?? []),
      ...copiesOf(journey, header ? (sameMessage.get(header) ?? []) : []),
    ]
    return withRelatives(journey, relatives, filed.get(journey) ?? [])
  })
}

/** Of those with the same Message-ID, only what the way of the message makes relatives. */
function copiesOf(journey: Journey, same: readonly Journey[]): Relative[] {
  const relatives: Relative[] = []
  for (const other of same) {
    const relation = other.id === journey.id ? null : relationOf(journey, other)
    if (relation !== null) relatives.push({ id: other.id, relation })
  }
  return relatives
}

/** A stranger can send any number of messages with one Message-ID. */
const MOST_SAME = 64

const BACK: { readonly [R in Relative['relation']]: Relative['relation'] } = {
  bounceOf: 'bounce',
  bounce: 'bounceOf',
  delayNotice: 'bounceOf',
  successNotice: 'bounceOf',
  copy: 'copy',
  sameMessage: 'sameMessage',
}

function withRelatives(
  journey: Journey,
  relatives: readonly Relative[],
  filed: readonly Filed[],
): Journey {
  const seen = new Set<string>()
  const each = relatives.filter(({ id }) => !seen.has(id) && seen.add(id) !== undefined)
  if (filed.length === 0) return { ...journey, relatives: each }
  const events = [...journey.events, ...filed].sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0))
  const recipients = journey.recipients.map((one) => ({
    ...one,
    fate: fateFiled(one, journey, filed),
  }))
  return { ...journey, relatives: each, recipients, filed, events }
}

/** What a filter of the recipient threw away or refused was handed over all the same. */
function fateFiled(
  { original, final, fate }: RecipientJourney,
  { recipients }: Journey,
  filed: readonly Filed[],
): Fate {
  if (fate !== 'delivered') return fate
  const names = [original, final].map((name) => name.toLowerCase())
  const own = filed.filter(({ login }) => {
    const name = login?.toLowerCase() ?? ''
    return (
      recipients.length === 1 || names.some((one) => one === name || one.startsWith(`${name}@`))
    )
  })
  const isKept = own.some(({ action }) => action === 'saved' || action === 'forwarded')
  if (isKept) return fate
  if (own.some(({ action }) => action === 'rejected')) return 'failed'
  return own.some(({ action }) => action === 'discarded') ? 'discarded' : fate
}
