/**
 * What a person may do with mail that waits. Each write takes messages one by one, as its caller
 * read them, with the log lines that say who did it: a line is committed only when its deed was.
 *
 * A recipient that is being tried at this moment keeps its lease. What is about the message (held,
 * frozen, another sender) or about later attempts (another destination) takes effect after it; what
 * would take a fate from it (remove, bounce, drop) is `busy` and changes nothing of the message:
 * the runner is then asked to give it back (`control/queue-patience.ts`).
 *
 * A call takes a hundred messages or so: it holds up all other writes.
 */
import { all, change, defineWrite, one, type Steps, type Write } from '../db/statement.ts'
import type { MessageId } from '../journal/event.ts'
import { addToOutbox } from '../log/outbox.ts'
import { completeIfDone } from './complete.ts'
import { findDestination, refreshDestinations, unblock } from './destinations.ts'
import { addRecipients } from './enqueue.ts'
import { IS_OPEN, IS_PENDING, NEXT_DUE, type RecipientState, type Stopped } from './schema.ts'
import { type Told, tell } from './tell.ts'
import type { DestinationName, NewRecipient, Outcome, QueueId } from './types.ts'

/** One message, and what the log says of the deed. */
export interface SteerTarget {
  readonly queueId: QueueId
  /** Lines with their newlines. */
  readonly lines: string
}

/** `busy`: one of its recipients is being tried. `gone`: it, or the recipient, waits no more. */
export type Steered = 'changed' | 'unchanged' | 'busy' | 'gone'

export interface SteerResult {
  /** One for each target. */
  readonly steered: readonly Steered[]
  /** For `Outbox.committed`; null: there are no lines. */
  readonly outboxId: number | null
  readonly lines: string
  /** Where something may be due now: the runner is woken for them. */
  readonly destinations: readonly DestinationName[]
  /** Files of their blobs, to be deleted. */
  readonly files: readonly string[]
}

/** What a write gathers on its way. */
interface Deed {
  readonly destinations: Set<DestinationName>
  readonly files: string[]
}

/** Does one thing to each target, then puts the destinations right and the lines into the outbox. */
function* steerAll<Target extends SteerTarget>(
  targets: readonly Target[],
  steer: (target: Target, deed: Deed) => Steps<Steered>,
): Steps<SteerResult> {
  const deed: Deed = { destinations: new Set(), files: [] }
  const steered: Steered[] = []
  let lines = ''
  for (const target of targets) {
    const became = yield* steer(target, deed)
    steered.push(became)
    if (became === 'changed') lines += target.lines
    if (became !== 'changed' || !isEnding(target)) continue
    const done = yield* completeIfDone(target.queueId)
    if (done === null) continue
    lines += target.completedLine
    deed.files.push(...done.files)
  }
  const destinations = [...deed.destinations]
  yield* refreshDestinations(destinations)
  const outboxId = lines === '' ? null : yield* addToOutbox(lines)
  return { steered, outboxId, lines, destinations, files: deed.files }
}

/** A deed by which recipients leave. */
export interface EndingTarget extends SteerTarget {
  /** The `Completed` line, for the case that nobody waits any more. */
  readonly completedLine: string
}

function isEnding(target: SteerTarget): target is EndingTarget {
  return 'completedLine' in target
}

export interface StopArgs {
  readonly as: Stopped
  readonly targets: readonly SteerTarget[]
  /** Who did it; null: the server. */
  readonly by: string | null
}

/** Hold or freeze: nobody of the message is tried. A message that was stopped otherwise is so now. */
export const stopQueued = defineWrite('stopQueued', ({ as, targets, by }: StopArgs) =>
  steerAll(targets, function* ({ queueId }, deed): Steps<Steered> {
    const stopped = yield* stoppedOf(queueId)
    if (stopped === undefined) return 'gone'
    if (stopped === as) return 'unchanged'
    yield* change(
      'UPDATE queued_message SET stopped = ?, stopped_by = ? WHERE id = ?',
      ...[as, by, queueId],
    )
    yield* setDue(queueId, null, deed)
    return 'changed'
  }),
)

