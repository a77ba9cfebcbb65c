import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

import type { ListenerConfig } from '../config/types.ts'
import { addressInLiteral } from '../syntax/address/literal.ts'
import { specialRange } from './address-ranges.ts'
import type { Target } from './types.ts'

/** Whether mail sent there would come back to this server. */
export type IsOurself = (place: {
  /** Null: only its address is known. */
  readonly name: string | null
  readonly address: string
  readonly port: number
}) => boolean

/**
 * Our listeners on the addresses of this machine; and our own name, which may lead to an address
 * that is translated on the way here.
 */
export function ourselves(
  listeners: readonly ListenerConfig[],
  hostName: string,
  machineAddresses: () => readonly string[] = addressesOfMachine,
): IsOurself {
  const own = listeners.filter(({ protocol }) => protocol === 'smtp')
  return ({ name, address, port }) => {
    const here = own.filter((listener) => listener.port === port)
    if (here.length === 0) return false
    if (name === hostName && hostName.includes('.')) return true
    return here.some((listener) =>
      listener.address === '*' || specialRange(listener.address)?.name === 'unspecified'
        ? isOfMachine(address, machineAddresses())
        : listener.address === address,
    )
  }
}

/** Where this server takes mail for its domains; null: nowhere. */
export function frontDoor(listeners: readonly ListenerConfig[]): Target | null {
  const listener = listeners.find(({ protocol, port }) => protocol === 'smtp' && port !== 0)
  if (listener === undefined) return null
  const { address, port } = listener
  const isAny = address === '*' || specialRange(address)?.name === 'unspecified'
  const near = address.includes(':') ? '::1' : '127.0.0.1'
  return { name: null, address: isAny ? near : address, port, tls: { kind: 'opportunistic' } }
}

/**
 * Whether a domain is the name of this server: its host name, or an address literal of this machine.
 * @param domain lower case A-labels, or an address literal as it was written
 */
export function isNameOf(
  hostName: string,
  domain: string,
  machineAddresses: () => readonly string[] = addressesOfMachine,
): boolean {
  if (!domain.startsWith('[')) return domain === hostName.toLowerCase() || domain === 'localhost'
  const address = addressInLiteral(domain)
  return isIP(address) !== 0 && isOfMachine(address, machineAddresses())
}

function isOfMachine(address: string, addresses: readonly string[]): boolean {
  // All of 127.0.0.0/8 is this machine, and connecting to 0.0.0.0 too.
  const range = specialRange(address)?.name
  return range === 'loopback' || range === 'unspecified' || addresses.includes(address)
}

function addressesOfMachine(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => address),
  )
}
