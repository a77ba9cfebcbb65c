/** TLSA records of our own mail servers: whether they name the certificate that is shown. RFC 7672. */
import type { Answer, TlsaData } from '../../dns/resolver.ts'
import { daneFault } from '../../smtp-client/dane.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { placeWords } from '../places.ts'
import { mailNames } from '../tls/names.ts'
import { servedAt, tlsPlaces } from '../tls/served.ts'
import type { Finding } from '../types.ts'
import { type DnsLook, eachOf, serverCheck, servedDomains } from './domain-check.ts'
import { isLocalName } from './ours.ts'
import { serversOf } from './resolver.ts'

export const dane = serverCheck(
  {
    id: 'dns.dane',
    title: 'TLSA records (DANE)',
    explain: ['dig +dnssec _25._tcp.HOST_NAME TLSA', '(EHLO and STARTTLS at the smtp listener)'],
  },
  async (at) => {
    const names = (await mailNames(at.world, at.signal)).filter(isPublicName)
    if (names.length === 0)
      return [
        skipped(
          dane,
          'host_name is no name that others could look up, so that nothing can be published for it',
        ),
      ]
    const looks = await eachOf(names, async (name) => {
      const answer = await at.resolver.tlsaAnswer(`_25._tcp.${name}`)
      if (answer.records.length > 0) return await lookAtRecords(at, name, answer)
      const evidence = [`no TLSA record at _25._tcp.${name}`]
      const summary = 'no TLSA records are published, which is allowed'
      return [ok(dane, summary, evidence, { subject: name })]
    })
    return looks.flat()
  },
)

function isPublicName(name: string): boolean {
  return name.includes('.') && !isLocalName(name)
}

async function lookAtRecords(
  { world, signal }: DnsLook,
  name: string,
  { records, authentic }: Answer<TlsaData>,
): Promise<readonly Finding[]> {
  const evidence = records.map((record) => `_25._tcp.${name} TLSA ${wordsOf(record)}`)
  const of = { subject: name }
  const places = tlsPlaces(world, 'smtp')
  if (places.length === 0)
    return [
      skipped(
        dane,
        `${evidence.length} TLSA records are published; there is no running smtp listener with TLS to compare them with`,
        name,
      ),
    ]
  const names = [name, ...(await servedDomains({ ...world, domain: null }))]
  const seen = await Promise.all(places.map((place) => servedAt(world, place, name, signal)))
  const nowMs = world.clock.nowMs()
  const results = seen.map(({ chain, fault }) => fault ?? daneFault(chain, records, names, nowMs))
  const told = [
    ...evidence,
    ...results.map(
      (fault, index) =>
        `the listener at ${placeWords(seen[index]?.place ?? { host: '?', port: 0 })}: ${fault ?? 'its certificate matches'}`,
    ),
    authentic
      ? 'DNSSEC proves the records'
      : 'DNSSEC does not prove the records, or the resolver is not trusted',
  ]
  const fault = results.find((one) => one !== null)
  if (fault !== undefined && fault !== null)
    return [failing(dane, { ...of, ...mismatch(name, fault), evidence: told })]
  if (!authentic && serversOf(world).some(({ trusted }) => trusted))
    return [warning(dane, { ...of, ...unproved(name), evidence: told })]
  return [ok(dane, 'the TLSA records name the certificate that is shown', told, of)]
}

function wordsOf({ usage, selector, matchingType, data }: TlsaData): string {
  return `${usage} ${selector} ${matchingType} ${Buffer.from(data).toString('hex').slice(0, 64)}`
}

function mismatch(name: string, fault: string) {
  return {
    summary: `the TLSA records do not fit the certificate: ${fault}`,
    meaning:
      'Servers that check DANE bring no mail here: it waits with them, and comes back after days.',
    remedy: [
      step(
        'Make the record of the certificate in use (3 1 1), and publish it in place of the old one',
        `openssl s_client -connect ${name}:25 -starttls smtp </dev/null 2>/dev/null | openssl x509 -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum`,
      ),
      step(
        'With each new key: publish the new record first, and use the key only two TTLs later; or keep the key',
      ),
    ],
  }
}

function unproved(name: string) {
  return {
    summary: 'the TLSA records are not proved by DNSSEC',
    meaning:
      'They count for nothing: other servers look at TLSA records only when DNSSEC proves them.',
    remedy: [
      step(
        'Have the zone signed, and its DS record put into the zone above: the DNS provider does that',
      ),
      step('See what is missing', `delv _25._tcp.${name} TLSA`),
    ],
  }
}
