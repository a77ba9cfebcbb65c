/** Who this server is to others: its name, and the addresses it is reached at and sends from. */
import { isIP, isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'

import { plainName } from '../../dns/message.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { specialRange } from '../../smtp-client/address-ranges.ts'
import { domainToAscii } from '../../syntax/address/domain.ts'
import type { World } from '../world.ts'

/** The addresses that others see, and how they are known. Public ones only. */
export interface OwnAddresses {
  /** All that lead here. Empty: not known. */
  readonly addresses: readonly string[]
  /** Those of them that mail leaves from: what others judge us by. */
  readonly sending: readonly string[]
  /** Of `sending`: `as configured: outgoing.source_ipv4; a public address of this machine`. */
  readonly knownBy: string
  /** Of one of them it is only known that DNS has it: something translates it on the way out. */
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
 * For each kind of address: the configured source address, else those of the machine that are
 * public, else, of IPv4, what DNS has for our name.
 */
export async function ownAddresses(
  world: Pick<World, 'loaded' | 'run'>,
  at: OwnLook,
  interfaces: Interfaces = machineAddresses,
): Promise<OwnAddresses> {
  if (interfaces !== machineAddresses) return await findAddresses(world, at, interfaces)
  const known = found.get(at.resolver) ?? findAddresses(world, at, interfaces)
  found.set(at.resolver, known)
  return await known
}

interface OwnLook {
  readonly resolver: Pick<Resolver, 'addressAnswer'>
  readonly signal: AbortSignal
}

/** A look at many domains finds them once: each look has a resolver of its own. */
const found = new WeakMap<object, Promise<OwnAddresses>>()

async function findAddresses(
  world: Pick<World, 'loaded' | 'run'>,
  { resolver, signal }: OwnLook,
  interfaces: Interfaces,
): Promise<OwnAddresses> {
  const { listeners, outgoing } = world.loaded.config
  const machine = publicOnes(interfaces())
  const listening = publicOnes(
    listeners.filter(({ protocol }) => protocol === 'smtp').map(({ address }) => address),
  )
  const sources = publicOnes([outgoing.sourceIpv4, outgoing.sourceIpv6])
  const others = publicOnes(outgoing.domains.flatMap((one) => [one.sourceIpv4, one.sourceIpv6]))
  const kinds: SendingKind[] = []
  for (const family of [4, 6] as const) {
    if (!(family === 4 ? outgoing.ipv4 : outgoing.ipv6)) continue
    const of = (addresses: readonly string[]) => addresses.filter((one) => isIP(one) === family)
    const [configured] = of(sources)
    if (configured !== undefined)
      kinds.push(kind([configured], `as configured: outgoing.source_ipv${family}`))
    else if (of(machine).length > 0) kinds.push(await chosenOf(world, signal, of(machine)))
    else if (family === 4) kinds.push(await fromDns(world, resolver))
  }
  kinds.push(kind(others, 'as configured: [[outgoing.domains]]'))
  const sending = [...new Set(kinds.flatMap((one) => one.addresses))]
  return {
    addresses: [...new Set([...sending, ...listening, ...machine])],
    sending,
    knownBy: kinds
      .filter((one) => one.addresses.length > 0)
      .map((one) => one.knownBy)
      .join('; '),
    isBehindNat: kinds.some((one) => one.isBehindNat),
  }
}

interface SendingKind extends Pick<OwnAddresses, 'addresses' | 'knownBy' | 'isBehindNat'> {}

function kind(addresses: readonly string[], knownBy: string): SendingKind {
  return { addresses, knownBy, isBehindNat: false }
}

/** Of several the system chooses one, by its routes. */
async function chosenOf(
  { run }: Pick<World, 'run'>,
  signal: AbortSignal,
  addresses: readonly string[],
): Promise<SendingKind> {
  const [first = ''] = addresses
  if (addresses.length === 1) return kind(addresses, 'a public address of this machine')
  const command = ['ip', '-o', 'route', 'get', isIPv4(first) ? SOMEWHERE_IPV4 : SOMEWHERE_IPV6]
  const result = await run(command, signal).catch(() => null)
  const source = / src (\S+)/.exec(result?.out ?? '')?.[1]
  if (source === undefined || !addresses.includes(source))
    return kind(addresses, 'the public addresses of this machine')
  return kind([source], 'the public address of this machine that its routes choose (ip route get)')
}

/** This machine itself has private addresses only. */
async function fromDns(
  world: Pick<World, 'loaded'>,
  resolver: Pick<Resolver, 'addressAnswer'>,
): Promise<SendingKind> {
  const name = ownHostName(world)
  const records = name === null ? [] : (await resolver.addressAnswer(name, 4)).records
  return {
    addresses: publicOnes(records),
    knownBy: `the address of ${name ?? 'no name'} in DNS, as this machine itself has only private ones: NAT`,
    isBehindNat: true,
  }
}

function publicOnes(addresses: readonly (string | null)[]): readonly string[] {
  const some = addresses.filter((address) => address !== null)
  return [...new Set(some)].filter((one) => isIP(one) !== 0 && specialRange(one) === null)
}

/** Nobody's (RFC 5737, RFC 3849): nothing is sent there, it is only asked which way it would go. */
const SOMEWHERE_IPV4 = '203.0.113.1'
const SOMEWHERE_IPV6 = '2001:db8::1'
