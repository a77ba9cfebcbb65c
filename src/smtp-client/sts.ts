/**
 * Which MTA-STS policy counts for a domain (RFC 8461 §3.3, §5.1): the one kept, as long as it lasts,
 * whatever becomes of DNS and HTTPS meanwhile; a new one when the domain's record has a new id.
 */
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/faults.ts'
import type { Database } from '../db/database.ts'
import { type Resolver, ResolverFault } from '../dns/resolver.ts'
import { parseStsPolicy, type StsPolicy, stsPolicyId } from '../syntax/sts/policy.ts'
import { type KeptPolicy, keepStsPolicy, keptPolicy } from './sts-cache.ts'
import type { FetchPolicy } from './sts-fetch.ts'

export interface StsPolicies {
  /** Null: the domain has no policy. @throws Error when the database cannot be read */
  policyOf(domain: string): Promise<StsPolicy | null>
}

export interface StsOptions {
  readonly clock: Clock
  readonly resolver: Resolver
  readonly database: Pick<Database, 'read' | 'write'>
  readonly fetchPolicy: FetchPolicy
  /** Told when a policy cannot be had, for the diagnostics. */
  readonly report: (message: string) => void
}

export function stsPolicies(options: StsOptions): StsPolicies {
  const policies = new Policies(options)
  return { policyOf: (domain) => policies.policyOf(domain) }
}

class Policies implements StsPolicies {
  readonly #options: StsOptions
  /** Domains whose policy could not be fetched, and until when it is not tried again. */
  readonly #resting = new Map<string, number>()
  readonly #underway = new Map<string, Promise<StsPolicy | null>>()

  constructor(options: StsOptions) {
    this.#options = options
  }

  policyOf(domain: string): Promise<StsPolicy | null> {
    const underway = this.#underway.get(domain)
    if (underway !== undefined) return underway
    const started = this.#find(domain).finally(() => this.#underway.delete(domain))
    this.#underway.set(domain, started)
    return started
  }

  async #find(domain: string): Promise<StsPolicy | null> {
    const { clock, database } = this.#options
    const kept = database.read(keptPolicy(domain))
    const nowMs = clock.nowMs()
    const valid = kept !== undefined && kept.expiresMs > nowMs ? kept : undefined
    const id = await this.#currentId(domain)
    const isFresh = valid?.policyId === id && nowMs - valid.fetchedMs < REFRESH_MS
    // Without a record no policy is fetched, but one that is kept still counts (§5.1).
    if (id !== null && !isFresh && !this.#rests(domain)) {
      const fetched = await this.#fetch(domain, id)
      if (fetched !== null) return fetched
    }
    return valid === undefined ? null : parseStsPolicy(valid.policy)
  }

  /** Null: there is no record, or nobody knows. */
  async #currentId(domain: string): Promise<string | null> {
    try {
      return stsPolicyId(await this.#options.resolver.txt(`_mta-sts.${domain}`))
    } catch (error) {
      if (error instanceof ResolverFault) return null
      throw error
    }
  }

  async #fetch(domain: string, policyId: string): Promise<StsPolicy | null> {
    const { clock, database, fetchPolicy, report } = this.#options
    let text: string
    let policy: StsPolicy | null
    try {
      text = await fetchPolicy(domain)
      policy = parseStsPolicy(text)
      if (policy === null) throw new Error('it is not a policy')
    } catch (error) {
      this.#rest(domain)
      report(`the MTA-STS policy of ${domain} could not be fetched: ${messageOf(error)}`)
      return null
    }
    const fetchedMs = clock.nowMs()
    const expiresMs = fetchedMs + policy.maxAgeSeconds * 1000
    const kept: KeptPolicy = { domain, policyId, policy: text, fetchedMs, expiresMs }
    // It counts now even when it cannot be kept.
    await database.write(keepStsPolicy, kept).catch((error: unknown) => {
      report(`the MTA-STS policy of ${domain} could not be kept: ${messageOf(error)}`)
    })
    return policy
  }

  #rests(domain: string): boolean {
    return (this.#resting.get(domain) ?? 0) > this.#options.clock.monotonicMs()
  }

  #rest(domain: string): void {
    this.#resting.delete(domain)
    this.#resting.set(domain, this.#options.clock.monotonicMs() + REST_MS)
    const [oldest] = this.#resting.keys()
    if (this.#resting.size > MAX_RESTING && oldest !== undefined) this.#resting.delete(oldest)
  }
}

/** A policy is fetched anew before it expires, so that it is always there (RFC 8461 §10.2). */
const REFRESH_MS = 24 * 60 * 60 * 1000
/** RFC 8461 §3.3: after a failure five minutes at least. */
const REST_MS = 15 * 60 * 1000
const MAX_RESTING = 10_000
