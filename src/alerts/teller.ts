/**
 * Tells notices by all ways side by side. One that is slow holds up neither the others nor the looks:
 * it goes on by itself, and what others take meanwhile it is told when it has ended.
 */
import type { Clock } from '../base/clock.ts'
import { type Notice, subjectOf } from './message.ts'
import { Owed } from './owed.ts'
import { tell, type Told } from './tell.ts'
import type { Alert, Telling } from './types.ts'
import type { Way } from './ways/way.ts'

export interface TellerOptions {
  readonly clock: Clock
  /** As they are configured now. */
  readonly ways: () => readonly Way[]
  readonly signal: AbortSignal
  /** For the log. */
  readonly note: (text: string) => void
  /** Of a way: why a notice did not go by it; null: it went. */
  readonly onUsed: (way: string, why: string | null) => void
  /** Whether it is still as it was told, or to be told. */
  readonly isCurrent: (alert: Alert) => boolean
}

export class Teller implements AsyncDisposable {
  readonly #options: TellerOptions
  readonly #owed = new Owed()
  /** Names of ways that are telling something. */
  readonly #busy = new Set<string>()
  readonly #running = new Set<Promise<void>>()
  /** By way that was used: why the last notice did not go by it; null: it went. */
  readonly used = new Map<string, string | null>()

  constructor(options: TellerOptions) {
    this.#options = options
  }

  /** Is there a way that could tell something now? */
  get isFree(): boolean {
    return this.#options.ways().some(({ name }) => !this.#busy.has(name))
  }

  /** Tries a way once, also one that is busy. */
  async test(way: Way, notice: Notice): Promise<Told> {
    return await this.#by(way, notice, [])
  }

  /**
   * Resolves when every way has ended, or a while after the first one took it, or a long while after
   * one did not.
   * @returns whether anybody was told
   */
  async tell(notice: Notice): Promise<boolean> {
    const { clock, ways, note } = this.#options
    const { tellings } = notice
    const all = ways()
    const free = all.filter(({ name }) => !this.#busy.has(name))
    const ended: Told[] = []
    const enough = Promise.withResolvers<void>()
    let isOver = false
    let isLate = false
    let isHopeless = false
    const look = () => {
      const isEnough = (isLate && ended.some(isTaken)) || (isHopeless && ended.length > 0)
      if (isEnough || ended.length === free.length) enough.resolve()
    }
    for (const way of free)
      this.#run(way, async () => {
        const told = await this.#by(way, notice)
        if (isOver) {
          if (isTaken(told)) note(`alert told by ${told.way}: ${subjectOf(notice)}`)
          this.#settle(told, tellings)
        } else ended.push(told)
        look()
      })
    using _patience = clock.after(PATIENCE_MS, () => {
      isLate = true
      look()
    })
    using _hope = clock.after(HOPELESS_MS, () => {
      isHopeless = true
      look()
    })
    look()
    await enough.promise
    isOver = true
    const good = ended.filter(isTaken).map(({ way }) => way)
    if (good.length === 0) return false
    note(`alert told by ${good.join(', ')}: ${subjectOf(notice)}`)
    for (const told of ended) this.#settle(told, tellings)
    for (const way of all) if (!free.includes(way)) this.#owed.owe(way.name, tellings)
    return true
  }

  /** By ways that are free again, what others were told of meanwhile. Does not wait for them. */
  tellOwed(
    due: (owed: Owed, way: string) => readonly Alert[],
    noticeOf: (kind: 'firing' | 'resolved', alerts: readonly Alert[]) => Notice,
  ): void {
    const ways = this.#options.ways()
    this.#owed.keepOnly(new Set(ways.map(({ name }) => name)))
    for (const way of ways) {
      if (this.#busy.has(way.name) || due(this.#owed, way.name).length === 0) continue
      this.#run(way, async () => {
        for (const kind of ['firing', 'resolved'] as const) {
          const alerts = due(this.#owed, way.name).filter(({ state }) => state === kind)
          if (alerts.length === 0) continue
          if (!(await this.#isOwedTold(way, noticeOf(kind, alerts)))) break
        }
      })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running)
  }

  async #isOwedTold(way: Way, notice: Notice): Promise<boolean> {
    const { clock, note } = this.#options
    const told = await this.#by(way, notice, [])
    if (isTaken(told)) {
      this.#owed.paid(way.name, notice.tellings)
      note(`alert told later by ${way.name}: ${subjectOf(notice)}`)
    } else this.#owed.failed(way.name, clock.monotonicMs())
    return isTaken(told)
  }

  /** @param work  never rejects */
  #run({ name }: Way, work: () => Promise<void>): void {
    this.#busy.add(name)
    const done = work().finally(() => {
      this.#busy.delete(name)
      this.#running.delete(done)
    })
    this.#running.add(done)
  }

  /** What it did not take although others did, it is told later. */
  #settle(told: Told, tellings: readonly Telling[]): void {
    const { clock, isCurrent } = this.#options
    if (isTaken(told)) {
      this.#owed.paid(told.way, tellings)
      return
    }
    // What changed meanwhile is told as it is now.
    const open = tellings.filter(({ alert }) => isCurrent(alert))
    this.#owed.add(told.way, open, clock.monotonicMs())
  }

  async #by(way: Way, notice: Notice, pausesMs?: readonly number[]): Promise<Told> {
    const { clock, signal, onUsed } = this.#options
    const told = await tell(way, notice, clock, signal, pausesMs)
    if (!signal.aborted) {
      this.used.set(way.name, told.why)
      onUsed(way.name, told.why)
    }
    return told
  }
}

/** Did anybody get it? */
function isTaken({ why, isPart }: Told): boolean {
  return why === null || isPart
}

/** Longer than a way takes that works. Whoever was told then is not told again because of another. */
const PATIENCE_MS = 20_000
/** Who failed may work again while another way hangs for ever. */
const HOPELESS_MS = 5 * 60_000
