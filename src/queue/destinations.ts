/** Destinations as a whole: which has something to do, since when nothing gets through, and why. */
import { all, change, one, type Steps } from '../db/statement.ts'
import { DESTINATION_TIME, IS_OPEN, IS_PENDING } from './schema.ts'
import type { DestinationName } from './types.ts'

/** What all mail to a destination has in common. */
export interface DestinationRow {
  readonly name: DestinationName
  /** Of its recipients that are pending the first; null: none has a time. */
  readonly dueMs: number | null
  /** Nothing is sent before; null: nothing stops it. */
  readonly blockedUntilMs: number | null
  /** Attempts in a row that got no message through. */
  readonly failures: number
  /** The words of the last of them. */
  readonly error: string | null
}

const COLUMNS = 'name, due_ms AS dueMs, blocked_until_ms AS blockedUntilMs, failures, error'

/** Those with recipients that are due and that nothing blocks, the longest due first. */
export function* dueDestinations(nowMs: number, limit: number): Steps<DestinationRow[]> {
  return yield* all<DestinationRow>(
    `SELECT ${COLUMNS} FROM queue_destination
     WHERE due_ms IS NOT NULL AND ${DESTINATION_TIME} <= ? ORDER BY ${DESTINATION_TIME} LIMIT ?`,
    nowMs,
    limit,
  )
}

/** When the next destination is due after `afterMs`; null: none waits for a time. */
export function* nextDueMs(afterMs: number): Steps<number | null> {
  const row = yield* one<{ time: number }>(
    `SELECT ${DESTINATION_TIME} AS time FROM queue_destination
     WHERE due_ms IS NOT NULL AND ${DESTINATION_TIME} > ? ORDER BY ${DESTINATION_TIME} LIMIT 1`,
    afterMs,
  )
  return row?.time ?? null
}

/** Undefined: nobody waits there. */
export function* findDestination(name: DestinationName): Steps<DestinationRow | undefined> {
  return yield* one<DestinationRow>(`SELECT ${COLUMNS} FROM queue_destination WHERE name = ?`, name)
}

/** Puts down that a recipient is due there. Part of a larger write. */
export function* noteDue(name: DestinationName, dueMs: number): Steps<void> {
  yield* change(
    `INSERT INTO queue_destination (name, due_ms) VALUES (?1, ?2)
     ON CONFLICT (name) DO UPDATE SET due_ms = min(ifnull(due_ms, ?2), ?2)`,
    name,
    dueMs,
  )
}

/**
 * Makes the rows of destinations fit their recipients again (Q5). Two rows of an index each, however
 * many wait there. Part of a larger write.
 */
export function* refreshDestinations(names: Iterable<DestinationName>): Steps<void> {
  for (const name of new Set(names)) {
    if (yield* dropEmptyDestination(name)) continue
    const first = yield* one<{ due_ms: number }>(
      `SELECT due_ms FROM queued_recipient
       WHERE destination = ? AND ${IS_PENDING} AND due_ms >= 0 ORDER BY due_ms LIMIT 1`,
      name,
    )
    yield* change(
      `INSERT INTO queue_destination (name, due_ms) VALUES (?1, ?2)
       ON CONFLICT (name) DO UPDATE SET due_ms = ?2 WHERE due_ms IS NOT ?2`,
      name,
      first?.due_ms ?? null,
    )
  }
}

/**
 * Enough where recipients only ended: they were leased, so the first that is pending stays the first.
 * @returns whether nobody waits there any more
 */
export function* dropEmptyDestination(name: DestinationName): Steps<boolean> {
  const open = yield* one<object>(
    `SELECT 1 FROM queued_recipient WHERE destination = ? AND ${IS_OPEN} LIMIT 1`,
    name,
  )
  if (open !== undefined) return false
  yield* change('DELETE FROM queue_destination WHERE name = ?', name)
  return true
}

/** How a destination is after an attempt. Nothing happens when nobody waits there any more. */
export function* setDestination(row: Omit<DestinationRow, 'dueMs'>): Steps<void> {
  yield* change(
    'UPDATE queue_destination SET blocked_until_ms = ?, failures = ?, error = ? WHERE name = ?',
    row.blockedUntilMs,
    row.failures,
    row.error,
    row.name,
  )
}

/**
 * Nothing stops it any more; what is due there is tried at once. When that fails, the waits begin
 * anew: whoever has it tried again and again by hand does not put the next attempt off for hours.
 */
export function* unblock(name: DestinationName): Steps<void> {
  yield* change(
    `UPDATE queue_destination SET blocked_until_ms = NULL, failures = min(failures, 1)
     WHERE name = ? AND blocked_until_ms > 0`,
    name,
  )
}