export interface ResumeArgs {
  /** Release undoes `held` alone, thaw `frozen` alone. */
  readonly from: Stopped
  readonly targets: readonly SteerTarget[]
  readonly nowMs: number
}

/** Release or thaw: everybody who waits is due now. */
export const resumeQueued = defineWrite('resumeQueued', ({ from, targets, nowMs }: ResumeArgs) =>
  steerAll(targets, function* ({ queueId }, deed): Steps<Steered> {
    const stopped = yield* stoppedOf(queueId)
    if (stopped === undefined) return 'gone'
    if (stopped !== from) return 'unchanged'
    yield* change(
      'UPDATE queued_message SET stopped = NULL, stopped_by = NULL WHERE id = ?',
      queueId,
    )
    yield* setDue(queueId, nowMs, deed)
    return 'changed'
  }),
)

/** What a deed needs to know of a message. */
export interface SteeredMessage {
  readonly queueId: QueueId
  readonly messageId: MessageId
  readonly arrivedMs: number
  readonly stopped: Stopped | null
}

/** Those of the ids that are in the queue, in no order. */
export function* steeredMessages(ids: readonly MessageId[]): Steps<SteeredMessage[]> {
  return yield* all<SteeredMessage>(
    `SELECT id AS queueId, message_id AS messageId, arrived_ms AS arrivedMs, stopped
     FROM queued_message WHERE message_id IN (SELECT value FROM json_each(?))`,
    JSON.stringify(ids),
  )
}

/** Those of them of which somebody is being tried. */
export function* leasedAmong(ids: readonly QueueId[]): Steps<QueueId[]> {
  const leased = yield* all<{ id: QueueId }>(
    `SELECT value AS id FROM json_each(?) WHERE EXISTS (
       SELECT 1 FROM queued_recipient WHERE queue_id = value AND state = 'leased')`,
    JSON.stringify(ids),
  )
  return leased.map(({ id }) => id)
}

/** Null when nothing stops it; undefined when it is not in the queue. */
function* stoppedOf(queueId: QueueId): Steps<Stopped | null | undefined> {
  const row = yield* one<{ stopped: Stopped | null }>(
    'SELECT stopped FROM queued_message WHERE id = ?',
    queueId,
  )
  return row?.stopped
}

/** Gives those that wait a time, whatever it was; null: none. */
function* setDue(queueId: QueueId, dueMs: number | null, deed: Deed): Steps<void> {
  const waiting = yield* all<{ destination: DestinationName }>(
    `UPDATE queued_recipient SET due_ms = ? WHERE queue_id = ? AND state = 'pending'
     RETURNING destination`,
    dueMs,
    queueId,
  )
  for (const { destination } of waiting) deed.destinations.add(destination)
}

export interface RunTarget extends SteerTarget {
  /** With these recipients' destinations no longer blocked. */
  readonly unblock: boolean
}

export interface RunArgs {
  readonly targets: readonly RunTarget[]
  readonly nowMs: number
}

/** Try now. `unchanged` is a message that is stopped, or of which all is being tried or due. */
export const runQueued = defineWrite('runQueued', ({ targets, nowMs }: RunArgs) =>
  steerAll(targets, function* ({ queueId, unblock: isToUnblock }, deed): Steps<Steered> {
    const stopped = yield* stoppedOf(queueId)
    if (stopped === undefined) return 'gone'
    if (stopped !== null) return 'unchanged'
    const sooner = yield* all<{ destination: DestinationName }>(
      `UPDATE queued_recipient SET due_ms = min(due_ms, ?1)
       WHERE queue_id = ?2 AND state = 'pending' RETURNING destination`,
      nowMs,
      queueId,
    )
    for (const { destination } of sooner) {
      deed.destinations.add(destination)
      if (isToUnblock) yield* unblock(destination)
    }
    return sooner.length > 0 ? 'changed' : 'unchanged'
  }),
)

