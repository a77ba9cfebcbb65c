import type { Clock } from '../base/clock.ts'
import { HOUR_MS } from '../base/durations.ts'

/** How much each user of this machine has sent this hour. A restart begins a new one. */
export class DropPace {
  readonly #clock: Clock
  readonly #max: () => number
  readonly #hours = new Map<number, { readonly endMs: number; used: number; isFull: boolean }>()

  /** @param max  recipients; 0 is without limit */
  constructor(clock: Clock, max: () => number) {
    this.#clock = clock
    this.#max = max
  }

  /** Must mail of the user wait? */
  isBlocked(userId: number): boolean {
    return this.#hourOf(userId)?.isFull ?? false
  }

  /**
   * A message to more recipients than an hour has goes alone in one.
   * @returns false when it must wait, and all that follows in this hour
   */
  admit(userId: number, recipients: number): boolean {
    const max = this.#max()
    if (max === 0) return true
    const endMs = this.#clock.monotonicMs() + HOUR_MS
    const hour = this.#hourOf(userId) ?? { endMs, used: 0, isFull: false }
    this.#hours.set(userId, hour)
    if (hour.used > 0 && hour.used + recipients > max) hour.isFull = true
    else hour.used += recipients
    return !hour.isFull
  }

  #hourOf(userId: number) {
    const hour = this.#hours.get(userId)
    if (hour !== undefined && hour.endMs > this.#clock.monotonicMs()) return hour
    this.#hours.delete(userId)
    return undefined
  }
}
