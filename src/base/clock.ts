/**
 * Time, passed in and never patched, so that a test decides what time it is.
 */
export interface Clock {
  /** Wall time, milliseconds since the epoch. May jump. */
  nowMs(): number
  /** Never goes back; only differences mean anything. Milliseconds. */
  monotonicMs(): number
  /** Calls `run` once, `delayMs` from now, unless the handle is disposed before. */
  after(delayMs: number, run: () => void): Disposable
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}

/** A clock that stands still until {@link advance} moves it; for tests. */
export class ManualClock implements Clock {
  #nowMs: number
  #jumpedMs = 0
  readonly #waiting = new Set<{ dueMs: number; run: () => void }>()

  constructor(startMs: number) {
    this.#nowMs = startMs
  }

  nowMs(): number {
    return this.#nowMs + this.#jumpedMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): Disposable {
    const entry = { dueMs: this.#nowMs + delayMs, run }
    this.#waiting.add(entry)
    return { [Symbol.dispose]: () => void this.#waiting.delete(entry) }
  }

  /** Sets the wall clock: no time goes by. */
  jump(byMs: number): void {
    this.#jumpedMs += byMs
  }

  /** Moves time forward and runs what became due, earliest first. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs
    for (;;) {
      const due = [...this.#waiting].filter((entry) => entry.dueMs <= untilMs)
      const next = due.sort((a, b) => a.dueMs - b.dueMs)[0]
      if (next === undefined) break
      this.#waiting.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.run()
    }
    this.#nowMs = untilMs
  }
}
