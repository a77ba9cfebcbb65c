/** The names by which others come to this server, and which its certificate should be for. */
import { ResolverFault } from '../../dns/resolver.ts'
import { addressesOf } from '../dns/addresses.ts'
import { boundedResolver } from '../dns/bounded.ts'
import { eachOf, servedDomains } from '../dns/domain-check.ts'
import { isLocalName, ownAddresses, ownHostName } from '../dns/ours.ts'
import { isTrial } from '../places.ts'
import type { World } from '../world.ts'

/**
 * The name of this server first, then the names in MX records of domains here that lead to it. What
 * DNS does not say now is left out.
 */
export async function mailNames(world: World, signal: AbortSignal): Promise<readonly string[]> {
  const names = new Set([ownName(world)])
  if (isTrial(world)) return [...names]
  const resolver = boundedResolver(world, signal)
  try {
    const { addresses } = await ownAddresses(world, { resolver, signal })
    const domains = (await servedDomains(world)).filter((domain) => !isLocalName(domain))
    const records = await eachOf(domains.slice(0, MAX_DOMAINS), (domain) => resolver.mx(domain))
    const exchanges = new Set(records.flat().map(({ exchange }) => exchange))
    const leadHere = await eachOf(
      [...exchanges].filter(isPlain).slice(0, MAX_ASKED),
      async (name) => {
        const leads = await addressesOf(resolver, name)
        return leads.addresses.some((address) => addresses.includes(address)) ? [name] : []
      },
    )
    for (const name of leadHere.flat()) if (names.size < MAX_NAMES) names.add(name)
  } catch (error) {
    if (!(error instanceof ResolverFault)) throw error
  }
  return [...names]
}

/** The name of this server, also where nobody else could look it up. */
export function ownName(world: Pick<World, 'loaded'>): string {
  return ownHostName(world) ?? world.loaded.config.hostName.toLowerCase()
}

/** Not `.` of RFC 7505. */
function isPlain(exchange: string): boolean {
  return exchange !== ''
}

/** Each name is one handshake with each listener. */
const MAX_NAMES = 8
const MAX_DOMAINS = 100
const MAX_ASKED = 50
