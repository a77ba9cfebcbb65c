/**
 * The queue as a person reads it, page by page: a read stands still at one instant and holds up its
 * thread, so that each looks at a bounded number of messages.
 */
import { all, one, type Steps, type Value } from '../db/statement.ts'
import type { MessageId } from '../journal/event.ts'
import { factsOf, IS_OPEN, type MessageRow, type RecipientState, type Stopped } from './schema.ts'
import type { DestinationName, Outcome, QueuedFacts, QueueId } from './types.ts'

/** What must be so; null or an empty text asks nothing. Recipients: of those that wait. */
export interface QueueFilter {
  /** Part of the sender, without regard to case; `<>` is the null sender. */
  readonly from: string | null
  /** Part of a recipient's address, without regard to case. */
  readonly to: string | null
  /** Of a recipient's address; or the whole name of a destination, `relay:NAME`. */
  readonly domain: string | null
  /** Arrived before and after this time. */
  readonly arrivedBeforeMs: number | null
  readonly arrivedAfterMs: number | null
  /** Null: stopped or not. */
  readonly stopped: Stopped | null
  readonly minOctets: number | null
  readonly maxOctets: number | null
}

/** Asks nothing. */
export const ALL_QUEUED: QueueFilter = {
  from: null,
  to: null,
  domain: null,
  arrivedBeforeMs: null,
  arrivedAfterMs: null,
  stopped: null,
  minOctets: null,
  maxOctets: null,
}

export interface QueuePage {
  readonly ids: readonly QueueId[]
  /** Where the next page begins; null: this was the last. */
  readonly next: QueueId | null
}

/** Messages that the filter finds among the next {@link PAGE} after one; oldest first. */
export function* queuePage(filter: QueueFilter, after: QueueId | null): Steps<QueuePage> {
  const start = after ?? 0
  const end = yield* one<{ id: QueueId }>(
    'SELECT id FROM queued_message WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?',
    start,
    PAGE - 1,
  )
  const { conditions, values } = conditionsOf(filter)
  const found = yield* all<{ id: QueueId }>(
    `SELECT id FROM queued_message
     WHERE id > ? AND id <= ? ${conditions.map((sql) => `AND ${sql} `).join('')}ORDER BY id`,
    start,
    end?.id ?? Number.MAX_SAFE_INTEGER,
    ...values,
  )
  return { ids: found.map(({ id }) => id), next: end?.id ?? null }
}

const PAGE = 1000

function conditionsOf(filter: QueueFilter): { conditions: string[]; values: Value[] } {
  const conditions: string[] = []
  const values: Value[] = []
  const ask = (sql: string, ...given: Value[]) => {
    conditions.push(sql)
    values.push(...given)
  }
  const recipient = (sql: string) =>
    `EXISTS (SELECT 1 FROM queued_recipient WHERE queue_id = id AND ${IS_OPEN} AND ${sql})`
  const { from, to, domain } = filter
  if (from === '<>') ask('sender IS NULL')
  else if (from) ask('instr(lower(sender), lower(?)) > 0', from)
  if (to) ask(recipient('instr(lower(address), lower(?)) > 0'), to)
  if (domain)
    ask(
      recipient("(destination = ? OR substr(lower(address), -length(?) - 1) = '@' || lower(?))"),
      ...[domain, domain, domain],
    )
  if (filter.arrivedBeforeMs !== null) ask('arrived_ms < ?', filter.arrivedBeforeMs)
  if (filter.arrivedAfterMs !== null) ask('arrived_ms > ?', filter.arrivedAfterMs)
  if (filter.stopped !== null) ask('stopped = ?', filter.stopped)
  if (filter.minOctets !== null) ask('size_octets >= ?', filter.minOctets)
  if (filter.maxOctets !== null) ask('size_octets <= ?', filter.maxOctets)
  return { conditions, values }
}

/** A message that waits, with all recipients it came with. */
export interface QueuedMessage extends QueuedFacts {
  readonly queueId: QueueId
  readonly blobId: number
  /** Null is `<>`. */
  readonly sender: string | null
  readonly login: string | null
  readonly delayNoticeMs: number | null
  readonly stopped: Stopped | null
  /** Who stopped it; null: the server, or nobody. */
  readonly stoppedBy: string | null
  readonly recipients: readonly QueuedRecipient[]
}

