/** What became of one message, put together from its events. */
import type {
  Arrival,
  Delivered,
  Event,
  Filed,
  MessageId,
  QueueAction,
  Unknown,
} from '../journal/event.ts'
import { ArrivalParts } from './arrival-parts.ts'
import { type Attempt, Attempts, originalOf } from './attempts.ts'

/**
 * How it ended for one recipient. `waiting`: it will be tried again, or the first time. `logEnds`:
 * the log stops before it says.
 */
export type Fate = 'delivered' | 'failed' | 'waiting' | 'discarded' | 'logEnds'

/** One address the message went to, or should go to. */
export interface RecipientJourney {
  /** As the sender wrote it, as far as the log says. */
  readonly original: string
  /** The address delivered to; the same as `original` when nothing was rewritten. */
  readonly final: string
  readonly fate: Fate
  /** Oldest first; empty while it waits, and when the log has no line of its own for it. */
  readonly attempts: readonly Attempt[]
}

/** Where the message is, as far as the log says. `rejected`: it was never accepted. */
export type JourneyState = 'completed' | 'waiting' | 'frozen' | 'held' | 'rejected' | 'logEnds'

/** How another message belongs to this one. */
export interface Relative {
  readonly id: MessageId
  readonly relation:
    | 'bounceOf'
    | 'bounce'
    | 'delayNotice'
    | 'successNotice'
    | 'copy'
    | 'sameMessage'
}

export interface Journey {
  /** The first id that it had. */
  readonly id: MessageId
  /** All its ids, in their order: a filter gives a message back under another one. */
  readonly ids: readonly MessageId[]
  /** Null when it is older than the log. */
  readonly arrival: Arrival | null
  readonly recipients: readonly RecipientJourney[]
  readonly state: JourneyState
  /** When the server was done with it; null while it waits. */
  readonly completedMs: number | null
  /** What Dovecot did with it, when its log is read too. */
  readonly filed: readonly Filed[]
  /** Messages that came of this one, or that it came of. */
  readonly relatives: readonly Relative[]
  /** Every event of the message, oldest first. */
  readonly events: readonly (Event | Unknown)[]
}

/**
 * From all events of one message, oldest first.
 * @param isLive  the log goes on to this moment: what it does not say has not happened yet
 */
export function journeyOf(
  id: MessageId,
  events: readonly (Event | Unknown)[],
  isLive = true,
): Journey {
  const facts = gather(events)
  const completedMs = facts.completedMs
  const ways = facts.attempts.lists(completedMs !== null && !isAnyoneGivenUp(facts))
  const known = ways.map((way) => recipientJourney(way, facts))
  const arrival = facts.arrival ?? facts.parts.arrival(known)
  const recipients = [
    ...known,
    ...silentOf(arrival, known, facts, isLive),
    ...namelessOf(known, facts, isLive),
  ]
  return {
    id,
    ids: [id],
    arrival,
    recipients,
    state: stateOf(facts, arrival, known, isLive),
    completedMs,
    filed: facts.filed,
    relatives: relativesOf(arrival, events),
    events,
  }
}

/** The fates of a journey's recipients, worst first, each once. */
export function fatesOf({ recipients }: Journey): readonly Fate[] {
  return FATES.filter((fate) => recipients.some((recipient) => recipient.fate === fate))
}

const FATES: readonly Fate[] = ['failed', 'waiting', 'logEnds', 'discarded', 'delivered']

interface Facts {
  arrival: Arrival | null
  completedMs: number | null
  /** The last thing a person or the server did to the whole message. */
  action: QueueAction | null
  isRejected: boolean
  readonly parts: ArrivalParts
  readonly filed: Filed[]
  readonly attempts: Attempts
  /** Recipients that were given up by hand, in lower case. */
  readonly cancelled: Set<string>
  /** Recipients that a person marked as delivered, in lower case. */
  readonly marked: Set<string>
}

function gather(events: readonly (Event | Unknown)[]): Facts {
  const facts: Facts = {
    ...{ arrival: null, completedMs: null, action: null, isRejected: false },
    ...{ parts: new ArrivalParts(), filed: [], attempts: new Attempts(), cancelled: new Set() },
    marked: new Set(),
  }
  for (const event of events)
    switch (event.type) {
      case 'arrival':
        facts.arrival ??= event
        break
      case 'arrivalPart':
        facts.parts.add(event)
        break
      case 'completed':
        facts.completedMs = event.atMs
        break
      case 'rejected':
        facts.isRejected = true
        break
      case 'filed':
        facts.filed.push(event)
        break
      case 'queueAction':
        if (event.recipient === null) facts.action = actionAfter(facts.action, event)
        else if (event.action === 'cancelled') facts.cancelled.add(event.recipient.toLowerCase())
        else if (event.action === 'markedDelivered') facts.marked.add(event.recipient.toLowerCase())
        break
      case 'delivered':
      case 'failed':
      case 'deferred':
        facts.attempts.add(event)
        break
      default:
      // A note, a warning, a line that nobody knows: in `events`.
    }
  return facts
}

/** What only repeats or decides nothing leaves the state as it was. */
function actionAfter(before: QueueAction | null, action: QueueAction): QueueAction | null {
  return action.action === 'changed' || action.action === 'locked' ? before : action
}

