/** What checks read of the queue: few rows each, however much waits. */
import { all, one, type Steps } from '../../db/statement.ts'
import type { MessageId } from '../../journal/event.ts'
import type { DestinationRow } from '../../queue/destinations.ts'
import { IS_OPEN } from '../../queue/schema.ts'
import type { DestinationName } from '../../queue/types.ts'

export interface WaitingMessage {
  readonly messageId: MessageId
  readonly arrivedMs: number
}

/** The first of those that nobody stopped; undefined: there is none. */
export function* oldestWaiting(): Steps<WaitingMessage | undefined> {
  return yield* one<WaitingMessage>(
    `SELECT message_id AS messageId, arrived_ms AS arrivedMs FROM queued_message
     WHERE stopped IS NULL ORDER BY id LIMIT 1`,
  )
}

export interface StoppedMessage extends WaitingMessage {
  readonly stopped: 'held' | 'frozen'
  /** Null: the server did it. */
  readonly by: string | null
}

/** The first few that wait for a person. */
export function* stoppedMessages(limit: number): Steps<StoppedMessage[]> {
  return yield* all<StoppedMessage>(
    `SELECT message_id AS messageId, arrived_ms AS arrivedMs, stopped, stopped_by AS "by"
     FROM queued_message WHERE stopped IS NOT NULL ORDER BY id LIMIT ?`,
    limit,
  )
}

export interface ExpiringMessage extends WaitingMessage {
  readonly expiresMs: number
}

/** Those that are given back before a time, the soonest first. */
export function* expiringMessages(beforeMs: number, limit: number): Steps<ExpiringMessage[]> {
  return yield* all<ExpiringMessage>(
    `SELECT message_id AS messageId, arrived_ms AS arrivedMs, expires_ms AS expiresMs
     FROM queued_message WHERE expires_ms < ? ORDER BY expires_ms LIMIT ?`,
    beforeMs,
    limit,
  )
}

export interface Destination extends DestinationRow {
  /** Recipients that wait there, counted up to a limit. */
  readonly recipients: number
}

/** Those that got nothing through at the last attempts, the most stubborn first. */
export function* failingDestinations(limit: number): Steps<Destination[]> {
  return yield* destinations('failures > 0 ORDER BY failures DESC, name LIMIT ?', limit)
}

/** Those that nothing stops and that should have been tried before a time. */
export function* lateDestinations(beforeMs: number, limit: number): Steps<Destination[]> {
  return yield* destinations(
    'due_ms IS NOT NULL AND max(due_ms, ifnull(blocked_until_ms, 0)) < ? ORDER BY due_ms LIMIT ?',
    beforeMs,
    limit,
  )
}

function* destinations(where: string, ...values: number[]): Steps<Destination[]> {
  const rows = yield* all<DestinationRow>(
    `SELECT name, due_ms AS dueMs, blocked_until_ms AS blockedUntilMs, failures, error
     FROM queue_destination WHERE ${where}`,
    ...values,
  )
  const found: Destination[] = []
  for (const row of rows) found.push({ ...row, recipients: yield* waitingAt(row.name) })
  return found
}

function* waitingAt(name: DestinationName): Steps<number> {
  const row = yield* one<{ count: number }>(
    `SELECT count(*) AS count FROM
       (SELECT 1 FROM queued_recipient WHERE destination = ? AND ${IS_OPEN} LIMIT ?)`,
    name,
    MOST_COUNTED,
  )
  return row?.count ?? 0
}

/** More are said as so many or more. */
export const MOST_COUNTED = 10_000
