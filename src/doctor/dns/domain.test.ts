/** What DNS has of a domain: each check is made to fail by what stands there. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { dnsWorld, type DnsWorld, HEALTHY, KEY } from '../testing/dns-zone.ts'
import { findingsOf } from '../testing/world.ts'
import type { Check, Verdict } from '../types.ts'
import type { World } from '../world.ts'
import { DNS_CHECKS } from './checks.ts'
import { dkim } from './dkim.ts'
import { dmarc } from './dmarc.ts'
import { mx } from './mx.ts'
import { spf } from './spf.ts'
import { srv } from './srv.ts'
import { tlsReports } from './tls-rpt.ts'

type Fault = readonly [
  check: Check<World>,
  name: string,
  world: DnsWorld,
  verdict: Verdict,
  summary: RegExp,
  remedy?: RegExp,
]

const EXCHANGE = (...exchanges: readonly string[]) => ({
  'example.com': exchanges.map((exchange, preference) => ({ preference, exchange })),
})
const SPF = (...records: readonly string[]): DnsWorld => ({
  dns: { txt: { 'example.com': records } },
})
const DKIM = (...records: readonly string[]): DnsWorld => ({
  dns: { txt: { [KEY.recordName]: records } },
})
const DMARC = (...records: readonly string[]): DnsWorld => ({
  dns: { txt: { '_dmarc.example.com': records } },
})
const RELAY = {
  name: 'smarthost',
  hosts: [],
  tls: 'starttls',
  checkCertificate: true,
  user: null,
  mechanism: null,
  rules: [{ kind: 'all' }],
  loginRefused: null,
  createdMs: 0,
} as never

const FAULTS: readonly Fault[] = [
  [
    mx,
    'none',
    { dns: { mx: EXCHANGE() } },
    'failing',
    /neither MX nor address/,
    /waybill .*dns records example\.com/,
  ],
  [
    ...([mx, 'none, but an address of ours'] as const),
    { dns: { mx: EXCHANGE(), addresses: { 'example.com': ['192.0.2.1'] } } },
    'warning',
    /no MX record; mail goes to its own address/,
  ],
  [
    ...([mx, 'none, and an address of another'] as const),
    { dns: { mx: EXCHANGE(), addresses: { 'example.com': ['198.51.100.1'] } } },
    'failing',
    /no MX record; mail goes to its own address/,
  ],
  [mx, 'the null MX', { dns: { mx: EXCHANGE('') } }, 'failing', /takes no mail \(null MX\)/],
  [
    ...([mx, 'a server of others'] as const),
    { dns: { mx: EXCHANGE('mx.example.net'), addresses: { 'mx.example.net': ['198.51.100.2'] } } },
    'warning',
    /goes to other servers, not to this one/,
  ],
  [
    ...([mx, 'an address instead of a name'] as const),
    { dns: { mx: EXCHANGE('mail.example.com', '192.0.2.1') } },
    'failing',
    /names the address 192\.0\.2\.1, and only names are allowed/,
  ],
  [
    ...([mx, 'an exchange without an address'] as const),
    { dns: { mx: EXCHANGE('mail.example.com', 'old.example.com') } },
    'failing',
    /names old\.example\.com, which has no address/,
  ],
  [
    ...([mx, 'an exchange with a private address'] as const),
    {
      dns: {
        mx: EXCHANGE('mail.example.com', 'in.example.com'),
        addresses: { 'in.example.com': ['192.168.1.2'] },
      },
    },
    'failing',
    /192\.168\.1\.2 is private/,
  ],
  [
    ...([mx, 'an alias'] as const),
    { dns: { mx: EXCHANGE('mx.example.com'), cname: { 'mx.example.com': 'mail.example.com' } } },
    'warning',
    /mx\.example\.com, which is an alias \(CNAME\)/,
  ],
  [
    mx,
    'no answer',
    { dns: { failing: ['example.com'] } },
    'warning',
    /no answer for example\.com MX/,
    /dig \+trace example\.com MX/,
  ],

  [spf, 'none', SPF('x'), 'warning', /no SPF record/, /v=spf1 ip4:192\.0\.2\.1 mx -all/],
  [
    spf,
    'two',
    SPF('v=spf1 mx -all', 'v=spf1 a -all'),
    'failing',
    /2 SPF records/,
    /one record of them/,
  ],
  [
    spf,
    'not in order',
    SPF('v=spf1 mx ip4:1.2.3 -all'),
    'failing',
    /cannot be used: "ip4:1\.2\.3"/,
  ],
  [
    spf,
    'others only',
    SPF('v=spf1 ip4:198.51.100.1 -all'),
    'failing',
    /"fail" of our address 192\.0\.2\.1/,
    /ip4:192\.0\.2\.1/,
  ],
  [
    spf,
    'others only, softly',
    SPF('v=spf1 ip4:198.51.100.1 ~all'),
    'warning',
    /"softfail" of our address/,
  ],
  [spf, 'everybody', SPF('v=spf1 mx +all'), 'failing', /lets everybody send/, /-all/],
  [
    spf,
    'everybody, by a network',
    SPF('v=spf1 mx ip4:0.0.0.0/0 -all'),
    'failing',
    /everybody send for the domain \(ip4:0\.0\.0\.0\/0\)/,
  ],
  [spf, 'nothing of others', SPF('v=spf1 mx ?all'), 'warning', /says nothing of those who may not/],
  [
    ...([spf, 'too many lookups'] as const),
    SPF(`v=spf1 mx ${Array.from({ length: 11 }, () => 'a:mail.example.com').join(' ')} -all`),
    'failing',
    /takes 12 lookups of DNS, and only 10/,
  ],
  [
    spf,
    'too many that are gone',
    SPF('v=spf1 mx a:a.example.com a:b.example.com a:c.example.com -all'),
    'failing',
    /names [34] things that are not in DNS/,
  ],
  [
    spf,
    'an include that is gone',
    SPF('v=spf1 mx include:gone.example.net -all'),
    'failing',
    /include:gone\.example\.net leads to no SPF record/,
  ],
  [
    ...([spf, 'an include that does not answer'] as const),
    {
      dns: {
        txt: { 'example.com': ['v=spf1 include:s.example.net mx -all'] },
        failing: ['s.example.net'],
      },
    },
    'warning',
    /a part of the SPF record gets no answer/,
  ],
  [
    spf,
    'a relay that nothing includes',
    { answers: { 'relay.list': [RELAY] } },
    'warning',
    /relay smarthost, and the SPF record includes nobody/,
  ],

  [
    dkim,
    'no key',
    { answers: { 'dkim.list': [] } },
    'warning',
    /not signed/,
    /waybill .*dkim rotate example\.com/,
  ],
  [
    dkim,
    'no record',
    DKIM(),
    'failing',
    /active rsa-sha256 key is not in DNS/,
    /waybill .*dns records/,
  ],
  [dkim, 'another key', DKIM('v=DKIM1; p=MIIBother'), 'failing', /is not the key that DNS has/],
  [dkim, 'withdrawn', DKIM('v=DKIM1; p='), 'failing', /withdrawn/],
  [dkim, 'quotes in the text', DKIM(`"${KEY.record}"`), 'failing', /quotes or backslashes/],
  [
    dkim,
    'two records',
    DKIM(KEY.record, 'v=DKIM1; p=MIIBother'),
    'warning',
    /2 TXT records stand at its name/,
  ],
  [dkim, 'a key on trial', DKIM(`${KEY.record}; t=y`), 'warning', /being tested \(t=y\)/],
  [dkim, 'another hash', DKIM(`${KEY.record}; h=sha1`), 'warning', /allows only sha1/],
  [
    ...([dkim, 'a pending key that is not there yet'] as const),
    { ...DKIM(), answers: { 'dkim.list': [{ ...KEY, state: 'pending' }] } },
    'warning',
    /pending .* is not in DNS/,
    /--activate/,
  ],
  [
    ...([dkim, 'a retiring key that was taken away'] as const),
    { ...DKIM(), answers: { 'dkim.list': [{ ...KEY, state: 'retiring' }] } },
    'warning',
    /retiring .* is not in DNS/,
    /Put the record back/,
  ],
  [
    ...([dkim, 'one of two keys'] as const),
    {
      answers: {
        'dkim.list': [
          KEY,
          { ...KEY, algorithm: 'ed25519-sha256', recordName: 'e._domainkey.example.com' },
        ],
      },
    },
    'warning',
    /active ed25519-sha256 key is not in DNS/,
  ],

  [dmarc, 'none', DMARC(), 'warning', /no DMARC record/, /waybill .*dns records/],
  [dmarc, 'two', DMARC('v=DMARC1; p=none', 'v=DMARC1; p=reject'), 'failing', /2 DMARC records/],
  [dmarc, 'no policy', DMARC('v=DMARC1; rua=mailto:a@example.com'), 'failing', /no policy \(p=\)/],
  [dmarc, 'a wrong policy', DMARC('v=DMARC1; p=deny'), 'failing', /p=deny is no value/],
  [dmarc, 'no tag', DMARC('v=DMARC1; p=none; quarantine'), 'failing', /"quarantine" is not a tag/],
  [
    dmarc,
    'no address',
    DMARC('v=DMARC1; p=none; rua=dmarc@example.com'),
    'failing',
    /begins with mailto:/,
  ],
  [dmarc, 'in other letters', DMARC('v=dmarc1; p=none'), 'failing', /written just so/],
  [
    ...([dmarc, 'reports elsewhere'] as const),
    DMARC('v=DMARC1; p=none; rua=mailto:a@reports.example.net!10m'),
    'warning',
    /reports\.example\.net, which has not agreed/,
    /example\.com\._report\._dmarc\.reports\.example\.net TXT "v=DMARC1"/,
  ],
  [
    ...([dmarc, 'reports to nobody here'] as const),
    { answers: { route: { steps: [], destinations: [{ kind: 'refused' } as never] } } },
    'warning',
    /postmaster@example\.com, which is nobody here/,
  ],

  [
    tlsReports,
    'no address',
    { dns: { txt: { '_smtp._tls.example.com': ['v=TLSRPTv1; rua=x@example.com'] } } },
    'warning',
    /neither mailto:/,
  ],
  [
    ...([tlsReports, 'two'] as const),
    {
      dns: {
        txt: {
          '_smtp._tls.example.com': [
            'v=TLSRPTv1; rua=mailto:x@a.example',
            'v=TLSRPTv1; rua=mailto:x@b.example',
          ],
        },
      },
    },
    'warning',
    /there are 2 of them/,
  ],
  [
    ...([srv, 'another server'] as const),
    {
      dns: {
        srv: {
          '_imaps._tcp.example.com': [
            { priority: 0, weight: 1, port: 993, target: 'imap.example.net' },
          ],
        },
      },
    },
    'warning',
    /_imaps leads to imap\.example\.net, not to mail\.example\.com/,
  ],
  [
    ...([srv, 'another port'] as const),
    {
      dns: {
        srv: {
          '_submission._tcp.example.com': [
            { priority: 0, weight: 1, port: 2587, target: 'mail.example.com' },
          ],
        },
      },
    },
    'warning',
    /_submission names port 2587, and the listener is on 587/,
  ],
  [
    ...([srv, 'no such service'] as const),
    {
      dns: {
        srv: { '_imaps._tcp.example.com': [{ priority: 0, weight: 0, port: 0, target: '' }] },
      },
    },
    'warning',
    /_imaps says that there is no such service/,
  ],
]

for (const [check, name, world, verdict, summary, remedy] of FAULTS)
  test(`${check.id}: ${name}`, async (t) => {
    const findings = await findingsOf(check, dnsWorld(t, world))
    const found = findings.find((one) => one.verdict === verdict && summary.test(one.summary))
    assert.ok(found, `not found: ${JSON.stringify(findings, null, 1)}`)
    assert.ok(found.evidence.length > 0 && found.remedy.length > 0)
    assert.ok((found.meaning ?? '').length > 0 && found.subject !== null)
    const steps = found.remedy.map(({ text, command }) => `${text} ${command ?? ''}`).join(' | ')
    if (remedy !== undefined) assert.match(steps, remedy)
  })

test('what is allowed is not praised as more than it is, and nothing wrong', async (t) => {
  const allowed: readonly (readonly [Check<World>, DnsWorld, RegExp])[] = [
    [dmarc, DMARC('v=DMARC1; p=none'), /p=none, which only watches.*nobody gets reports/],
    [
      dmarc,
      {
        dns: {
          txt: {
            '_dmarc.example.com': ['v=DMARC1;p=none;rua=mailto:r@r.example.net'],
            'example.com._report._dmarc.r.example.net': ['v=DMARC1'],
          },
        },
      },
      /in order: p=none/,
    ],
    [tlsReports, { dns: { txt: { '_smtp._tls.example.com': [] } } }, /which is allowed/],
    [
      srv,
      { dns: { srv: Object.fromEntries(Object.keys(HEALTHY.srv).map((name) => [name, []])) } },
      /no SRV records/,
    ],
    [spf, SPF('v=spf1 include:_s.example.net ~all'), /says "pass" of our addresses/],
    [dkim, DKIM('v=DKIM1;k=rsa;  p=MIIB example ;'), /is in DNS as it should be/],
  ]
  for (const [check, world, summary] of allowed) {
    const txt = { '_s.example.net': ['v=spf1 ip4:192.0.2.0/24 -all'], ...world.dns?.txt }
    const findings = await findingsOf(check, dnsWorld(t, { ...world, dns: { ...world.dns, txt } }))
    assert.deepEqual(
      findings.map(({ verdict }) => verdict),
      ['ok'],
      JSON.stringify(findings),
    )
    assert.match(findings[0]?.summary ?? '', summary)
  }
})

test('RFC 7489 §6.6.3: a domain below one with a record has that one', async (t) => {
  const txt = {
    '_dmarc.news.example.com': [],
    '_dmarc.example.com': ['v=DMARC1; p=none; sp=reject'],
  }
  const [finding] = await findingsOf(
    dmarc,
    dnsWorld(t, { domains: ['news.example.com'], dns: { txt } }),
  )
  assert.equal(finding?.verdict, 'ok')
  assert.match(finding.summary, /record of example\.com counts for the domain: reject/)
})

test('names of a network of its own are in no DNS, and nothing is said of them', async (t) => {
  for (const { check, verdict, subject } of await findingsOf(
    mx,
    dnsWorld(t, { domains: ['corp.internal'] }),
  ))
    assert.deepEqual([check, verdict, subject], ['dns.mx', 'skipped', 'corp.internal'])
})

test('without a domain there is nothing to look at; one that is asked for is looked at alone', async (t) => {
  for (const check of [mx, spf, dkim, dmarc, tlsReports, srv]) {
    const [none] = await findingsOf(check, dnsWorld(t, { domains: [] }))
    assert.equal(none?.verdict, 'skipped')
    assert.match(none.summary, /waybill domain add/)
  }
  const world = dnsWorld(t, { domains: ['example.com', 'example.net'], domain: 'example.net' })
  assert.deepEqual(
    (await findingsOf(mx, world)).map(({ subject }) => subject),
    ['example.net'],
  )
  const stranger = await findingsOf(mx, dnsWorld(t, { domain: 'example.org' }))
  assert.match(stranger[0]?.summary ?? '', /example\.org is no domain of this server/)
})

test('what a stranger publishes comes through as text, and into no command', async (t) => {
  const evil = 'x;reboot\u001b[31m\n.example.net'
  const worlds: DnsWorld[] = [
    { dns: { mx: EXCHANGE(evil) } },
    { dns: { mx: EXCHANGE('mail.example.com', evil), failing: [evil] } },
    SPF(`v=spf1 include:${evil} -all`),
    DMARC(`v=DMARC1; p=${evil}`),
    DKIM(evil),
  ]
  for (const world of worlds)
    for (const check of DNS_CHECKS)
      for (const finding of await findingsOf(check, dnsWorld(t, world))) {
        const text = [finding.summary, ...finding.evidence, finding.meaning, finding.subject].join(
          ' ',
        )
        assert.ok(!/[\u0000-\u001f]/.test(text), JSON.stringify(finding))
        for (const { command } of finding.remedy)
          assert.ok(!command?.includes('reboot'), command ?? '')
      }
})
