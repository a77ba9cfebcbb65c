import { SLOT_MS, type Slot, type SlotField, type Statistics, slotAt } from './statistics.ts'

/** Counts by quarters of an hour; lines come in order, so the last one is nearly always meant. */
export class Slots {
  readonly #statistics: Statistics
  #number = Number.NaN
  #slot: Slot | undefined

  constructor(statistics: Statistics) {
    this.#statistics = statistics
  }

  add(atMs: number, field: Exclude<SlotField, 'longestConnectionMs'>, by: number): void {
    const slot = this.#at(atMs)
    if (slot !== undefined) slot[field] += by
  }

  /** Keeps the longest connection. */
  raiseLongest(atMs: number, toMs: number): void {
    const slot = this.#at(atMs)
    if (slot !== undefined && toMs > slot.longestConnectionMs) slot.longestConnectionMs = toMs
  }

  /** Undefined when there are too many. */
  #at(atMs: number): Slot | undefined {
    const number = Math.floor(atMs / SLOT_MS)
    if (number !== this.#number) {
      this.#number = number
      this.#slot = slotAt(this.#statistics, number)
    }
    return this.#slot
  }
}
