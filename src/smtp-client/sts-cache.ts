/** The policies of other domains in the database (table sts_policy). */
import { change, defineWrite, one, type Steps } from '../db/statement.ts'

export interface KeptPolicy {
  readonly domain: string
  /** The id in the domain's TXT record when it was fetched. */
  readonly policyId: string
  /** As it was served. */
  readonly policy: string
  readonly fetchedMs: number
  readonly expiresMs: number
}

/** The policy of a domain, expired or not. */
export function* keptPolicy(domain: string): Steps<KeptPolicy | undefined> {
  return yield* one<KeptPolicy>(
    `SELECT domain, policy_id AS policyId, policy, fetched_ms AS fetchedMs, expires_ms AS expiresMs
     FROM sts_policy WHERE domain = ?`,
    domain,
  )
}

/**
 * Keeps a policy instead of the one before, and forgets what has expired. When there are too many,
 * those go that were not fetched for the longest time: one that is used is fetched anew every day.
 */
export const keepStsPolicy = defineWrite(
  'keepStsPolicy',
  function* ({ domain, policyId, policy, fetchedMs, expiresMs }: KeptPolicy): Steps<void> {
    yield* change('DELETE FROM sts_policy WHERE expires_ms <= ?', fetchedMs)
    const others = yield* one<{ count: number }>(
      'SELECT count(*) AS count FROM sts_policy WHERE domain <> ?',
      domain,
    )
    if (others !== undefined && others.count >= MAX_POLICIES) yield* forgetOldest()
    yield* change(
      `INSERT INTO sts_policy (domain, policy_id, policy, fetched_ms, expires_ms)
       VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (domain) DO UPDATE SET policy_id = excluded.policy_id, policy = excluded.policy,
         fetched_ms = excluded.fetched_ms, expires_ms = excluded.expires_ms`,
      ...[domain, policyId, policy, fetchedMs, expiresMs],
    )
  },
)

function* forgetOldest(): Steps<void> {
  yield* change(
    `DELETE FROM sts_policy WHERE domain IN
       (SELECT domain FROM sts_policy ORDER BY fetched_ms LIMIT ?)`,
    FORGOTTEN_AT_ONCE,
  )
}

/** Bounces to domains that somebody made up by the thousand must not fill the disk. */
export const MAX_POLICIES = 5000
/** More than one, so that not every write looks for the oldest. */
const FORGOTTEN_AT_ONCE = 100
