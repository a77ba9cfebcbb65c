import { setImmediate as others } from 'node:timers/promises'

import { messageOf } from '../base/faults.ts'
import { BadHosts, type Unreached } from './host-walk.ts'
import { cautionMs } from './caution.ts'
import { NO_PEER, type Peer } from './events.ts'
import { Lane, MAX_RECIPIENTS } from './lane.ts'
import { type Pace, Window } from './pace.ts'
import { pause } from './pause.ts'
import type { RefusedSenders } from './relay-refusal.ts'
import { delayAfter, dueAfter } from './retry-plan.ts'
import type {
  DestinationState,
  Failure,
  RunnerOptions,
  RunnerStatus,
  Underway,
} from './runner-types.ts'
import { type DomainSettings, domainOf, settingsFor } from './settings.ts'
import type { Concluded, Settler } from './settler.ts'
import type { DestinationName, Lease, QueueId } from './types.ts'

/** What a destination needs of the runner. */
export interface Owner {
  readonly signal: AbortSignal
  readonly isStopping: boolean
  /** Others wait for a connection, and there are no more. */
  readonly isCrowded: boolean
  readonly refusedSenders: RefusedSenders
  /** Takes room in memory for at most so many recipients. @returns how many it got */
  takeRoom(recipients: number): number
  giveRoom(recipients: number): void
  /** All that is due there is leased. */
  tookAll(name: DestinationName): void
  /** A lane may be wanted, or the destination is done. */
  changed(): void
  laneEnded(): void
}

/**
 * A destination while something goes on there: the messages that are leased for it, the lanes that
 * carry them, and whether it answers at all. In memory only; what must survive is in its row.
 */
export class ActiveDestination {
  readonly name: DestinationName
  readonly bad: BadHosts
  readonly #options: RunnerOptions
  readonly #owner: Owner
  readonly #window: Window
  readonly #pace: Pace
  readonly #settler: Settler
  readonly #lanes = new Set<Lane>()
  #leases: Lease[] = []
  readonly #waiting: ((lease: Lease | null) => void)[] = []
  #state: DestinationState
  /** Stopped until its time comes again. */
  #isBlocked = false
  /** Whether it answers is not known: one message goes first. */
  #isProbing: boolean
  /** That message is under way. */
  #hasProbe = false
  /** The last lease took all there was. */
  #isExhausted = false
  #isFilling = false

