/** Whether our addresses and domains are on blocklists; and whether the lists answer us at all. */
import { isIPv4 } from 'node:net'

import { reverseName } from '../../dns/records.ts'
import { ResolverFault } from '../../dns/resolver.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import type { Finding, Step } from '../types.ts'
import {
  type DnsLook,
  eachOf,
  errorCodeOf,
  isAnswering,
  serverCheck,
  servedDomains,
} from './domain-check.ts'
import { type Blocklist, BLOCKLISTS, type ListMeaning } from './lists.ts'
import { relayOfAll } from './facts.ts'
import { isLocalName, ownAddresses } from './ours.ts'
import { ownResolver, publicResolverOf, upstreamsOf } from './resolver.ts'
import { shown } from '../shown.ts'

export const blocklists = serverCheck(
  {
    id: 'dns.blocklists',
    title: 'Blocklists',
    explain: BLOCKLISTS.map(({ zone, of }) =>
      of === 'domain' ? `dig DOMAIN.${zone} A` : `dig ADDRESS-REVERSED.${zone} A`,
    ),
  },
  async (at) => {
    // By a relay others see its address, and an address of users may well be on such a list.
    const isRelayed = (await relayOfAll(at.world)) !== null
    const addresses = isRelayed ? [] : (await ownAddresses(at.world, at)).sending
    const domains = (await servedDomains(at.world)).filter((name) => !isLocalName(name))
    if (addresses.length === 0 && domains.length === 0)
      return [
        skipped(
          blocklists,
          isRelayed
            ? 'there is nothing to look up: no domain, and all mail goes by a relay'
            : 'there is nothing to look up: no domain, and no public address is known',
        ),
      ]
    const asked = (list: Blocklist) =>
      list.of === 'domain'
        ? domains
        : addresses.filter((one) => list.of === 'address' || isIPv4(one))
    const answers = await eachOf(
      BLOCKLISTS.filter((list) => asked(list).length > 0),
      (list) => askList(at, list, asked(list)),
    )
    // Then it is not for the lists to say why.
    const [first] = answers
    if (first?.fault != null && answers.every(({ fault }) => fault !== null))
      if (!(await isAnswering(at.resolver))) throw first.fault
    return [...findingsOf(answers, [...addresses, ...domains]), ...refusals(at, answers)]
  },
)

/** What one list says. */
interface ListAnswer {
  readonly list: Blocklist
  /** Why it says nothing to us; null: it does. */
  readonly refusal: string | null
  /** Why the resolver does not even say what the list says; null: it does. */
  readonly fault: ResolverFault | null
  readonly entries: readonly Entry[]
}

interface Entry {
  /** The address or domain. */
  readonly looked: string
  readonly codes: readonly string[]
  /** Its own words. */
  readonly reason: string | null
}

async function askList(
  at: DnsLook,
  list: Blocklist,
  wanted: readonly string[],
): Promise<ListAnswer> {
  try {
    const test = await codesOf(at, list, list.test)
    const refusal = refusalOf(list, test)
    if (refusal !== null) return { list, refusal, fault: null, entries: [] }
    const entries = await eachOf(wanted, async (looked) => {
      const codes = await codesOf(at, list, looked)
      return { looked, codes, reason: codes.length === 0 ? null : await reasonOf(at, list, looked) }
    })
    // It may answer the test and not the question.
    const later = entries.flatMap(({ codes }) =>
      codes.length === 0 ? [] : (refusalOf(list, codes) ?? []),
    )
    return { list, refusal: later[0] ?? null, fault: null, entries }
  } catch (error) {
    if (error instanceof ResolverFault)
      return { list, refusal: silenceWords(errorCodeOf(error)), fault: error, entries: [] }
    throw error
  }
}

/** @param code  `SERVFAIL`, of the resolver: a list itself refuses by an entry; null: it said nothing */
function silenceWords(code: string | null): string {
  if (code === null) return 'it gives no answer'
  return `the resolver answers ${code}${CAUSES[code] ?? ''}`
}

const CAUSES: Readonly<Record<string, string>> = {
  SERVFAIL: ', as it does when the servers of a list do not answer it',
  REFUSED: ', so that it does not ask for this machine, or the servers of the list refuse it',
}

async function codesOf(
  { resolver }: DnsLook,
  { zone }: Blocklist,
  looked: string,
): Promise<readonly string[]> {
  return (await resolver.addressAnswer(`${labelsOf(looked)}.${zone}`, 4)).records
}

/** What it says of itself in TXT; that may be anything. */
async function reasonOf(
  { resolver }: DnsLook,
  { zone }: Blocklist,
  looked: string,
): Promise<string | null> {
  try {
    const [text] = await resolver.txt(`${labelsOf(looked)}.${zone}`)
    return text === undefined ? null : shown(text, 160)
  } catch (error) {
    if (error instanceof ResolverFault) return null
    throw error
  }
}

