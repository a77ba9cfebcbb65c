/**
 * The queue in the database. This room owns the tables `queued_message`, `queued_recipient` and
 * `queue_destination`; of other rooms only `store` names them, to keep the blobs they refer to.
 *
 * A recipient is in one of five states. It counts as queued at the instant the commit returns that
 * accepts its message: its row, the blob, local copies and the arrival's log line are one commit.
 *
 *   pending    `due_ms`: when it is tried next; null while its message is held or frozen
 *   leased     being tried; `due_ms`: when the lease ends
 *   delivered  another server said 250 for it
 *   failed     for good; its sender was told in the same commit, unless nobody is to be told
 *   cancelled  a person took it away
 *
 *   (nothing) ──enqueue──▶ pending ──lease──▶ leased ──settle──▶ delivered, failed
 *                          ▲  │                 │ │
 *                          │  │                 │ └──settle, deferred──▶ pending, due later
 *                          └──┼─────────────────┘ lease ended, void at start, or given back
 *                             └──remove, bounce──▶ cancelled, failed
 *
 * When no recipient of a message is pending or leased, the same commit deletes its rows, releases
 * its blob and adds its `Completed` line. Nothing is ever half done after a crash:
 *
 *   before the commit of accept   nothing; the sender has no 250
 *   after it                      pending: sent
 *   leased, nothing sent          void at the next start: sent
 *   sent, not settled             void at the next start: sent again, with the same Message-ID
 *   settled                       final; log lines and notices were in the same commit
 *
 * Invariants, proved by `check.ts`
 *   Q1  every queued message has its blob, and its size is that of prefix and blob
 *   Q2  every message has a recipient that is pending or leased: with the last one it goes
 *   Q3  a recipient that is pending has a time, unless its message is stopped: then it has none;
 *       one that is leased has the end of its lease; a final one has neither time nor lease
 *   Q4  every recipient has a message; numbers of a message go from 1 to the highest without gaps,
 *       so that none is lost: delivered + failed + cancelled + pending + leased = accepted
 *   Q5  `queue_destination` has exactly the destinations of recipients that are pending or leased,
 *       and its `due_ms` is the first of those that are pending
 *   Q6  a recipient that was tried has the outcome of its last attempt, of the kind of its state
 */
import type { MessageId } from '../journal/event.ts'
import type { QueuedFacts, QueueId } from './types.ts'

export type RecipientState = 'pending' | 'leased' | 'delivered' | 'failed' | 'cancelled'

/** Held: a person stopped it. Frozen: it waits for a person to look. Neither is tried by itself. */
export type Stopped = 'held' | 'frozen'

/**
 * A condition that SQLite must see word for word to use `queued_recipient_by_destination`: rows that
 * are not final.
 */
export const IS_OPEN = "state IN ('pending', 'leased')"
/** Pending, in the words of the same index. */
export const IS_PENDING = `${IS_OPEN} AND state = 'pending'`

/**
 * In an UPDATE of `queued_recipient`, the time of one that waits (again): ?1, or when that is null
 * the time since when it waits, which is past and by which it comes before others. Null while its
 * message is stopped.
 */
export const NEXT_DUE = `(SELECT iif(stopped IS NULL, coalesce(?1, tried_ms, arrived_ms), NULL)
  FROM queued_message WHERE id = queue_id)`

/** When something is tried at a destination; the words of the index `queue_destination_by_due`. */
export const DESTINATION_TIME = 'max(due_ms, ifnull(blocked_until_ms, 0))'

/** A row of `queued_message`. */
export interface MessageRow {
  readonly id: QueueId
  readonly message_id: MessageId
  readonly blob_id: number
  readonly prefix: Uint8Array
  readonly size_octets: number
  readonly sender: string | null
  readonly login: string | null
  readonly eight_bit: number
  readonly smtputf8: number
  readonly require_tls: number
  readonly ret: 'FULL' | 'HDRS' | null
  readonly envelope_id: string | null
  readonly arrived_ms: number
  readonly expires_ms: number
  readonly delay_notice_ms: number | null
  readonly stopped: Stopped | null
  readonly stopped_by: string | null
}

export function factsOf(row: MessageRow): QueuedFacts {
  return {
    messageId: row.message_id,
    prefix: row.prefix,
    sizeOctets: row.size_octets,
    eightBit: row.eight_bit === 1,
    smtputf8: row.smtputf8 === 1,
    requireTls: row.require_tls === 1,
    ret: row.ret,
    envelopeId: row.envelope_id,
    arrivedMs: row.arrived_ms,
    expiresMs: row.expires_ms,
  }
}
