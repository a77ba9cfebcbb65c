/**
 * Feeds systemd's watchdog while the server is well. Who is not fed is killed and started anew, which
 * helps against what hangs: accepted mail is on stable storage, and nothing else is lost.
 *
 *   the event loop stands still   this timer stands still with it
 *   it crawls                     its delay says so
 *   the store failed, or its      the database says so; or writes wait, and from one look to the
 *   thread hangs                  next none was committed
 */
import type { Clock } from '../../base/clock.ts'
import type { Vitals } from '../../server.ts'
import type { Notify } from './notify.ts'

export interface WatchdogOptions {
  readonly clock: Clock
  /** So long systemd waits: it is fed three times within it. */
  readonly patienceMs: number
  readonly vitals: Vitals
  readonly notify: Pick<Notify, 'watchdog' | 'status'>
  /** For the log: a sentence, when it is fed no more, and when it is again. */
  readonly report: (text: string) => void
}

/** The first time at once. */
export class Watchdog implements Disposable {
  readonly #options: WatchdogOptions
  #next: Disposable | null = null
  /** How many commits there were when writes were seen to wait; null: none waited. */
  #waitedAt: number | null = null
  #trouble: string | null = null

  constructor(options: WatchdogOptions) {
    this.#options = options
    this.#look()
  }

  [Symbol.dispose](): void {
    this.#next?.[Symbol.dispose]()
  }

  #look(): void {
    const { clock, patienceMs, vitals, notify, report } = this.#options
    this.#next = clock.after(patienceMs / FEEDS, () => this.#look())
    const trouble = this.#troubleOf(vitals)
    if (trouble === null) {
      if (this.#trouble !== null) report('the server is well again: the watchdog is fed')
      notify.watchdog(statusOf(vitals))
    } else if (trouble !== this.#trouble) {
      report(`the watchdog is not fed: ${trouble}`)
      notify.status(`not well: ${trouble}`)
    }
    this.#trouble = trouble
  }

  #troubleOf({ database, loop }: Vitals): string | null {
    const { waiting, failure } = database
    const { count } = database.commits
    const waitedAt = this.#waitedAt
    this.#waitedAt = waiting > 0 ? count : null
    if (failure !== null) return 'the store failed and takes nothing more until a restart'
    if (waiting > 0 && waitedAt === count) return 'writes wait, and none reaches the disk'
    return loop.delay.p99Ms > MOST_DELAY_MS ? 'the event loop is seconds late, all the time' : null
  }
}

/** Figures of the moment, for `systemctl status`. */
function statusOf({ database, loop }: Vitals): string {
  const { p99Ms } = loop.delay
  return `serving mail; event loop ${Math.round(p99Ms)} ms late, ${database.waiting} writes waiting`
}

const FEEDS = 3
/** A client waits for minutes; a server that answers so late to everything does so for a reason. */
const MOST_DELAY_MS = 5_000
