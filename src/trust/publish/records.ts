/**
 * What a domain publishes in DNS so that mail reaches it, is believed, and programs find their
 * servers: values only, made from what is known here. `zone.ts` writes them.
 */
import { createHash } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** Names are A-labels without a trailing dot. */
export type DnsRecord =
  | { readonly type: 'A' | 'AAAA'; readonly name: string; readonly address: string }
  | {
      readonly type: 'MX'
      readonly name: string
      readonly preference: number
      readonly exchange: string
    }
  /** The text in one piece, however long. */
  | { readonly type: 'TXT'; readonly name: string; readonly text: string }
  | {
      readonly type: 'SRV'
      readonly name: string
      readonly priority: number
      readonly weight: number
      readonly port: number
      readonly target: string
    }
  | { readonly type: 'CNAME'; readonly name: string; readonly target: string }

/** Records that serve one purpose. */
export interface RecordGroup {
  readonly topic: Topic
  /** What they are for, as one sentence. */
  readonly purpose: string
  /** What else there is to do or to know; one sentence each. */
  readonly notes: readonly string[]
  readonly records: readonly DnsRecord[]
  /** A file that a web server has to have besides; null: none. */
  readonly file: { readonly url: string; readonly text: string } | null
}

export type Topic =
  | 'address'
  | 'mx'
  | 'spf'
  | 'dkim'
  | 'dmarc'
  | 'mta-sts'
  | 'tls-rpt'
  | 'srv'
  | 'autoconfig'

/** What is known of a domain and of the server that has its mail. */
export interface DomainFacts {
  /** A-labels. */
  readonly domain: string
  /** The name of this server. */
  readonly hostName: string
  /** The addresses it is reached at and sends from; empty: not known. */
  readonly addresses: readonly string[]
  /** The keys whose records belong in DNS. */
  readonly keys: readonly PublishedKey[]
  /** The ports that mail programs use; null: this server has no such port. */
  readonly ports: ServicePorts
  /** Domains whose SPF record names further servers that send for the domain: a relay's. */
  readonly includes: readonly string[]
  /** Relays that mail of the domain may go by. */
  readonly relays: readonly string[]
}

export interface PublishedKey {
  readonly recordName: string
  readonly record: string
  readonly state: 'pending' | 'active' | 'retiring'
}

export interface ServicePorts {
  readonly submissions: number | null
  readonly submission: number | null
  readonly imaps: number | null
  readonly imap: number | null
}

/** Everything to publish, the most important first. */
export function domainRecords(facts: DomainFacts): RecordGroup[] {
  const groups = [
    ...[addressGroup, mxGroup, spfGroup, dkimGroup, dmarcGroup],
    ...[stsGroup, tlsReportGroup, serviceGroup, autoconfigGroup],
  ]
  return groups.map((group) => group(facts)).filter((group) => group !== null)
}

function addressGroup({ domain, hostName, addresses }: DomainFacts): RecordGroup | null {
  const group = (notes: readonly string[], records: readonly DnsRecord[]): RecordGroup => ({
    topic: 'address',
    purpose: `${hostName} is the address of this server.`,
    notes,
    records,
    file: null,
  })
  if (!isWithin(hostName, domain))
    return group([`Its A and AAAA records belong to the zone of ${hostName}, not to this one.`], [])
  if (addresses.length === 0)
    return group(['Give it an A and an AAAA record: its addresses are not known here.'], [])
  return group(
    [
      `The PTR record of each address leads back to ${hostName}: whoever rents out the address sets it.`,
    ],
    addresses.map((address) => {
      return { type: isIPv4(address) ? 'A' : 'AAAA', name: hostName, address }
    }),
  )
}

function mxGroup({ domain, hostName }: DomainFacts): RecordGroup {
  return {
    topic: 'mx',
    purpose: `Other servers bring mail for ${domain} to ${hostName}.`,
    notes: [],
    records: [{ type: 'MX', name: domain, preference: 10, exchange: hostName }],
    file: null,
  }
}

/** RFC 7208. */
function spfGroup({ domain, hostName, addresses, includes, relays }: DomainFacts): RecordGroup {
  const mechanisms = [
    ...addresses.map((address) => `${isIPv4(address) ? 'ip4' : 'ip6'}:${address}`),
    'mx',
    ...includes.map((name) => `include:${name}`),
  ]
  const records: DnsRecord[] = [
    { type: 'TXT', name: domain, text: `v=spf1 ${mechanisms.join(' ')} -all` },
  ]
  // RFC 7208 §2.3: bounces have no sender but the name of the server.
  if (hostName !== domain && isWithin(hostName, domain))
    records.push({ type: 'TXT', name: hostName, text: 'v=spf1 a -all' })
  const relayed =
    relays.length > 0 && includes.length === 0
      ? [
          `Mail that goes by the relay ${relays.join(', ')} comes from its addresses: put its include: ` +
            'before -all, or give --include. Without it others take that mail for forged.',
        ]
      : []
  const senders =
    relays.length + includes.length === 0
      ? 'Only this server sends'
      : 'Only this server and those that are named here send'
  return {
    topic: 'spf',
    purpose: `${senders} mail for ${domain} (SPF).`,
    notes: ['A name has one SPF record: where there is one already, make one of both.', ...relayed],
    records,
    file: null,
  }
}

