import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type DnsRecord, type DomainFacts, domainRecords } from './records.ts'
import { zoneText, zoneValue } from './zone.ts'

const KEY = 'QUJD'.repeat(98)
const FACTS: DomainFacts = {
  domain: 'example.com',
  hostName: 'mail.example.com',
  addresses: ['192.0.2.1', '2001:db8::1'],
  keys: [
    {
      recordName: 'wb2611r._domainkey.example.com',
      record: `v=DKIM1; k=rsa; p=${KEY}`,
      state: 'active',
    },
  ],
  ports: { submissions: 465, submission: 587, imaps: 993, imap: null },
  includes: [],
  relays: [],
}

function recordsOf(facts: Partial<DomainFacts> = {}): string[] {
  return domainRecords({ ...FACTS, ...facts })
    .flatMap(({ records }) => records)
    .map((record) => `${record.name} ${record.type} ${zoneValue(record)}`)
}

function notesOf(facts: Partial<DomainFacts>): string {
  return domainRecords({ ...FACTS, ...facts })
    .flatMap(({ notes }) => notes)
    .join('\n')
}

test('RFC 7208, RFC 7489, RFC 8460, RFC 8461, RFC 6186: everything a domain publishes', () => {
  const policyId = /id=([0-9a-f]{20})"/.exec(recordsOf().join('\n'))?.[1]
  assert.deepEqual(recordsOf(), [
    'mail.example.com A 192.0.2.1',
    'mail.example.com AAAA 2001:db8::1',
    'example.com MX 10 mail.example.com.',
    'example.com TXT "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 mx -all"',
    'mail.example.com TXT "v=spf1 a -all"',
    `wb2611r._domainkey.example.com TXT ( "v=DKIM1; k=rsa; p=${KEY.slice(0, 237)}" "${KEY.slice(237)}" )`,
    '_dmarc.example.com TXT "v=DMARC1; p=none; rua=mailto:postmaster@example.com"',
    `_mta-sts.example.com TXT "v=STSv1; id=${policyId}"`,
    'mta-sts.example.com CNAME mail.example.com.',
    '_smtp._tls.example.com TXT "v=TLSRPTv1; rua=mailto:postmaster@example.com"',
    '_submissions._tcp.example.com SRV 0 1 465 mail.example.com.',
    '_submission._tcp.example.com SRV 10 1 587 mail.example.com.',
    '_imaps._tcp.example.com SRV 0 1 993 mail.example.com.',
    'autoconfig.example.com CNAME mail.example.com.',
    'autodiscover.example.com CNAME mail.example.com.',
  ])
})

test('each purpose and each note is one or more sentences', () => {
  for (const { topic, purpose, notes } of domainRecords(FACTS))
    for (const sentence of [purpose, ...notes])
      assert.match(sentence, /^\S.*(\.|: waybill [a-z .-]+)$/, `${topic}: ${sentence}`)
})

test('the records of a host in another zone are not in this one', () => {
  const records = recordsOf({ hostName: 'mx.hoster.example' })
  assert.ok(!records.some((record) => record.startsWith('mx.hoster.example ')))
  assert.ok(records.includes('example.com MX 10 mx.hoster.example.'))
  const same = recordsOf({ hostName: 'example.com' })
  assert.equal(same.filter((record) => record.includes('v=spf1')).length, 1)
})

test('what is not known is said', () => {
  assert.match(notesOf({ addresses: [] }), /an A and an AAAA record/)
  assert.ok(recordsOf({ addresses: [] }).includes('example.com TXT "v=spf1 mx -all"'))
  assert.match(notesOf({ keys: [] }), /waybill dkim rotate example\.com/)
  assert.ok(!recordsOf({ ports: { ...EMPTY_PORTS } }).some((record) => record.includes(' SRV ')))
})

const EMPTY_PORTS = { submissions: null, submission: null, imaps: null, imap: null }

test("a relay's addresses are in the SPF record when they are given, else a note asks for them", () => {
  assert.match(notesOf({ relays: ['office'] }), /the relay office comes from its addresses/)
  const spfPurpose = (facts: Partial<DomainFacts>) =>
    domainRecords({ ...FACTS, ...facts }).find(({ topic }) => topic === 'spf')?.purpose
  assert.equal(spfPurpose({}), 'Only this server sends mail for example.com (SPF).')
  assert.match(
    spfPurpose({ relays: ['office'] }) ?? '',
    /^Only this server and those that are named/,
  )
  const facts = { relays: ['office'], includes: ['_spf.relay.example'] }
  assert.doesNotMatch(notesOf(facts), /comes from its addresses/)
  assert.ok(
    recordsOf(facts).includes(
      'example.com TXT "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 mx include:_spf.relay.example -all"',
    ),
  )
})

test('RFC 8461 §3.1: another policy has another id', () => {
  const id = (hostName: string) => recordsOf({ hostName }).find((record) => /STSv1/.test(record))
  assert.equal(id('mail.example.com'), id('mail.example.com'))
  assert.notEqual(id('mail.example.com'), id('mx.example.com'))
})

test('RFC 1035 §5.1: the zone file reads back as the records', () => {
  const groups = domainRecords(FACTS)
  const records = groups.flatMap((group) => group.records)
  assert.deepEqual(
    readZone(zoneText(groups)),
    records.map((record) => ({ name: record.name, type: record.type, data: dataOf(record) })),
  )
})

test('RFC 1035 §3.3: texts are split, and odd octets escaped', () => {
  const texts = ['', 'a"b\\c', 'é;\n', 'x'.repeat(255), 'x'.repeat(256), '"'.repeat(600)]
  for (const text of texts) {
    const record: DnsRecord = { type: 'TXT', name: 'example.com', text }
    const zone = zoneText([
      { topic: 'spf', purpose: 'x', notes: [], records: [record], file: null },
    ])
    assert.deepEqual(readZone(zone)[0]?.data, dataOf(record))
  }
})

/** What a record holds, as {@link readZone} gives it. */
function dataOf(record: DnsRecord): readonly string[] {
  if (record.type !== 'TXT') return zoneValue(record).split(' ')
  return [Buffer.from(record.text, 'utf8').toString('latin1')]
}

interface ZoneEntry {
  readonly name: string
  readonly type: string
  /** Words; the strings of a TXT joined. */
  readonly data: readonly string[]
}

/** Enough of RFC 1035 §5.1 to read what we write: comments, parentheses, quoted strings, escapes. */
function readZone(zone: string): ZoneEntry[] {
  const entries: ZoneEntry[] = []
  for (const line of zone.split('\n')) {
    if (line === '' || line.startsWith(';') || line.startsWith('$TTL ')) continue
    const [name = '', className, type = '', ...rest] = line.split(' ')
    assert.equal(className, 'IN')
    assert.ok(name.endsWith('.'))
    const text = rest.join(' ').replace(/^\( (.*) \)$/, '$1')
    const data = type === 'TXT' ? [stringsIn(text).join('')] : rest
    entries.push({ name: name.slice(0, -1), type, data })
  }
  return entries
}

function stringsIn(text: string): string[] {
  const strings = [...text.matchAll(/"((?:[^"\\]|\\\d{3}|\\\D)*)"/g)].map(([, quoted = '']) =>
    quoted.replace(/\\(\d{3}|\D)/g, (_all, escaped: string) =>
      /^\d/.test(escaped) ? String.fromCharCode(Number(escaped)) : escaped,
    ),
  )
  for (const string of strings) assert.ok(string.length <= 255)
  return strings
}
