/**
 * Mail that waits goes by the rules of this moment, not by those of the moment it came: when relays
 * or domains change, and at the start, each recipient's destination is found anew. A page at a time,
 * with other writes between: a hundred thousand hold nobody up.
 */
import { setImmediate as others } from 'node:timers/promises'

import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/faults.ts'
import type { Database } from '../db/database.ts'
import {
  BEGINNING,
  lastQueued,
  messagesAt,
  type Move,
  moveRecipients,
  type Place,
  type WaitingRecipient,
  waitingAfter,
} from './routing-rows.ts'
import { runDestination } from './steer.ts'
import type { DestinationName, QueueId } from './types.ts'

export interface RoutingOptions {
  readonly database: Pick<Database, 'read' | 'write'>
  readonly clock: Clock
  /** By the rules of this moment; null: as it was. */
  readonly wayNow: (address: string, inNameOf: string | null) => string | null
  /** Something may be due there now. */
  readonly wake: (destinations: readonly DestinationName[]) => void
  /** Of work that nobody waits for: why it failed. */
  readonly report: (text: string) => void
}

/** How much has another destination now. */
export interface Moved {
  readonly destination: DestinationName
  readonly messages: number
}

export class Routing {
  readonly #options: RoutingOptions
  /** One pass after the other. */
  #last: Promise<unknown> = Promise.resolve()
  #isStopping = false
  /** Up to where what waits was looked at after the last change. */
  #upTo: Place = BEGINNING
  #changedMs = Number.NEGATIVE_INFINITY
  #isCatchingUp = false

  constructor(options: RoutingOptions) {
    this.#options = options
  }

  /** Rules changed, and are committed. Gives what goes another way now, the most first. */
  async rulesChanged(): Promise<readonly Moved[]> {
    this.#changedMs = this.#options.clock.monotonicMs()
    return await this.#pass(BEGINNING)
  }

  /**
   * The domain is ours since a moment. What waits for it is held: its accounts and aliases are not
   * there yet, and what came in before them would go back as for nobody.
   * @param hold  holds messages; gives how many of them
   */
  async domainCame(
    domain: string,
    hold: (ids: readonly QueueId[]) => Promise<number>,
  ): Promise<{ readonly held: number }> {
    const { database } = this.#options
    const destination = `mx:${domain}` as DestinationName
    await this.rulesChanged()
    let held = 0
    let ids: readonly QueueId[] = []
    do {
      ids = database.read(messagesAt(destination, ids.at(-1) ?? BEGINNING.queueId, PAGE))
      if (ids.length > 0) held += await hold(ids)
    } while (ids.length === PAGE)
    return { held }
  }

  /** At the start: a change may have been cut off, or made without a server. */
  start(): void {
    this.#quietly(this.rulesChanged())
  }

  /**
   * A message is committed. Its way was chosen when its recipients were named, perhaps before the
   * last change: for an hour after it, what comes is looked at again.
   */
  arrived(): void {
    const sinceMs = this.#options.clock.monotonicMs() - this.#changedMs
    if (sinceMs > LONGEST_TRANSACTION_MS || this.#isCatchingUp) return
    this.#isCatchingUp = true
    const catchUp = async () => {
      await this.#last
      this.#isCatchingUp = false
      await this.#pass(this.#upTo)
    }
    this.#quietly(catchUp())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true
    await this.#last
  }

  #quietly(work: Promise<unknown>): void {
    work.catch((error: unknown) =>
      this.#options.report(`mail that waits keeps its way: ${messageOf(error)}`),
    )
  }

  async #pass(from: Place): Promise<readonly Moved[]> {
    const pass = this.#last.then(() => this.#walk(from))
    this.#last = pass.catch(() => {})
    return await pass
  }

  async #walk(from: Place): Promise<readonly Moved[]> {
    const { database, wake } = this.#options
    const count = new MovedMessages()
    const upTo = database.read(lastQueued())
    let page: readonly WaitingRecipient[]
    let after = from
    do {
      page = database.read(waitingAfter(after, PAGE))
      after = page.at(-1) ?? after
      const wayOf = this.#waysOfPage()
      const moves = page.flatMap((one) => moveOf(one, wayOf) ?? [])
      if (moves.length > 0) {
        const moved = await database.write(moveRecipients, { moves })
        count.add(moved)
        if (moved.length > 0) wake([...new Set(moved.map(({ to }) => to))])
      } else await others()
    } while (page.length === PAGE && !this.#isStopping)
    if (!this.#isStopping) this.#upTo = upTo
    return count.result()
  }

  /** The rules are asked once for each domain and sender's domain; between pages they may change. */
  #waysOfPage(): WayOf {
    const known = new Map<string, DestinationName | null>()
    return ({ address, inNameOf }) => {
      const key = `${address.slice(address.lastIndexOf('@'))} ${inNameOf ?? ''}`
      let way = known.get(key)
      if (way === undefined) {
        way = this.#options.wayNow(address, inNameOf) as DestinationName | null
        known.set(key, way)
      }
      return way
    }
  }
}

type WayOf = (recipient: Pick<WaitingRecipient, 'address' | 'inNameOf'>) => DestinationName | null

function moveOf(recipient: WaitingRecipient, wayOf: WayOf): Move | null {
  const { queueId, number, destination, pinned } = recipient
  if (pinned === 1) return null
  const to = wayOf(recipient)
  return to === null || to === destination ? null : { queueId, number, from: destination, to }
}

/** Each message once for a destination; they come in the order of their ids. */
class MovedMessages {
  readonly #counts = new Map<DestinationName, { messages: number; last: QueueId }>()

  add(moves: readonly Move[]): void {
    for (const { to, queueId } of moves) {
      const known = this.#counts.get(to)
      if (known?.last === queueId) continue
      this.#counts.set(to, { messages: (known?.messages ?? 0) + 1, last: queueId })
    }
  }

  result(): Moved[] {
    return [...this.#counts]
      .map(([destination, { messages }]) => ({ destination, messages }))
      .toSorted((a, b) => b.messages - a.messages)
  }
}

/** What waits there need not wait for the next try of its plan. */
export async function tryNow(
  database: Pick<Database, 'write'>,
  destination: DestinationName,
  clock: Clock,
): Promise<void> {
  const args = { destination, nowMs: clock.nowMs(), limit: PAGE }
  while ((await database.write(runDestination, args)) === PAGE);
}

/** Recipients in one read, and at most in one write. */
const PAGE = 500
const LONGEST_TRANSACTION_MS = 60 * 60_000
