/** Where those go that wait, when rules have changed: a read and a write for {@link Routing}. */
import { all, change, defineWrite, one, type Steps } from '../db/statement.ts'
import { refreshDestinations } from './destinations.ts'
import { IS_OPEN, NEXT_DUE } from './schema.ts'
import type { DestinationName, QueueId } from './types.ts'

export interface WaitingRecipient {
  readonly queueId: QueueId
  readonly number: number
  readonly address: string
  readonly inNameOf: string | null
  readonly destination: DestinationName
  /** 1: a person chose the destination. */
  readonly pinned: 0 | 1
}

/** After which a page begins. */
export type Place = Pick<WaitingRecipient, 'queueId' | 'number'>

export const BEGINNING: Place = { queueId: 0 as QueueId, number: 0 }

/** Those that wait or are tried, after one, in the order of their messages. */
export function* waitingAfter(
  { queueId, number }: Place,
  limit: number,
): Steps<WaitingRecipient[]> {
  return yield* all<WaitingRecipient>(
    `SELECT queue_id AS queueId, number, address, in_name_of AS inNameOf, destination, pinned
     FROM queued_recipient WHERE (queue_id, number) > (?, ?) AND ${IS_OPEN}
     ORDER BY queue_id, number LIMIT ?`,
    queueId,
    number,
    limit,
  )
}

/** The newest message. */
export function* lastQueued(): Steps<Place> {
  const row = yield* one<{ id: QueueId }>('SELECT max(id) AS id FROM queued_message')
  return { queueId: row?.id ?? BEGINNING.queueId, number: Number.MAX_SAFE_INTEGER }
}

/** Messages with somebody who waits there, after one, in order. */
export function* messagesAt(
  destination: DestinationName,
  after: QueueId,
  limit: number,
): Steps<QueueId[]> {
  const found = yield* all<{ id: QueueId }>(
    `SELECT DISTINCT queue_id AS id FROM queued_recipient
     WHERE destination = ? AND ${IS_OPEN} AND queue_id > ? ORDER BY queue_id LIMIT ?`,
    destination,
    after,
    limit,
  )
  return found.map(({ id }) => id)
}

export interface Move extends Place {
  readonly from: DestinationName
  readonly to: DestinationName
}

/**
 * Sends recipients another way, at once; one that is being tried goes it the next time. Passes over
 * those that do not go where `from` says, or whose way a person chose. Gives those that moved.
 */
export const moveRecipients = defineWrite(
  'moveRecipients',
  function* ({ moves }: { readonly moves: readonly Move[] }): Steps<readonly Move[]> {
    const moved: Move[] = []
    for (const move of moves) {
      const { rows } = yield* change(
        `UPDATE queued_recipient
         SET destination = ?3, due_ms = iif(state = 'pending', ${NEXT_DUE}, due_ms)
         WHERE queue_id = ?2 AND number = ?4 AND ${IS_OPEN} AND destination = ?5 AND pinned = 0`,
        ...[null, move.queueId, move.to, move.number, move.from],
      )
      if (rows > 0) moved.push(move)
    }
    yield* refreshDestinations(moved.flatMap(({ from, to }) => [from, to]))
    return moved
  },
)
