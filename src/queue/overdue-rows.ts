/** What waits too long: reads and a write for {@link Overdue}. */
import { all, change, defineWrite, one, type Steps } from '../db/statement.ts'
import { refreshDestinations } from './destinations.ts'
import { DESTINATION_TIME, IS_PENDING } from './schema.ts'
import type { DestinationName, QueueId } from './types.ts'

/** A recipient whose time is over, and who is not tried because its destination is blocked. */
export interface ExpiredRecipient {
  readonly queueId: QueueId
  readonly number: number
  readonly destination: DestinationName
  /** Of the destination: why it is blocked. */
  readonly error: string | null
}

/**
 * Those who waited too long at destinations that are blocked: nobody tries them before the block
 * ends, and then one by one. All others are tried when they expire, and fail with what that gives.
 */
export function* expiredRecipients(nowMs: number, limit: number): Steps<ExpiredRecipient[]> {
  return yield* all<ExpiredRecipient>(
    `SELECT r.queue_id AS queueId, r.number, r.destination, d.error
     FROM queued_message m INDEXED BY queued_message_by_expiry
     CROSS JOIN queued_recipient r ON r.queue_id = m.id AND r.state = 'pending'
     CROSS JOIN queue_destination d ON d.name = r.destination AND d.blocked_until_ms > ?1
     WHERE m.expires_ms <= ?1 AND m.stopped IS NULL
     ORDER BY m.expires_ms, m.id, r.number LIMIT ?2`,
    nowMs,
    limit,
  )
}

/** When, after this, the first message expires; null: none does. */
export function* nextExpiryMs(afterMs: number): Steps<number | null> {
  const first = yield* one<{ time: number }>(
    `SELECT expires_ms AS time FROM queued_message WHERE expires_ms > ?
     ORDER BY expires_ms LIMIT 1`,
    afterMs,
  )
  return first?.time ?? null
}

/** Why nobody is sent a message at a destination now; null: nothing is known against it. */
export function* destinationError(name: DestinationName): Steps<string | null> {
  const row = yield* one<{ error: string | null }>(
    'SELECT error FROM queue_destination WHERE name = ?',
    name,
  )
  return row?.error ?? null
}

export interface DelayNoticeArgs {
  readonly queueIds: readonly QueueId[]
  /** When it is looked again whether their senders are to be told; null: never. */
  readonly nextMs: number | null
}

/** Of these, the senders that were not told yet are told later that they wait, or not at all. */
export const putOffDelayNotices = defineWrite(
  'putOffDelayNotices',
  function* ({ queueIds, nextMs }: DelayNoticeArgs): Steps<void> {
    for (const id of queueIds)
      yield* change(
        `UPDATE queued_message SET delay_notice_ms = ?
         WHERE id = ? AND delay_notice_ms IS NOT NULL`,
        ...[nextMs, id],
      )
  },
)

export interface PullInArgs {
  readonly nowMs: number
  /** Later than any plan puts a next attempt. */
  readonly latestMs: number
  /** How many recipients at once. */
  readonly limit: number
}

/**
 * Recipients and blocks with times that no plan gives, for the clock was wrong and went back, are
 * due now (RELIABILITY I7). Gives how many recipients; when that is `limit`, there may be more.
 */
export const pullIn = defineWrite('pullIn', function* (args: PullInArgs): Steps<number> {
  const { nowMs, latestMs, limit } = args
  const far = yield* all<{ name: DestinationName }>(
    `SELECT name FROM queue_destination WHERE due_ms IS NOT NULL AND ${DESTINATION_TIME} > ?
     ORDER BY ${DESTINATION_TIME} DESC LIMIT ?`,
    latestMs,
    limit,
  )
  let pulled = 0
  for (const { name } of far) {
    if (pulled >= limit) break
    yield* change(
      'UPDATE queue_destination SET blocked_until_ms = NULL WHERE name = ? AND blocked_until_ms > ?',
      ...[name, latestMs],
    )
    const { rows } = yield* change(
      `UPDATE queued_recipient SET due_ms = ?1 WHERE (queue_id, number) IN (
         SELECT queue_id, number FROM queued_recipient
         WHERE destination = ?2 AND ${IS_PENDING} AND due_ms > ?3 LIMIT ?4)`,
      ...[nowMs, name, latestMs, limit - pulled],
    )
    pulled += rows
  }
  yield* refreshDestinations(far.map(({ name }) => name))
  return pulled
})