/** RFC 5782 §2.1, §2.4. */
function labelsOf(looked: string): string {
  const reversed = reverseName(looked)
  return reversed === '' ? looked : reversed.replace(/\.(in-addr|ip6)\.arpa$/, '')
}

/** Why the answers of a list are none; null: they are. */
function refusalOf(list: Blocklist, codes: readonly string[]): string | null {
  if (codes.length === 0)
    return 'it does not know its own test entry, so that it does not answer this resolver'
  const odd = codes.find((code) => !code.startsWith('127.'))
  if (odd !== undefined) return `the resolver makes up answers: ${odd} is not one that a list gives`
  for (const code of codes) {
    const meaning = list.meaning(code)
    if (meaning?.kind === 'refused') return `it says ${code}: ${meaning.words}`
  }
  return null
}

function findingsOf(answers: readonly ListAnswer[], looked: readonly string[]): readonly Finding[] {
  const good = answers.filter(({ refusal }) => refusal === null)
  return looked.flatMap((one) => {
    const asked = good.filter(({ entries }) => entries.some((entry) => entry.looked === one))
    if (asked.length === 0) return []
    const listed = asked.flatMap(({ list, entries }) =>
      entries
        .filter((entry) => entry.looked === one && entry.codes.length > 0)
        .map((entry) => ({ list, entry })),
    )
    if (listed.length === 0)
      return [
        ok(
          blocklists,
          'it is on no blocklist that answers',
          [`not listed: ${asked.map(({ list }) => list.zone).join(', ')}`],
          { subject: one },
        ),
      ]
    return [listedFinding(one, listed, asked)]
  })
}

function listedFinding(
  subject: string,
  listed: readonly { readonly list: Blocklist; readonly entry: Entry }[],
  asked: readonly ListAnswer[],
): Finding {
  const meanings = listed.flatMap(({ list, entry }) =>
    entry.codes.map(
      (code): ListMeaning => list.meaning(code) ?? { kind: 'listed', words: 'listed' },
    ),
  )
  const isOnlyPolicy = meanings.every(({ kind }) => kind === 'policy')
  const names = listed.map(({ list }) => list.name).join(', ')
  const verdict =
    isOnlyPolicy || !listed.some(({ list }) => list.zone.includes('spamhaus')) ? warning : failing
  return verdict(blocklists, {
    subject,
    summary: isOnlyPolicy
      ? 'Spamhaus counts the address among those that should not send mail themselves (PBL)'
      : `it is on the blocklist of ${names}`,
    evidence: [
      ...listed.flatMap(({ list, entry }) => [
        ...entry.codes.map(
          (code) =>
            `${list.zone}: ${code}, ${list.meaning(code)?.words ?? 'a code that we do not know'}`,
        ),
        ...(entry.reason === null ? [] : [`${list.zone}: "${entry.reason}"`]),
      ]),
      `${listed.length} of ${asked.length} lists that answer have it`,
    ],
    meaning: 'Many servers refuse mail because of that, or take it for spam.',
    remedy: [
      ...(isOnlyPolicy ? POLICY_STEPS : CAUSE_STEPS),
      ...listed.map(({ list }) =>
        step(`See why, and ask ${list.name} to be taken off: ${list.page(subject)}`),
      ),
    ],
    figures: { lists: listed.map(({ list }) => list.zone) },
  })
}

const CAUSE_STEPS: readonly Step[] = [
  step('Find what sent spam before anything else: who sent most', 'waybill log stats --since 7d'),
  step('See what waits that nobody here wrote', 'waybill queue summary'),
]
const POLICY_STEPS: readonly Step[] = [
  step('Send by a relay, if the address is one of a line at home', 'waybill relay add --help'),
  step('If it is the fixed address of a server: take it off the list yourself'),
]

/** One finding for each reason why lists say nothing: nothing is known by them. */
function refusals({ world }: DnsLook, answers: readonly ListAnswer[]): readonly Finding[] {
  const forwarder = upstreamsOf(world).find(
    ({ address }) => publicResolverOf(address) !== undefined,
  )
  const because =
    forwarder === undefined
      ? ''
      : ` (the resolver is ${publicResolverOf(forwarder.address)}, ${forwarder.address})`
  const byRefusal = Map.groupBy(answers, ({ refusal }) => refusal)
  byRefusal.delete(null)
  return [...byRefusal].map(([refusal, all]) => {
    const zones = all.map(({ list }) => list.zone)
    const asked =
      zones.length === 1 ? 'was not asked' : `and ${zones.length - 1} more were not asked`
    const looks = all
      .filter(({ fault }) => fault !== null)
      .slice(0, 1)
      .map(({ list }) => `dig ${labelsOf(list.test)}.${list.zone} A`)
    return {
      ...skipped(
        blocklists,
        `${zones[0]} ${asked} to any effect: ${refusal}${because}`,
        zones.join(', '),
      ),
      remedy: [
        ...looks.map((look) => step('See what the resolver says of its test entry', look)),
        ...ownResolver(world),
      ],
    }
  })
}