  constructor(
    state: DestinationState,
    pace: Pace,
    settler: Settler,
    options: RunnerOptions,
    owner: Owner,
  ) {
    this.name = state.name
    this.bad = new BadHosts(options.clock)
    this.#options = options
    this.#owner = owner
    const { firstConnections, maxConnections } = this.settings
    this.#window = new Window(firstConnections, maxConnections)
    this.#pace = pace
    this.#settler = settler
    this.#state = state
    this.#isProbing = state.failures > 0
    if (this.#isProbing) this.#window.probe()
  }

  /** As the configuration has them now: a reload reaches what is under way. */
  get settings(): DomainSettings {
    return settingsFor(this.#options.outgoing(), domainOf(this.name))
  }

  /** Nothing goes on and nothing is due: its row says when it goes on. */
  get isDone(): boolean {
    if (this.#lanes.size > 0 || this.#isFilling) return false
    return this.#isBlocked || (this.#leases.length === 0 && this.#isExhausted)
  }

  /** Somebody wanted it tried while it was blocked: perhaps its row says something else now. */
  get isWoken(): boolean {
    return this.#isWoken
  }
  #isWoken = false

  get wantsLane(): boolean {
    if (this.#isBlocked || this.#lanes.size >= this.#window.size) return false
    // One more would only hold a message longer that waits for its turn.
    if (this.#turning > 0) return false
    return this.#leases.length > 0
  }

  get laneCount(): number {
    return this.#lanes.size
  }

  get statuses(): RunnerStatus[] {
    return [...this.#lanes].map(({ status }) => status)
  }

  /** There is more to do than was known. */
  wake(): void {
    this.#isWoken = this.#isBlocked
    this.#isExhausted = false
    void this.fill()
  }

  startLane(): void {
    const lane = new Lane(this, this.#options, this.#owner.signal)
    this.#lanes.add(lane)
    void lane.run().finally(() => {
      this.#lanes.delete(lane)
      this.#owner.laneEnded()
    })
  }

  /** Lanes that have nothing to do end. */
  endIdle(): void {
    for (const resolve of this.#waiting.splice(0)) resolve(null)
  }

  /** The next message for a lane; null: it is to end. */
  async next(lane: Lane): Promise<Lease | null> {
    if (this.#isToEnd(lane)) return null
    const lease = this.#leases.shift()
    if (this.#leases.length < this.#window.size) void this.fill()
    if (lease !== undefined) return lease
    // Only a connection that could be used again is worth waiting with.
    if (this.#isExhausted && (this.#owner.isCrowded || !lane.works)) return null
    return await this.#waitForLease()
  }

  #isToEnd(lane: Lane): boolean {
    if (this.#owner.isStopping || this.#isBlocked) return true
    if (this.#lanes.size > this.#window.size) return true
    // Under pressure a destination with many connections leaves some to others.
    return this.#owner.isCrowded && this.#lanes.size > 1 && lane.works
  }

  #waitForLease(): Promise<Lease | null> {
    return new Promise((resolve) => {
      const answer = (lease: Lease | null) => {
        timer[Symbol.dispose]()
        const at = this.#waiting.indexOf(answer)
        if (at !== -1) this.#waiting.splice(at, 1)
        resolve(lease)
      }
      const timer = this.#options.clock.after(IDLE_MS, () => answer(null))
      this.#waiting.push(answer)
    })
  }

  /** Waits until the rate allows another message, or the signal comes. */
  async turn(signal: AbortSignal): Promise<void> {
    const waitMs = this.#pace.take(this.#options.clock.monotonicMs())
    if (waitMs <= 0) return
    this.#turning++
    await pause(this.#options.clock, signal, waitMs)
    this.#turning--
    this.#owner.changed()
  }
  /** Lanes that wait for their turn. */
  #turning = 0

  /** The lease could end before its attempt does, and then the message would be sent once more. */
  isTooOld({ leasedUntilMs }: Lease): boolean {
    return leasedUntilMs - this.#options.clock.nowMs() < LONGEST_ATTEMPT_MS
  }

  /**
   * A person wants these messages: those that no host can have yet wait until `dueMs`, as if they
   * had not been tried, once this resolves.
   * @returns those that a host may have
   */
  async giveBack(ids: ReadonlySet<QueueId>, dueMs: number): Promise<readonly Underway[]> {
    await this.#filled
    // What is on its way to a lane arrives there.
    await others()
    const isAsked = ({ queueId }: { readonly queueId: QueueId | null }) =>
      queueId !== null && ids.has(queueId)
    const lanes = [...this.#lanes].filter(isAsked)
    const asked = lanes.map((lane) => lane.giveBack(dueMs))
    const idle = this.#leases.filter(isAsked)
    if (idle.length > 0) {
      this.#leases = this.#leases.filter((lease) => !isAsked(lease))
      await this.#takeBack(idle, dueMs)
    }
    const underway = await Promise.all(asked)
    return underway.filter((one) => one !== null)
  }

  /** A message that a lane gave back. */
  async takeBack(lease: Lease, dueMs: number): Promise<void> {
    await this.#takeBack([lease], dueMs)
  }

  async #takeBack(leases: readonly Lease[], dueMs: number): Promise<void> {
    // If it was the one that goes first, another one does.
    this.#hasProbe = false
    await this.#settler.putBack(leases, null, dueMs)
    this.#owner.giveRoom(countRecipients(leases))
    this.#isExhausted = false
    void this.fill()
    this.#owner.changed()
  }

  /** Leases more when there is little left. Never throws. */
  fill(): Promise<void> {
    if (this.#isFilling) return this.#filled
    this.#filled = this.#fill()
    return this.#filled
  }
  #filled: Promise<void> = Promise.resolve()

  async #fill(): Promise<void> {
    if (this.#isExhausted || this.#isBlocked || this.#owner.isStopping) return
    const { firstConnections, maxConnections, ratePerMinute } = this.settings
    this.#window.limit(firstConnections, maxConnections)
    this.#pace.limit(ratePerMinute)
    const size = this.#window.size
    const soon = this.#pace.messagesIn(SOON_MS)
    if (this.#leases.length >= Math.min(size, soon) || this.#hasProbe) return
    const maxMessages = this.#isProbing ? 1 : Math.min(LEASES_PER_LANE * size, soon)
    const room = this.#owner.takeRoom(maxMessages * RECIPIENTS_PER_LEASE + MAX_RECIPIENTS - 1)
    if (room === 0) return // The runner asks again when there is room.
    const maxRecipients = Math.max(1, room - MAX_RECIPIENTS + 1)
    this.#isFilling = true
    // What comes in while this is on its way is seen by the next look.
    this.#isExhausted = true
    const leased = await this.#lease(maxMessages, maxRecipients)
    // It failed: what is there is not known.
    if (leased === null) this.#isExhausted = false
    const leases = leased ?? []
    const recipients = countRecipients(leases)
    this.#owner.giveRoom(room - recipients)
    this.#hasProbe = this.#isProbing && leases.length > 0
    if (leases.length >= maxMessages || recipients >= maxRecipients) this.#isExhausted = false
    if (this.#isExhausted) this.#owner.tookAll(this.name)
    this.#isFilling = false
    this.#leases.push(...leases)
    if (this.#isBlocked) await this.#returnLeases()
    else this.#handOut()
    if (leases.length === 0 && !this.#isExhausted) void this.fill()
    this.#owner.changed()
  }

  async #lease(maxMessages: number, maxRecipients: number): Promise<readonly Lease[] | null> {
    const nowMs = this.#options.clock.nowMs()
    return await this.#settler.lease({
      destination: this.name,
      nowMs,
      leaseUntilMs: nowMs + LEASE_MS,
      maxMessages,
      maxRecipients,
      togetherRecipients: MAX_RECIPIENTS,
    })
  }

  #handOut(): void {
    while (this.#waiting.length > 0 && this.#leases.length > 0) {
      const lease = this.#leases.shift()
      const resolve = this.#waiting.shift()
      if (lease !== undefined) resolve?.(lease)
    }
    if (this.#isExhausted && this.#leases.length === 0 && this.#owner.isCrowded) this.endIdle()
  }

  /** For another lane. */
  putBack(lease: Lease): void {
    if (lease.recipients.length === 0) return
    this.#leases.unshift(lease)
    this.#handOut()
    if (this.#isBlocked) void this.#returnLeases()
  }

  /**
   * The host answered for these recipients; resolves when that is committed.
   * @returns false when the lane is to end
   */
  async concluded(
    lane: Lane,
    lease: Lease,
    done: readonly Concluded[],
    peer: Peer,
  ): Promise<boolean> {
    const failure = done.map(({ result }) => result).find((result) => result.kind !== 'delivered')
    const isLost =
      failure?.scope === 'host' && done.every(({ result }) => result.kind !== 'delivered')
    if (done.some(({ result }) => result.kind === 'delivered'))
      if (this.#owner.refusedSenders.taken(this.name)) this.#settler.mailTaken(this.name)
    const state = isLost ? null : this.#cleanState()
    await this.#settler.settle({ lease, done, peer, state })
    this.#owner.giveRoom(done.length)
    if (isLost) return await this.#lostWithin(lane, failure)
    this.#answered(state)
    return true
  }

  #answered(state: DestinationState | null): void {
    this.#losses = 0
    if (state !== null) this.#state = state
    if (this.#isProbing) {
      this.#isProbing = false
      this.#hasProbe = false
      this.#window.restart()
    } else this.#window.succeeded()
    void this.fill()
    this.#owner.changed()
  }

  /** The row of one that answers again; null: it says so already. */
  #cleanState(): DestinationState | null {
    if (this.#state.failures === 0 && this.#state.blockedUntilMs === null) return null
    return { name: this.name, failures: 0, blockedUntilMs: null, error: null }
  }

  /** The connection was lost in the middle of a message: of the message, or of the host? */
  async #lostWithin(lane: Lane, failure: Failure): Promise<boolean> {
    this.#window.failed()
    // If it was the one that goes first, another one does.
    this.#hasProbe = false
    const isAlone = ![...this.#lanes].some((other) => other !== lane && other.works)
    if (isAlone && (failure.reply !== null || ++this.#losses >= LOSSES_TO_BLOCK))
      await this.#block(failure, cautionMs(failure))
    return false
  }
  #losses = 0

  /**
   * No host took us. When other connections work, the host has enough of them; otherwise the whole
   * destination waits.
   * @returns false when the lane is to end
   */
  async unreached(
    lane: Lane,
    lease: Lease,
    { failure, host, tls }: Unreached,
    deliverTimeMs: number,
  ): Promise<boolean> {
    const working = [...this.#lanes].filter((other) => other !== lane && other.works).length
    const isSpecial = lease.requireTls && this.settings.requireTls !== true
    const isFinal = failure.kind === 'failed' && failure.scope !== 'login'
    if (working > 0 && !isFinal && !isSpecial) {
      this.#window.refusedMore(working)
      this.putBack(lease)
      return false
    }
    const result: Failure = isFinal ? failure : { ...failure, kind: 'deferred' }
    const done = lease.recipients.map((recipient) => ({ recipient, result }))
    const peer = { host, tls, authenticator: null, deliverTimeMs }
    await this.#settler.settle({ lease, done, peer, state: null })
    this.#owner.giveRoom(done.length)
    if (isFinal || isSpecial) {
      this.#hasProbe = false
      return true
    }
    if (failure.scope === 'login') await this.#settler.loginRefused(this.name, failure.text)
    await this.#block(failure, cautionMs(failure))
    return false
  }

  /** Does a relay refuse the message for its sender alone? */
  isOfSender({ from }: Lease, refusal: Failure, authenticator: string | null): boolean {
    const { refusedSenders } = this.#owner
    const nowMs = this.#options.clock.monotonicMs()
    const isAlone = refusedSenders.isAlone(this.name, from, refusal, authenticator, nowMs)
    const longMs = isAlone ? refusedSenders.longWithoutMail(this.name, nowMs) : null
    if (longMs !== null) this.#settler.noMailTaken(this.name, from, longMs, refusal.text)
    return isAlone
  }

  /** A relay takes our login again. */
  async loginTaken(): Promise<void> {
    await this.#settler.loginTaken(this.name)
  }

  /** Leaves the destination alone for a while; what was leased for it goes back. */
  async #block(failure: Failure, atLeastMs: number): Promise<false> {
    if (this.#isBlocked) return false
    this.#isBlocked = true
    this.#window.failed()
    this.endIdle()
    const { clock, random } = this.#options
    const failures = this.#state.failures + 1
    const delayMs = Math.max(atLeastMs, delayAfter(failures, this.settings.retryMs, random))
    const nowMs = clock.nowMs()
    const lastMs = this.#state.blockedUntilMs ?? nowMs
    const blockedUntilMs = dueAfter({ nowMs, lastMs }, delayMs)
    this.#state = { name: this.name, blockedUntilMs, failures, error: failure.text }
    await this.#returnLeases(this.#state)
    return false
  }

  /** Puts leases that were not tried back on disk as they were. */
  async #returnLeases(state: DestinationState | null = null): Promise<void> {
    const leases = this.#leases.splice(0)
    if (leases.length === 0 && state === null) return
    await this.#settler.putBack(leases, state)
    this.#owner.giveRoom(countRecipients(leases))
  }

  /** A bug of ours, or content that cannot be read: the message is tried again by its plan. */
  async broke(lease: Lease, error: unknown): Promise<void> {
    this.#options.report(
      `a delivery of ${lease.messageId} to ${this.name} broke: ${messageOf(error)}`,
    )
    this.#hasProbe = false
    const result = BROKEN
    const done = lease.recipients.map((recipient) => ({ recipient, result }))
    await this.#settler.settle({ lease, done, peer: NO_PEER, state: null })
    this.#owner.giveRoom(done.length)
  }
}

function countRecipients(leases: readonly Lease[]): number {
  return leases.reduce((sum, { recipients }) => sum + recipients.length, 0)
}

const BROKEN: Failure = {
  kind: 'deferred',
  phase: 'queue',
  text: 'internal error of this server',
  reply: null,
  status: '4.3.0',
  scope: 'message',
}

const LONGEST_ATTEMPT_MS = 20 * 60_000
/** RELIABILITY I5. */
const LEASE_MS = 2 * LONGEST_ATTEMPT_MS
/** What a rate lets go later than this is leased later. */
const SOON_MS = 5 * 60_000
/** How long a connection without a message stays open for the next. */
const IDLE_MS = 2000
const LEASES_PER_LANE = 4
const RECIPIENTS_PER_LEASE = 5
/** Connections lost in the middle of messages, one after the other, until the host is at fault. */
const LOSSES_TO_BLOCK = 3
