/**
 * Outcomes into the rows: marks, log lines and what senders are told, in one transaction, committed
 * before the connection takes its next message.
 */
import { change, defineWrite, one, type Steps, type Write } from '../db/statement.ts'
import { addToOutbox } from '../log/outbox.ts'
import { complete, completeIfDone } from './complete.ts'
import {
  type DestinationRow,
  dropEmptyDestination,
  refreshDestinations,
  setDestination,
} from './destinations.ts'
import { IS_OPEN, NEXT_DUE, type RecipientState } from './schema.ts'
import { type Told, tell } from './tell.ts'
import type { DestinationName, Outcome, QueueId } from './types.ts'

export interface Settlement<Mail> {
  readonly leases: readonly SettledLease<Mail>[]
  /** How the destination is now; null: as it was. */
  readonly destination: Omit<DestinationRow, 'dueMs'> | null
}

/** What came of a lease or of a part of it. All of it counts, or nothing. */
export interface SettledLease<Mail> {
  readonly queueId: QueueId
  /** Of the lease: its mark. */
  readonly leasedUntilMs: number
  /** Empty: nothing was tried, and a notice is to go out. */
  readonly results: readonly RecipientResult[]
  /** Log lines of the results, each with its newline. */
  readonly lines: string
  /** The `Completed` line, for the case that nobody of the message waits any more. */
  readonly completedLine: string
  readonly notices: readonly Notice<Mail>[]
}

export interface RecipientResult {
  readonly number: number
  /** Null: nothing was tried. */
  readonly outcome: Outcome | null
  /**
   * When it is tried next. Of a deferral never null; of one that was not tried null is at once. Does
   * not count while the message is stopped.
   */
  readonly nextDueMs: number | null
}

/** A message to the sender, as delivery takes it. */
export interface Notice<Mail> {
  /**
   * It only says that mail waits: it is sent once a message, while somebody of it waits. All others
   * are sent with their results.
   */
  readonly isDelay: boolean
  readonly mail: Mail
}

export interface Settled<Delivered> extends Told<Delivered> {
  /** For `Outbox.committed`; null: there are no lines. */
  readonly outboxId: number | null
  /** Those that were committed. */
  readonly lines: string
  /**
   * Of `leases`, those of which nothing counted: the lease had ended, or its message is gone. Their
   * recipients are tried again, or were meanwhile.
   */
  readonly stale: readonly number[]
  /** Files of their blobs, to be deleted. */
  readonly files: readonly string[]
}

/** @param deliver the steps by which a message enters, of which a notice is one */
export function defineSettle<Mail, Delivered>(
  deliver: (mail: Mail) => Steps<Delivered>,
): Write<Settlement<Mail>, Settled<Delivered>> {
  return defineWrite('settle', (args) => settle(args, deliver), { freesSpace: true })
}

function* settle<Mail, Delivered>(
  { leases, destination }: Settlement<Mail>,
  deliver: (mail: Mail) => Steps<Delivered>,
): Steps<Settled<Delivered>> {
  const [left, waiting] = [new Set<DestinationName>(), new Set<DestinationName>()]
  const stale: number[] = []
  const files: string[] = []
  const told = { delivered: [] as Delivered[], refused: [] as string[] }
  let lines = ''
  for (const [index, settled] of leases.entries()) {
    const held = yield* leasedDestinations(settled)
    if (held === null) {
      stale.push(index)
      continue
    }
    const isFinal = settled.results.every(ends)
    for (const name of held) (isFinal ? left : waiting).add(name)
    lines += settled.lines
    const done = yield* record(settled, isFinal)
    for (const { isDelay, mail } of settled.notices)
      if (!isDelay || (done === null && (yield* takeDelayNotice(settled.queueId))))
        yield* tell(mail, deliver, told)
    if (done === null) continue
    files.push(...done.files)
    lines += settled.completedLine
  }
  for (const name of left) if (!waiting.has(name)) yield* dropEmptyDestination(name)
  yield* refreshDestinations(waiting)
  if (destination !== null) yield* setDestination(destination)
  const outboxId = lines === '' ? null : yield* addToOutbox(lines)
  return { outboxId, lines, stale, files, ...told }
}

/** Where its recipients go; null when one of them is not leased under this mark. */
function* leasedDestinations({
  queueId,
  leasedUntilMs,
  results,
}: SettledLease<unknown>): Steps<readonly DestinationName[] | null> {
  if (results.length === 0) {
    const message = yield* one('SELECT 1 FROM queued_message WHERE id = ?', queueId)
    return message === undefined ? null : []
  }
  const names: DestinationName[] = []
  for (const { number } of results) {
    const row = yield* one<{ destination: DestinationName }>(
      `SELECT destination FROM queued_recipient
       WHERE queue_id = ? AND number = ? AND state = 'leased' AND due_ms = ?`,
      queueId,
      number,
      leasedUntilMs,
    )
    if (row === undefined) return null
    names.push(row.destination)
  }
  return names
}

/** @returns what {@link completeIfDone} does */
function* record(
  { queueId, results }: SettledLease<unknown>,
  isFinal: boolean,
): Steps<{ readonly files: readonly string[] } | null> {
  // What would be marked and deleted in the same commit is only deleted: most messages end so.
  if (isFinal && results.length > 0 && (yield* areLast(queueId, results.length)))
    return yield* complete(queueId)
  for (const result of results) yield* mark(queueId, result)
  return yield* completeIfDone(queueId)
}

/** So many recipients of the message, which are leased, are all that it still has. */
function* areLast(queueId: QueueId, recipients: number): Steps<boolean> {
  const another = yield* one(
    `SELECT 1 FROM queued_recipient WHERE queue_id = ? AND ${IS_OPEN}
     ORDER BY number DESC LIMIT 1 OFFSET ?`,
    queueId,
    recipients,
  )
  return another === undefined
}

/** Nobody tries again. */
function ends({ number, outcome, nextDueMs }: RecipientResult): boolean {
  if (outcome === null) return false
  if ((outcome.kind === 'deferred') === (nextDueMs === null))
    throw new Error(`recipient ${number} is ${outcome.kind}, next at ${nextDueMs}`)
  return outcome.kind !== 'deferred'
}

function* mark(queueId: QueueId, result: RecipientResult): Steps<void> {
  const { number, outcome, nextDueMs } = result
  if (outcome === null) {
    yield* change(
      `UPDATE queued_recipient SET state = 'pending', due_ms = ${NEXT_DUE}
       WHERE queue_id = ?2 AND number = ?3`,
      ...[nextDueMs, queueId, number],
    )
    return
  }
  yield* change(
    `UPDATE queued_recipient SET state = ?2, due_ms = ${ends(result) ? '?1' : NEXT_DUE},
       attempts = attempts + 1, tried_ms = ?3, outcome = ?4
     WHERE queue_id = ?5 AND number = ?6`,
    ...[nextDueMs, STATE_AFTER[outcome.kind], outcome.atMs, JSON.stringify(outcome)],
    ...[queueId, number],
  )
}

const STATE_AFTER: { readonly [K in Outcome['kind']]: RecipientState } = {
  delivered: 'delivered',
  failed: 'failed',
  deferred: 'pending',
  cancelled: 'cancelled',
}

/** True once a message. */
function* takeDelayNotice(queueId: QueueId): Steps<boolean> {
  const { rows: taken } = yield* change(
    'UPDATE queued_message SET delay_notice_ms = NULL WHERE id = ? AND delay_notice_ms IS NOT NULL',
    queueId,
  )
  return taken === 1
}
