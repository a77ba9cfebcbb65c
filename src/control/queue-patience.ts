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
  const { ids, by, act } = deed
  const results = new Map((await act(ids)).map((one) => [one.id, one]))
  const late = new Map<MessageId, Underway[]>()
  for (let round = 0; round < ROUNDS; round++) {
    const busy = [...results.values()].filter(
      ({ id, became }) => became === 'busy' && !late.has(id),
    )
    if (busy.length === 0) break
    const found = desk.options.database.read(steeredMessages(busy.map(({ id }) => id)))
    const underway = await askBack(
      desk,
      found.map(({ queueId }) => queueId),
    )
    for (const { messageId, queueId } of found) {
      const all = underway.filter((one) => one.queueId === queueId)
      if (all.length > 0) late.set(messageId, all)
    }
    const free = busy.map(({ id }) => id).filter((id) => !late.has(id))
    for (const one of free.length === 0 ? [] : await act(free)) results.set(one.id, one)
  }
  for (const [id, underway] of late) results.set(id, await whenEnded(desk, id, underway, deed, by))
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
  id: MessageId,
  underway: readonly Underway[],
  { act, beforeLater, later }: PatientDeed,
  by: string,
): Promise<SteerOutcome> {
  await beforeLater?.()
  const { database, clock, outbox } = desk.options
  const [message] = database.read(steeredMessages([id]))
  if (message === undefined) return { id, became: 'gone' }
  const { queueId } = message
  const lines = outbox.render(steerEvent(id, by, clock.nowMs(), deedAction('hold', by)))
  const targets = [{ queueId, lines }]
  committed(desk, await database.write(stopQueued, { as: 'held', targets, by }))
  const ended = Promise.all(underway.map((one) => one.ended))
  desk.wishes.set(queueId, ended, async () => await (later?.(message) ?? act([id])))
  return underwayOutcome(id, underway)
}

/** Between two looks the message can be leased once more. */
const ROUNDS = 3
