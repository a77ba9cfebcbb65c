/** SPF of each domain: one record, in order, that says "pass" of us and of nobody else. */
import { isIP, isIPv4, isIPv6 } from 'node:net'

import { ResolverFault } from '../../dns/resolver.ts'

import type { Relay } from '../../directory/types.ts'
import { checkSpf } from '../../trust/spf/evaluate.ts'
import { isSpfRecord } from '../../trust/spf/record.ts'
import { SPF_LIMITS, type SpfResult, type SpfVerdict } from '../../trust/spf/types.ts'
import { failing, ok, skipped, step, type Trouble, warning } from '../findings.ts'
import type { Finding, Step } from '../types.ts'
import { addressesOf } from './addresses.ts'
import { type DomainLook, domainCheck, eachOf } from './domain-check.ts'
import { relayOfAll, relaysOf, wantedRecords } from './facts.ts'
import { ownAddresses, ownHelloName } from './ours.ts'
import { shown } from '../shown.ts'

export const spf = domainCheck(
  {
    id: 'dns.spf',
    title: 'SPF records',
    explain: ['dig DOMAIN TXT', '(what the record says of our addresses, by RFC 7208)'],
  },
  async (at) => {
    const { domain, resolver } = at
    const records = (await resolver.txt(domain)).filter(isSpfRecord)
    const evidence = records.map((record) => `${domain} TXT ${shown(record)}`)
    const [record] = records
    if (record === undefined)
      return [warning(spf, { ...missing(domain), remedy: await publish(at) })]
    if (records.length > 1)
      return [failing(spf, { ...several(records.length), evidence, remedy: severalSteps(domain) })]
    return await lookAtRecord(at, record, evidence)
  },
)

async function lookAtRecord(
  at: DomainLook,
  record: string,
  evidence: readonly string[],
): Promise<readonly Finding[]> {
  const strangers = await Promise.all(
    STRANGERS.map((address) => verdictOf(at, address, WIDE_LIMITS)),
  )
  const relay = await relayOfAll(at.world)
  const own = relay === null ? await ownAddresses(at.world, at) : NO_ADDRESSES
  const fault = faultOf(at, strangers, own.sending, evidence)
  if (fault !== null) return [fault]
  const verdicts = await Promise.all(own.sending.map((address) => verdictOf(at, address)))
  const seen = [
    ...evidence,
    ...verdicts.map((one, index) => `${own.sending[index]} (ours): ${wordsOf(one)}`),
    ...strangers.map((one, index) => `${STRANGERS[index]} (a stranger): ${wordsOf(one)}`),
    `${Math.max(...strangers.map(({ lookups }) => lookups))} of ${SPF_LIMITS.lookups} lookups`,
  ]
  const relays = await relaysOf(at, at.domain)
  const troubles = [
    ...verdicts.flatMap((one, index) =>
      ownTrouble(one, own.sending[index] ?? '', relays.length > 0),
    ),
    ...openTrouble(strangers),
    ...relayTrouble(record, await unnamedRelays(at, relays)),
  ]
  const remedy = await publish(at)
  if (troubles.length > 0)
    return troubles.map(({ verdict, steps, ...trouble }) =>
      (verdict === 'failing' ? failing : warning)(spf, {
        ...trouble,
        evidence: seen,
        remedy: [...steps, ...remedy],
      }),
    )
  if (relay !== null)
    return [
      ok(spf, `the SPF record is in order; all mail goes by the relay ${relay}`, [
        ...seen,
        'whether it names the addresses of the relay, only its provider knows',
      ]),
    ]
  if (own.sending.length === 0)
    return [
      skipped(
        spf,
        'the record is in order, but what it says of our addresses is not known, as they are not: set source_ipv4 below [outgoing]',
      ),
    ]
  return [ok(spf, 'the SPF record says "pass" of our addresses', seen)]
}

type SpfTrouble = Pick<Trouble, 'summary' | 'meaning'> & {
  readonly verdict: 'failing' | 'warning'
  readonly steps: readonly Step[]
}

