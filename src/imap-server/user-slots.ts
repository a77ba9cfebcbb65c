import type { AccountId } from '../directory/types.ts'
import type { ImapLimits } from '../base/limits.ts'

/** How many connections each account holds, in all and from one address. One for all listeners. */
export class UserSlots {
  readonly #limits: Pick<ImapLimits, 'maxConnectionsPerUser' | 'maxConnectionsPerUserAndAddress'>
  readonly #taken = new Map<string, number>()

  constructor(
    limits: Pick<ImapLimits, 'maxConnectionsPerUser' | 'maxConnectionsPerUserAndAddress'>,
  ) {
    this.#limits = limits
  }

  /** False when the account has too many connections already; then nothing is taken. */
  take(account: AccountId, address: string): boolean {
    const perUser = this.#taken.get(`${account}`) ?? 0
    const perAddress = this.#taken.get(`${account} ${address}`) ?? 0
    if (perUser >= this.#limits.maxConnectionsPerUser) return false
    if (perAddress >= this.#limits.maxConnectionsPerUserAndAddress) return false
    this.#taken.set(`${account}`, perUser + 1)
    this.#taken.set(`${account} ${address}`, perAddress + 1)
    return true
  }

  release(account: AccountId, address: string): void {
    for (const key of [`${account}`, `${account} ${address}`]) {
      const left = (this.#taken.get(key) ?? 0) - 1
      if (left > 0) this.#taken.set(key, left)
      else this.#taken.delete(key)
    }
  }
}
