/** Which message it was that Dovecot filed: it says the Message-ID, which others can have as well. */
import type { Filed } from '../journal/event.ts'
import type { Journey } from './journey.ts'

/**
 * What Dovecot did, by the journey that it belongs to: the one to which Dovecot answered with the
 * session's name; else the one that was handed over about that time, to that user if to several;
 * else the only one with the Message-ID. Under null what belongs to none, or could to several.
 */
export function filedByJourney(
  journeys: readonly Journey[],
  filed: readonly Filed[],
): ReadonlyMap<Journey | null, readonly Filed[]> {
  const wanted = new Set(filed.map(({ messageIdHeader }) => messageIdHeader))
  const same = new Map<string, Journey[]>()
  for (const journey of journeys) {
    const header = journey.arrival?.messageIdHeader
    if (!header || !wanted.has(header)) continue
    const others = same.get(header)
    if (others === undefined) same.set(header, [journey])
    else if (others.length < MOST_SAME) others.push(journey)
  }
  return Map.groupBy(filed, (one) => journeyOf(one, same.get(one.messageIdHeader ?? '') ?? []))
}

function journeyOf(filed: Filed, journeys: readonly Journey[]): Journey | null {
  const [only] = journeys
  if (only === undefined) return null
  if (journeys.length === 1) return isBefore(only, filed) ? only : null
  const answered = journeys.filter((journey) => wasAnswered(journey, filed))
  if (answered.length === 1) return answered[0] ?? null
  const near = journeys.filter((journey) => wasHandedOver(journey, filed, false))
  if (near.length < 2) return near[0] ?? null
  const toUser = near.filter((journey) => wasHandedOver(journey, filed, true))
  return toUser.length === 1 ? (toUser[0] ?? null) : null
}

/** Clocks of two servers can differ a little. */
function isBefore({ arrival }: Journey, { atMs }: Filed): boolean {
  return arrival === null || arrival.atMs <= atMs + NEAR_MS
}

/** `250 2.0.0 <bob@example.net> s5xXFqk3cGUFAAAA Saved`: LMTP tells the session. */
function wasAnswered({ recipients }: Journey, { session }: Filed): boolean {
  if (session === null || session.length < MIN_SESSION_CHARS) return false
  return recipients.some(({ attempts }) =>
    attempts.some(
      (attempt) => attempt.type === 'delivered' && attempt.confirmation?.includes(session),
    ),
  )
}

function wasHandedOver(
  { recipients }: Journey,
  { atMs, login }: Filed,
  isToUser: boolean,
): boolean {
  const user = login?.toLowerCase() ?? ''
  return recipients.some(({ original, final, attempts }) => {
    const isTo = [original, final].some((name) => isNamed(name.toLowerCase(), user))
    return (isTo || !isToUser) && attempts.some((one) => Math.abs(one.atMs - atMs) <= NEAR_MS)
  })
}

function isNamed(address: string, user: string): boolean {
  return address === user || address.startsWith(`${user}@`)
}

const NEAR_MS = 60_000
/** A name of fewer could be a part of anything. */
const MIN_SESSION_CHARS = 8
/** A stranger can send any number of messages with one Message-ID. */
const MOST_SAME = 64
