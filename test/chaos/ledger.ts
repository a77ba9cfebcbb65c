/**
 * What was sent, and what the server said it has. A message is written to the ledger's file, and the
 * file synced, in the moment its 250 (or OK) is read: from then on the server must have it.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'

export interface Sent {
  /** Message-ID without brackets; never used twice. */
  readonly id: string
  /** Accounts that must have exactly one copy once it is acknowledged. */
  readonly accounts: readonly string[]
  readonly bodyHash: string
  readonly octets: number
  /** What is appended by IMAP is a user's own doing: the main log has no lines for it. */
  readonly logged: boolean
}

export class Ledger implements Disposable {
  readonly sent = new Map<string, Sent>()
  readonly acknowledged = new Set<string>()
  readonly #file: number
  #unsynced = false

  constructor(path: string) {
    this.#file = openSync(path, 'a', 0o600)
  }

  /** To be called before the first octet goes out. */
  attempt(sent: Sent): void {
    this.sent.set(sent.id, sent)
  }

  acknowledge(id: string): void {
    writeSync(this.#file, `${id}\n`)
    this.acknowledged.add(id)
    // One sync for all that were acknowledged in this turn.
    if (this.#unsynced) return
    this.#unsynced = true
    setImmediate(() => this.sync())
  }

  sync(): void {
    if (!this.#unsynced) return
    this.#unsynced = false
    fdatasyncSync(this.#file)
  }

  [Symbol.dispose](): void {
    this.sync()
    closeSync(this.#file)
  }
}
