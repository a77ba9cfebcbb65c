/** The last message that reached another server, or else a mailbox. */
import type { Arrival, ArrivalPart, Delivered, Event, Unknown } from '../journal/event.ts'
import type { Found } from '../trace/search/search.ts'

export interface LastDelivery {
  readonly atMs: number
  /** `machine`: to a program on this machine, a filter or a tunnel, that took it by SMTP. */
  readonly where: 'elsewhere' | 'machine' | 'mailbox'
  /** Null: the log does not say. */
  readonly arrivedMs: number | null
  /** Null is `<>`; undefined: the log does not say. */
  readonly from: string | null | undefined
  readonly to: string
  /** The other server; null: it was put into a mailbox, or the log does not say. */
  readonly host: string | null
  /** What the other server said. */
  readonly confirmation: string | null
  /** From its arrival to its end, as the log has them. */
  readonly lines: readonly string[]
}

/** Of one message; null: it has none. */
export function deliveryOf({
  events,
  lines,
}: Pick<Found, 'events' | 'lines'>): LastDelivery | null {
  const delivered = events.filter((event) => event.type === 'delivered')
  const found =
    delivered.findLast((event) => whereOf(event) === 'elsewhere') ??
    delivered.findLast(({ host }) => host !== null) ??
    delivered.at(-1)
  if (found === undefined) return null
  const arrivals = events.filter(isArrival)
  const { atMs, recipient, host, confirmation } = found
  const senders = [recipient.from, ...arrivals.map(({ from }) => from)]
  return {
    ...{ atMs, where: whereOf(found), confirmation },
    arrivedMs: arrivals[0]?.atMs ?? null,
    from: senders.find((from) => typeof from === 'string') ?? senders.find((from) => from === null),
    to: recipient.parents.at(-1) ?? recipient.address,
    host: host?.name ?? host?.address ?? null,
    // Of one that was tried for days the beginning and the end.
    lines: lines.length > MAX_LINES ? [...lines.slice(0, 5), ...lines.slice(5 - MAX_LINES)] : lines,
  }
}

/** One to another server says more: it needed the network, and perhaps a login. */
export function isLater(one: LastDelivery, other: LastDelivery | null): boolean {
  if (other === null) return true
  if (one.where === other.where) return one.atMs >= other.atMs
  return WHERE.indexOf(one.where) < WHERE.indexOf(other.where)
}

function whereOf({ host }: Delivered): LastDelivery['where'] {
  if (host === null) return 'mailbox'
  return LOOPBACK.test(host.address ?? host.name ?? '') ? 'machine' : 'elsewhere'
}

export function isArrival(event: Event | Unknown): event is Arrival | ArrivalPart {
  return event.type === 'arrival' || event.type === 'arrivalPart'
}

const WHERE: readonly LastDelivery['where'][] = ['elsewhere', 'machine', 'mailbox']
const LOOPBACK = /^(?:127\.|::1$|localhost$)/
const MAX_LINES = 30
