import type { MailboxId } from './types.ts'

/** Who wants to know that a mailbox changed. Announcements of one turn of the event loop are one. */
export class Watchers {
  readonly #callbacks = new Map<MailboxId, Set<() => void>>()
  #announced = new Set<MailboxId>()

  add(mailbox: MailboxId, changed: () => void): Disposable {
    const callbacks = this.#callbacks.get(mailbox) ?? new Set()
    this.#callbacks.set(mailbox, callbacks)
    // Wrapped, so that the same function may watch twice.
    const entry = () => changed()
    callbacks.add(entry)
    return {
      [Symbol.dispose]: () => {
        callbacks.delete(entry)
        if (callbacks.size === 0 && this.#callbacks.get(mailbox) === callbacks)
          this.#callbacks.delete(mailbox)
      },
    }
  }

  /** Called after commit, never before. */
  announce(mailboxes: readonly MailboxId[]): void {
    for (const mailbox of mailboxes) {
      if (!this.#callbacks.has(mailbox)) continue
      if (this.#announced.size === 0) setImmediate(() => this.#tell())
      this.#announced.add(mailbox)
    }
  }

  /** Something happened to many mailboxes at once, as when an account is removed. */
  announceAll(): void {
    this.announce([...this.#callbacks.keys()])
  }

  #tell(): void {
    const announced = this.#announced
    this.#announced = new Set()
    for (const mailbox of announced)
      for (const callback of this.#callbacks.get(mailbox) ?? []) callback()
  }
}
