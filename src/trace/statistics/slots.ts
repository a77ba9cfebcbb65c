import { SLOT_MS, type Slot, type SlotField, type Statistics, slotAt } from './statistics.ts'

/** Counts by quarters of an hour; lines come in order, so the last one is nearly always meant. */
export class Slots {
  readonly #statistics: Statistics
  #number = Number.NaN
  #slot: Slot | undefined

  constructor(statistics: Statistics) {
    this.#statistics = statistics
  }

  add(atMs: number, field: SlotField, by: number): void {
    const number = Math.floor(atMs / SLOT_MS)
    if (number !== this.#number) {
      this.#number = number
      this.#slot = slotAt(this.#statistics, number)
    }
    if (this.#slot !== undefined) this.#slot[field] += by
  }
}
