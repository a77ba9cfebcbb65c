/**
 * The alerts of a running server: looks, keeps what it found, for ever; tells beside that, so that who
 * is slow to hear of it keeps nobody from looking.
 *
 * What is being told is written down before it is told, and marked in the commit after: a crash in
 * between makes it be told once more, with a sentence that says so, and never a third time.
 */
import type { Clock } from '../base/clock.ts'
import { messageOf, wordsOf } from '../base/faults.ts'
import type { AlertsConfig } from '../config/alerts.ts'
import type { Database } from '../db/database.ts'
import type { Steps } from '../db/statement.ts'
import type { Finding } from '../doctor/types.ts'
import type { OwnEvent } from '../journal/event.ts'
import type { Zone } from '../journal/zone.ts'
import { changesSince } from './daily.ts'
import { afterTelling, difference, evaluate, type Evaluation, toTell } from './engine.ts'
import type { Facts } from './facts.ts'
import type { InMind } from './gather.ts'
import { LoginMemory, SentMemory } from './memory.ts'
import type { Notice } from './message.ts'
import { backOffMs } from './owed.ts'
import { isQuiet, lastTimeOf } from './quiet.ts'
import {
  type Memory,
  NO_MEMORY,
  readAlerts,
  readMemory,
  readSnoozes,
  readUnderway,
  saveAlerts,
  type Underway,
} from './rows.ts'
import { evaluationOfBlind, evaluationOfFacts, evaluationOfFindings, ruleOf } from './rules.ts'
import { NETWORK_RULES, wellDnsIn } from './rules/network.ts'
import { tell, type Told } from './tell.ts'
import { Teller } from './teller.ts'
import { type Alert, keyOf, type Snooze, type Telling } from './types.ts'
import { urlOf } from './ways/secret-file.ts'
import type { Way } from './ways/way.ts'

export interface WatchOptions {
  readonly database: Database
  readonly clock: Clock
  readonly zone: Zone
  /** Read at each time. */
  readonly config: () => AlertsConfig
  readonly hostName: () => string
  /** As a notice has it. */
  readonly sameServer: string
  /** As they are configured now. */
  readonly ways: () => readonly Way[]
  readonly gather: (inMind: InMind, signal: AbortSignal) => Promise<Facts>
  /** Runs the checks of the doctor that ask the network. */
  readonly examine: (signal: AbortSignal) => Promise<readonly Finding[]>
  /** Asks the URL of who waits for us. @throws Error why it did not answer */
  readonly ping: (url: string, signal: AbortSignal) => Promise<void>
  readonly isAccount: (login: string) => boolean
  /** For the log. */
  readonly note: (text: string) => void
  /** For whoever looks after the server. */
  readonly report: (text: string) => void
}

export class Watch implements AsyncDisposable {
  readonly #options: WatchOptions
  readonly #stop = new AbortController()
  readonly #sent: SentMemory
  readonly #logins: LoginMemory
  readonly #teller: Teller
  readonly #timers = new Map<'look' | 'network' | 'ping', Disposable>()
  readonly #underway = new Set<Promise<void>>()
  #alerts: readonly Alert[]
  /** As the database has them. */
  #saved: readonly Alert[]
  /** What the last run was telling when it ended. */
  #interrupted: readonly Underway[]
  #memory: Memory
  #savedMemory: Memory
  #findings: readonly Finding[] | null = null
  /** The last write, after which the next one comes. */
  #saving: Promise<void> = Promise.resolve()
  #isTelling = false
  #failures = 0
  #tellAgainMs = 0
  /** The last look that came to its end; at first, the start. */
  #lookedMs: number
  #askedMs = Number.NEGATIVE_INFINITY
  readonly #troubles = new Set<string>()

