import type { OutgoingConfig, OutgoingDomain } from '../config/types.ts'
import { domainToAscii } from '../syntax/address/domain.ts'
import type { DestinationName } from './types.ts'

/** What counts for mail to one domain: the configuration, with what differs for it put in. */
export interface DomainSettings {
  /** What we say in EHLO; null is the name of this host. */
  readonly helloName: string | null
  readonly sourceIpv4: string | null
  readonly sourceIpv6: string | null
  /** Waits between attempts; the last one stays. */
  readonly retryMs: readonly number[]
  /** 0 is never. */
  readonly delayNoticeMs: number
  readonly expiryMs: number
  /** The same for bounces. */
  readonly bounceExpiryMs: number
  readonly firstConnections: number
  readonly maxConnections: number
  /** 0 is without limit. */
  readonly ratePerMinute: number
  /** Null: as the domain publishes. */
  readonly requireTls: boolean | null
}

/** The settings for a domain; null is a destination that is no domain's: a relay, an address literal. */
export function settingsFor(outgoing: OutgoingConfig, domain: string | null): DomainSettings {
  const own = domain === null ? undefined : outgoing.domains.find((table) => fits(table, domain))
  const maxConnections = own?.maxConnections ?? outgoing.maxConnectionsPerDestination
  return {
    helloName: own?.helloName ?? outgoing.helloName,
    sourceIpv4: own?.sourceIpv4 ?? outgoing.sourceIpv4,
    sourceIpv6: own?.sourceIpv6 ?? outgoing.sourceIpv6,
    retryMs: own?.retryMs ?? outgoing.retryMs,
    delayNoticeMs: own?.delayNoticeMs ?? outgoing.delayNoticeMs,
    expiryMs: own?.expiryMs ?? outgoing.expiryMs,
    bounceExpiryMs: own?.bounceExpiryMs ?? outgoing.bounceExpiryMs,
    firstConnections: Math.min(own?.firstConnections ?? outgoing.firstConnections, maxConnections),
    maxConnections,
    ratePerMinute: own?.ratePerMinute ?? outgoing.ratePerMinute,
    requireTls: own?.requireTls ?? null,
  }
}

/** `mx:example.net` is of example.net; of a relay and of an address literal: null. */
export function domainOf(destination: DestinationName): string | null {
  return destination.startsWith('mx:') && !destination.startsWith('mx:[')
    ? destination.slice('mx:'.length)
    : null
}

/** The domain of a recipient, as the tables of the configuration have it; null of an address literal. */
export function recipientDomain(address: string): string | null {
  const domain = domainPart(address)
  return domain.startsWith('[') ? null : domain
}

/** The same, or an address literal. */
export function domainPart(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1)
  return domainToAscii(domain) ?? domain.toLowerCase()
}

function fits({ domain: pattern }: OutgoingDomain, domain: string): boolean {
  const own = domainToAscii(pattern.replace(/^\*\./, '')) ?? pattern.toLowerCase()
  return pattern.startsWith('*.') ? domain.endsWith(`.${own}`) : domain === own
}
