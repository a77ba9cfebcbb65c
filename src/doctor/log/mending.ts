/**
 * Errors of a relay or a destination that are past: after the last of them mail went by the same relay,
 * or to the same destination. What is about one message, its sender or its recipient is not past because
 * another one went.
 */
import { ownText } from '../../base/own-text.ts'
import { explainEvent } from '../../diagnosis/event-error.ts'
import type { Category, Reason } from '../../diagnosis/reasons/types.ts'
import { RelayRules } from '../../directory/relay-rules.ts'
import type { Relay } from '../../directory/types.ts'
import type { Delivered, Host, Undelivered } from '../../journal/event.ts'
import { ShapeMemory } from '../../trace/statistics/shape-memory.ts'
import type { ErrorShape } from '../../trace/statistics/statistics.ts'

/** Errors of one shape that are past. */
export interface PastErrors {
  readonly error: ErrorShape
  readonly reason: Reason
  /** At most as many as there are of the shape. */
  readonly count: number
  /** Of the last of them. */
  readonly lastMs: number
}

/** Hears of each attempt at another server. Bounded: what is too many is never past. */
export class Mending {
  readonly #shapes = new ShapeMemory()
  /** By shape, then by place. */
  readonly #errors = new Map<string, Map<string, Failing>>()
  /** When mail went last, by host and by domain; by a relay or straight. */
  readonly #deliveredMs = new Map<string, number>()
  #places = 0

  take(event: Delivered | Undelivered): void {
    const { transport, router, address } = event.recipient
    if (transport !== SMTP) return
    const host = hostOf(event.host)
    const domain = domainOf(address)
    const isRelay = router === RELAY
    if (event.type === 'delivered') {
      if (host !== null) this.#delivered(isRelay ? relayKey(host) : hostKey(host), event.atMs)
      this.#delivered(isRelay ? relayedKey(domain) : domainKey(domain), event.atMs)
      return
    }
    const shape = this.#shapes.shapeOf(event.reason, address)
    const places = this.#placesOf(keyOf(event.type, isRelay, shape))
    const place = isRelay ? `${host ?? ''}` : `${host ?? ''} ${domain}`
    const known = places?.get(place)
    if (known !== undefined) {
      known.count++
      known.lastMs = Math.max(known.lastMs, event.atMs)
    } else if (places !== undefined && this.#places < MOST_PLACES) {
      this.#places++
      const of = isRelay ? { relayHost: host } : { host, domain: ownText(domain) }
      places.set(ownText(place), { ...of, count: 1, lastMs: event.atMs })
    }
  }

  /** Those of these errors that are past, and the others with what is left of their counts. */
  split(
    errors: readonly ErrorShape[],
    relays: Relays,
  ): { readonly open: readonly ErrorShape[]; readonly past: readonly PastErrors[] } {
    const ways = { relays, rules: rulesOf(relays) }
    const past = errors.flatMap((error): PastErrors[] => {
      const reason = explainEvent(error.example, 'waybill')?.reason
      if (reason === undefined || !OF_A_SERVER.has(reason.category)) return []
      const over = this.#over(error, ways)
      if (over.length === 0) return []
      const count = over.reduce((sum, one) => sum + one.count, 0)
      return [{ error, reason, count, lastMs: Math.max(...over.map(({ lastMs }) => lastMs)) }]
    })
    const counts = new Map(past.map(({ error, count }) => [error, count]))
    const open = errors.flatMap((error): ErrorShape[] => {
      const count = error.count - (counts.get(error) ?? 0)
      return count > 0 ? [{ ...error, count }] : []
    })
    return { open, past }
  }