async function verdictOf(
  { domain, resolver, world }: DomainLook,
  address: string,
  limits = SPF_LIMITS,
): Promise<SpfVerdict> {
  const helo = ownHelloName(world) ?? world.loaded.config.hostName
  const sender = `postmaster@${domain}`
  return await checkSpf(
    resolver,
    { address, sender, helo, receiver: helo, nowMs: world.clock.nowMs() },
    limits,
  )
}

function wordsOf({ result, term, problem, domain }: SpfVerdict): string {
  if (problem !== null) return `${result}: ${shown(problem)}`
  return term === null ? `${result}: no term of ${domain} is for it` : `${result} by ${shown(term)}`
}

/** What is wrong with the record for whomever it is asked about; null: nothing. */
function faultOf(
  { domain }: DomainLook,
  strangers: readonly SpfVerdict[],
  sending: readonly string[],
  evidence: readonly string[],
): Finding | null {
  const broken = strangers.find(({ result }) => result === 'permerror')
  if (broken !== undefined)
    return failing(spf, {
      summary: `the SPF record cannot be used: ${shown(broken.problem ?? '')}`,
      evidence: [...evidence, wordsOf(broken)],
      meaning: PERMERROR,
      remedy: [step('Mend the record, and those that it includes'), ...again(domain)],
    })
  const silent = strangers.find(({ result }) => result === 'temperror')
  if (silent !== undefined)
    return warning(spf, {
      summary: `a part of the SPF record gets no answer: ${shown(silent.problem ?? '')}`,
      evidence: [...evidence, wordsOf(silent)],
      meaning:
        'While that lasts, other servers put mail of the domain off, or judge it without SPF.',
      remedy: [step('Take what is not there any more out of the record'), ...again(domain)],
    })
  const asked = Math.max(...strangers.map(({ lookups }) => lookups))
  // An IPv4 host named by `a` has nothing for who sends by IPv6: that counts only if we do.
  const asWeSend = strangers.filter((_, index) => index === 0 || sending.some(isIPv6))
  const empty = Math.max(...asWeSend.map(({ voidLookups }) => voidLookups))
  const many = asked > SPF_LIMITS.lookups
  if (!many && empty <= SPF_LIMITS.voidLookups) return null
  return failing(spf, {
    summary: many
      ? `the SPF record takes ${asked} lookups of DNS, and only ${SPF_LIMITS.lookups} are allowed`
      : `the SPF record names ${empty} things that are not in DNS, and only ${SPF_LIMITS.voidLookups} are allowed`,
    evidence: [
      ...evidence,
      `${asked} lookups, ${empty} of them without a result (RFC 7208 §4.6.4)`,
    ],
    meaning: PERMERROR,
    remedy: [
      step(
        many
          ? 'Take out include:, a and mx that are not needed, or write their addresses as ip4: and ip6:'
          : 'Take out what is not there any more',
      ),
      ...again(domain),
    ],
  })
}

function ownTrouble(
  verdict: SpfVerdict,
  address: string,
  hasRelay: boolean,
): readonly SpfTrouble[] {
  const { result } = verdict
  if (result === 'pass') return []
  const family = isIPv4(address) ? 'ip4' : 'ip6'
  return [
    {
      verdict:
        result === 'fail' || result === 'permerror'
          ? hasRelay
            ? 'warning'
            : 'failing'
          : 'warning',
      summary: `the SPF record says "${result}" of our address ${address}`,
      meaning: `${OWN_MEANING[result] ?? 'Mail from here is judged without SPF.'}${hasRelay ? ' Mail that goes by a relay is judged by the address of the relay.' : ''}`,
      steps: [step(`Put ${family}:${address} into the record, before its "all"`)],
    },
  ]
}

const OWN_MEANING: { readonly [result in SpfResult]?: string } = {
  fail: 'Other servers refuse mail of the domain that comes from here.',
  softfail:
    'Other servers take mail of the domain that comes from here for doubtful, and often for spam.',
  neutral: 'The record does not vouch for mail of the domain that comes from here.',
}