  constructor(options: WatchOptions) {
    const { isAccount, clock } = options
    this.#options = options
    this.#alerts = this.#kept(readAlerts(), [])
    this.#saved = this.#alerts
    this.#interrupted = this.#kept(readUnderway(), [])
    this.#memory = this.#kept(readMemory(), NO_MEMORY)
    this.#savedMemory = this.#memory
    this.#sent = new SentMemory(this.#memory)
    this.#logins = new LoginMemory(isAccount)
    this.#lookedMs = clock.monotonicMs()
    this.#teller = new Teller({
      ...{ clock, ways: options.ways, note: options.note, signal: this.#stop.signal },
      onUsed: (way, why) => this.#onUsed(way, why),
      isCurrent: (alert) =>
        this.#alerts.some((one) => keyOf(one) === keyOf(alert) && one.state === alert.state),
    })
  }

  start(): void {
    this.#after('look', this.#options.config().everyMs)
    this.#after('network', Math.min(FIRST_NETWORK_MS, this.#options.config().networkEveryMs))
    this.#after('ping', 0)
  }

  /** Hears everything that is logged. */
  readonly hear = (event: OwnEvent): void => {
    this.#sent.hear(event)
    this.#logins.hear(event)
  }

  /** As they are now, `seen` ones too. */
  get alerts(): readonly Alert[] {
    return this.#alerts
  }

  get wayNames(): readonly string[] {
    return this.#options.ways().map(({ name }) => name)
  }

  /** Tries the way of this name once, or every one. */
  async test(wayName?: string): Promise<readonly Told[]> {
    const notice = this.#notice('test', [])
    const ways = this.#options.ways().filter(({ name }) => (wayName ?? name) === name)
    return await Promise.all(ways.map((way) => this.#teller.test(way, notice)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    for (const timer of this.#timers.values()) timer[Symbol.dispose]()
    await Promise.all(this.#underway)
    await this.#teller[Symbol.asyncDispose]()
  }

  /** A database that cannot be read keeps nobody from looking, and no server from its start. */
  #kept<T>(steps: Steps<T>, none: T): T {
    try {
      return this.#options.database.read(steps)
    } catch (error) {
      this.#trouble('kept', `what alerts found before cannot be read: ${messageOf(error)}`)
      return none
    }
  }

  #after(what: 'look' | 'network' | 'ping', ms: number): void {
    const run = { look: this.#look, network: this.#askNetwork, ping: this.#ping }[what]
    const timer = this.#options.clock.after(ms, () => {
      const done = run().finally(() => this.#underway.delete(done))
      this.#underway.add(done)
    })
    this.#timers.set(what, timer)
  }

  readonly #look = async (): Promise<void> => {
    const { config, clock } = this.#options
    const settings = config()
    try {
      if (settings.enabled) await this.#lookOnce(settings)
      this.#lookedMs = clock.monotonicMs()
      this.#troubles.delete('look')
    } catch (error) {
      this.#trouble('look', `alerts cannot be looked for: ${messageOf(error)}`)
      await this.#tellBlind(settings, messageOf(error))
    }
    if (!this.#stop.signal.aborted) this.#after('look', settings.everyMs)
  }

  async #lookOnce(settings: AlertsConfig): Promise<void> {
    const { gather, clock, ways } = this.#options
    const { signal } = this.#stop
    const inMind = {
      nowMs: clock.nowMs(),
      memory: this.#sent.sent,
      failedLogins: this.#logins.lastHour(clock.nowMs()),
      ways: {
        configured: new Set(ways().map(({ name }) => name)),
        used: new Map(this.#teller.used),
      },
    }
    const facts = await gather(inMind, signal)
    if (signal.aborted) return
    const evaluations = [evaluationOfFacts(facts, settings.limits), ...this.#networkEvaluation()]
    let alerts = this.#alerts
    for (const evaluation of evaluations) alerts = evaluate(alerts, evaluation)
    await this.#save(alerts)
    this.#tellBeside(settings)
  }

  /** What is due when it still tells is told after the next look. */
  #tellBeside(settings: AlertsConfig): void {
    if (this.#isTelling || this.#stop.signal.aborted) return
    this.#isTelling = true
    const done = this.#tellAll(settings).finally(() => {
      this.#isTelling = false
      this.#underway.delete(done)
    })
    this.#underway.add(done)
  }

  async #tellAll(settings: AlertsConfig): Promise<void> {
    try {
      await this.#tellAlerts(settings)
      this.#tellOwed(settings)
      await this.#tellDaily(settings)
      this.#troubles.delete('tell')
    } catch (error) {
      this.#trouble('tell', `alerts cannot be told: ${messageOf(error)}`)
    }
  }

  /** Who relies on alerts has to hear that nothing is looked at. */
  async #tellBlind(settings: AlertsConfig, why: string): Promise<void> {
    if (this.#stop.signal.aborted) return
    try {
      const evaluation = evaluationOfBlind(why, this.#options.clock.nowMs())
      await this.#save(evaluate(this.#alerts, evaluation))
      this.#tellBeside(settings)
    } catch (error) {
      this.#trouble('blind', `nobody is told that alerts are not looked for: ${messageOf(error)}`)
    }
  }

  /** What the checks found since the last look, if they have run. */
  #networkEvaluation(): readonly Evaluation[] {
    const findings = this.#findings
    if (findings === null) return []
    this.#findings = null
    const { config, clock } = this.#options
    const wellDns = new Set(this.#memory.wellDns)
    const evaluation = evaluationOfFindings(findings, config().limits, { wellDns }, clock.nowMs())
    const well = [...wellDns.union(new Set(wellDnsIn(findings)))].sort().slice(0, MOST_WELL)
    if (well.length !== wellDns.size) this.#memory = { ...this.#memory, wellDns: well }
    return [evaluation]
  }

  /** What cannot be written now, on a full disk, is told all the same, and written later. */
  async #save(alerts: readonly Alert[], underway?: readonly Underway[]): Promise<void> {
    this.#alerts = alerts
    this.#saving = this.#saving.then(async () => await this.#write(underway))
    await this.#saving
  }

  /** All that is not written yet. Never rejects. */
  async #write(underway?: readonly Underway[]): Promise<void> {
    const { database, clock } = this.#options
    const alerts = this.#alerts
    const { changed, gone } = difference(this.#saved, alerts)
    const isRemembered = this.#sent.isWorthSaving || this.#memory !== this.#savedMemory
    if (changed.length + gone.length === 0 && !isRemembered && underway === undefined) return
    const before = this.#memory
    try {
      await database.write(saveAlerts, {
        ...{ atMs: clock.nowMs(), changed, gone },
        ...(isRemembered ? { memory: { ...before, ...this.#sent.sent } } : {}),
        ...(underway === undefined ? {} : { underway }),
      })
      this.#saved = alerts
      this.#savedMemory = before
      if (isRemembered) this.#sent.saved()
      this.#troubles.delete('save')
    } catch (error) {
      this.#trouble('save', `what alerts found is not kept: ${wordsOf(error)}`)
    }
  }

  async #tellAlerts(settings: AlertsConfig): Promise<void> {
    const { clock } = this.#options
    if (!this.#teller.isFree || clock.monotonicMs() < this.#tellAgainMs) return
    const due = toTell(this.#alerts, this.#withheldBy(settings), clock.nowMs())
    const before = new Map(this.#interrupted.map((one) => [`${keyOf(one)} ${one.state}`, one]))
    this.#interrupted = []
    const timesOf = (alert: Alert) => before.get(`${keyOf(alert)} ${alert.state}`)?.times ?? 0
    const enough = due.filter((alert) => timesOf(alert) >= MOST_TIMES)
    const now = due.filter((alert) => timesOf(alert) < MOST_TIMES)
    if (due.length === 0) return
    const underway = now.map((alert) => ({
      ...{ rule: alert.rule, subject: alert.subject, state: alert.state },
      times: timesOf(alert) + 1,
    }))
    await this.#save(afterTelling(this.#alerts, enough, clock.nowMs()), underway)
    const told: Alert[] = []
    for (const kind of ['firing', 'resolved'] as const) {
      const tellings = urgentFirst(now.filter(({ state }) => state === kind)).map(
        (alert): Telling => ({ alert, isAgain: timesOf(alert) > 0 }),
      )
      if (tellings.length > 0 && (await this.#teller.tell(this.#notice(kind, tellings))))
        told.push(...tellings.map(({ alert }) => alert))
    }
    const isAll = told.length === now.length
    this.#failures = isAll ? 0 : this.#failures + 1
    this.#tellAgainMs = isAll ? 0 : clock.monotonicMs() + backOffMs(this.#failures)
    // A stop in between leaves what is under way as it is: it may have been told.
    const rest = this.#stop.signal.aborted
      ? underway.filter((one) => !told.some((alert) => keyOf(alert) === keyOf(one)))
      : []
    await this.#save(afterTelling(this.#alerts, told, clock.nowMs()), rest)
  }

  /** By a way that works again, or is free again, what others were told of meanwhile. */
  #tellOwed(settings: AlertsConfig): void {
    const { clock } = this.#options
    this.#teller.tellOwed(
      (owed, way) => owed.due(way, this.#alerts, this.#withheldBy(settings), clock.monotonicMs()),
      (kind, alerts) =>
        this.#notice(
          kind,
          urgentFirst(alerts).map((alert) => ({ alert, isAgain: false })),
        ),
    )
  }

  #onUsed(way: string, why: string | null): void {
    if (why === null) this.#troubles.delete(way)
    else this.#trouble(way, `alerts do not get through by ${way}: ${why}`)
  }

  #notice(kind: Notice['kind'], tellings: readonly Telling[]): Notice {
    const { hostName, clock, sameServer } = this.#options
    return { kind, hostName: hostName(), nowMs: clock.nowMs(), sameServer, tellings }
  }

  #withheldBy(settings: AlertsConfig): (alert: Alert) => boolean {
    const { clock, zone } = this.#options
    const nowMs = clock.nowMs()
    const snoozes = this.#snoozes(nowMs)
    const quiet = isQuiet(settings.quietHours, nowMs, zone)
    return (alert) =>
      isSnoozed(alert, snoozes) || (quiet && (settings.quietUrgent || !isUrgent(alert)))
  }

  /** A database that cannot be read holds nothing back. */
  #snoozes(nowMs: number): readonly Snooze[] {
    try {
      return this.#options.database.read(readSnoozes(nowMs))
    } catch (error) {
      this.#trouble('snoozes', `what is snoozed cannot be read: ${messageOf(error)}`)
      return []
    }
  }

  async #tellDaily({ dailyAt }: AlertsConfig): Promise<void> {
    const { clock, zone, ways } = this.#options
    const dueMs = lastTimeOf(dailyAt, clock.nowMs(), zone)
    const { dailyMs } = this.#memory
    // A clock that was ahead would keep it from coming until then.
    const sinceMs = dailyMs !== null && dailyMs > clock.nowMs() ? null : dailyMs
    if (dueMs === null || dueMs <= (sinceMs ?? 0)) return
    // Written first: rather none than two.
    this.#memory = { ...this.#memory, dailyMs: dueMs }
    await this.#save(this.#alerts)
    const snoozes = this.#snoozes(clock.nowMs())
    const open = this.#alerts.filter((alert) => !isSnoozed(alert, snoozes))
    const tellings = sinceMs === null ? [] : changesSince(open, sinceMs)
    if (tellings.length === 0) return
    const mail = ways().filter(({ isOwnQueue }) => isOwnQueue)
    const { signal } = this.#stop
    const notice = this.#notice('daily', tellings)
    const told = await Promise.all(mail.map((way) => tell(way, notice, clock, signal)))
    for (const { why } of told)
      if (why !== null) this.#options.report(`the daily mail was not sent: ${why}`)
  }

  /** What was seen once is looked at again soon. */
  readonly #askNetwork = async (): Promise<void> => {
    const { config, examine, clock } = this.#options
    const { signal } = this.#stop
    const { enabled, networkEveryMs } = config()
    const isDue = clock.monotonicMs() - this.#askedMs >= networkEveryMs
    try {
      if (enabled && (isDue || this.#isNetworkOpen())) {
        this.#askedMs = clock.monotonicMs()
        this.#findings = await examine(signal)
      }
      this.#troubles.delete('network')
    } catch (error) {
      this.#trouble('network', `the checks of the network failed: ${messageOf(error)}`)
    }
    if (!signal.aborted) this.#after('network', Math.min(networkEveryMs, CONFIRM_NETWORK_MS))
  }

  /** Was something seen, or seen well, only once? */
  #isNetworkOpen(): boolean {
    return this.#alerts.some(
      ({ rule, state, goodLooks }) =>
        NETWORK_RULES.some(({ name }) => name === rule) && (state === 'seen' || goodLooks > 0),
    )
  }

  readonly #ping = async (): Promise<void> => {
    const { config, ping } = this.#options
    const { pingUrl: url, pingUrlFile: urlFile, pingEveryMs } = config()
    const { signal } = this.#stop
    try {
      const isWanted = url !== null || urlFile !== null
      if (isWanted && this.#isWell()) await ping(urlOf({ url, urlFile }), signal)
      this.#troubles.delete('ping')
    } catch (error) {
      this.#trouble('ping', `who waits for our ping does not answer: ${messageOf(error)}`)
    }
    if (!signal.aborted) this.#after('ping', pingEveryMs)
  }

  /** It looks, and finds nothing urgent. */
  #isWell(): boolean {
    const { config, clock } = this.#options
    const { enabled, everyMs } = config()
    const isLooking = clock.monotonicMs() - this.#lookedMs < 5 * everyMs + LATE_MS
    const urgent = this.#alerts.some((alert) => alert.state === 'firing' && isUrgent(alert))
    return !urgent && (!enabled || isLooking)
  }

  /** Said once, until it was well. */
  #trouble(what: string, text: string): void {
    if (this.#stop.signal.aborted || this.#troubles.has(what)) return
    this.#troubles.add(what)
    this.#options.report(text)
  }
}

function isSnoozed({ rule, subject }: Alert, snoozes: readonly Snooze[]): boolean {
  return snoozes.some(
    (snooze) => snooze.rule === rule && (snooze.subject === '' || snooze.subject === subject),
  )
}

/** The first one is in the title. */
function urgentFirst(alerts: readonly Alert[]): readonly Alert[] {
  return alerts.toSorted((a, b) => Number(isUrgent(b)) - Number(isUrgent(a)))
}

function isUrgent({ rule, said }: Alert): boolean {
  return ruleOf(rule).isUrgent && said.verdict === 'failing'
}

/** How often one thing is told at most, whatever crashes in between. */
const MOST_TIMES = 2
const FIRST_NETWORK_MS = 2 * 60_000
const CONFIRM_NETWORK_MS = 10 * 60_000
/** A look that waits for others of the server takes so long at most. */
const LATE_MS = 5 * 60_000
const MOST_WELL = 5000