  /** Where errors of this shape are past. */
  #over({ type, at, shape }: ErrorShape, ways: Ways): Failing[] {
    const places = this.#errors.get(keyOf(type, at === RELAY, shape))?.values() ?? []
    // Within one second the log does not tell which was first.
    return [...places].filter((one) => (this.#lastDelivered(one, ways) ?? 0) > one.lastMs)
  }

  /** By that relay or to that destination; null: never, or nobody can say. */
  #lastDelivered(failing: Failing, { relays, rules }: Ways): number | null {
    const keys =
      'domain' in failing
        ? keysOfDomain(failing, rules)
        : hostsOfRelay(failing.relayHost, relays).map(relayKey)
    const times = keys.flatMap((key) => this.#deliveredMs.get(key) ?? [])
    return times.length === 0 ? null : Math.max(...times)
  }

  #delivered(key: string, atMs: number): void {
    const beforeMs = this.#deliveredMs.get(key)
    if (beforeMs !== undefined) this.#deliveredMs.set(key, Math.max(beforeMs, atMs))
    else if (this.#deliveredMs.size < MOST_PLACES) this.#deliveredMs.set(ownText(key), atMs)
  }

  #placesOf(key: string): Map<string, Failing> | undefined {
    const known = this.#errors.get(key)
    if (known !== undefined || this.#errors.size >= MOST_SHAPES) return known
    const made = new Map<string, Failing>()
    this.#errors.set(ownText(key), made)
    return made
  }
}

type Relays = readonly Pick<Relay, 'name' | 'hosts' | 'rules'>[]

/** Where mail goes now. */
interface Ways {
  readonly relays: Relays
  readonly rules: RelayRules
}

interface Straight {
  readonly host: string | null
  readonly domain: string
}

/** Where attempts fail. */
type Failing = (
  | Straight
  /** Null: the relay was not reached at all. */
  | { readonly relayHost: string | null }
) & { count: number; lastMs: number }

/** Mail by a relay mends a domain if all goes that way now; else that of other senders still goes straight. */
function keysOfDomain({ host, domain }: Straight, rules: RelayRules): readonly string[] {
  return [
    domainKey(domain),
    ...(host === null ? [] : [hostKey(host)]),
    ...(rules.find(domain, null) === null ? [] : [relayedKey(domain)]),
  ]
}

function rulesOf(relays: Relays): RelayRules {
  return new RelayRules(
    relays.flatMap(({ name, rules }) =>
      rules.map((rule) => ({ domain: '', ...rule, relay: name })),
    ),
  )
}

/** The log does not name a relay: none when it may be one of several. */
function hostsOfRelay(host: string | null, relays: Relays): readonly string[] {
  const having = relays.filter(({ hosts }) => hosts.some((one) => one.host.toLowerCase() === host))
  // Not reached at all, or it has another host since.
  const maybe = having.length === 0 ? relays : having
  const hosts = maybe.length === 1 ? maybe.flatMap((relay) => relay.hosts) : []
  const own = host === null || having.length > 1 ? [] : [host]
  return [...own, ...hosts.map((one) => one.host.toLowerCase())]
}

function keyOf(type: string, isRelay: boolean, shape: string): string {
  return `${type} ${isRelay} ${shape}`
}

function hostOf(host: Host | null): string | null {
  const name = (host?.name ?? host?.address)?.toLowerCase()
  return name === undefined ? null : ownText(name)
}

function hostKey(host: string): string {
  return `host ${host}`
}

/** A host that is a relay for us may be the MX of others too: that it takes their mail says nothing of our login. */
function relayKey(host: string): string {
  return `relay ${host}`
}

function domainKey(domain: string): string {
  return `domain ${domain}`
}

function relayedKey(domain: string): string {
  return `relayed ${domain}`
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}

const SMTP = 'smtp'
const RELAY = 'relay'
/** Whatever the message is. */
const OF_A_SERVER: ReadonlySet<Category> = new Set([
  ...([
    'reverseDns',
    'helo',
    'reputation',
    'blocklisted',
    'rateLimited',
    'network',
    'dns',
  ] as const),
  ...(['tls', 'protocol', 'loginFailed', 'authenticationRequired', 'serverFault'] as const),
  ...(['storage', 'configuration', 'permission', 'program', 'corruption'] as const),
])
const MOST_SHAPES = 2_000
const MOST_PLACES = 20_000
