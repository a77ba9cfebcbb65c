import { MINUTE_MS } from '../base/durations.ts'
import { messageOf, wordsOf } from '../base/faults.ts'
import type { Random } from '../base/random.ts'
import { panicOf } from '../journal/plain.ts'
import type { Result } from '../smtp-client/types.ts'
import {
  completedEvent,
  expired,
  outcomeEvents,
  outcomeOf,
  type Peer,
  type RecipientOutcome,
} from './events.ts'
import type { LeaseArgs } from './lease.ts'
import { pause } from './pause.ts'
import { delayAfter, dueAfter, recipientExpiryMs, sharedChance } from './retry-plan.ts'
import type { DestinationState, PreparedNotices, RunnerOptions } from './runner-types.ts'
import type { RecipientResult, SettledLease, Settlement } from './settle.ts'
import { recipientDomain, settingsFor } from './settings.ts'
import type { DestinationName, Lease, LeasedRecipient, Outcome } from './types.ts'

/** A recipient with what the attempt gave. */
export interface Concluded {
  readonly recipient: LeasedRecipient
  readonly result: Result
}

export interface Conclusion {
  readonly lease: Lease
  readonly done: readonly Concluded[]
  readonly peer: Peer
  /** How the destination is now; null: as before. */
  readonly state: DestinationState | null
}

/**
 * Brings what came of attempts into the rows: marks, log lines, notices, the destination's state,
 * in one transaction. On a full disk it waits and tries again, for what was delivered must not be
 * forgotten. Never throws.
 */
export class Settler {
  readonly #options: RunnerOptions
  readonly #signal: AbortSignal

  readonly #onDue: (dueMs: number) => void

  /** @param onDue told of every time at which something is to be tried again */
  constructor(options: RunnerOptions, signal: AbortSignal, onDue: (dueMs: number) => void) {
    this.#options = options
    this.#signal = signal
    this.#onDue = onDue
  }

