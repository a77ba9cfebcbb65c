import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

import type { Clock } from '../base/clock.ts'
import type { AccountRow } from './entries.ts'

const KEEP_MS = 60 * 60_000
const MAX_ENTRIES = 2000

interface Entry {
  readonly digest: Buffer
  /** The stored hash the password was checked against: a new password makes the entry stale. */
  readonly hash: string
  readonly untilMs: number
}

/**
 * Remembers that a password was right, so that the many connections of a mail client cost one
 * scrypt. Only correct passwords are remembered, as an HMAC under a key that lives in this process.
 */
export class LoginCache {
  readonly #key = randomBytes(32)
  readonly #entries = new Map<number, Entry>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  knows(account: AccountRow, password: string): boolean {
    const entry = this.#entries.get(account.id)
    if (entry === undefined) return false
    if (entry.hash !== account.password || entry.untilMs < this.#clock.monotonicMs()) {
      this.#entries.delete(account.id)
      return false
    }
    return timingSafeEqual(entry.digest, this.#digest(password))
  }

  remember(account: AccountRow, password: string): void {
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear()
    this.#entries.set(account.id, {
      digest: this.#digest(password),
      hash: account.password,
      untilMs: this.#clock.monotonicMs() + KEEP_MS,
    })
  }

  #digest(password: string): Buffer {
    return createHmac('sha256', this.#key).update(password.normalize('NFC')).digest()
  }
}
