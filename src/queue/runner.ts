/**
 * Sends what waits. Nothing is polled: commits wake it for the destinations that they filled, and
 * one timer for the next that becomes due.
 *
 *   commit ─▶ wake ─▶ look ─▶ destinations become active ─▶ lanes ─▶ outcomes committed
 *                      ▲                                               │
 *     timer, an end ───┘◀──────────────────────────────────────────────┘
 *
 * A destination is in memory only while something goes on there. Each has its own leases, so one
 * that does not answer keeps nobody else's mail from going: it costs one connection now and then.
 */
import { messageOf } from '../base/faults.ts'
import { ActiveDestination, type Owner } from './destination.ts'
import { Pace } from './pace.ts'
import { RefusedSenders } from './relay-refusal.ts'
import type { DestinationState, RunnerOptions, RunnerStatus, Underway } from './runner-types.ts'
import { domainOf, settingsFor } from './settings.ts'
import { Settler } from './settler.ts'
import type { DestinationName, QueueId } from './types.ts'

/** The queue at work, from its start until it is disposed. */
export class QueueRunner implements AsyncDisposable {
  readonly #options: RunnerOptions
  readonly #abort = new AbortController()
  readonly #settler: Settler
  readonly #active = new Map<DestinationName, ActiveDestination>()
  readonly #paces = new Map<DestinationName, Pace>()
  #lanes = 0
  #recipients = 0
  #isStopping = false
  #isLooking = false
  #isDispatching = false
  /** More destinations are due than are active. */
  #hasMore = false
  #timer: Disposable | undefined
  /** When it goes off. */
  #timerMs = Number.POSITIVE_INFINITY
  #onEnd: (() => void) | undefined

  constructor(options: RunnerOptions) {
    this.#options = options
    const signal = this.#abort.signal
    this.#settler = new Settler(options, signal, (dueMs) => this.#dueAt(dueMs))
  }

  /** What the last run had under way waits again, and what is due goes. */
  async start(): Promise<void> {
    await this.#options.rows.voidLeases()
    this.#look()
  }

