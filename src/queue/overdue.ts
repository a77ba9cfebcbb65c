/**
 * What waits long: senders are told once that mail is delayed, and what nobody can try, for its
 * destination is blocked, is given back when its time is over. One timer for the next of both; when
 * mail comes in or is let go, it is set anew.
 */
import { messageOf, wordsOf } from '../base/faults.ts'
import type { Clock } from '../base/clock.ts'
import type { OutgoingConfig } from '../config/types.ts'
import type { Database } from '../db/database.ts'
import type { OwnEvent } from '../journal/event.ts'
import { completedEvent, expired, outcomeEvents } from './events.ts'
import { leaseOfGroup, type RecipientGroup, recipientGroups } from './groups.ts'
import {
  dueDelayNotices,
  nextDelayNoticeMs,
  type QueuedMessage,
  type QueuedRecipient,
  queuedMessages,
} from './list.ts'
import type { NoticeRecipient } from './notices.ts'
import {
  destinationError,
  type ExpiredRecipient,
  expiredRecipients,
  nextExpiryMs,
  pullIn,
  putOffDelayNotices,
} from './overdue-rows.ts'
import { longestWaitMs } from './retry-plan.ts'
import { recoverLeases } from './lease.ts'
import { LeaseTime } from './lease-time.ts'
import type { Notices, PreparedNotices, QueueRows } from './runner-types.ts'
import type { Notice } from './settle.ts'
import type { BounceTarget } from './steer.ts'
import type { Lease, Outcome, QueueId } from './types.ts'

export interface OverdueOptions {
  readonly database: Pick<Database, 'read' | 'write'>
  readonly rows: Pick<QueueRows, 'settle'>
  readonly notices: Notices & {
    prepareDelay(lease: Lease, waiting: readonly NoticeRecipient[]): Promise<PreparedNotices>
  }
  /** Gives recipients back, and makes known what came of it: log lines, notices, files. */
  readonly bounce: (targets: readonly BounceTarget<unknown>[]) => Promise<void>
  readonly render: (event: OwnEvent) => string
  readonly clock: Clock
  /** Read at every use. */
  readonly outgoing: () => OutgoingConfig
  /** Mail is due that was not: the runner looks again. */
  readonly onPulledIn: () => void
  /** For a person: paniclog. */
  readonly alarm: (text: string) => void
  readonly report: (text: string) => void
}

/** Runs from {@link start} until it is disposed. */
export class Overdue implements AsyncDisposable {
  readonly #options: OverdueOptions
  readonly #leaseTime: LeaseTime
  #timer: Disposable | undefined
  #look: Disposable | undefined
  #underway: Promise<void> | undefined
  #isStopping = false
  /** Something failed the last time. */
  #isInTrouble = false

  constructor(options: OverdueOptions) {
    this.#options = options
    this.#leaseTime = new LeaseTime(options.clock)
  }