export interface RunDestinationArgs {
  readonly destination: DestinationName
  readonly nowMs: number
  /** How many recipients at once. */
  readonly limit: number
}

/**
 * Unblocks a destination and tries now what waits there. Gives how many recipients are due sooner;
 * when that is `limit`, there may be more: it is called again.
 */
export const runDestination = defineWrite(
  'runDestination',
  function* ({ destination, nowMs, limit }: RunDestinationArgs): Steps<number> {
    if ((yield* findDestination(destination)) === undefined) return 0
    yield* unblock(destination)
    const { rows } = yield* change(
      `UPDATE queued_recipient SET due_ms = ?1 WHERE (queue_id, number) IN (
         SELECT queue_id, number FROM queued_recipient
         WHERE destination = ?2 AND ${IS_PENDING} AND due_ms > ?1 ORDER BY due_ms LIMIT ?3)`,
      nowMs,
      destination,
      limit,
    )
    yield* refreshDestinations([destination])
    return rows
  },
)

export interface RemoveArgs {
  readonly targets: readonly EndingTarget[]
}

/** Takes messages away, with everybody who waits: nobody is told. */
export const removeQueued = defineWrite(
  'removeQueued',
  ({ targets }: RemoveArgs) =>
    steerAll(targets, function* ({ queueId }, deed): Steps<Steered> {
      const open = yield* all<{ state: RecipientState; destination: DestinationName }>(
        `SELECT state, destination FROM queued_recipient WHERE queue_id = ? AND ${IS_OPEN}`,
        queueId,
      )
      if (open.length === 0) return 'gone'
      if (open.some(({ state }) => state === 'leased')) return 'busy'
      for (const { destination } of open) deed.destinations.add(destination)
      // Nothing of the message stays, so nobody needs to know of the states in between.
      yield* change('DELETE FROM queued_recipient WHERE queue_id = ?', queueId)
      return 'changed'
    }),
  { freesSpace: true },
)

export interface EndTarget extends EndingTarget {
  /**
   * Numbers of recipients, all of which must still wait: else the message stays as it is. What is
   * said of them in `lines` and to the sender is true only of all.
   */
  readonly numbers: readonly number[]
  readonly outcome: Outcome
}

export interface BounceTarget<Mail> extends EndTarget {
  /** What the sender is told; null: nobody is to be told. */
  readonly notice: Mail | null
}

export interface BounceResult<Delivered> extends SteerResult, Told<Delivered> {}

/**
 * Gives recipients back to the sender: failed, with a notice in the same transaction.
 * @param deliver the steps by which a message enters, of which a notice is one
 */
export function defineBounceQueued<Mail, Delivered>(
  deliver: (mail: Mail) => Steps<Delivered>,
): Write<{ readonly targets: readonly BounceTarget<Mail>[] }, BounceResult<Delivered>> {
  return defineWrite(
    'bounceQueued',
    function* ({ targets }): Steps<BounceResult<Delivered>> {
      const told = { delivered: [] as Delivered[], refused: [] as string[] }
      const result = yield* steerAll(targets, function* (target, deed): Steps<Steered> {
        const { queueId, numbers, outcome, notice } = target
        const became = yield* end(queueId, numbers, outcome, deed)
        if (became === 'changed' && notice !== null) yield* tell(notice, deliver, told)
        return became
      })
      return { ...result, ...told }
    },
    { freesSpace: true },
  )
}

