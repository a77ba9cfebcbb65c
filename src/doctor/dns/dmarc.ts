/** DMARC of each domain: RFC 7489 §6.3, §7.1. */
import { failing, ok, step, type Trouble, warning } from '../findings.ts'
import type { Finding, Step } from '../types.ts'
import { type DomainLook, domainCheck, eachOf, servedDomains } from './domain-check.ts'
import { shown } from '../shown.ts'
import { readTags, reportUris } from './tags.ts'

export const dmarc = domainCheck(
  {
    id: 'dns.dmarc',
    title: 'DMARC records',
    explain: ['dig _dmarc.DOMAIN TXT', 'dig DOMAIN._report._dmarc.ELSEWHERE TXT'],
  },
  async (at) => {
    const found = await recordsOf(at, at.domain)
    if (found.length > 0) return await lookAtRecords(at, found)
    const parent = await inherited(at)
    if (parent === null) return [warning(dmarc, missing(at.domain))]
    const evidence = [
      `no DMARC record at _dmarc.${at.domain}`,
      `_dmarc.${parent.name} TXT ${shown(parent.record)}`,
    ]
    const policy = readTags(parent.record).values
    const word = policy.get('sp') ?? policy.get('p') ?? 'none'
    return [
      ok(dmarc, `the record of ${parent.name} counts for the domain: ${shown(word)}`, evidence),
    ]
  },
)

async function recordsOf({ resolver }: DomainLook, domain: string): Promise<readonly string[]> {
  const records = await resolver.txt(`_dmarc.${domain}`)
  return records.filter((record) => /^\s*v\s*=\s*DMARC1\s*(?:;|$)/i.test(record))
}

/** The nearest domain above with a record. Which of them is the organisation's is not known here. */
async function inherited(at: DomainLook): Promise<{ name: string; record: string } | null> {
  const labels = at.domain.split('.')
  for (let first = 1; first < labels.length - 1; first++) {
    const name = labels.slice(first).join('.')
    const [record] = await recordsOf(at, name)
    if (record !== undefined) return { name, record }
  }
  return null
}

async function lookAtRecords(
  at: DomainLook,
  records: readonly string[],
): Promise<readonly Finding[]> {
  const { domain } = at
  const evidence = records.map((record) => `_dmarc.${domain} TXT ${shown(record)}`)
  const of = { evidence, remedy: mend(domain) }
  const [record = ''] = records
  if (records.length > 1)
    return [
      failing(dmarc, {
        ...of,
        summary: `the domain has ${records.length} DMARC records`,
        meaning: IGNORED,
      }),
    ]
  const { values, fault } = readTags(record)
  const wrong = fault ?? faultOf(values, record)
  if (wrong !== null)
    return [
      failing(dmarc, {
        ...of,
        summary: `the DMARC record is not in order: ${shown(wrong)}`,
        meaning: IGNORED,
      }),
    ]
  const reports = reportUris(values.get('rua') ?? '')
    .filter(({ uri }) => uri !== '')
    .slice(0, MAX_REPORTS)
  const unauthorised = await eachOf(reports, (report) => lookAtReport(at, report.address))
  const troubles = unauthorised.filter((one) => one !== null)
  if (troubles.length > 0)
    return troubles.map((trouble) =>
      warning(dmarc, { ...trouble, evidence: [...evidence, ...trouble.evidence] }),
    )
  return [ok(dmarc, summaryOf(values, reports.length), evidence)]
}

function summaryOf(values: ReadonlyMap<string, string>, reports: number): string {
  const policy = values.get('p') ?? 'none'
  const none =
    policy === 'none'
      ? ', which only watches: make it quarantine once the reports show that your mail passes'
      : ''
  const unread = reports === 0 ? '; nobody gets reports (rua)' : ''
  return `the DMARC record is in order: p=${policy}${none}${unread}`
}

