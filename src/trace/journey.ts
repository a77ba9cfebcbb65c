/** What became of one message, put together from its events. */
import type { Arrival, Delivered, Event, MessageId, Undelivered } from '../journal/event.ts'

export type Fate = 'delivered' | 'failed' | 'deferred' | 'waiting'

/** One address the message went to, or should go to. */
export interface RecipientJourney {
  /** As the sender wrote it, as far as the log says. */
  readonly original: string
  /** The address delivered to; the same as `original` when nothing was rewritten. */
  readonly final: string
  readonly fate: Fate
  /** Oldest first; empty while it waits. */
  readonly attempts: readonly (Delivered | Undelivered)[]
}

export interface Journey {
  readonly id: MessageId
  /** Null when it is older than the log. */
  readonly arrival: Arrival | null
  readonly recipients: readonly RecipientJourney[]
  /** When the server was done with it; null while it waits. */
  readonly completedMs: number | null
  /** Every event of the message, oldest first. */
  readonly events: readonly Event[]
}

/** From all events of one message, oldest first. */
export function journeyOf(id: MessageId, events: readonly Event[]): Journey {
  let arrival: Arrival | null = null
  let completedMs: number | null = null
  const ways = new Map<string, (Delivered | Undelivered)[]>()
  for (const event of events)
    switch (event.type) {
      case 'arrival':
        arrival = event
        break
      case 'completed':
        completedMs = event.atMs
        break
      case 'delivered':
      case 'failed':
      case 'deferred': {
        const way = `${originalOf(event)}\n${event.recipient.address}`
        const attempts = ways.get(way)
        if (attempts === undefined) ways.set(way, [event])
        else attempts.push(event)
        break
      }
      default:
      // A note, a rejection of what followed, a warning: in `events`.
    }
  const recipients = [...ways.values()].map(recipientJourney)
  const isDone = completedMs !== null
  const waiting = isDone ? [] : waitingOf(arrival, recipients)
  return { id, arrival, recipients: [...recipients, ...waiting], completedMs, events }
}

/** The fates of a journey's recipients, worst first, each once. */
export function fatesOf({ recipients }: Journey): readonly Fate[] {
  return FATES.filter((fate) => recipients.some((recipient) => recipient.fate === fate))
}

const FATES: readonly Fate[] = ['failed', 'deferred', 'waiting', 'delivered']

function recipientJourney(attempts: readonly (Delivered | Undelivered)[]): RecipientJourney {
  const last = attempts.at(-1)
  if (last === undefined) throw new Error('a recipient without an attempt')
  const fate = last.type
  return { original: originalOf(last), final: last.recipient.address, fate, attempts }
}

/** Accepted recipients of which the log says nothing yet. */
function waitingOf(
  arrival: Arrival | null,
  known: readonly RecipientJourney[],
): readonly RecipientJourney[] {
  const tried = new Set(known.map(({ original }) => original.toLowerCase()))
  return (arrival?.recipients ?? [])
    .filter((address) => !tried.has(address.toLowerCase()))
    .map((address) => ({ original: address, final: address, fate: 'waiting', attempts: [] }))
}

function originalOf({ recipient }: Delivered | Undelivered): string {
  return recipient.parents.at(-1) ?? recipient.address
}