function recipientJourney(attempts: readonly Attempt[], facts: Facts): RecipientJourney {
  const last = attempts.at(-1)
  if (last === undefined) throw new Error('a recipient without an attempt')
  const original = originalOf(last)
  return { original, final: last.recipient.address, fate: fateAfter(last, facts), attempts }
}

function fateAfter(last: Attempt, facts: Facts): Fate {
  if (last.type === 'failed') return 'failed'
  if (last.type === 'delivered') return isThrownAway(last) ? 'discarded' : 'delivered'
  const address = last.recipient.address.toLowerCase()
  if (facts.cancelled.has(address)) return 'failed'
  if (facts.marked.has(address)) return 'discarded'
  // Completed without another try: somebody marked it as delivered, or took it away.
  return givenUp(facts.action) ?? (facts.completedMs === null ? 'waiting' : 'discarded')
}

/** Exim's `:blackhole:` and `discarded`, Postfix' discard(8). */
function isThrownAway({ recipient }: Delivered): boolean {
  return DISCARDED.has(recipient.address) || recipient.transport === 'discard'
}

const DISCARDED: ReadonlySet<string> = new Set([':blackhole:', 'discarded', '/dev/null'])

/** What a hand or a rule made of recipients that had no end yet. */
function givenUp(action: QueueAction | null): Fate | null {
  switch (action?.action) {
    case 'removed':
    case 'markedDelivered':
    case 'discarded':
      return 'discarded'
    case 'cancelled':
    case 'expired':
      return 'failed'
    default:
      return null
  }
}

function isAnyoneGivenUp({ action, cancelled, marked }: Facts): boolean {
  return givenUp(action) !== null || cancelled.size + marked.size > 0
}

/** Accepted recipients that have no line of their own. */
function silentOf(
  arrival: Arrival | null,
  known: readonly RecipientJourney[],
  facts: Facts,
  isLive: boolean,
): readonly RecipientJourney[] {
  const told = new Set(known.map(({ original }) => original.toLowerCase()))
  const addresses = (arrival?.recipients ?? []).filter((one) => !told.has(one.toLowerCase()))
  return addresses.map((address) => {
    const fate = silentFate(address, facts, isLive)
    return { original: address, final: address, fate, attempts: [] }
  })
}

/** Postfix says how many recipients there are, and names only those that it tried. */
function namelessOf(
  known: readonly RecipientJourney[],
  facts: Facts,
  isLive: boolean,
): readonly RecipientJourney[] {
  const count = facts.parts.recipientCount() - known.length
  if (count <= 0) return []
  const open: Fate = isLive || isStopped(facts.action) ? 'waiting' : 'logEnds'
  const fate = givenUp(facts.action) ?? (facts.completedMs === null ? open : 'logEnds')
  const nameless = { original: NAMELESS, final: NAMELESS, fate, attempts: [] }
  return Array.from({ length: Math.min(count, MOST_NAMELESS) }, () => nameless)
}

/** Stands for a recipient that the log counts and does not name. */
const NAMELESS = '(not named)'
const MOST_NAMELESS = 1000

/**
 * A failure is always logged, and a completed message has no recipient left: one without a line of
 * its own led to the same mailbox as another.
 */
function silentFate(address: string, facts: Facts, isLive: boolean): Fate {
  if (facts.cancelled.has(address.toLowerCase())) return 'failed'
  if (facts.marked.has(address.toLowerCase())) return 'discarded'
  const given = givenUp(facts.action)
  if (given !== null) return given
  if (facts.completedMs !== null) return 'delivered'
  return isLive || isStopped(facts.action) ? 'waiting' : 'logEnds'
}

function isStopped(action: QueueAction | null): boolean {
  return action !== null && (FROZEN.has(action.action) || action.action === 'held')
}

const FROZEN: ReadonlySet<QueueAction['action']> = new Set(['frozen', 'stillFrozen'])

function stateOf(
  facts: Facts,
  arrival: Arrival | null,
  known: readonly RecipientJourney[],
  isLive: boolean,
): JourneyState {
  const { action, completedMs } = facts
  if (completedMs !== null || givenUp(action) !== null) return 'completed'
  if (action !== null && FROZEN.has(action.action)) return 'frozen'
  if (action?.action === 'held') return 'held'
  const isQueued = facts.arrival !== null || facts.parts.recipientCount() > 0
  if (facts.isRejected && !isQueued && known.length === 0) return 'rejected'
  if (arrival === null && known.length === 0)
    return facts.filed.length > 0 ? 'completed' : 'logEnds'
  if (isLive || known.some(({ attempts }) => attempts.at(-1)?.type === 'deferred')) return 'waiting'
  return 'logEnds'
}

function relativesOf(
  arrival: Arrival | null,
  events: readonly (Event | Unknown)[],
): readonly Relative[] {
  const relatives: Relative[] = []
  if (arrival !== null && arrival.parent !== null)
    relatives.push({
      id: arrival.parent,
      relation: arrival.from === null ? 'bounceOf' : 'sameMessage',
    })
  for (const event of events)
    if (event.type === 'related') relatives.push({ id: event.other, relation: event.relation })
  return relatives
}
