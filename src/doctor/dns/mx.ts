/** Where others bring mail for a domain: RFC 5321 §5.1, RFC 7505. */
import { isIP } from 'node:net'

import type { MxRecord, Resolver } from '../../dns/resolver.ts'
import { specialRange } from '../../smtp-client/address-ranges.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import type { Finding, Step } from '../types.ts'
import { addressesOf } from './addresses.ts'
import { type DomainLook, domainCheck } from './domain-check.ts'
import { type OwnAddresses, ownAddresses, ownHostName } from './ours.ts'
import { shown } from '../shown.ts'

export const mx = domainCheck(
  {
    id: 'dns.mx',
    title: 'MX records',
    explain: ['dig DOMAIN MX', 'dig EXCHANGE A', 'dig EXCHANGE AAAA'],
  },
  lookAtMx,
)

interface Exchange extends MxRecord {
  readonly addresses: readonly string[]
  /** What it is an alias of; null: it is none. */
  readonly aliasOf: string | null
  readonly isOurs: boolean
}

async function lookAtMx(at: DomainLook): Promise<readonly Finding[]> {
  const { domain, resolver, world } = at
  const { records, exists } = await resolver.mxAnswer(domain)
  const own = await ownAddresses(world, at)
  const hostName = ownHostName(world)
  if (records.length === 0) return [await none(at, exists, own)]
  if (records.some(({ exchange }) => exchange === '')) return [nullMx(at, records)]
  const exchanges = await Promise.all(
    records
      .slice(0, MAX_EXCHANGES)
      .map((record) => exchangeOf(record, resolver, { own, hostName })),
  )
  const evidence = exchanges.map(wordsOf)
  const troubles = exchanges.flatMap((exchange) => troubleOf(exchange, at, evidence))
  if (!exchanges.some(({ isOurs }) => isOurs))
    return [
      ...troubles,
      own.addresses.length === 0 ? unknown(evidence) : elsewhere(at, evidence, own),
    ]
  if (troubles.length > 0) return troubles
  return [ok(mx, 'mail for the domain comes to this server', evidence)]
}

async function exchangeOf(
  record: MxRecord,
  resolver: Resolver,
  { own, hostName }: { own: OwnAddresses; hostName: string | null },
): Promise<Exchange> {
  const { addresses, aliasOf } = await addressesOf(resolver, record.exchange)
  const isOurs =
    record.exchange === hostName || addresses.some((address) => own.addresses.includes(address))
  return { ...record, addresses, aliasOf, isOurs }
}

function wordsOf({ preference, exchange, addresses, aliasOf }: Exchange): string {
  const alias = aliasOf === null ? '' : ` = ${shown(aliasOf)}`
  const where = addresses.length === 0 ? 'without an address' : addresses.join(', ')
  return `MX ${preference} ${shown(exchange)}${alias}: ${where}`
}

function troubleOf(
  exchange: Exchange,
  { domain }: DomainLook,
  evidence: readonly string[],
): Finding[] {
  const name = shown(exchange.exchange)
  const subject = `${domain} ${name}`
  if (isIP(exchange.exchange) !== 0)
    return [
      failing(mx, {
        subject,
        summary: `the MX record names the address ${name}, and only names are allowed there`,
        evidence,
        meaning: 'Others look for a host of that name, find none, and bounce the mail.',
        remedy: [step('Let the MX record name the host that has this address'), ...digOf(domain)],
      }),
    ]
  if (exchange.addresses.length === 0)
    return [
      failing(mx, {
        subject,
        summary: `the MX record names ${name}, which has no address`,
        evidence,
        meaning:
          'Nobody can bring mail there. Where it is the only one, mail for the domain is bounced.',
        remedy: [
          step(`Give ${name} an A and an AAAA record, or take the MX record away`),
          ...digOf(domain),
        ],
      }),
    ]
  const special = exchange.addresses.find((address) => specialRange(address) !== null)
  if (special !== undefined)
    return [
      failing(mx, {
        subject,
        summary: `the MX record names ${name}, whose address ${special} is ${specialRange(special)?.name}`,
        evidence,
        meaning:
          'Others cannot reach this address: what they send there waits with them, and comes back.',
        remedy: [
          step(
            `Take ${special} out of DNS as others see it, or put the public address in its place`,
          ),
        ],
      }),
    ]
  if (exchange.aliasOf !== null)
    return [
      warning(mx, {
        subject,
        summary: `the MX record names ${name}, which is an alias (CNAME)`,
        evidence,
        meaning:
          'An MX record may not name an alias (RFC 2181 §10.3): some servers do not deliver there.',
        remedy: [
          step(
            `Let the MX record name ${shown(exchange.aliasOf)}, or give ${name} address records`,
          ),
        ],
      }),
    ]
  return []
}

async function none(
  { domain, resolver }: DomainLook,
  exists: boolean,
  own: OwnAddresses,
): Promise<Finding> {
  const { addresses } = await addressesOf(resolver, domain)
  const evidence = [
    exists || addresses.length > 0
      ? `no MX record of ${domain}`
      : `${domain} does not exist in DNS`,
    ...addresses.map((address) => `${domain} has the address ${address}`),
  ]
  const remedy = publish(domain)
  if (addresses.length === 0)
    return failing(mx, {
      summary: 'the domain has neither MX nor address records',
      evidence,
      meaning:
        'No mail from others can arrive, and many refuse mail that is sent from such a domain.',
      remedy,
    })
  // RFC 5321 §5.1: without MX records the address of the domain itself counts.
  const isOurs = addresses.some((address) => own.addresses.includes(address))
  return (isOurs ? warning : failing)(mx, {
    summary: 'the domain has no MX record; mail goes to its own address',
    evidence,
    meaning: isOurs
      ? 'Mail arrives here as long as that stays the address of this server; some refuse mail from domains without MX.'
      : 'That is not an address of this server, so mail from others does not arrive here.',
    remedy,
  })
}

function nullMx({ domain }: DomainLook, records: readonly MxRecord[]): Finding {
  return failing(mx, {
    summary: 'the domain says that it takes no mail (null MX)',
    evidence: records.map(
      ({ preference, exchange }) => `MX ${preference} ${exchange === '' ? '.' : shown(exchange)}`,
    ),
    meaning:
      'Others bounce what is sent to it at once (RFC 7505), and refuse what is sent from it.',
    remedy: publish(domain),
  })
}

function elsewhere(
  { domain, world }: DomainLook,
  evidence: readonly string[],
  own: OwnAddresses,
): Finding {
  const name = ownHostName(world) ?? 'this server'
  return warning(mx, {
    summary: 'mail for the domain goes to other servers, not to this one',
    evidence: [...evidence, `this server: ${name}, ${own.addresses.join(', ')} (${own.knownBy})`],
    meaning:
      'What others send to the domain does not arrive here, unless one of those servers passes it on.',
    remedy: [...publish(domain), step('If that is as it should be, nothing has to be done')],
  })
}

function unknown(evidence: readonly string[]): Finding {
  return skipped(
    mx,
    `whether that is this server cannot be told, as its public addresses are not known (source_ipv4 below [outgoing]): ${evidence.join('; ')}`,
  )
}

function publish(domain: string): readonly Step[] {
  return [
    step('Publish the MX record that this shows', `waybill dns records ${domain}`),
    ...digOf(domain),
  ]
}

function digOf(domain: string): readonly Step[] {
  return [step('See what DNS says', `dig ${domain} MX`)]
}

const MAX_EXCHANGES = 10
