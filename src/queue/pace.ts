/**
 * How many connections a destination gets, and how fast messages follow each other there. Values
 * and rules; who connects asks here first.
 */

/**
 * Connections at once to one destination: few at first, one more for each message that goes
 * through, half of them when the host fails; never more than the host was seen to take.
 */
export class Window {
  #first: number
  #max: number
  #size: number
  /** What the host was seen to refuse more than; grows again with successes. */
  #ceiling: number
  #successes = 0

  constructor(first: number, max: number) {
    this.#first = Math.max(1, Math.min(first, max))
    this.#max = Math.max(1, max)
    this.#size = this.#first
    this.#ceiling = this.#max
  }

  get size(): number {
    return this.#size
  }

  /** Other settings count from here on; what was seen of the host still does. */
  limit(first: number, max: number): void {
    const most = Math.max(1, max)
    this.#ceiling = this.#ceiling === this.#max ? most : Math.min(this.#ceiling, most)
    this.#max = most
    this.#first = Math.max(1, Math.min(first, most))
    this.#size = Math.min(this.#size, this.#ceiling)
  }

  succeeded(): void {
    if (this.#ceiling < this.#max && ++this.#successes % SUCCESSES_TO_RISE === 0) this.#ceiling++
    this.#size = Math.min(this.#size + 1, this.#ceiling)
  }

  failed(): void {
    this.#size = Math.max(1, Math.floor(this.#size / 2))
  }

  /** The host works, but takes no more connections than these. */
  refusedMore(than: number): void {
    this.#ceiling = Math.max(1, than)
    this.#size = Math.min(this.#size, this.#ceiling)
    this.#successes = 0
  }

  /** One connection, to see whether the host answers again. */
  probe(): void {
    this.#size = 1
  }

  /** It does. */
  restart(): void {
    this.#size = Math.max(this.#size, Math.min(this.#first, this.#ceiling))
  }
}

/** Messages that must go through before a host that refused a further connection is asked for it again. */
const SUCCESSES_TO_RISE = 50

/** Messages to one destination, evenly spaced. Times are of a clock that never goes back. */
export class Pace {
  #intervalMs: number
  #nextMs = Number.NEGATIVE_INFINITY

  /** @param perMinute 0 is without limit */
  constructor(perMinute: number) {
    this.#intervalMs = intervalOf(perMinute)
  }

  /** Another rate counts from here on. */
  limit(perMinute: number): void {
    const intervalMs = intervalOf(perMinute)
    this.#nextMs += intervalMs - this.#intervalMs
    this.#intervalMs = intervalMs
  }

  /** Takes the next place. @returns how long to wait for it, milliseconds */
  take(nowMs: number): number {
    if (this.#intervalMs === 0) return 0
    const atMs = Math.max(nowMs, this.#nextMs)
    this.#nextMs = atMs + this.#intervalMs
    return atMs - nowMs
  }

  /** How many messages go in this time; at least one. */
  messagesIn(ms: number): number {
    if (this.#intervalMs === 0) return Number.POSITIVE_INFINITY
    return Math.max(1, Math.floor(ms / this.#intervalMs))
  }

  /** True when forgetting it changes nothing. */
  isIdle(nowMs: number): boolean {
    return this.#nextMs <= nowMs
  }
}

function intervalOf(perMinute: number): number {
  return perMinute === 0 ? 0 : 60_000 / perMinute
}
