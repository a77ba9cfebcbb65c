import type { QueueId } from '../queue/types.ts'

/** What is to be done to messages when their attempts have ended. */
export class Wishes {
  readonly #wishes = new Map<QueueId, () => Promise<unknown>>()

  /** The last wish counts. It may fail: then the message stays held. */
  set(queueId: QueueId, ended: Promise<unknown>, act: () => Promise<unknown>): void {
    this.#wishes.set(queueId, act)
    const fulfil = async () => {
      await ended
      if (this.#wishes.get(queueId) !== act) return
      this.#wishes.delete(queueId)
      await act()
    }
    fulfil().catch(() => undefined)
  }

  /** Somebody thought better of it. */
  forget(queueIds: Iterable<QueueId>): void {
    for (const id of queueIds) this.#wishes.delete(id)
  }
}
