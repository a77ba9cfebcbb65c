import type { AccountId, Identity, LoginWatch } from '../syntax/sasl/credentials.ts'

interface Standing {
  readonly identity: Identity
  readonly watchers: Set<(why: string) => void>
}

/**
 * The logins that stand: until the account is removed or disabled, or has another password.
 *
 * An account has one {@link Identity} object as long as its logins stand, and whoever proves to be
 * it gets that object. When they end, the object is given up. So a proof that began before the end
 * and is complete after it is known by its object, and is worth nothing.
 */
export class StandingLogins implements LoginWatch {
  readonly #accounts = new Map<AccountId, Standing>()

  /** Asked before the proof begins. */
  identityOf(accountId: AccountId, login: string): Identity {
    const known = this.#accounts.get(accountId)
    if (known !== undefined) return known.identity
    const identity = { accountId, login }
    this.#accounts.set(accountId, { identity, watchers: new Set() })
    return identity
  }

  watchLogin(identity: Identity, ended: (why: string) => void): Disposable | null {
    const standing = this.#accounts.get(identity.accountId)
    if (standing?.identity !== identity) return null
    const { watchers } = standing
    watchers.add(ended)
    return { [Symbol.dispose]: () => void watchers.delete(ended) }
  }

  end(accountId: AccountId, why: string): void {
    const standing = this.#accounts.get(accountId)
    this.#accounts.delete(accountId)
    for (const ended of standing?.watchers ?? []) ended(why)
  }
}
