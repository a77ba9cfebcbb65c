/**
 * A message that a content filter took and gave back has two ids in the log, or more: one journey
 * all the same. The steps have the same Message-ID, and one hands over to the next.
 */
import type { Event, Unknown } from '../journal/event.ts'
import type { Journey, JourneyState, RecipientJourney } from './journey.ts'
import { isGivenBack, wentToId } from './ways.ts'

/** Journeys in their order, the later steps of a message joined to its first. */
export function rejoined(journeys: readonly Journey[]): Journey[] {
  /** Places in `joined` of the messages with each Message-ID. */
  const places = new Map<string, number[]>()
  const joined: Journey[] = []
  for (const journey of journeys) {
    const header = journey.arrival?.messageIdHeader ?? ''
    const same = header === '' ? undefined : places.get(header)
    const at = same?.slice(-MOST_SAME).find((place) => isStepAfter(joined[place], journey))
    const before = at === undefined ? undefined : joined[at]
    if (at !== undefined && before !== undefined) joined[at] = join(before, journey)
    else {
      if (same !== undefined) same.push(joined.length)
      else if (header !== '') places.set(header, [joined.length])
      joined.push(journey)
    }
  }
  return joined
}

function isStepAfter(before: Journey | undefined, after: Journey): boolean {
  return before !== undefined && isGivenBack(before, after)
}

/** A stranger can send any number of messages with one Message-ID: the last ones are looked at. */
const MOST_SAME = 64

function join(before: Journey, after: Journey): Journey {
  const ids = [...before.ids, ...after.ids]
  const isComplete = before.completedMs !== null && after.completedMs !== null
  return {
    ...before,
    ids,
    recipients: recipientsOf(before, after),
    state: stateOf(before.state, after.state),
    completedMs: isComplete ? after.completedMs : null,
    filed: [...before.filed, ...after.filed],
    relatives: [...before.relatives, ...after.relatives].filter(({ id }) => !ids.includes(id)),
    events: inTime([...before.events, ...after.events]),
  }
}

/** Those of the later step, by the names they had at first; and those that never came so far. */
function recipientsOf(before: Journey, after: Journey): readonly RecipientJourney[] {
  const handed = before.recipients.filter(
    (one) => one.fate === 'delivered' && (wentToId(one, after.id) || isIn(after, one.final)),
  )
  const originals = new Map(handed.map((one) => [one.final.toLowerCase(), one.original]))
  const later = after.recipients.map((one) => ({
    ...one,
    original: originals.get(one.original.toLowerCase()) ?? one.original,
  }))
  return [...before.recipients.filter((one) => !handed.includes(one)), ...later]
}

function isIn({ recipients }: Journey, address: string): boolean {
  const wanted = address.toLowerCase()
  return recipients.some(({ original }) => original.toLowerCase() === wanted)
}

function stateOf(before: JourneyState, after: JourneyState): JourneyState {
  return before === 'completed' ? after : before
}

function inTime(events: readonly (Event | Unknown)[]): readonly (Event | Unknown)[] {
  return events.toSorted((one, other) => (one.atMs ?? 0) - (other.atMs ?? 0))
}
