/** Leases: who is tried by whom, and until when. One server a folder, so a start voids all. */
import { all, change, defineWrite, one, type Steps } from '../db/statement.ts'
import { refreshDestinations } from './destinations.ts'
import { factsOf, IS_PENDING, type MessageRow, NEXT_DUE } from './schema.ts'
import type { DestinationName, Lease, LeasedRecipient, QueueId } from './types.ts'

export interface LeaseArgs {
  readonly destination: DestinationName
  readonly nowMs: number
  /** Later than `nowMs`: the mark of these leases, and when they end. */
  readonly leaseUntilMs: number
  /** At most so many leases; a message with two reverse-paths has two. */
  readonly maxMessages: number
  /** At most so many recipients in all; those of one message may come in several leases. */
  readonly maxRecipients: number
  /** More of them, so that of the last message at least so many come at once; 0 when not given. */
  readonly togetherRecipients?: number
}

/**
 * Recipients of one destination that are due, the longest due first, as one lease for each message
 * and reverse-path. A block of the destination is the caller's to keep: a probe is leased, too.
 */
export const lease = defineWrite('lease', function* (args: LeaseArgs): Steps<readonly Lease[]> {
  const { destination, nowMs, leaseUntilMs } = args
  const due = yield* all<DueRow>(
    `SELECT ${COLUMNS} FROM queued_recipient
     WHERE destination = ? AND ${IS_PENDING} AND due_ms <= ?
     ORDER BY due_ms, queue_id, number LIMIT ?`,
    destination,
    nowMs,
    args.maxRecipients,
  )
  if (due.length === args.maxRecipients) due.push(...(yield* restOfLast(due, args)))
  const groups = grouped(due, args.maxMessages)
  const leases: Lease[] = []
  for (const group of groups) {
    const [{ queue_id: queueId, reverse_path: reversePath }] = group
    for (const { number } of group)
      yield* change(
        `UPDATE queued_recipient SET state = 'leased', due_ms = ?
         WHERE queue_id = ? AND number = ?`,
        leaseUntilMs,
        queueId,
        number,
      )
    const message = yield* one<MessageRow>('SELECT * FROM queued_message WHERE id = ?', queueId)
    if (message === undefined) throw new Error(`queued message ${queueId} is missing`)
    const recipients = group.map(recipientOf)
    leases.push(leaseOf(message, { destination, leaseUntilMs, reversePath, recipients }))
  }
  // Also when there was nothing: whoever asks for the next time must not get one that is over.
  yield* refreshDestinations([destination])
  return leases
})

/** What the limit cut off of the last message, as far as one transaction takes it. */
function* restOfLast(due: readonly DueRow[], args: LeaseArgs): Steps<DueRow[]> {
  const last = due.at(-1)
  if (last === undefined) return []
  const numbers = due.flatMap((row) => (row.queue_id === last.queue_id ? [row.number] : []))
  const missing = (args.togetherRecipients ?? 0) - numbers.length
  if (missing <= 0) return []
  return yield* all<DueRow>(
    `SELECT ${COLUMNS} FROM queued_recipient
     WHERE queue_id = ? AND destination = ? AND state = 'pending' AND due_ms <= ?
       AND number NOT IN (SELECT value FROM json_each(?))
     ORDER BY due_ms, number LIMIT ?`,
    ...[last.queue_id, args.destination, args.nowMs, JSON.stringify(numbers), missing],
  )
}

const COLUMNS = 'queue_id, number, address, parents, reverse_path, notify, original, attempts'

interface DueRow {
  readonly queue_id: QueueId
  readonly number: number
  readonly address: string
  readonly parents: string
  readonly reverse_path: string | null
  readonly notify: string | null
  readonly original: string | null
  readonly attempts: number
}

type Group = [DueRow, ...DueRow[]]

/** By message and reverse-path, in the order of the first of each. */
function grouped(rows: readonly DueRow[], maxGroups: number): Iterable<Group> {
  const groups = new Map<string, Group>()
  for (const row of rows) {
    const key = `${row.queue_id} ${row.reverse_path ?? ''}`
    const group = groups.get(key)
    if (group !== undefined) group.push(row)
    else if (groups.size < maxGroups) groups.set(key, [row])
  }
  return groups.values()
}

function recipientOf(row: DueRow): LeasedRecipient {
  return {
    number: row.number,
    address: row.address,
    parents: JSON.parse(row.parents),
    notify: row.notify,
    original: row.original,
    attempts: row.attempts,
  }
}

function leaseOf(
  row: MessageRow,
  lease: {
    readonly destination: DestinationName
    readonly leaseUntilMs: number
    readonly reversePath: string | null
    readonly recipients: readonly LeasedRecipient[]
  },
): Lease {
  return {
    ...factsOf(row),
    queueId: row.id,
    blobId: row.blob_id,
    from: lease.reversePath ?? row.sender,
    destination: lease.destination,
    leasedUntilMs: lease.leaseUntilMs,
    recipients: lease.recipients,
  }
}

/** At the start, before the first lease: what was under way when the server ended waits again. */
export const voidLeases = defineWrite('voidLeases', function* (): Steps<number> {
  return yield* endLeases(Number.MAX_SAFE_INTEGER, -1)
})

export interface RecoverLeasesArgs {
  readonly nowMs: number
  readonly limit: number
}

/** Leases that ended without an outcome: their recipients wait again. Gives how many there were. */
export const recoverLeases = defineWrite(
  'recoverLeases',
  ({ nowMs, limit }: RecoverLeasesArgs): Steps<number> => endLeases(nowMs, limit),
)

/** Due again since they were last due: the first to be tried. */
function* endLeases(beforeMs: number, limit: number): Steps<number> {
  const ended = yield* all<{ destination: DestinationName }>(
    `UPDATE queued_recipient SET state = 'pending', due_ms = ${NEXT_DUE}
     WHERE (queue_id, number) IN (SELECT queue_id, number FROM queued_recipient
       WHERE state = 'leased' AND due_ms < ?2 ORDER BY due_ms LIMIT ?3)
     RETURNING destination`,
    ...[null, beforeMs, limit],
  )
  yield* refreshDestinations(ended.map(({ destination }) => destination))
  return ended.length
}
