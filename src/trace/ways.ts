/**
 * Whether two messages with the same Message-ID have to do with each other. Anybody can send a message
 * with the Message-ID of another one, so that alone says nothing: the way must be true as well. One
 * was given to a server that told the other's id, or that the other came from, later; or the other was
 * made on this machine, by a filter or a list; or one client sent both in the same name.
 */
import type { Arrival, Delivered, MessageId } from '../journal/event.ts'
import { nextQueueId } from '../journal/postfix/queue-id.ts'
import type { Journey, RecipientJourney, Relative } from './journey.ts'

/** Did a filter of this machine or network get the message as `before`, and give it back as `after`? */
export function isGivenBack(before: Journey, after: Journey): boolean {
  const { arrival } = after
  if (arrival === null) return false
  if (arrival.parent !== null && before.ids.includes(arrival.parent)) return true
  if (before.recipients.some((recipient) => wasForwarded(recipient, after.id))) return true
  const isNear = isOfThisMachine(arrival) || isOwnNetwork(arrival.host?.address ?? null)
  if (!isNear || !isDuring(before, arrival.atMs)) return false
  if (before.recipients.some((recipient) => wentToFilter(recipient, after.id))) return true
  // A filter that tells no id. A list sends copies on with a sender of its own.
  return isOfThisMachine(arrival) && arrival.from === before.arrival?.from
}

/** Of two messages with the same Message-ID; null when nothing but that speaks for it. */
export function relationOf(one: Journey, other: Journey): Relative['relation'] | null {
  const [first, second] = startMs(other) < startMs(one) ? [other, one] : [one, other]
  if (first.arrival === null || second.arrival === null) return null
  const isRelated =
    isOfThisMachine(second.arrival) ||
    wentTo(first, second.ids) ||
    wentTo(second, first.ids) ||
    cameFromThere(first, second.arrival) ||
    isOfSameClient(first.arrival, second.arrival)
  if (!isRelated) return null
  return first.arrival.from === second.arrival.from ? 'sameMessage' : 'copy'
}

/** Does the answer to its delivery tell the id? It then arrived about that time. */
export function wentToId({ attempts }: RecipientJourney, id: MessageId): boolean {
  return attempts.some((attempt) => attempt.type === 'delivered' && tellsId(attempt, id))
}

/** Postfix' local(8), of an alias or a `.forward`: the message goes on under the id that it tells. */
function wasForwarded({ attempts }: RecipientJourney, id: MessageId): boolean {
  return attempts.some(
    (attempt) =>
      attempt.type === 'delivered' &&
      attempt.host === null &&
      attempt.confirmation === `forwarded as ${id}`,
  )
}

function wentToFilter({ attempts }: RecipientJourney, id: MessageId): boolean {
  return attempts.some(
    (attempt) =>
      attempt.type === 'delivered' &&
      (attempt.host?.address == null || isOwnNetwork(attempt.host.address)) &&
      tellsId(attempt, id),
  )
}

function wentTo({ recipients }: Journey, ids: readonly MessageId[]): boolean {
  return recipients.some((recipient) => ids.some((id) => wentToId(recipient, id)))
}

function tellsId({ confirmation }: Delivered, id: MessageId): boolean {
  if (confirmation === null) return false
  return nextQueueId(confirmation) === id || idOfExim(confirmation) === id
}

/** `250 OK id=1vnYk2-00000000BQ5-1EaB` */
function idOfExim(confirmation: string): string | null {
  return /\bid=([\w-]{16,23})(?![\w-])/.exec(confirmation)?.[1] ?? null
}

/** From the host that the other was given to, after that. */
function cameFromThere({ recipients }: Journey, { host, atMs }: Arrival): boolean {
  const address = host?.address ?? null
  if (address === null) return false
  return recipients.some(({ attempts }) =>
    attempts.some(
      (attempt) =>
        attempt.type === 'delivered' &&
        attempt.host?.address === address &&
        atMs >= attempt.atMs - SOON_MS,
    ),
  )
}

/** Many clients can seem to have one address of a network of our own, behind a gateway. */
function isOfSameClient(one: Arrival, other: Arrival): boolean {
  const address = one.host?.address ?? null
  if (address === null || address !== other.host?.address) return false
  if (one.from !== other.from || one.login !== other.login) return false
  return one.login !== null || !isOwnNetwork(address)
}

/**
 * Not from another host: by a user or a program here. With a host, `user` is what that host said of
 * itself (RFC 1413). A client that logged in is no filter.
 */
function isOfThisMachine({ user, host, login }: Arrival): boolean {
  const address = host?.address ?? null
  if (login !== null) return false
  return address === null ? user !== null : isLoopback(address)
}

function isLoopback(address: string): boolean {
  return /^(?:127\.|::1$|::ffff:127\.)/i.test(address)
}

/** Addresses that no other network can have. */
function isOwnNetwork(address: string | null): boolean {
  return (
    address !== null &&
    (isLoopback(address) ||
      /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|f[cd][\da-f]{2}:|fe80:)/i.test(address))
  )
}

/** While the first step was in the queue, or just after: a filter that gives no id to its giver. */
function isDuring(before: Journey, atMs: number): boolean {
  const first = startMs(before)
  return atMs >= first && atMs <= (before.completedMs ?? lastMs(before)) + SOON_MS
}

function startMs({ events, arrival }: Journey): number {
  return arrival?.atMs ?? events.find((event) => event.atMs !== null)?.atMs ?? 0
}

function lastMs({ events }: Journey): number {
  return events.findLast((event) => event.atMs !== null)?.atMs ?? 0
}

const SOON_MS = 5000
