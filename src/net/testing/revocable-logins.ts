import type { Credentials, Logins } from '../../syntax/sasl/credentials.ts'

export interface RevocableLogins {
  readonly logins: Logins
  /** Ends the right of whoever is logged in. */
  readonly revoke: (why: string) => void
}

/** Everybody's right to a login stands until the test ends it. */
export function revocableLogins(credentials: Credentials): RevocableLogins {
  const watchers = new Set<(why: string) => void>()
  return {
    logins: {
      from: () => credentials,
      watchLogin: (_, ended) => {
        watchers.add(ended)
        return { [Symbol.dispose]: () => void watchers.delete(ended) }
      },
    },
    revoke: (why) => {
      for (const ended of watchers) ended(why)
    },
  }
}