  /** @returns null when the database did not answer; a while later */
  async lease(args: LeaseArgs): Promise<readonly Lease[] | null> {
    try {
      return await this.#options.rows.lease(args)
    } catch (error) {
      this.#options.report(`mail for ${args.destination} waits: ${messageOf(error)}`)
      await pause(this.#options.clock, this.#signal, AGAIN_MS)
      return null
    }
  }

  async settle({ lease, done, peer, state }: Conclusion): Promise<void> {
    const { clock, render } = this.#options
    const nowMs = clock.nowMs()
    const outcomes = done.map(({ recipient, result }): RecipientOutcome => {
      const phase = result.kind === 'delivered' ? null : result.phase
      const outcome = this.#patient(lease, recipient, outcomeOf(result, nowMs, peer))
      return { recipient, outcome, phase }
    })
    const { notices, alarms } = await this.#notices(lease, outcomes)
    const random = sharedChance(this.#options.random)
    const settled: SettledLease<unknown> = {
      queueId: lease.queueId,
      leasedUntilMs: lease.leasedUntilMs,
      results: outcomes.map((outcome) => this.#resultOf(lease, outcome, random)),
      lines: outcomeEvents(lease, outcomes).map(render).join(''),
      completedLine: render(completedEvent(lease, nowMs)),
      notices,
    }
    await this.#write({ leases: [settled], destination: state })
    for (const text of alarms) this.alarm(text)
  }

  /** Leases that were not tried wait as before. @param nextDueMs  null: they are due */
  async putBack(
    leases: readonly Lease[],
    state: DestinationState | null,
    nextDueMs: number | null = null,
  ): Promise<void> {
    const { clock, render } = this.#options
    const nowMs = clock.nowMs()
    const untried = leases.map(
      (lease): SettledLease<unknown> => ({
        queueId: lease.queueId,
        leasedUntilMs: lease.leasedUntilMs,
        results: lease.recipients.map(({ number }) => ({ number, outcome: null, nextDueMs })),
        lines: '',
        completedLine: render(completedEvent(lease, nowMs)),
        notices: [],
      }),
    )
    await this.#write({ leases: untried, destination: state })
  }

  async loginRefused(destination: DestinationName, text: string): Promise<void> {
    const refused = { atMs: this.#options.clock.nowMs(), text }
    if (await this.#rememberLogin(destination, refused))
      this.alarm(`${relayOf(destination)} refuses our login, and mail for it waits: ${text}`)
  }

  async loginTaken(destination: DestinationName): Promise<void> {
    if (await this.#rememberLogin(destination, null))
      this.alarm(`${relayOf(destination)} takes our login again`)
  }

  /** The relay took our login, and for so long refused all that it was sent, which is one sender's. */
  noMailTaken(destination: DestinationName, from: string | null, ms: number, text: string): void {
    const relay = relayOf(destination)
    const minutes = Math.floor(ms / MINUTE_MS)
    this.alarm(
      `${relay} takes our login, but has taken no mail for ${minutes} min; that of <${from ?? ''}> waits: ${text}`,
    )
  }

  mailTaken(destination: DestinationName): void {
    this.alarm(`${relayOf(destination)} takes mail again`)
  }

  /** For a person: paniclog, and whoever looks after the server. */
  alarm(text: string): void {
    this.#options.journal.record(panicOf(this.#options.clock.nowMs(), text))
    this.#options.report(text)
  }

  async #rememberLogin(
    destination: DestinationName,
    refused: { readonly atMs: number; readonly text: string } | null,
  ): Promise<boolean> {
    try {
      return await this.#options.ways.rememberLogin(destination, refused)
    } catch (error) {
      this.#options.report(`what ${destination} said of our login is not kept: ${messageOf(error)}`)
      return false
    }
  }

  /** A deferral becomes a failure when the recipient has waited too long. */
  #patient(lease: Lease, { address }: LeasedRecipient, outcome: Outcome): Outcome {
    const isLate = outcome.kind === 'deferred' && outcome.atMs >= this.#expiresMs(lease, address)
    return isLate ? expired(outcome) : outcome
  }

  #expiresMs({ arrivedMs, expiresMs, from }: Lease, address: string): number {
    const own = arrivedMs + recipientExpiryMs(this.#options.outgoing(), from, address)
    return Math.min(expiresMs, own)
  }

  #resultOf(
    lease: Lease,
    { recipient, outcome }: RecipientOutcome,
    random: Random,
  ): RecipientResult {
    const { number, address, attempts } = recipient
    if (outcome.kind !== 'deferred') return { number, outcome, nextDueMs: null }
    const { outgoing } = this.#options
    const { retryMs } = settingsFor(outgoing(), recipientDomain(address))
    const delayMs = delayAfter(attempts + 1, retryMs, random)
    const dueMs = dueAfter({ nowMs: outcome.atMs, lastMs: outcome.atMs }, delayMs)
    // The last attempt is when it expires, so that its sender hears of it then.
    return { number, outcome, nextDueMs: Math.min(dueMs, this.#expiresMs(lease, address)) }
  }

  async #notices(lease: Lease, outcomes: readonly RecipientOutcome[]): Promise<PreparedNotices> {
    const told = outcomes.filter(
      ({ recipient, outcome }) => outcome.kind === 'failed' || recipient.notify !== null,
    )
    if (told.length === 0) return NOTHING
    try {
      return await this.#options.notices.prepare(lease, told)
    } catch (error) {
      const alarm = `the sender of ${lease.messageId} is not told what became of it: ${wordsOf(error)}`
      return { notices: [], alarms: [alarm] }
    }
  }

  #announce({ leases, destination }: Settlement<unknown>): void {
    let firstMs = destination?.blockedUntilMs ?? Number.POSITIVE_INFINITY
    for (const { results } of leases)
      for (const { nextDueMs } of results) firstMs = Math.min(firstMs, nextDueMs ?? firstMs)
    if (Number.isFinite(firstMs)) this.#onDue(firstMs)
  }

  async #write(settlement: Settlement<unknown>): Promise<void> {
    for (;;) {
      try {
        const stale = await this.#options.rows.settle(settlement)
        for (const index of stale)
          this.#options.report(
            `an attempt for queued message ${settlement.leases[index]?.queueId} came too late to count`,
          )
        this.#announce(settlement)
        return
      } catch (error) {
        this.#options.report(`what became of mail cannot be kept yet: ${messageOf(error)}`)
        if (this.#signal.aborted) return
        await pause(this.#options.clock, this.#signal, AGAIN_MS)
      }
    }
  }
}

function relayOf(destination: DestinationName): string {
  return destination.replace(/^relay:/, 'the relay ')
}

const NOTHING: PreparedNotices = { notices: [], alarms: [] }
/** How long to wait for room on the disk. */
const AGAIN_MS = 10_000
