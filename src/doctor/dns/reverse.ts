/** PTR records of our addresses: whether they lead to a name and the name back (RFC 1912 §2.1). */
import { isIPv4 } from 'node:net'

import type { Config } from '../../config/types.ts'
import { plainName } from '../../dns/message.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import type { Finding, Step } from '../types.ts'
import { addressesOf } from './addresses.ts'
import { type DnsLook, eachOf, serverCheck } from './domain-check.ts'
import { relayOfAll } from './facts.ts'
import { ownAddresses, ownHelloName } from './ours.ts'
import { shown } from '../shown.ts'

export const reverse = serverCheck(
  {
    id: 'dns.reverse',
    title: 'Names of our addresses (PTR)',
    explain: ['dig -x ADDRESS', 'dig NAME A', 'dig NAME AAAA'],
  },
  async (at) => {
    const relay = await relayOfAll(at.world)
    if (relay !== null)
      return [
        skipped(
          reverse,
          `all mail goes by the relay ${relay}: others look at the name of its address, not of ours`,
        ),
      ]
    const own = await ownAddresses(at.world, at)
    if (own.sending.length === 0)
      return [
        skipped(
          reverse,
          'the public addresses of this server are not known: set source_ipv4 and source_ipv6 below [outgoing], or publish the A record of host_name',
        ),
      ]
    return await eachOf(own.sending, (address) => lookAtAddress(at, address, own.knownBy))
  },
)

async function lookAtAddress(
  { world, resolver }: DnsLook,
  address: string,
  knownBy: string,
): Promise<Finding> {
  const names = (await resolver.reverse(address)).slice(0, MAX_NAMES)
  const leads = await Promise.all(names.map((name) => addressesOf(resolver, name)))
  const confirmed = names.filter((_, index) => leads[index]?.addresses.includes(address))
  const hello = ownHelloName(world)
  const evidence = [
    ...names.map((name, index) => {
      const back = leads[index]?.addresses ?? []
      return `${address} → ${shown(name)} → ${back.length === 0 ? 'nothing' : back.slice(0, MAX_NAMES).join(', ')}`
    }),
    ...(names.length === 0 ? [`${address} has no PTR record`] : []),
    `${address}: ${knownBy}`,
    `this server says EHLO ${world.loaded.config.outgoing.helloName ?? world.loaded.config.hostName}`,
  ]
  const of = { subject: address, evidence }
  const wanted = hello ?? 'the name of this server'
  if (names.length === 0)
    return failing(reverse, {
      ...of,
      summary: 'the address has no name (no PTR record)',
      meaning: `${isIPv4(address) ? 'Many servers' : 'Gmail and many others'} refuse mail from an address without a name.`,
      remedy: setName(address, wanted),
    })
  if (confirmed.length === 0)
    return failing(reverse, {
      ...of,
      summary: `the name of the address, ${shown(names[0] ?? '')}, does not lead back to it`,
      meaning: 'Others count that as no name at all, and many refuse the mail.',
      remedy: [
        step(
          `Give ${shown(names[0] ?? '')} the address ${address}, if the name is yours; otherwise:`,
        ),
        ...setName(address, wanted),
      ],
    })
  if (hello === null)
    return warning(reverse, {
      ...of,
      summary: `the address is called ${shown(confirmed[0] ?? '')}, and this server gives itself no full name`,
      meaning:
        'Others see that the name in EHLO is not the one of the address, and some refuse the mail.',
      remedy: [
        step(
          `Set host_name = "${shown(confirmed[0] ?? '')}" in the configuration`,
          'waybill config check',
        ),
      ],
    })
  // Mail to some domains may have another name and another source address.
  const hellos = helloNames(world.loaded.config)
  if (!confirmed.some((name) => hellos.includes(name)))
    return warning(reverse, {
      ...of,
      summary: `the address is called ${shown(confirmed[0] ?? '')}, and this server says EHLO ${hello}`,
      meaning: 'Spam filters count it against the mail when the two names differ.',
      remedy: [
        ...setName(address, hello),
        step('Or let hello_name below [outgoing] be the name of the address'),
      ],
    })
  return ok(
    reverse,
    `the address is called ${shown(confirmed.join(', '))}, as this server says`,
    evidence,
    {
      subject: address,
    },
  )
}

/** All that this server calls itself when it sends. */
function helloNames({ hostName, outgoing }: Config): readonly string[] {
  const names = [outgoing.helloName ?? hostName, ...outgoing.domains.map((one) => one.helloName)]
  return names.flatMap((name) => (name === null ? [] : plainName(name)))
}

function setName(address: string, name: string): readonly Step[] {
  return [
    step(
      `Whoever rents out ${address} sets its name, often in their control panel ("reverse DNS"): ${name}`,
    ),
    step('See what DNS says', `dig -x ${address}`),
  ]
}

const MAX_NAMES = 5