function dkimGroup({ domain, keys }: DomainFacts): RecordGroup {
  const pending = keys.some(({ state }) => state === 'pending')
  const retiring = keys.some(({ state }) => state === 'retiring')
  return {
    topic: 'dkim',
    purpose: `With these keys others check that mail is from ${domain} and was not changed (DKIM).`,
    notes: [
      ...(keys.length === 0 ? [`No keys yet: waybill dkim rotate ${domain}`] : []),
      ...(pending
        ? [`Once the new keys are in DNS: waybill dkim rotate ${domain} --activate`]
        : []),
      ...(retiring
        ? ['Keep the old keys until waybill dkim list says that they are retired.']
        : []),
    ],
    records: keys.map(({ recordName, record }) => {
      return { type: 'TXT', name: recordName, text: record }
    }),
    file: null,
  }
}

/** RFC 7489 §6.3. */
function dmarcGroup({ domain }: DomainFacts): RecordGroup {
  return {
    topic: 'dmarc',
    purpose: `What others do with mail that says it is from ${domain} and is not (DMARC).`,
    notes: [
      'p=none only asks for reports. When they show that all your own mail passes, make it ' +
        'p=quarantine, and later p=reject.',
    ],
    records: [
      { type: 'TXT', name: `_dmarc.${domain}`, text: `v=DMARC1; p=none; rua=${reportsTo(domain)}` },
    ],
    file: null,
  }
}

/** RFC 8461 §3. */
function stsGroup({ domain, hostName }: DomainFacts): RecordGroup {
  const lines = ['version: STSv1', 'mode: testing', `mx: ${hostName}`, 'max_age: 604800']
  const text = lines.map((line) => `${line}\r\n`).join('')
  // Another policy has to have another id (RFC 8461 §3.1): this one changes with the text.
  const id = createHash('sha256').update(text).digest('hex').slice(0, 20)
  const policyHost = `mta-sts.${domain}`
  return {
    topic: 'mta-sts',
    purpose: `Mail for ${domain} comes over TLS only, with a certificate for ${hostName} (MTA-STS).`,
    notes: [
      'It counts once a web server has the policy below, with a certificate that is valid for ' +
        `${policyHost}, and ${hostName} has a valid one too.`,
      'mode: testing only asks for reports; mode: enforce makes others keep to it. Give the TXT ' +
        'record another id with each change.',
    ],
    records: [
      { type: 'TXT', name: `_mta-sts.${domain}`, text: `v=STSv1; id=${id}` },
      { type: 'CNAME', name: policyHost, target: hostName },
    ],
    file: { url: `https://${policyHost}/.well-known/mta-sts.txt`, text },
  }
}

/** RFC 8460 §3. */
function tlsReportGroup({ domain }: DomainFacts): RecordGroup {
  const text = `v=TLSRPTv1; rua=${reportsTo(domain)}`
  return {
    topic: 'tls-rpt',
    purpose: 'Others report where TLS with this server failed (TLSRPT).',
    notes: [],
    records: [{ type: 'TXT', name: `_smtp._tls.${domain}`, text }],
    file: null,
  }
}

/** RFC 6186 §3, RFC 8314 §5.1. */
function serviceGroup({ domain, hostName, ports }: DomainFacts): RecordGroup | null {
  const services = Object.entries(ports).flatMap(([service, port]): DnsRecord[] => {
    if (port === null) return []
    // TLS from the first octet is asked for first.
    const priority = service.endsWith('s') ? 0 : 10
    const name = `_${service}._tcp.${domain}`
    return [{ type: 'SRV', name, priority, weight: 1, port, target: hostName }]
  })
  if (services.length === 0) return null
  return {
    topic: 'srv',
    purpose: 'Mail programs find where to read and to send mail.',
    notes: [],
    records: services,
    file: null,
  }
}

function autoconfigGroup({ domain, hostName }: DomainFacts): RecordGroup {
  const names = ['autoconfig', 'autodiscover'].filter((name) => `${name}.${domain}` !== hostName)
  return {
    topic: 'autoconfig',
    purpose: 'Thunderbird, Outlook and others ask a web server there how to set up an account.',
    notes: ['Useful once a web server answers there; harmless before.'],
    records: names.map((name) => {
      return { type: 'CNAME', name: `${name}.${domain}`, target: hostName }
    }),
    file: null,
  }
}

function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`)
}

function reportsTo(domain: string): string {
  return `mailto:postmaster@${domain}`
}