  start(): void {
    this.#underway ??= this.#run().finally(() => {
      this.#underway = undefined
      this.#setTimer()
    })
  }

  /** Mail came in, or its times were changed: the next may be due before the one that was known. */
  changed(): void {
    // Many changes at once are one look, of two rows.
    if (this.#isStopping || this.#underway !== undefined || this.#look !== undefined) return
    this.#look = this.#options.clock.after(MIN_SLEEP_MS, () => {
      this.#look = undefined
      if (this.#underway === undefined) this.#setTimer()
    })
  }

  /** Until what is overdue now is done; for tests. */
  async settled(): Promise<void> {
    await this.#underway
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true
    this.#timer?.[Symbol.dispose]()
    this.#look?.[Symbol.dispose]()
    await this.#underway
  }

  async #run(): Promise<void> {
    this.#isInTrouble = false
    await this.#try(() => this.#pullIn())
    await this.#try(() => this.#recoverLeases())
    await this.#try(async () => {
      while (!this.#isStopping && (await this.#tellDelays()));
    })
    await this.#try(async () => {
      while (!this.#isStopping && (await this.#giveBack()));
    })
  }

  /** What cannot be done now keeps nothing else from being done. */
  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#isInTrouble = true
      this.#options.report(`mail that waits too long is looked at later: ${messageOf(error)}`)
    }
  }

  /** An attempt that never came to an end, against all care, keeps nobody waiting for the next start. */
  async #recoverLeases(): Promise<void> {
    const { database, onPulledIn } = this.#options
    const nowMs = this.#leaseTime.nowMs()
    if ((await database.write(recoverLeases, { nowMs, limit: PULLED_AT_ONCE })) > 0) onPulledIn()
  }

  /** A clock that was wrong and went back must not stop mail until that time comes again. */
  async #pullIn(): Promise<void> {
    const { database, clock, outgoing, onPulledIn } = this.#options
    const nowMs = clock.nowMs()
    const latestMs = nowMs + longestWaitMs(outgoing())
    let pulled = 0
    let sum = 0
    do {
      pulled = await database.write(pullIn, { nowMs, latestMs, limit: PULLED_AT_ONCE })
      sum += pulled
    } while (pulled === PULLED_AT_ONCE && !this.#isStopping)
    if (sum > 0) onPulledIn()
  }

  #setTimer(): void {
    if (this.#isStopping) return
    this.#timer?.[Symbol.dispose]()
    const { clock, report } = this.#options
    const nowMs = clock.nowMs()
    let waitMs = MAX_SLEEP_MS
    try {
      waitMs = Math.min(waitMs, this.#nextMs(nowMs) - nowMs)
    } catch (error) {
      report(`mail that waits too long is looked at later: ${messageOf(error)}`)
    }
    this.#timer = clock.after(Math.max(waitMs, this.#isInTrouble ? TROUBLE_SLEEP_MS : 0), () =>
      this.start(),
    )
  }

  #nextMs(nowMs: number): number {
    const { database } = this.#options
    const delayMs = database.read(nextDelayNoticeMs())
    const expiryMs = database.read(nextExpiryMs(nowMs))
    return Math.min(delayMs ?? Number.POSITIVE_INFINITY, expiryMs ?? Number.POSITIVE_INFINITY)
  }

  /** @returns whether there may be more */
  async #tellDelays(): Promise<boolean> {
    const { database, clock } = this.#options
    const nowMs = clock.nowMs()
    const ids = database.read(dueDelayNotices(nowMs, BATCH))
    const later: QueueId[] = []
    for (const message of database.read(queuedMessages(ids)))
      if (isFirstAttempt(message)) later.push(message.queueId)
      else await this.#tellDelay(message)
    if (later.length > 0)
      await database.write(putOffDelayNotices, {
        queueIds: later,
        nextMs: nowMs + FIRST_ATTEMPT_MS,
      })
    // Those that nobody was told of: NOTIFY does not want it, or it could not be written.
    const queueIds = ids.filter((id) => !later.includes(id))
    if (queueIds.length > 0) await database.write(putOffDelayNotices, { queueIds, nextMs: null })
    return ids.length === BATCH
  }

  async #tellDelay(message: QueuedMessage): Promise<void> {
    const { clock, render, rows } = this.#options
    const notes: Notice<unknown>[] = []
    const waiting = message.recipients.filter(isWaiting)
    const groups = recipientGroups(waiting, ({ reversePath }) => reversePath ?? '')
    for (const group of groups) notes.push(...(await this.#delayNotices(message, group)))
    const [first] = groups
    if (first === undefined || notes.length === 0) return
    const { queueId } = message
    const completedLine = render(completedEvent(leaseOfGroup(message, first), clock.nowMs()))
    // The first takes the message's turn: all go, or none.
    const delays = notes.map(({ mail }, index) => ({ isDelay: index === 0, mail }))
    const settled = { queueId, leasedUntilMs: 0, results: [], lines: '', completedLine }
    await rows.settle({ leases: [{ ...settled, notices: delays }], destination: null })
  }

  async #delayNotices(
    message: QueuedMessage,
    group: RecipientGroup,
  ): Promise<readonly Notice<unknown>[]> {
    const { notices, alarm } = this.#options
    const told = group.map((recipient) => ({
      recipient,
      outcome: recipient.outcome ?? this.#untried(recipient),
      nextAttemptMs: recipient.state === 'pending' ? recipient.dueMs : null,
    }))
    try {
      return (await notices.prepareDelay(leaseOfGroup(message, group), told)).notices
    } catch (error) {
      alarm(`the sender of ${message.messageId} is not told that it waits: ${wordsOf(error)}`)
      return []
    }
  }

  /** Nobody tried it yet: its destination is blocked, or has too much to do. */
  #untried({ destination }: QueuedRecipient): Outcome {
    const { database, clock } = this.#options
    return waitingOutcome(clock.nowMs(), database.read(destinationError(destination)))
  }

  /** @returns whether there may be more */
  async #giveBack(): Promise<boolean> {
    const { database, clock, bounce } = this.#options
    const found = database.read(expiredRecipients(clock.nowMs(), BATCH))
    const byMessage = Map.groupBy(found, ({ queueId }) => queueId)
    const messages = database.read(queuedMessages([...byMessage.keys()]))
    const targets: BounceTarget<unknown>[] = []
    for (const message of messages)
      targets.push(...(await this.#targetsOf(message, byMessage.get(message.queueId) ?? [])))
    if (targets.length > 0) await bounce(targets)
    return found.length === BATCH && targets.length > 0
  }

  async #targetsOf(
    message: QueuedMessage,
    found: readonly ExpiredRecipient[],
  ): Promise<BounceTarget<unknown>[]> {
    const { clock, notices, render, alarm } = this.#options
    const nowMs = clock.nowMs()
    const targets: BounceTarget<unknown>[] = []
    const errors = new Map(found.map(({ number, error }) => [number, error]))
    const waiting = message.recipients.filter(({ number }) => errors.has(number))
    const keyOf = (one: QueuedRecipient) => `${one.destination} ${one.reversePath ?? ''}`
    for (const group of recipientGroups(waiting, keyOf)) {
      const lease = leaseOfGroup(message, group)
      const outcome = expired(waitingOutcome(nowMs, errors.get(group[0].number) ?? null))
      const told = lease.recipients.map((recipient) => ({ recipient, outcome }))
      let prepared: PreparedNotices = { notices: [], alarms: [] }
      try {
        prepared = await notices.prepare(lease, told)
      } catch (error) {
        const why = wordsOf(error)
        alarm(`the sender of ${message.messageId} is not told what became of it: ${why}`)
      }
      for (const text of prepared.alarms) alarm(text)
      const events = outcomeEvents(
        lease,
        told.map((one) => ({ ...one, phase: null })),
      )
      targets.push({
        queueId: message.queueId,
        numbers: group.map(({ number }) => number),
        outcome,
        lines: events.map(render).join(''),
        completedLine: render(completedEvent(lease, nowMs)),
        notice: prepared.notices[0]?.mail ?? null,
      })
    }
    return targets
  }
}

