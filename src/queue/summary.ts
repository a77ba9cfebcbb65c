import { all, one, type Steps } from '../db/statement.ts'
import { findDestination } from './destinations.ts'
import { IS_OPEN } from './schema.ts'
import type { DestinationName } from './types.ts'

/** What waits for one destination. */
export interface DestinationSummary {
  readonly name: DestinationName
  readonly messages: number
  readonly recipients: number
  /** Each message once. */
  readonly volumeOctets: number
  readonly oldestMs: number
  readonly newestMs: number
  /** When the first of its recipients is tried next; null: all are stopped or being tried. */
  readonly dueMs: number | null
  readonly blockedUntilMs: number | null
  readonly failures: number
  /** The words of the last failure: of the destination, else of a recipient. Null: there was none. */
  readonly error: string | null
}

/** Names of destinations with mail that waits, after one, in order: a page for {@link summaryOf}. */
export function* destinationNames(
  after: DestinationName | null,
  limit: number,
): Steps<DestinationName[]> {
  const found = yield* all<{ name: DestinationName }>(
    'SELECT name FROM queue_destination WHERE name > ? ORDER BY name LIMIT ?',
    after ?? '',
    limit,
  )
  return found.map(({ name }) => name)
}

/** Reads everything that waits there. Undefined: nothing does. */
export function* summaryOf(name: DestinationName): Steps<DestinationSummary | undefined> {
  const destination = yield* findDestination(name)
  const sums = yield* one<Omit<DestinationSummary, keyof typeof destination>>(
    `SELECT count(*) AS messages, sum(recipients) AS recipients, sum(size_octets) AS volumeOctets,
       min(arrived_ms) AS oldestMs, max(arrived_ms) AS newestMs
     FROM (SELECT queue_id, count(*) AS recipients FROM queued_recipient
       WHERE destination = ? AND ${IS_OPEN} GROUP BY queue_id)
     JOIN queued_message ON id = queue_id HAVING messages > 0`,
    name,
  )
  if (destination === undefined || sums === undefined) return undefined
  return { ...destination, ...sums, error: destination.error ?? (yield* lastErrorOf(name)) }
}

/** Of those that wait there. */
function* lastErrorOf(name: DestinationName): Steps<string | null> {
  const last = yield* one<{ text: string }>(
    `SELECT outcome ->> 'text' AS text FROM queued_recipient
     WHERE destination = ? AND ${IS_OPEN} AND outcome IS NOT NULL ORDER BY tried_ms DESC LIMIT 1`,
    name,
  )
  return last?.text ?? null
}
