import { NO_SLOT, SLOT_MS, type Slot, type Statistics, slotAt } from './statistics.ts'

/** Finds quarters of an hour; lines come in order, so the last one is nearly always meant. */
export class Slots {
  readonly #statistics: Statistics
  #fromMs = Number.NaN
  #slot: Slot = { ...NO_SLOT }

  constructor(statistics: Statistics) {
    this.#statistics = statistics
  }

  /** To be counted in at once; when there are too many, one that nobody looks at. */
  at(atMs: number): Slot {
    if (atMs >= this.#fromMs && atMs < this.#fromMs + SLOT_MS) return this.#slot
    const number = Math.floor(atMs / SLOT_MS)
    this.#fromMs = number * SLOT_MS
    this.#slot = slotAt(this.#statistics, number) ?? { ...NO_SLOT }
    return this.#slot
  }
}