/** One that is being tried waits, too, when that is not the first time. */
function isWaiting({ state, outcome }: QueuedRecipient): boolean {
  return state === 'pending' || (state === 'leased' && outcome !== null)
}

/** Nobody of it waits, but somebody may soon. */
function isFirstAttempt({ recipients }: QueuedMessage): boolean {
  return !recipients.some(isWaiting) && recipients.some(({ state }) => state === 'leased')
}

function waitingOutcome(atMs: number, error: string | null): Outcome {
  return {
    kind: 'deferred',
    atMs,
    text: error ?? 'it was not its turn yet',
    status: '4.4.1',
    reply: null,
    host: null,
    tls: null,
    authenticator: null,
    deliverTimeMs: null,
    relaysNotices: false,
  }
}

/** Messages at once: they hold up other writes for as long as they take. */
const BATCH = 100
const PULLED_AT_ONCE = 1000
/** How soon it is known what came of a first attempt: most take seconds. */
const FIRST_ATTEMPT_MS = 60_000
/** However far the next is: clocks that were set and leases that ended are noticed soon. */
const MAX_SLEEP_MS = 10 * 60_000
/** Shorter than any time after which a sender is told. */
const MIN_SLEEP_MS = 1000
const TROUBLE_SLEEP_MS = 60_000
