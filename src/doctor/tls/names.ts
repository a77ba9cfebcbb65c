/** The names by which others come to this server, and which its certificate should be for. */
import { ResolverFault } from '../../dns/resolver.ts'
import { addressesOf } from '../dns/addresses.ts'
import { boundedResolver } from '../dns/bounded.ts'
import { servedDomains } from '../dns/domain-check.ts'
import { isLocalName, ownAddresses, ownHostName } from '../dns/ours.ts'
import { isTrial } from '../places.ts'
import type { World } from '../world.ts'

/**
 * The name of this server first, then the names in MX records of domains here that lead to it. What
 * DNS does not say now is left out.
 */
export async function mailNames(world: World, signal: AbortSignal): Promise<readonly string[]> {
  const names = new Set([ownHostName(world) ?? world.loaded.config.hostName.toLowerCase()])
  if (isTrial(world)) return [...names]
  const resolver = boundedResolver(world, signal)
  try {
    const { addresses } = await ownAddresses(world, { resolver, signal })
    for (const domain of (await servedDomains(world)).slice(0, MAX_DOMAINS)) {
      if (isLocalName(domain)) continue
      for (const { exchange } of await resolver.mx(domain)) {
        if (exchange === '') continue
        const leads = await addressesOf(resolver, exchange)
        if (leads.addresses.some((address) => addresses.includes(address))) names.add(exchange)
        if (names.size === MAX_NAMES) return [...names]
      }
    }
  } catch (error) {
    if (!(error instanceof ResolverFault)) throw error
  }
  return [...names]
}

/** Each name is one handshake with each listener. */
const MAX_NAMES = 8
const MAX_DOMAINS = 30
