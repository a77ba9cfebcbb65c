/** The addresses of one host: those that may be used, in the order in which they are tried. */
import { isIPv4 } from 'node:net'

import type { OutgoingConfig } from '../config/types.ts'
import { type Answer, type Resolver, ResolverFault } from '../dns/resolver.ts'
import { specialRange } from './address-ranges.ts'
import type { NamedHost } from './host-tls.ts'

/** Which addresses may be used. */
export type AddressRules = Pick<OutgoingConfig, 'ipv4' | 'ipv6' | 'allowPrivate'>

export interface HostAddresses extends NamedHost {
  /** Every address that DNS gave, whether it may be used or not. */
  readonly all: readonly string[]
  /** IPv6 and IPv4 in turn. */
  readonly usable: readonly string[]
  /** Why the others are not used; null: none was left out. */
  readonly leftOut: LeftOut | null
  /** A question that got no answer. */
  readonly fault: ResolverFault | null
}

export interface LeftOut {
  /** `10.0.0.1 is a private address`. */
  readonly text: string
  /** It is so for good; otherwise our own settings may change it. */
  readonly isFinal: boolean
}

export async function hostAddresses(
  resolver: Resolver,
  name: string,
  rules: AddressRules,
): Promise<HostAddresses> {
  const settled = await Promise.allSettled([
    resolver.addressAnswer(name, 6),
    resolver.addressAnswer(name, 4),
  ])
  const answers: Answer<string>[] = []
  let fault: ResolverFault | null = null
  for (const one of settled)
    if (one.status === 'fulfilled') answers.push(one.value)
    else if (one.reason instanceof ResolverFault) fault = one.reason
    else throw one.reason
  const all = answers.flatMap(({ records }) => records)
  return {
    name,
    canonicalName: answers[0]?.canonicalName ?? name,
    authentic: answers.length > 0 && answers.every(({ authentic }) => authentic),
    all,
    ...usableAddresses(all, rules),
    fault,
  }
}

/** Sorts out the addresses that may not be used. */
export function usableAddresses(
  all: readonly string[],
  rules: AddressRules,
): Pick<HostAddresses, 'usable' | 'leftOut'> {
  const reasons = all.map((address) => whyNot(address, rules))
  const usable = all.filter((_, index) => reasons[index] === null)
  return { usable: inTurn(usable), leftOut: reasons.find((reason) => reason !== null) ?? null }
}

function whyNot(address: string, rules: AddressRules): LeftOut | null {
  const range = specialRange(address)
  if (range?.isNever === true)
    return { text: `${address} is a ${range.name} address`, isFinal: true }
  if (range !== null && !rules.allowPrivate)
    return {
      text: `${address} is a ${range.name} address (outgoing.allow_private is off)`,
      isFinal: true,
    }
  if (isIPv4(address) ? rules.ipv4 : rules.ipv6) return null
  const key = isIPv4(address) ? 'outgoing.ipv4' : 'outgoing.ipv6'
  return { text: `${address} is not tried (${key} is off)`, isFinal: false }
}

function inTurn(addresses: readonly string[]): readonly string[] {
  const v6 = addresses.filter((address) => !isIPv4(address))
  const v4 = addresses.filter(isIPv4)
  return Array.from({ length: Math.max(v4.length, v6.length) }, (_, index) => [
    ...v6.slice(index, index + 1),
    ...v4.slice(index, index + 1),
  ]).flat()
}