/** Null: it is in order. */
function faultOf(values: ReadonlyMap<string, string>, record: string): string | null {
  if (!record.startsWith('v=DMARC1')) return 'it has to begin with v=DMARC1, written just so'
  for (const [tag, pattern] of PATTERNS) {
    const value = values.get(tag)
    if (value === undefined ? tag === 'p' : !pattern.test(value))
      return value === undefined
        ? 'it has no policy (p=)'
        : `${tag}=${value} is no value for ${tag}`
  }
  for (const tag of ['rua', 'ruf']) {
    const value = values.get(tag)
    const bad =
      value === undefined
        ? undefined
        : reportUris(value).find(({ uri }) => !/^[a-z][a-z0-9+.-]*:\S+$/i.test(uri))
    if (bad !== undefined) return `${tag}=${bad.uri} is no address: it begins with mailto:`
  }
  return null
}

const PATTERNS: readonly (readonly [tag: string, pattern: RegExp])[] = [
  ['p', /^(none|quarantine|reject)$/i],
  ['sp', /^(none|quarantine|reject)$/i],
  ['np', /^(none|quarantine|reject)$/i],
  ['adkim', /^[rs]$/i],
  ['aspf', /^[rs]$/i],
  ['pct', /^(100|\d{1,2})$/],
  ['ri', /^\d{1,10}$/],
  ['fo', /^[01ds](:[01ds])*$/i],
]

/** What is wrong with where reports go; null: nothing. */
async function lookAtReport(at: DomainLook, address: string | null): Promise<Trouble | null> {
  if (address === null) return null
  const target = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  const local = await servedDomains({ ...at.world, domain: null })
  if (local.includes(target)) {
    const { destinations } = await at.world.ask('route', { address })
    const isRefused = destinations.every(({ kind }) => kind === 'refused')
    if (isRefused) return nobody(address)
  }
  if (isRelated(target, at.domain)) return null
  // RFC 7489 §7.1: who is elsewhere has to agree to the reports.
  const place = `${at.domain}._report._dmarc.${target}`
  const agreed = (await at.resolver.txt(place)).some((record) => /^v=DMARC1/i.test(record))
  return agreed ? null : unasked(place, target)
}

/** Of one organisation as far as can be told without a list of public suffixes. */
function isRelated(a: string, b: string): boolean {
  return a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`) || isSisterOf(a, b)
}

/** `a.example.com` and `b.example.com`; not `example.co.uk` and `example2.co.uk`. */
function isSisterOf(a: string, b: string): boolean {
  const [top = '', second = ''] = a.split('.').toReversed()
  return second.length > 3 && a.endsWith(`.${second}.${top}`) && b.endsWith(`.${second}.${top}`)
}

function nobody(address: string): Trouble {
  return {
    summary: `DMARC reports are to go to ${shown(address)}, which is nobody here`,
    evidence: [`waybill route ${shown(address)}: refused`],
    meaning: 'The reports bounce, so that nobody learns of forged mail or of own mail that fails.',
    remedy: [
      step(
        'Make an account or an alias of that name, or let rua= name another',
        'waybill alias add --help',
      ),
    ],
  }
}

function unasked(place: string, target: string): Trouble {
  return {
    summary: `DMARC reports are to go to ${shown(target)}, which has not agreed to that`,
    evidence: [`no TXT record at ${shown(place)} begins with v=DMARC1`],
    meaning: 'Most servers then send no reports at all (RFC 7489 §7.1). Mail is not affected.',
    remedy: [
      step(`Have ${shown(target)} publish: ${shown(place)} TXT "v=DMARC1"`),
      step('Or let rua= name an address of the domain itself'),
    ],
  }
}

function missing(domain: string): Trouble {
  return {
    summary: 'the domain has no DMARC record',
    evidence: [`no TXT record at _dmarc.${domain} begins with v=DMARC1`],
    meaning:
      'Forged mail in its name is not refused, and large providers want a record of those who send much.',
    remedy: mend(domain),
  }
}

function mend(domain: string): readonly Step[] {
  return [
    step(`Publish one record at _dmarc.${domain}; this shows it`, `waybill dns records ${domain}`),
  ]
}

/** Others stop sending to more of them long before (RFC 7489 §6.2). */
const MAX_REPORTS = 20
const IGNORED =
  'Others take the domain for one without DMARC: forged mail in its name is not refused.'