export interface QueuedRecipient {
  readonly number: number
  readonly address: string
  readonly parents: readonly string[]
  readonly reversePath: string | null
  readonly notify: string | null
  readonly original: string | null
  readonly destination: DestinationName
  readonly state: RecipientState
  /** Pending: when it is tried next, null while its message is stopped. Leased: when that ends. */
  readonly dueMs: number | null
  readonly attempts: number
  readonly triedMs: number | null
  /** Of the last attempt; null: there was none. */
  readonly outcome: Outcome | null
}

/** Those of the ids that are in the queue, in the order of the ids. */
export function* queuedMessages(ids: readonly QueueId[]): Steps<QueuedMessage[]> {
  const messages: QueuedMessage[] = []
  for (const id of ids) {
    const row = yield* one<MessageRow>('SELECT * FROM queued_message WHERE id = ?', id)
    if (row !== undefined) messages.push(queuedOf(row, yield* recipientsOf(id)))
  }
  return messages
}

/** By the id in the log. Undefined: it is not in the queue. */
export function* findQueued(messageId: MessageId): Steps<QueuedMessage | undefined> {
  const row = yield* one<MessageRow>('SELECT * FROM queued_message WHERE message_id = ?', messageId)
  return row && queuedOf(row, yield* recipientsOf(row.id))
}

interface RecipientRow {
  readonly number: number
  readonly address: string
  readonly parents: string
  readonly reverse_path: string | null
  readonly notify: string | null
  readonly original: string | null
  readonly destination: DestinationName
  readonly state: RecipientState
  readonly due_ms: number | null
  readonly attempts: number
  readonly tried_ms: number | null
  readonly outcome: string | null
}

function* recipientsOf(id: QueueId): Steps<QueuedRecipient[]> {
  const found = yield* all<RecipientRow>(
    'SELECT * FROM queued_recipient WHERE queue_id = ? ORDER BY number',
    id,
  )
  return found.map((row) => ({
    number: row.number,
    address: row.address,
    parents: JSON.parse(row.parents),
    reversePath: row.reverse_path,
    notify: row.notify,
    original: row.original,
    destination: row.destination,
    state: row.state,
    dueMs: row.due_ms,
    attempts: row.attempts,
    triedMs: row.tried_ms,
    outcome: row.outcome === null ? null : JSON.parse(row.outcome),
  }))
}

function queuedOf(row: MessageRow, recipients: readonly QueuedRecipient[]): QueuedMessage {
  return {
    ...factsOf(row),
    queueId: row.id,
    blobId: row.blob_id,
    sender: row.sender,
    login: row.login,
    delayNoticeMs: row.delay_notice_ms,
    stopped: row.stopped,
    stoppedBy: row.stopped_by,
    recipients,
  }
}

/** Their ids in the log, in the order of the ids. */
export function* messageIdsOf(
  ids: readonly QueueId[],
): Steps<{ readonly queueId: QueueId; readonly messageId: MessageId }[]> {
  return yield* all(
    `SELECT id AS queueId, message_id AS messageId FROM queued_message
     WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`,
    JSON.stringify(ids),
  )
}

/** How many messages are in the queue. */
export function* countQueued(): Steps<number> {
  return (yield* one<{ n: number }>('SELECT count(*) AS n FROM queued_message'))?.n ?? 0
}

/**
 * Messages whose senders are to be told that they wait, the longest overdue first. None that a person
 * stopped: no host is to blame for it. Once it is let go, its sender is told if it is time.
 */
export function* dueDelayNotices(nowMs: number, limit: number): Steps<QueueId[]> {
  const due = yield* all<{ id: QueueId }>(
    `SELECT id FROM queued_message WHERE delay_notice_ms <= ? AND stopped IS NULL
     ORDER BY delay_notice_ms LIMIT ?`,
    nowMs,
    limit,
  )
  return due.map(({ id }) => id)
}

/** When the first sender is to be told that mail waits; null: none. */
export function* nextDelayNoticeMs(): Steps<number | null> {
  const first = yield* one<{ time: number }>(
    `SELECT delay_notice_ms AS time FROM queued_message
     WHERE delay_notice_ms IS NOT NULL AND stopped IS NULL ORDER BY delay_notice_ms LIMIT 1`,
  )
  return first?.time ?? null
}
