/** The hosts of a relay, as places to connect to. */
import { isIP, isIPv4 } from 'node:net'

import { type Resolver, ResolverFault } from '../dns/resolver.ts'
import type { Result, Target, TlsPolicy } from './types.ts'

/** What of a relay says where it is and how it is spoken to. */
export interface RelayPlaces {
  readonly name: string
  /** A-labels, or IP addresses without brackets; the first one is tried first. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[]
  readonly tls: 'implicit' | 'starttls' | 'opportunistic' | 'none'
  readonly checkCertificate: boolean
}

export interface RelayTargetOptions {
  readonly resolver: Pick<Resolver, 'addresses'>
  readonly ipv4: boolean
  readonly ipv6: boolean
  /** The message demands it (RFC 8689): a checked certificate, whatever the relay is set to. */
  readonly requireTls: boolean
}

/**
 * The addresses of a relay's hosts, host by host. A relay is what the operator names: it may be on
 * this machine or in a private network.
 * @returns a failure when no host has an address; always `deferred`, for mail waits for its relay
 */
export async function relayTargets(
  relay: RelayPlaces,
  options: RelayTargetOptions,
): Promise<{ readonly targets: readonly Target[] } | { readonly failure: Unfound }> {
  const targets: Target[] = []
  let why = ''
  for (const { host, port } of relay.hosts) {
    const tls = policyOf(relay, host, options.requireTls)
    const name = isIP(host) === 0 ? host : null
    const found = await addressesOf(host, options)
    if (typeof found === 'string') why ||= found
    else for (const address of found) targets.push({ name, address, port, tls })
  }
  return targets.length > 0 ? { targets } : { failure: unfound(why) }
}

type Unfound = Extract<Result, { kind: 'failed' | 'deferred' }>

/** @returns the addresses that may be used, at least one, or why there is none */
async function addressesOf(
  host: string,
  { resolver, ipv4, ipv6 }: RelayTargetOptions,
): Promise<readonly string[] | string> {
  let found: readonly string[]
  try {
    if (isIP(host) !== 0) found = [host]
    else if (host === 'localhost') found = LOOPBACK
    else found = await resolver.addresses(host)
  } catch (error) {
    if (error instanceof ResolverFault)
      return `host lookup did not complete for the relay's host ${host}`
    throw error
  }
  if (found.length === 0) return `the relay's host ${host} has no address`
  const usable = found.filter((address) => (isIPv4(address) ? ipv4 : ipv6))
  if (usable.length > 0) return usable
  return `the relay's host ${host} has only ${ipv6 ? 'IPv4' : 'IPv6'} addresses, which are turned off here`
}

/** DNS is not asked. */
const LOOPBACK = ['127.0.0.1', '::1']

function policyOf(
  { name, tls, checkCertificate }: RelayPlaces,
  host: string,
  requireTls: boolean,
): TlsPolicy {
  const mode = tls === 'implicit' ? 'implicit' : 'starttls'
  if (requireTls)
    return { kind: 'verified', mode, names: [host], demandedBy: 'REQUIRETLS of the message' }
  const demandedBy = `the relay ${name}`
  switch (tls) {
    case 'none':
    case 'opportunistic':
      return { kind: tls }
    case 'implicit':
    case 'starttls':
      return checkCertificate
        ? { kind: 'verified', mode, names: [host], demandedBy }
        : { kind: 'encrypted', mode, demandedBy }
    default:
      return tls satisfies never
  }
}

function unfound(text: string): Unfound {
  return { kind: 'deferred', phase: 'dns', text, reply: null, status: '4.4.4', scope: 'host' }
}