function openTrouble(strangers: readonly SpfVerdict[]): readonly SpfTrouble[] {
  const open = strangers.find(({ result }) => result === 'pass')
  if (open !== undefined)
    return [
      {
        verdict: 'failing',
        summary: `the SPF record lets everybody send for the domain (${shown(open.term ?? '')})`,
        meaning: 'Anyone can send forged mail that passes SPF, and filters distrust such a domain.',
        steps: [step('Let the record end in -all, or in ~all')],
      },
    ]
  const neutral = strangers.find(({ result }) => result === 'neutral')
  if (neutral === undefined) return []
  return [
    {
      verdict: 'warning',
      summary: 'the SPF record says nothing of those who may not send for the domain',
      meaning: 'Forged mail is not told from real mail by it.',
      steps: [step('Let the record end in -all, or in ~all')],
    },
  ]
}

/** Names of those whose own address the record does not let send. */
async function unnamedRelays(at: DomainLook, relays: readonly Relay[]): Promise<readonly string[]> {
  const unnamed = await eachOf(relays, async ({ name, hosts }) => {
    for (const { host } of hosts.slice(0, MAX_HOSTS))
      for (const address of await addressesOfHost(at, host))
        if ((await verdictOf(at, address)).result === 'pass') return []
    return [name]
  })
  return unnamed.flat()
}

/** None, where DNS does not say now. */
async function addressesOfHost({ resolver }: DomainLook, host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  try {
    return (await addressesOf(resolver, host)).addresses.slice(0, MAX_HOSTS)
  } catch (error) {
    if (error instanceof ResolverFault) return []
    throw error
  }
}

/** What a relay sends comes from addresses that only its provider knows. */
function relayTrouble(record: string, relays: readonly string[]): readonly SpfTrouble[] {
  if (relays.length === 0 || /\s\+?(?:include:|exists:|redirect=)/i.test(record)) return []
  const names = relays.join(', ')
  return [
    {
      verdict: 'warning',
      summary: `mail of the domain may go by the relay ${names}, and the SPF record includes nobody`,
      meaning:
        "Others see the relay's address and refuse or suspect the mail, unless the record names it.",
      steps: [
        step(
          `Put the include: that the provider of ${names} tells you into the record, before its "all"`,
        ),
      ],
    },
  ]
}

function missing(domain: string): Omit<Trouble, 'remedy'> {
  return {
    summary: 'the domain has no SPF record',
    evidence: [`no TXT record of ${domain} begins with v=spf1`],
    meaning:
      'Others cannot tell mail from here from forged mail, and large providers want an SPF record.',
  }
}

function several(count: number): Pick<Trouble, 'summary' | 'meaning'> {
  return {
    summary: `the domain has ${count} SPF records, and only one is allowed`,
    meaning: PERMERROR,
  }
}

function severalSteps(domain: string): readonly Step[] {
  return [
    step('Make one record of them: v=spf1, then the terms of all of them, then one "all"'),
    ...again(domain),
  ]
}

async function publish(at: DomainLook): Promise<readonly Step[]> {
  const [wanted] = await wantedRecords(at, 'spf')
  const text = wanted?.type === 'TXT' ? `: ${wanted.text}` : ''
  return [step(`Publish the record that this shows${text}`, `waybill dns records ${at.domain}`)]
}

function again(domain: string): readonly Step[] {
  return [step('Look again', `waybill doctor --only dns.spf --domain ${domain}`)]
}

const PERMERROR =
  'Other servers take the domain for one without SPF, or refuse its mail for the error.'
/** Nobody's (RFC 5737, RFC 3849): what is said of them is said of all the world. */
const STRANGERS = ['203.0.113.253', '2001:db8:ffff:ffff::fffd']
const MAX_HOSTS = 4
const NO_ADDRESSES = { sending: [] } as const
/** So that it can be said by how much it is too many. */
const WIDE_LIMITS = { lookups: 60, voidLookups: 20 }
