/**
 * What TLS must be like with a mail server that a domain's DNS names: DANE (RFC 7672) before MTA-STS
 * (RFC 8461) before whatever is offered (RFC 7435), and never less than the message demands.
 */
import { type Answer, type Resolver, ResolverFault, type TlsaData } from '../dns/resolver.ts'
import type { StsPolicy } from '../syntax/sts/policy.ts'
import { matchesStsPolicy } from '../syntax/sts/policy.ts'
import type { TlsaRecord, TlsPolicy } from './types.ts'

/**
 * What is demanded besides what the domain publishes. `verified`: the operator wants a certificate
 * that is good for the host's name. `requiretls`: the message does (RFC 8689), and then the host's
 * name must be known for certain too. `optional`: the operator wants the mail to arrive, and
 * neither DANE nor MTA-STS of the domain counts.
 */
export type TlsDemand = 'none' | 'verified' | 'requiretls' | 'optional'

export interface NamedHost {
  readonly name: string
  /** At the end of its aliases. */
  readonly canonicalName: string
  /** DNSSEC proved its addresses. */
  readonly authentic: boolean
}

/** What TLSA records say of a host. */
export type Dane =
  /** There are none, or nothing proves them. */
  | { readonly kind: 'none' }
  /** They cannot be used: TLS must be, its certificate counts for nothing (RFC 7672 §2.2). */
  | { readonly kind: 'unusable' }
  | Extract<TlsPolicy, { kind: 'dane' }>
  /** Perhaps there are some: mail may not go there now (RFC 7672 §2.1.2). */
  | { readonly kind: 'unknown'; readonly fault: ResolverFault }

/**
 * The TLSA records of a host whose name is proved. They are looked for at the end of its aliases
 * first, then at its own name (RFC 7672 §2.2.2, §2.2.3).
 *
 * @param domainNames of the domain, which certificates may carry too (§3.2.2)
 */
export async function daneOf(
  resolver: Resolver,
  host: NamedHost,
  { port, domainNames }: { readonly port: number; readonly domainNames: readonly string[] },
): Promise<Dane> {
  // Also because servers of zones without DNSSEC often do not answer questions for TLSA (§2.2).
  if (!host.authentic) return { kind: 'none' }
  try {
    for (const base of new Set([host.canonicalName, host.name])) {
      const answer: Answer<TlsaData> = await resolver.tlsaAnswer(`_${port}._tcp.${base}`)
      if (!answer.authentic || answer.records.length === 0) continue
      const records = answer.records.filter(isUsable)
      if (records.length === 0) return { kind: 'unusable' }
      return { kind: 'dane', records, names: [...new Set([base, host.name, ...domainNames])] }
    }
    return { kind: 'none' }
  } catch (error) {
    if (error instanceof ResolverFault) return { kind: 'unknown', fault: error }
    throw error
  }
}

/** RFC 7672 §3.1: DANE-TA(2) and DANE-EE(3) only, whole or as SHA-256 or SHA-512. */
function isUsable({ usage, selector, matchingType, data }: TlsaRecord): boolean {
  if ((usage !== 2 && usage !== 3) || (selector !== 0 && selector !== 1)) return false
  if (matchingType === 0) return data.length > 0
  return data.length === (matchingType === 1 ? 32 : matchingType === 2 ? 64 : -1)
}

/** What is to be done with one host: how to connect, or why not. */
export type HostTls =
  | { readonly tls: TlsPolicy; readonly note: string | null }
  | { readonly refused: string }

interface HostFacts {
  readonly domain: string
  readonly name: string
  readonly dane: Exclude<Dane, { kind: 'unknown' }>
  /** Null: the domain has none. */
  readonly sts: StsPolicy | null
  readonly demand: TlsDemand
}

/** The policy for one host. */
export function tlsOf({ domain, name, dane, sts, demand }: HostFacts): HostTls {
  // RFC 8461 §2: a host that has DANE is not judged by MTA-STS.
  if (dane.kind === 'dane') return { tls: dane, note: null }
  const isNamed = sts === null || sts.mode === 'none' || matchesStsPolicy(sts, name)
  const stranger = `the MTA-STS policy of ${domain} does not name ${name}`
  if (sts?.mode === 'enforce')
    return isNamed ? { tls: verified(name, 'MTA-STS'), note: null } : { refused: stranger }
  const note = isNamed ? null : `${stranger} (testing)`
  if (demand === 'verified' || demand === 'requiretls')
    return { tls: verified(name, DEMANDED_BY[demand]), note }
  if (dane.kind === 'none') return { tls: { kind: 'opportunistic' }, note }
  return { tls: { kind: 'encrypted', mode: 'starttls', demandedBy: 'its TLSA records' }, note }
}

const DEMANDED_BY = { verified: 'outgoing.domains', requiretls: 'REQUIRETLS' } as const

function verified(name: string, demandedBy: string): TlsPolicy {
  // RFC 8461 §4.2: the certificate must be good for the name of the host.
  return { kind: 'verified', mode: 'starttls', names: [name], demandedBy }
}
