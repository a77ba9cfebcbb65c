/**
 * What a person wants of a message while it is being sent. The runner gives it back as long as no
 * other server can have it; after that nobody knows until the other server answers, so the message
 * is held, and what was wanted is done when the answer was no acceptance. A crash in between leaves
 * it held: it is not sent again behind the back of whoever wanted it gone.
 */
import type { MessageId } from '../journal/event.ts'
import { voidLeases } from '../queue/lease.ts'
import type { Underway } from '../queue/runner-types.ts'
import { type SteeredMessage, steeredMessages, stopQueued } from '../queue/steer.ts'
import type { QueueId } from '../queue/types.ts'
import { committed, type QueueDesk } from './queue-desk.ts'
import { deedAction, steerEvent } from './queue-lines.ts'
import type { SteerAnswer, SteerOutcome } from './queue-types.ts'

export interface PatientDeed {
  readonly ids: readonly MessageId[]
  /** Who does it, for the log. */
  readonly by: string
  /** Does it to some of the ids: once at first, and again to those that were `busy`. */
  readonly act: (ids: readonly MessageId[]) => Promise<readonly SteerOutcome[]>
  /** What can be done before the attempt ends. */
  readonly beforeLater?: () => Promise<void>
  /** What is done when the attempt has ended; undefined: `act`. */
  readonly later?: (message: SteeredMessage) => Promise<unknown>
}

export async function patiently(desk: QueueDesk, deed: PatientDeed): Promise<SteerAnswer> {
  const { ids, act } = deed
  const results = new Map((await act(ids)).map((one) => [one.id, one]))
  const late = new Map<MessageId, readonly Underway[]>()
  for (let round = 0; round < ROUNDS; round++) {
    const busy = [...results.values()].filter(
      ({ id, became }) => became === 'busy' && !late.has(id),
    )
    if (busy.length === 0) break
    const found = desk.options.database.read(steeredMessages(busy.map(({ id }) => id)))
    const underway = await underwayOf(desk, found)
    for (const { messageId, queueId } of found) {
      const all = underway.get(queueId)
      if (all !== undefined) late.set(messageId, all)
    }
    const free = busy.map(({ id }) => id).filter((id) => !late.has(id))
    for (const one of free.length === 0 ? [] : await act(free)) results.set(one.id, one)
  }
  if (late.size > 0) for (const one of await whenEnded(desk, late, deed)) results.set(one.id, one)
  return { results: [...results.values()] }
}

/** @returns those that another server may have */
export async function askBack(
  { options: { database, runner } }: QueueDesk,
  queueIds: readonly QueueId[],
): Promise<readonly Underway[]> {
  if (queueIds.length === 0) return []
  if (runner !== undefined) return await runner.giveBack(queueIds)
  // Nothing is sent from here: a server that crashed left them.
  await database.write(voidLeases, undefined)
  return []
}

export function underwayOutcome(id: MessageId, underway: readonly Underway[]): SteerOutcome {
  const [{ host, sinceMs } = { host: null, sinceMs: 0 }] = underway
  return { id, became: 'underway', underway: { host, sinceMs } }
}

async function whenEnded(
  desk: QueueDesk,
  late: ReadonlyMap<MessageId, readonly Underway[]>,
  { by, act, beforeLater, later }: PatientDeed,
): Promise<readonly SteerOutcome[]> {
  await beforeLater?.()
  const found = desk.options.database.read(steeredMessages([...late.keys()]))
  await hold(desk, found, by)
  // Held, nothing more of them is taken up: with these it is all that a host may have.
  const others = await underwayOf(desk, found)
  const outcomes = new Map<MessageId, SteerOutcome>()
  for (const message of found) {
    const { messageId: id, queueId } = message
    const underway = late.get(id) ?? []
    const ended = [...underway, ...(others.get(queueId) ?? [])].map((one) => one.ended)
    const fulfil = async () => await (later?.(message) ?? act([id]))
    desk.wishes.set(queueId, Promise.all(ended), fulfil)
    outcomes.set(id, underwayOutcome(id, underway))
  }
  return [...late.keys()].map((id) => outcomes.get(id) ?? { id, became: 'gone' })
}

async function hold(
  desk: QueueDesk,
  messages: readonly SteeredMessage[],
  by: string,
): Promise<void> {
  const { database, clock, outbox } = desk.options
  const action = deedAction('hold', by)
  const targets = messages.map(({ queueId, messageId }) => ({
    queueId,
    lines: outbox.render(steerEvent(messageId, by, clock.nowMs(), action)),
  }))
  committed(desk, await database.write(stopQueued, { as: 'held', targets, by }))
}

/** Of each message, where another server may have it. */
async function underwayOf(
  desk: QueueDesk,
  messages: readonly SteeredMessage[],
): Promise<ReadonlyMap<QueueId, readonly Underway[]>> {
  const queueIds = messages.map(({ queueId }) => queueId)
  return Map.groupBy(await askBack(desk, queueIds), ({ queueId }) => queueId)
}

/** Between two looks the message can be leased once more. */
const ROUNDS = 3
