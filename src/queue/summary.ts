import { all, type Steps } from '../db/statement.ts'
import { type DestinationRow, findDestination } from './destinations.ts'
import { IS_OPEN } from './schema.ts'
import { domainPart } from './settings.ts'
import type { DestinationName, QueueId } from './types.ts'

/** What waits for one domain and goes by one way. */
export interface DomainSummary {
  /** Of the recipients' addresses: lower case A-labels, or an address literal. */
  readonly domain: string
  readonly destination: DestinationName
  readonly messages: number
  readonly recipients: number
  /** Each message once. */
  readonly volumeOctets: number
  readonly oldestMs: number
  readonly newestMs: number
  /** When the first of its recipients is tried next; null: all are stopped or being tried. */
  readonly dueMs: number | null
  /** Of the destination: nothing is sent there before. */
  readonly blockedUntilMs: number | null
  /** When the last of its recipients was tried; null: none was. */
  readonly triedMs: number | null
  /** The words of the last failure: of the destination, else of a recipient. Null: there was none. */
  readonly error: string | null
}

/** Of some messages. Pages have no message in common, so that {@link mergeSummaries} can add them up. */
export interface SummaryPage {
  readonly domains: readonly DomainSummary[]
  /** After which message the next page begins; null: this was the last. */
  readonly next: QueueId | null
}

interface Waiting {
  readonly queueId: QueueId
  readonly address: string
  readonly destination: DestinationName
  readonly dueMs: number | null
  readonly sizeOctets: number
  readonly arrivedMs: number
  readonly triedMs: number | null
  readonly error: string | null
}

/** What waits of the messages after one: a bounded number of recipients, or those of one message. */
export function* summaryPage(after: QueueId | null): Steps<SummaryPage> {
  const found = yield* waiting('queue_id > ? ORDER BY queue_id LIMIT ?', after ?? 0, PAGE)
  const last = found.at(-1)
  if (found.length < PAGE || last === undefined)
    return { domains: yield* summed(found), next: null }
  // The last message may go on: it is for the next page, unless it fills this one.
  const whole = found.filter(({ queueId }) => queueId !== last.queueId)
  const end = whole.at(-1)
  if (end !== undefined) return { domains: yield* summed(whole), next: end.queueId }
  const all = yield* waiting('queue_id = ?', last.queueId)
  return { domains: yield* summed(all), next: last.queueId }
}

const PAGE = 2000

function* waiting(where: string, ...values: number[]): Steps<Waiting[]> {
  return yield* all<Waiting>(
    `SELECT queue_id AS queueId, address, destination, iif(state = 'pending', due_ms, NULL) AS dueMs,
       size_octets AS sizeOctets, arrived_ms AS arrivedMs, tried_ms AS triedMs,
       outcome ->> 'text' AS error
     FROM queued_recipient CROSS JOIN queued_message ON id = queue_id WHERE ${IS_OPEN} AND ${where}`,
    ...values,
  )
}

function* summed(rows: readonly Waiting[]): Steps<DomainSummary[]> {
  const destinations = new Map<DestinationName, DestinationRow | undefined>()
  for (const { destination } of rows)
    if (!destinations.has(destination))
      destinations.set(destination, yield* findDestination(destination))
  // Of one message, then of all: it counts once for each domain and way.
  const messages = Map.groupBy(rows, ({ queueId, address, destination }) =>
    [queueId, destination, domainPart(address)].join(' '),
  )
  const each = [...messages.values()].map(summaryOf)
  return mergeSummaries(each).map((one) => {
    const destination = destinations.get(one.destination)
    const blockedUntilMs = destination?.blockedUntilMs ?? null
    return { ...one, blockedUntilMs, error: destination?.error ?? one.error }
  })
}

/** Of recipients of one message, in one domain, by one way. */
function summaryOf(recipients: readonly Waiting[]): DomainSummary {
  const [first] = recipients
  if (first === undefined) throw new Error('a summary of nobody')
  let times: Times = first
  for (const recipient of recipients) times = soonestAndLast(times, recipient)
  const { address, destination, sizeOctets, arrivedMs } = first
  return {
    ...{ domain: domainPart(address), destination, messages: 1, recipients: recipients.length },
    ...{ volumeOctets: sizeOctets, oldestMs: arrivedMs, newestMs: arrivedMs },
    ...{ dueMs: times.dueMs, blockedUntilMs: null, triedMs: times.triedMs, error: times.error },
  }
}

/** One row for each domain and way, in the order of the first of each. */
export function mergeSummaries(rows: Iterable<DomainSummary>): DomainSummary[] {
  const merged = new Map<string, DomainSummary>()
  for (const row of rows) {
    const key = `${row.destination} ${row.domain}`
    const sum = merged.get(key)
    merged.set(key, sum === undefined ? row : added(sum, row))
  }
  return [...merged.values()]
}

function added(a: DomainSummary, b: DomainSummary): DomainSummary {
  return {
    ...b,
    ...soonestAndLast(a, b),
    messages: a.messages + b.messages,
    recipients: a.recipients + b.recipients,
    volumeOctets: a.volumeOctets + b.volumeOctets,
    oldestMs: Math.min(a.oldestMs, b.oldestMs),
    newestMs: Math.max(a.newestMs, b.newestMs),
  }
}

type Times = Pick<DomainSummary, 'dueMs' | 'triedMs' | 'error'>

function soonestAndLast(a: Times, b: Times): Times {
  const dueMs =
    a.dueMs === null || b.dueMs === null ? (a.dueMs ?? b.dueMs) : Math.min(a.dueMs, b.dueMs)
  const { triedMs, error } = (a.triedMs ?? -1) > (b.triedMs ?? -1) ? a : b
  return { dueMs, triedMs, error: error ?? a.error ?? b.error }
}