function* end(
  queueId: QueueId,
  numbers: readonly number[],
  outcome: Outcome,
  deed: Deed,
): Steps<Steered> {
  const destinations: DestinationName[] = []
  for (const number of new Set(numbers)) {
    const row = yield* findRecipient(queueId, number)
    if (row === undefined || (row.state !== 'pending' && row.state !== 'leased')) return 'gone'
    if (row.state === 'leased') return 'busy'
    destinations.push(row.destination)
  }
  if (destinations.length === 0) return 'unchanged'
  for (const destination of destinations) deed.destinations.add(destination)
  const state = outcome.kind === 'failed' ? 'failed' : 'cancelled'
  for (const number of numbers)
    yield* change(
      `UPDATE queued_recipient SET state = ?, due_ms = NULL, outcome = ?
       WHERE queue_id = ? AND number = ?`,
      ...[state, JSON.stringify(outcome), queueId, number],
    )
  return 'changed'
}

function* findRecipient(
  queueId: QueueId,
  number: number,
): Steps<{ readonly state: RecipientState; readonly destination: DestinationName } | undefined> {
  return yield* one(
    'SELECT state, destination FROM queued_recipient WHERE queue_id = ? AND number = ?',
    queueId,
    number,
  )
}

export interface RerouteArgs {
  readonly targets: readonly SteerTarget[]
  readonly destination: DestinationName
  /** Only those that go there now; null: everybody who waits. */
  readonly from: DestinationName | null
}

/** Sends everybody who waits another way, at once. One that is being tried goes it the next time. */
export const rerouteQueued = defineWrite(
  'rerouteQueued',
  ({ targets, destination, from }: RerouteArgs) =>
    steerAll(targets, function* ({ queueId }, deed): Steps<Steered> {
      if ((yield* stoppedOf(queueId)) === undefined) return 'gone'
      const before = yield* all<{ destination: DestinationName }>(
        `SELECT destination FROM queued_recipient
         WHERE queue_id = ?1 AND ${IS_OPEN} AND destination <> ?2 AND (?3 IS NULL OR destination = ?3)`,
        ...[queueId, destination, from],
      )
      if (before.length === 0) return 'unchanged'
      yield* change(
        `UPDATE queued_recipient
         SET destination = ?3, pinned = 1, due_ms = iif(state = 'pending', ${NEXT_DUE}, due_ms)
         WHERE queue_id = ?2 AND ${IS_OPEN} AND destination <> ?3 AND (?4 IS NULL OR destination = ?4)`,
        ...[null, queueId, destination, from],
      )
      for (const row of before) deed.destinations.add(row.destination)
      deed.destinations.add(destination)
      return 'changed'
    }),
)

export interface EditTarget extends EndingTarget {
  /** Of recipients to take away: cancelled. All must still wait. */
  readonly drop: readonly number[]
  /** The outcome of those that are dropped. */
  readonly outcome: Outcome
  readonly add: readonly NewRecipient[]
  /** Undefined: as it is. Null is `<>`. */
  readonly sender?: string | null
}

export interface EditArgs {
  readonly target: EditTarget
}

/** Changes the envelope of one message. A new sender counts from the next attempt on. */
export const editQueued = defineWrite('editQueued', ({ target }: EditArgs) =>
  steerAll([target], function* ({ queueId, drop, outcome, add, sender }, deed): Steps<Steered> {
    const stopped = yield* stoppedOf(queueId)
    if (stopped === undefined) return 'gone'
    if (drop.length > 0) {
      const became = yield* end(queueId, drop, outcome, deed)
      if (became !== 'changed') return became
    }
    if (sender !== undefined)
      yield* change('UPDATE queued_message SET sender = ? WHERE id = ?', sender, queueId)
    if (add.length > 0) {
      const last = yield* one<{ number: number; arrived_ms: number }>(
        `SELECT max(number) AS number, arrived_ms FROM queued_recipient
         JOIN queued_message ON id = queue_id WHERE queue_id = ?`,
        queueId,
      )
      const firstNumber = (last?.number ?? 0) + 1
      const dueMs = stopped === null ? (last?.arrived_ms ?? 0) : null
      yield* addRecipients(queueId, add, { firstNumber, dueMs })
      for (const { destination } of add) deed.destinations.add(destination)
    }
    return drop.length > 0 || add.length > 0 || sender !== undefined ? 'changed' : 'unchanged'
  }),
)
