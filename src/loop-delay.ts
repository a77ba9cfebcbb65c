/** How late the event loop is: what waits for it in this process waits at least as long. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

import type { Clock } from './base/clock.ts'

export interface LoopDelay {
  /** 99 of 100 waits were no longer, of the last minute or two; milliseconds. */
  readonly p99Ms: number
  readonly maxMs: number
}

/** Measures 20 times a second, which costs nothing to speak of, until it is disposed. */
export class LoopWatch implements Disposable {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  readonly #clock: Clock
  #before: LoopDelay = { p99Ms: 0, maxMs: 0 }
  #next: Disposable

  constructor(clock: Clock) {
    this.#clock = clock
    this.#histogram.enable()
    this.#next = this.#turn()
  }

  /** The worse of the minute that goes on and the one before it. */
  get delay(): LoopDelay {
    const now = this.#now()
    const { p99Ms, maxMs } = this.#before
    return { p99Ms: Math.max(p99Ms, now.p99Ms), maxMs: Math.max(maxMs, now.maxMs) }
  }

  [Symbol.dispose](): void {
    this.#next[Symbol.dispose]()
    this.#histogram.disable()
  }

  #turn(): Disposable {
    return this.#clock.after(TURN_MS, () => {
      this.#before = this.#now()
      this.#histogram.reset()
      this.#next = this.#turn()
    })
  }

  /** Node counts from one look to the next: what is more than the pause between them is delay. */
  #now(): LoopDelay {
    const { count, max } = this.#histogram
    if (count === 0) return { p99Ms: 0, maxMs: 0 }
    const delay = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)
    return { p99Ms: delay(this.#histogram.percentile(99)), maxMs: delay(max) }
  }
}

const RESOLUTION_MS = 50
const TURN_MS = 60_000
