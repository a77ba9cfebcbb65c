/** How long something took, each time: for percentiles of late, and for a histogram since the start. */

/** Milliseconds, each zero or more. Of no time at all, all are 0. */
export interface Timings {
  /** How many there were since the start, and how long all together. */
  readonly count: number
  readonly sumMs: number
  /** Of the last ones, at most {@link KEPT}. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** For each of {@link BUCKETS_MS}: how many took no longer, since the start. */
  readonly buckets: readonly number[]
}

/** Upper bounds: from a fast disk to one that is about to die. */
export const BUCKETS_MS = [
  ...([0.5, 1, 2, 5, 10, 25, 50, 100] as const),
  ...([250, 500, 1_000, 2_500, 5_000, 10_000] as const),
] as const

/** How many of late; enough for the 99th percentile to mean something. 4 KiB. */
const KEPT = 512

export class Stopwatch {
  readonly #last = new Float64Array(KEPT)
  readonly #buckets: number[] = BUCKETS_MS.map(() => 0)
  #count = 0
  #sumMs = 0

  /** @param ms  negative, as of a clock that went back, counts as 0 */
  add(ms: number): void {
    const took = Math.max(0, ms)
    this.#last[this.#count % KEPT] = took
    this.#count++
    this.#sumMs += took
    for (let index = BUCKETS_MS.length - 1; index >= 0; index--) {
      if (took > (BUCKETS_MS[index] ?? 0)) break
      this.#buckets[index] = (this.#buckets[index] ?? 0) + 1
    }
  }

  read(): Timings {
    const sorted = this.#last.slice(0, Math.min(this.#count, KEPT)).sort()
    // The smallest that so many percent do not exceed.
    const at = (percent: number) => sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0
    return {
      count: this.#count,
      sumMs: this.#sumMs,
      p50Ms: at(50),
      p99Ms: at(99),
      maxMs: at(100),
      buckets: [...this.#buckets],
    }
  }
}
