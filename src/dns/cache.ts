import type { Clock } from '../base/clock.ts'

/** Answers, as long as their TTL lets us keep them, within a bound of memory. */
export class AnswerCache<T> {
  readonly #clock: Clock
  readonly #maxOctets: number
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry<T>>()
  #octets = 0

  constructor(clock: Clock, maxOctets: number) {
    this.#clock = clock
    this.#maxOctets = maxOctets
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#remove(key, entry)
    if (entry.untilMs <= this.#clock.monotonicMs()) return undefined
    this.#add(key, entry)
    return entry.value
  }

  /** @param octets about how much memory the value takes */
  set(key: string, value: T, { ttlMs, octets }: { ttlMs: number; octets: number }): void {
    const old = this.#entries.get(key)
    if (old !== undefined) this.#remove(key, old)
    if (ttlMs <= 0) return
    this.#add(key, { value, octets, untilMs: this.#clock.monotonicMs() + ttlMs })
    for (const [oldest, entry] of this.#entries) {
      if (this.#octets <= this.#maxOctets) return
      this.#remove(oldest, entry)
    }
  }

  #add(key: string, entry: Entry<T>): void {
    this.#entries.set(key, entry)
    this.#octets += entry.octets
  }

  #remove(key: string, entry: Entry<T>): void {
    this.#entries.delete(key)
    this.#octets -= entry.octets
  }
}

interface Entry<T> {
  readonly value: T
  readonly octets: number
  readonly untilMs: number
}
