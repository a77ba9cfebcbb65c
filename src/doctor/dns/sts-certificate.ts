/** Whether our own listener shows what an MTA-STS policy asks for: RFC 8461 §4.2. */
import { certificateNames } from '../../smtp-client/certificate.ts'
import { placeWords } from '../places.ts'
import { type Served, servedAt, tlsPlaces } from '../tls/served.ts'
import { addressesOf } from './addresses.ts'
import type { DomainLook } from './domain-check.ts'
import { ownAddresses, ownHostName } from './ours.ts'
import { shown } from '../shown.ts'

/** What is seen of one mail server of the domain that is this one. */
export interface StsCertificate {
  readonly exchange: string
  readonly evidence: string
  /** `it is not for mail.example.com`; null: others take it. */
  readonly fault: string | null
}

/** Empty: none of them is this server, or no smtp listener of it is open. @throws ResolverFault */
export async function stsCertificates(
  at: DomainLook,
  exchanges: readonly string[],
): Promise<readonly StsCertificate[]> {
  const places = tlsPlaces(at.world, 'smtp')
  if (places.length === 0) return []
  const ours: string[] = []
  for (const exchange of exchanges) if (await isOurs(at, exchange)) ours.push(exchange)
  const seen = ours.flatMap((exchange) =>
    places.map(async (place) => seenAt(await servedAt(at.world, place, exchange, at.signal))),
  )
  return await Promise.all(seen)
}

async function isOurs({ world, resolver, signal }: DomainLook, exchange: string): Promise<boolean> {
  if (exchange === ownHostName(world)) return true
  const { addresses } = await ownAddresses(world, { resolver, signal })
  const leads = await addressesOf(resolver, exchange)
  return leads.addresses.some((address) => addresses.includes(address))
}

function seenAt(served: Served): StsCertificate {
  const { place, serverName: exchange } = served
  const fault = faultOf(served)
  const words = fault ?? 'its certificate is one that others take'
  return { exchange, fault, evidence: `${exchange} (${placeWords(place)}): ${shown(words)}` }
}

function faultOf({ chain, fault, tls, serverName }: Served): string | null {
  const [leaf] = chain
  if (leaf === undefined) return `no TLS is to be had: ${fault ?? 'there is no certificate'}`
  if (!certificateNames(leaf, [serverName])) return `its certificate is not for ${serverName}`
  const distrust = tls?.distrust ?? null
  return distrust === null ? null : `nobody need trust its certificate: ${distrust}`
}