  /** Something was committed for these destinations, or somebody wants them tried now. */
  wake(destinations: readonly DestinationName[]): void {
    this.#options.onWoken?.()
    for (const name of destinations) this.#active.get(name)?.wake()
    if (destinations.some((name) => !this.#active.has(name))) this.#lookSoon()
  }

  /** Times or stops of messages were changed by hand: what is due now is not what it was. */
  changed(): void {
    this.#lookSoon()
  }

  /**
   * A person wants these messages: attempts are broken off as long as no host can have the message,
   * which then waits for some seconds, as if it had not been tried, so that the deed finds it.
   * @returns those that a host may have: what becomes of them only its answer says
   */
  async giveBack(ids: Iterable<QueueId>): Promise<readonly Underway[]> {
    const wanted = new Set(ids)
    const dueMs = this.#options.clock.nowMs() + GIVEN_BACK_MS
    const asked = [...this.#active.values()].map((one) => one.giveBack(wanted, dueMs))
    return (await Promise.all(asked)).flat()
  }

  /** Each connection, for `waybill who`. */
  status(): readonly RunnerStatus[] {
    return [...this.#active.values()].flatMap(({ statuses }) => statuses)
  }

  /** Messages under way are finished if they can be in time; what is left is sent after the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true
    this.#timer?.[Symbol.dispose]()
    for (const destination of this.#active.values()) destination.endIdle()
    if (this.#lanes > 0) {
      const ended = new Promise<void>((resolve) => {
        this.#onEnd = resolve
      })
      using _ = this.#options.clock.after(this.#options.stopTimeoutMs, () => this.#abort.abort())
      await ended
    }
    this.#abort.abort()
  }

  #lookSoon(): void {
    if (this.#isLooking || this.#isStopping) return
    this.#isLooking = true
    setImmediate(() => {
      this.#isLooking = false
      this.#look()
    })
  }

  /** Makes destinations active that are due, and sets the timer for the next. */
  #look(): void {
    if (this.#isStopping) return
    const { rows, clock, report } = this.#options
    const nowMs = clock.nowMs()
    try {
      const limit = MAX_ACTIVE + 1
      const due = rows.dueDestinations(nowMs, limit)
      this.#hasMore = due.length === limit
      for (const state of due) this.#activate(state)
      this.#setTimer(rows.nextDueMs(nowMs), nowMs)
    } catch (error) {
      report(`the queue cannot be read: ${messageOf(error)}`)
      this.#setTimer(nowMs + MAX_SLEEP_MS, nowMs)
    }
    this.#dispatch()
  }

  #activate(state: DestinationState): void {
    const known = this.#active.get(state.name)
    if (known !== undefined) {
      known.wake()
      return
    }
    if (this.#active.size >= MAX_ACTIVE) {
      this.#hasMore = true
      return
    }
    const destination = new ActiveDestination(
      state,
      this.#paceOf(state.name),
      this.#settler,
      this.#options,
      this.#owner,
    )
    this.#active.set(state.name, destination)
    void destination.fill()
  }

  /** Kept while it says something, so that a destination that comes and goes keeps its rate. */
  #paceOf(name: DestinationName): Pace {
    const nowMs = this.#options.clock.monotonicMs()
    for (const [other, pace] of this.#paces)
      if (pace.isIdle(nowMs) && !this.#active.has(other)) this.#paces.delete(other)
    const { ratePerMinute } = settingsFor(this.#options.outgoing(), domainOf(name))
    const pace = this.#paces.get(name) ?? new Pace(ratePerMinute)
    if (ratePerMinute > 0) this.#paces.set(name, pace)
    return pace
  }

  /** Something waits until then that the timer may not know of. */
  #dueAt(dueMs: number): void {
    if (!this.#isStopping && dueMs < this.#timerMs)
      this.#setTimer(dueMs, this.#options.clock.nowMs())
  }

  /**
   * What is due there later: when the timer was set, the destination counted as due, and its next
   * time was not known.
   */
  #waitFor(name: DestinationName): void {
    try {
      const timeMs = this.#options.rows.timeOf(name)
      if (timeMs !== null) this.#dueAt(timeMs)
    } catch {
      this.#lookSoon() // Which says why the queue cannot be read.
    }
  }

  #setTimer(dueMs: number | null, nowMs: number): void {
    this.#timer?.[Symbol.dispose]()
    // However far the next is: a wall clock that is set forward is noticed soon.
    const waitMs = Math.min(dueMs === null ? MAX_SLEEP_MS : dueMs - nowMs, MAX_SLEEP_MS)
    this.#timerMs = nowMs + Math.max(waitMs, 0)
    this.#timer = this.#options.clock.after(Math.max(waitMs, 0), () => this.#look())
  }

  /** Gives lanes to destinations that want them, one each in turn, and forgets those that are done. */
  #dispatch(): void {
    if (this.#isStopping || this.#isDispatching) return
    this.#isDispatching = true
    setImmediate(() => {
      this.#isDispatching = false
      this.#giveLanes()
    })
  }

  #giveLanes(): void {
    if (this.#isStopping) return
    for (const [name, destination] of this.#active)
      if (destination.isDone) {
        this.#active.delete(name)
        if (destination.isWoken) this.#lookSoon()
      } else void destination.fill()
    let wanting = [...this.#active.values()].filter(({ wantsLane }) => wantsLane)
    // Those with the fewest connections first: one with many leaves the others theirs.
    wanting.sort((a, b) => a.laneCount - b.laneCount)
    while (wanting.length > 0 && this.#hasLane) {
      for (const destination of wanting) {
        if (!this.#hasLane) break
        this.#lanes++
        destination.startLane()
      }
      wanting = wanting.filter(({ wantsLane }) => wantsLane)
    }
    this.#isCrowded = wanting.length > 0
    if (this.#isCrowded) for (const destination of this.#active.values()) destination.endIdle()
    if (this.#hasMore && this.#active.size <= MAX_ACTIVE / 2) this.#lookSoon()
  }
  #isCrowded = false

  get #hasLane(): boolean {
    return this.#lanes < this.#options.outgoing().maxConnections
  }

  readonly #owner: Owner = this.#makeOwner()

  #makeOwner(): Owner {
    const runner = this
    return {
      signal: runner.#abort.signal,
      refusedSenders: new RefusedSenders(),
      get isStopping() {
        return runner.#isStopping
      },
      get isCrowded() {
        return runner.#isCrowded
      },
      takeRoom: (recipients) => {
        const free = runner.#options.outgoing().maxRecipientsInMemory - runner.#recipients
        const taken = Math.max(0, Math.min(free, recipients))
        runner.#recipients += taken
        return taken
      },
      giveRoom: (recipients) => {
        runner.#recipients -= recipients
      },
      tookAll: (name) => runner.#waitFor(name),
      changed: () => runner.#dispatch(),
      laneEnded: () => {
        runner.#lanes--
        if (runner.#isStopping && runner.#lanes === 0) runner.#onEnd?.()
        runner.#dispatch()
      },
    }
  }
}

/** How long what was given back keeps out of the way of whoever asked for it. */
const GIVEN_BACK_MS = 30_000
/** Destinations in memory at once. */
const MAX_ACTIVE = 400
/** A timer of Node has a limit, and wall clocks are set. */
const MAX_SLEEP_MS = 10 * 60_000
