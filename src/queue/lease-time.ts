import type { Clock } from '../base/clock.ts'

/**
 * The time by which leases have ended. A wall clock that was put forward, or went on while the
 * machine slept, ends none: what is under way would be sent a second time (RELIABILITY I7). As long
 * as there can be leases from before, time goes on from what it was then.
 */
export class LeaseTime {
  readonly #clock: Clock
  /** Of wall time, to the clock that does not jump. */
  #offsetMs: number
  /** When the wall clock was first seen to be ahead; null: it is not. */
  #aheadSinceMs: number | null = null

  constructor(clock: Clock) {
    this.#clock = clock
    this.#offsetMs = clock.nowMs() - clock.monotonicMs()
  }

  /** Asked every now and then: a jump counts from when it is seen. */
  nowMs(): number {
    const wallMs = this.#clock.nowMs()
    const steadyMs = this.#clock.monotonicMs()
    const offsetMs = wallMs - steadyMs
    const isAhead = offsetMs - this.#offsetMs > MAX_DRIFT_MS
    if (isAhead) {
      this.#aheadSinceMs ??= steadyMs
      if (steadyMs - this.#aheadSinceMs < LONGEST_LEASE_MS) return steadyMs + this.#offsetMs
    }
    this.#aheadSinceMs = null
    this.#offsetMs = offsetMs
    return wallMs
  }
}

/** So much two clocks drift apart between two looks. */
const MAX_DRIFT_MS = 60_000
/** RELIABILITY I5. */
const LONGEST_LEASE_MS = 40 * 60_000
