/** The DKIM keys of each domain in DNS, compared with ours: RFC 6376 §3.6. */
import type { DkimKey } from '../../directory/dkim-keys.ts'
import { publicationOf } from '../../trust/dkim/publication.ts'
import type { PublishedKey } from '../../trust/publish/records.ts'
import { failing, ok, step, warning } from '../findings.ts'
import type { Finding, Step } from '../types.ts'
import { type DomainLook, domainCheck } from './domain-check.ts'
import { isPublished, keysOf } from './facts.ts'
import { shown } from '../shown.ts'

export const dkim = domainCheck(
  {
    id: 'dns.dkim',
    title: 'DKIM keys in DNS',
    explain: ['waybill dkim list DOMAIN', 'dig SELECTOR._domainkey.DOMAIN TXT'],
  },
  async (at) => {
    const keys = (await keysOf(at)).filter(isPublished)
    if (keys.length === 0)
      return [
        warning(dkim, {
          summary: 'mail of the domain is not signed: there is no key',
          evidence: ['no DKIM key that is pending, active or retiring'],
          meaning:
            'Others cannot tell the mail from forged mail, and large providers want it signed.',
          remedy: [step('Make keys', `waybill dkim rotate ${at.domain}`), ...publish(at.domain)],
        }),
      ]
    const seen = await Promise.all(keys.map((key) => seenOf(at, key)))
    // With one good key a mail is believed, whatever becomes of a second signature.
    const isSigned = seen.some(({ key, fault }) => key.state === 'active' && fault === null)
    return seen.map((one) => findingOf(one, at.domain, isSigned))
  },
)

type Key = DkimKey & PublishedKey

interface Seen {
  readonly key: Key
  readonly evidence: readonly string[]
  /** `there is no such record`; null: the record has the key. */
  readonly fault: string | null
  /** What is odd although it has. */
  readonly note: string | null
}

async function seenOf({ resolver }: DomainLook, key: Key): Promise<Seen> {
  const records = await resolver.txt(key.recordName)
  const state = await publicationOf({ txt: async () => records }, key)
  const evidence = [
    ...records.slice(0, MAX_SHOWN).map((record) => `${key.recordName} TXT ${shown(record, 120)}`),
    ...(records.length === 0 ? [`no TXT record at ${key.recordName}`] : []),
    `our ${key.algorithm} key, ${key.state}: ${shown(key.record, 120)}`,
  ]
  if (state === 'published') return { key, evidence, fault: null, note: noteOf(records) }
  return { key, evidence, fault: faultWords(records), note: null }
}

function faultWords(records: readonly string[]): string {
  if (records.length === 0) return 'is not in DNS'
  const tags = records.map(tagsOf)
  if (tags.some((one) => one.get('p') === '')) return 'is withdrawn in DNS (p= is empty)'
  if (records.some((record) => record.includes('"') || record.includes('\\;')))
    return 'is not in DNS as it should be: quotes or backslashes are part of the text'
  if (tags.some((one) => one.has('p'))) return 'is not the key that DNS has'
  return 'is not in DNS: the record there is something else'
}

function noteOf(records: readonly string[]): string | null {
  if (records.length > 1)
    return `${records.length} TXT records stand at its name, and others may take the wrong one (RFC 6376 §3.6.2.2)`
  const [record = ''] = records
  const tags = tagsOf(record)
  const has = (tag: string, word: string) => (tags.get(tag) ?? word).split(':').includes(word)
  if (tags.has('t') && has('t', 'y'))
    return 'it says that it is being tested (t=y): others need not believe it'
  if (!has('h', 'sha256'))
    return `it allows only ${shown(tags.get('h') ?? '')} as hash, and mail is signed with sha256`
  const services = tags.get('s')?.split(':') ?? ['*']
  if (!services.some((one) => one === '*' || one === 'email'))
    return 'it says that it is not for mail (s=)'
  return null
}

function tagsOf(record: string): ReadonlyMap<string, string> {
  return new Map(
    record.split(';').flatMap((tag) => {
      const at = tag.indexOf('=')
      return at === -1 ? [] : [[tag.slice(0, at).trim(), tag.slice(at + 1).replace(/\s/g, '')]]
    }),
  )
}

function findingOf(
  { key, evidence, fault, note }: Seen,
  domain: string,
  isSigned: boolean,
): Finding {
  const of = { subject: key.recordName, evidence }
  const what = `the ${key.state} ${key.algorithm} key`
  if (fault === null && note !== null)
    return warning(dkim, {
      ...of,
      summary: `${what} is in DNS, but ${note}`,
      meaning: 'Some servers do not count the signature.',
      remedy: [
        step(
          `Let this be the only TXT record of ${key.recordName}, and only what it shows`,
          records(domain),
        ),
      ],
    })
  if (fault === null)
    return ok(dkim, `${what} is in DNS as it should be`, evidence, { subject: key.recordName })
  const summary = `${what} ${fault}`
  if (key.state === 'active')
    return (isSigned ? warning : failing)(dkim, {
      ...of,
      summary,
      meaning: isSigned
        ? 'Its signatures fail elsewhere; those of the other key are good, and one is enough.'
        : 'The signature of every mail of the domain fails elsewhere: with DMARC it may be refused, without it is suspected.',
      remedy: publish(domain),
    })
  if (key.state === 'pending')
    return warning(dkim, {
      ...of,
      summary,
      meaning: 'Nothing yet: it signs once it is activated, and must be in DNS before that.',
      remedy: [...publish(domain), step('Then', `waybill dkim rotate ${domain} --activate`)],
    })
  return warning(dkim, {
    ...of,
    summary,
    meaning: 'Mail that it signed and that is still under way cannot be checked any more.',
    remedy: [step('Put the record back until the key is retired'), ...publish(domain)],
  })
}

function publish(domain: string): readonly Step[] {
  return [
    step(
      'Publish the record that this shows, in pieces of 255 characters if the form wants that',
      records(domain),
    ),
    step('Look again', `waybill doctor --only dns.dkim --domain ${domain}`),
  ]
}

function records(domain: string): string {
  return `waybill dns records ${domain}`
}

const MAX_SHOWN = 5
