/** Who this server is to others: its name, and the addresses it is reached at and sends from. */
import { isIP, isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'

import { plainName } from '../../dns/message.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { specialRange } from '../../smtp-client/address-ranges.ts'
import { domainToAscii } from '../../syntax/address/domain.ts'
import type { World } from '../world.ts'

/** The addresses that others see, and how they are known. */
export interface OwnAddresses {
  /** Public ones; empty: not known. */
  readonly addresses: readonly string[]
  /** `a public address of this machine`. */
  readonly knownBy: string
  /** Only private addresses are on this machine: something translates them on the way out. */
  readonly isBehindNat: boolean
}

/** The name in our greeting, as A-labels; null: it is none that others could look up. */
export function ownHostName({ loaded }: Pick<World, 'loaded'>): string | null {
  return publicName(loaded.config.hostName)
}

/** What we call ourselves when we send; null as above. */
export function ownHelloName({ loaded }: Pick<World, 'loaded'>): string | null {
  const { hostName, outgoing } = loaded.config
  return publicName(outgoing.helloName ?? hostName)
}

function publicName(text: string): string | null {
  const name = domainToAscii(text)
  return name?.includes('.') === true && !isLocalName(name) ? plainName(name) : null
}

/** Names that are in no public DNS: RFC 6761 §6, RFC 6762 §3, RFC 8375 §3. */
export function isLocalName(name: string): boolean {
  return LOCAL.test(name)
}
const LOCAL = /(^|\.)(test|localhost|localdomain|invalid|local|internal|home\.arpa|onion)$/

/** Where the machine's addresses come from; tests have their own. */
export type Interfaces = () => readonly string[]

export const machineAddresses: Interfaces = () =>
  Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address))

/**
 * The configured source and listener addresses, else those of the machine that are public, else
 * those that DNS has for our name.
 */
export async function ownAddresses(
  { loaded }: Pick<World, 'loaded'>,
  resolver: Pick<Resolver, 'addressAnswer'>,
  interfaces: Interfaces = machineAddresses,
): Promise<OwnAddresses> {
  const { listeners, outgoing } = loaded.config
  const { sourceIpv4, sourceIpv6, ipv4, ipv6 } = outgoing
  const sources = publicOnes([sourceIpv4, sourceIpv6])
  if (sources.length > 0)
    return known(sources, 'as configured: outgoing.source_ipv4 and source_ipv6')
  const listening = publicOnes(
    listeners.filter(({ protocol }) => protocol === 'smtp').map(({ address }) => address),
  )
  if (listening.length > 0) return known(listening, 'the address that the smtp listener is on')
  const used = (address: string) => (isIPv4(address) ? ipv4 : ipv6)
  const found = publicOnes(interfaces()).filter(used)
  if (found.length > 0) return known(found, 'a public address of this machine')
  const name = ownHostName({ loaded })
  const answers =
    name === null
      ? []
      : await Promise.all([resolver.addressAnswer(name, 4), resolver.addressAnswer(name, 6)])
  return {
    addresses: publicOnes(answers.flatMap(({ records }) => records)).filter(used),
    knownBy: `an address of ${name ?? 'no name'} in DNS, as this machine itself has only private ones: NAT`,
    isBehindNat: true,
  }
}

function known(addresses: readonly string[], knownBy: string): OwnAddresses {
  return { addresses, knownBy, isBehindNat: false }
}

function publicOnes(addresses: readonly (string | null)[]): readonly string[] {
  const some = addresses.filter((address) => address !== null)
  return [...new Set(some)].filter((one) => isIP(one) !== 0 && specialRange(one) === null)
}
