import { MINUTE_MS } from '../base/durations.ts'
import type { AccountId } from '../directory/types.ts'
import type { ImapLimits } from '../base/limits.ts'

type UserLimits = Pick<
  ImapLimits,
  'maxConnectionsPerUser' | 'maxConnectionsPerUserAndAddress' | 'maxCommandsPerMinute'
>

/**
 * What each account holds of the server: connections, in all and from one address, and commands a
 * minute. One for all listeners.
 */
export class UserSlots {
  readonly #limits: UserLimits
  readonly #taken = new Map<string, number>()
  /** Commands of the minute that began at `#minute`. */
  readonly #commands = new Map<AccountId, number>()
  #minute = 0

  constructor(limits: UserLimits) {
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

  /** Counts a command. @returns how long it must wait: 0 up to the limit, then enough to keep to it */
  paceMs(account: AccountId, nowMs: number): number {
    if (nowMs - this.#minute >= MINUTE_MS || nowMs < this.#minute) {
      this.#minute = nowMs
      this.#commands.clear()
    }
    const commands = (this.#commands.get(account) ?? 0) + 1
    this.#commands.set(account, commands)
    const { maxCommandsPerMinute } = this.#limits
    return commands <= maxCommandsPerMinute ? 0 : Math.ceil(MINUTE_MS / maxCommandsPerMinute)
  }

  release(account: AccountId, address: string): void {
    for (const key of [`${account}`, `${account} ${address}`]) {
      const left = (this.#taken.get(key) ?? 0) - 1
      if (left > 0) this.#taken.set(key, left)
      else this.#taken.delete(key)
    }
  }
}
