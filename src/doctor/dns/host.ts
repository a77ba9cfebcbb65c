/** The name of this server: whether it leads here. Others look at it in the greeting and in EHLO. */
import { isIPv4 } from 'node:net'

import { specialRange } from '../../smtp-client/address-ranges.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import type { Finding } from '../types.ts'
import { addressesOf } from './addresses.ts'
import { type DnsLook, serverCheck } from './domain-check.ts'
import { ownAddresses, ownHelloName, ownHostName } from './ours.ts'
import { shown } from '../shown.ts'

export const host = serverCheck(
  {
    id: 'dns.host',
    title: 'The address of this server',
    explain: [
      'dig HOST_NAME A',
      'dig HOST_NAME AAAA',
      '(compared with the addresses of this machine)',
    ],
  },
  async (at) => {
    const { config } = at.world.loaded
    const names = new Set([ownHostName(at.world), ownHelloName(at.world)])
    names.delete(null)
    if (names.size === 0)
      return [
        skipped(
          host,
          `host_name is "${config.hostName}", which is no name that others could look up: set it to one like mail.example.com`,
        ),
      ]
    return (await Promise.all([...names].map((name) => lookAtName(at, name ?? '')))).flat()
  },
)

async function lookAtName({ world, resolver, signal }: DnsLook, name: string): Promise<Finding[]> {
  const { addresses, aliasOf } = await addressesOf(resolver, name)
  const own = await ownAddresses(world, { resolver, signal })
  const alias = aliasOf === null ? '' : ` = ${shown(aliasOf)}`
  const evidence = [
    addresses.length === 0
      ? `${name} has neither an A nor an AAAA record`
      : `${name}${alias}: ${addresses.join(', ')}`,
    own.addresses.length === 0
      ? 'the public addresses of this machine are not known'
      : `this server: ${own.addresses.join(', ')} (${own.knownBy})`,
  ]
  const of = { subject: name, evidence }
  if (addresses.length === 0) return [failing(host, { ...of, ...missing(name) })]
  const special = addresses.find((address) => specialRange(address) !== null)
  if (special !== undefined) return [failing(host, { ...of, ...unreachable(name, special) })]
  const strange = own.isBehindNat ? [] : addresses.filter((one) => !own.addresses.includes(one))
  if (own.addresses.length > 0 && strange.length > 0) {
    const verdict = strange.length === addresses.length ? failing : warning
    return [verdict(host, { ...of, ...foreign(name, strange) })]
  }
  if (aliasOf !== null) return [warning(host, { ...of, ...aliased(name, aliasOf) })]
  return [ok(host, 'the name of this server leads here', evidence, { subject: name })]
}

function missing(name: string) {
  return {
    summary: 'the name of this server has no address',
    meaning:
      'Other servers find nobody under the name that this one gives itself: many refuse its mail, and none can be brought to it.',
    remedy: [
      step(
        `Publish an A record of ${name} with the public address of this server, and AAAA for IPv6`,
      ),
      step('See what DNS says', `dig ${name} A`),
    ],
  }
}

function unreachable(name: string, address: string) {
  return {
    summary: `the name of this server leads to ${address}, which is ${specialRange(address)?.name}`,
    meaning: 'Nobody outside can reach this address.',
    remedy: [
      step(`Publish the public address of ${name} in its place`),
      step(
        'If others see the right one, it is a file on this machine or its resolver',
        `dig ${name} A`,
      ),
    ],
  }
}

function foreign(name: string, addresses: readonly string[]) {
  const family = addresses.every((address) => !isIPv4(address)) ? 'AAAA' : 'A'
  return {
    summary: `the name of this server leads to ${addresses.join(', ')}, which this server does not have`,
    meaning:
      'Mail that others bring to this address reaches another machine or nobody, and mail from here looks as if it came from a stranger.',
    remedy: [
      step(`Let the ${family} record of ${name} name the address of this server, or take it away`),
      step(
        'If the address is translated on its way here (NAT), say so: source_ipv4 or source_ipv6 below [outgoing]',
      ),
    ],
  }
}

function aliased(name: string, canonical: string) {
  return {
    summary: `the name of this server is an alias of ${shown(canonical)} (CNAME)`,
    meaning:
      'MX records may not name an alias (RFC 2181 §10.3), and a few servers refuse one in EHLO.',
    remedy: [step(`Give ${name} A and AAAA records of its own instead of the CNAME`)],
  }
}
