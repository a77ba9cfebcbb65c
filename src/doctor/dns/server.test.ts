/** What DNS has of the server: its name, its addresses, blocklists, the resolver. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'

import { systemClock } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { networkExchange } from '../../dns/exchange.ts'
import type { DnsServer } from '../../dns/servers.ts'
import { stubResolver } from '../../dns/stub.ts'
import { type Script, startResponder } from '../../dns/testing/responder.ts'
import { dnsWorld, type DnsWorld } from '../testing/dns-zone.ts'
import { findingsOf } from '../testing/world.ts'
import type { Check, Finding, Verdict } from '../types.ts'
import type { World } from '../world.ts'
import { blocklists } from './blocklists.ts'
import { DNS_CHECKS } from './checks.ts'
import { host } from './host.ts'
import { ownAddresses } from './ours.ts'
import { resolverCheck } from './resolver.ts'
import { reverse } from './reverse.ts'
import { spfHello } from './spf-hello.ts'

test('where everything is published as it should be, nothing is found wrong or skipped', async (t) => {
  const world = dnsWorld(t)
  for (const check of DNS_CHECKS)
    for (const { check: id, verdict, summary, evidence } of await findingsOf(check, world)) {
      assert.deepEqual([id, verdict, summary], [check.id, 'ok', summary])
      assert.ok(evidence.length > 0)
    }
})

interface Fault {
  readonly name: string
  readonly check: Check<World>
  readonly world: DnsWorld
  readonly verdict: Verdict
  readonly summary: RegExp
  /** Of the remedy, both text and command. */
  readonly remedy?: RegExp
}

const FAULTS: readonly Fault[] = [
  {
    name: 'a public resolver',
    check: resolverCheck,
    world: { resolvConf: 'search x\nnameserver 8.8.8.8\n' },
    verdict: 'warning',
    summary: /Google Public DNS \(8\.8\.8\.8\)/,
    remedy: /unbound.*resolv\.conf/,
  },
  {
    name: 'a host name without an address',
    check: host,
    world: { dns: { addresses: { 'mail.example.com': [] } } },
    verdict: 'failing',
    summary: /name of this server has no address/,
    remedy: /A record of mail\.example\.com/,
  },
  {
    name: 'a host name that leads to another machine',
    check: host,
    world: { dns: { addresses: { 'mail.example.com': ['198.51.100.9'] } } },
    verdict: 'failing',
    summary: /leads to 198\.51\.100\.9, which this server does not have/,
    remedy: /source_ipv4/,
  },
  {
    name: 'a host name that leads to another machine too',
    check: host,
    world: { dns: { addresses: { 'mail.example.com': ['192.0.2.1', '2001:db8::9'] } } },
    verdict: 'warning',
    summary: /leads to 2001:db8::9, which this server does not have/,
    remedy: /Let the AAAA record/,
  },
  {
    name: 'a host name with a private address',
    check: host,
    world: { dns: { addresses: { 'mail.example.com': ['10.0.0.7'] } } },
    verdict: 'failing',
    summary: /10\.0\.0\.7, which is private/,
  },
  {
    name: 'a host name that is an alias',
    check: host,
    world: {
      dns: {
        cname: { 'mail.example.com': 'vm7.example.net' },
        addresses: { 'vm7.example.net': ['192.0.2.1'] },
      },
    },
    verdict: 'warning',
    summary: /alias of vm7\.example\.net \(CNAME\)/,
  },
  {
    name: 'an address without a name',
    check: reverse,
    world: { dns: { reverse: { '192.0.2.1': [] } } },
    verdict: 'failing',
    summary: /no name \(no PTR record\)/,
    remedy: /reverse DNS.*mail\.example\.com.*dig -x 192\.0\.2\.1/,
  },
  {
    name: 'an address whose name does not lead back',
    check: reverse,
    world: { dns: { reverse: { '192.0.2.1': ['static-1.isp.example'] } } },
    verdict: 'failing',
    summary: /static-1\.isp\.example, does not lead back/,
  },
  {
    name: 'an address with another name than the one in EHLO',
    check: reverse,
    world: {
      dns: {
        reverse: { '192.0.2.1': ['static-1.isp.example'] },
        addresses: { 'static-1.isp.example': ['192.0.2.1'] },
      },
    },
    verdict: 'warning',
    summary: /called static-1\.isp\.example, and this server says EHLO mail\.example\.com/,
    remedy: /hello_name/,
  },
  {
    name: 'an address with a name, of a server that has no full one',
    check: reverse,
    world: { config: '[outgoing]\nsource_ipv4 = "192.0.2.1"\nipv6 = false\nhello_name = "mail"' },
    verdict: 'warning',
    summary: /called mail\.example\.com, and this server gives itself no full name/,
    remedy: /host_name = "mail\.example\.com"/,
  },
  {
    name: 'an SPF record of the host name that does not name the host',
    check: spfHello,
    world: { dns: { txt: { 'mail.example.com': ['v=spf1 ip4:198.51.100.1 -all'] } } },
    verdict: 'failing',
    summary: /SPF record of mail\.example\.com says "fail" of this server itself/,
    remedy: /v=spf1 a -all/,
  },
  {
    name: 'an address on a list of Spamhaus',
    check: blocklists,
    world: {
      dns: {
        addresses: { '1.2.0.192.zen.spamhaus.org': ['127.0.0.3'] },
        txt: { '1.2.0.192.zen.spamhaus.org': ['https://check.example/\u001b[2J'] },
      },
    },
    verdict: 'failing',
    summary: /on the blocklist of Spamhaus/,
    remedy: /check\.spamhaus\.org\/results\/\?query=192\.0\.2\.1/,
  },
  {
    name: 'an address among those of users',
    check: blocklists,
    world: { dns: { addresses: { '1.2.0.192.zen.spamhaus.org': ['127.0.0.11'] } } },
    verdict: 'warning',
    summary: /\(PBL\)/,
    remedy: /waybill .*relay add/,
  },
  {
    name: 'a domain on a blocklist',
    check: blocklists,
    world: { dns: { addresses: { 'example.com.multi.surbl.org': ['127.0.0.72'] } } },
    verdict: 'warning',
    summary: /on the blocklist of SURBL/,
  },
  ...(
    [
      ['127.255.255.252', /it says 127\.255\.255\.252: .*mistyped/],
      ['127.255.255.254', /it says 127\.255\.255\.254: .*public resolver/],
      ['127.255.255.255', /it says 127\.255\.255\.255: too many questions/],
    ] as const
  ).map(([code, summary]) => ({
    name: `a list that refuses with ${code}`,
    check: blocklists,
    world: { dns: { addresses: { '2.0.0.127.zen.spamhaus.org': [code] } } },
    verdict: 'skipped' as const,
    summary,
    remedy: /unbound/,
  })),
  {
    name: 'a list that answers no test',
    check: blocklists,
    world: { dns: { addresses: { '2.0.0.127.psbl.surriel.com': [] } } },
    verdict: 'skipped',
    summary: /psbl\.surriel\.com .* does not know its own test entry/,
  },
  {
    name: 'a list that gives no answer',
    check: blocklists,
    world: { dns: { failing: ['2.0.0.127.b.barracudacentral.org'] } },
    verdict: 'skipped',
    summary: /b\.barracudacentral\.org .* gives no answer/,
  },
  {
    name: 'a resolver that makes up answers',
    check: blocklists,
    world: { dns: { addresses: { '2.0.0.127.bl.spamcop.net': ['203.0.113.80'] } } },
    verdict: 'skipped',
    summary: /bl\.spamcop\.net .* makes up answers: 203\.0\.113\.80/,
  },
  {
    name: 'a refusal by 127.0.0.1',
    check: blocklists,
    world: { dns: { addresses: { 'test.uribl.com.multi.uribl.com': ['127.0.0.1'] } } },
    verdict: 'skipped',
    summary: /multi\.uribl\.com .* does not answer this resolver/,
  },
]

for (const { name, check, world, verdict, summary, remedy } of FAULTS)
  test(`${check.id}: ${name}`, async (t) => {
    const findings = await findingsOf(check, dnsWorld(t, world))
    const found = findings.find((one) => one.verdict === verdict)
    assert.ok(found, `no finding is ${verdict}: ${JSON.stringify(findings, null, 1)}`)
    assertSaid(found, summary, remedy)
    assert.ok(!JSON.stringify(findings).includes('\\u001b'), 'escapes of strangers come through')
  })

function assertSaid(finding: Finding, summary: RegExp, remedy: RegExp | undefined): void {
  assert.match(finding.summary, summary)
  const steps = finding.remedy.map(({ text, command }) => `${text} ${command ?? ''}`).join(' | ')
  if (remedy !== undefined) assert.match(steps, remedy)
  if (finding.verdict === 'skipped') return
  assert.ok(finding.evidence.length > 0 && finding.meaning !== null && finding.remedy.length > 0)
}

test("what the table of hosts of this machine says of a name is nobody else's business", async (t) => {
  const world = dnsWorld(t)
  // As Debian writes it: 127.0.1.1 mail.example.com
  const resolver = { ...world.resolver, addresses: async () => ['127.0.1.1'] }
  for (const check of DNS_CHECKS)
    for (const { verdict, summary } of await findingsOf(check, { ...world, resolver }))
      assert.equal(verdict, 'ok', `${check.id}: ${summary}`)
})

test('another name and address for mail to one domain are in order when they fit', async (t) => {
  const other = '[[outgoing.domains]]\ndomain = "example.net"\nhello_name = "bulk.example.com"\n'
  const config = `[outgoing]\nsource_ipv4 = "192.0.2.1"\nipv6 = false\n${other}source_ipv4 = "192.0.2.9"`
  const dns = {
    reverse: { '192.0.2.9': ['bulk.example.com'] },
    addresses: { 'bulk.example.com': ['192.0.2.9'] },
  }
  const findings = await findingsOf(reverse, dnsWorld(t, { config, dns }))
  assert.deepEqual(
    findings.map(({ subject, verdict }) => [subject, verdict]),
    [
      ['192.0.2.1', 'ok'],
      ['192.0.2.9', 'ok'],
    ],
  )
})

test('the name of the public resolver is said where a list refuses', async (t) => {
  const addresses = { '2.0.0.127.zen.spamhaus.org': ['127.255.255.254'] }
  const world = dnsWorld(t, { dns: { addresses }, resolvConf: 'nameserver 1.1.1.1\n' })
  const refused = (await findingsOf(blocklists, world)).find(({ verdict }) => verdict === 'skipped')
  assert.match(refused?.summary ?? '', /Cloudflare, 1\.1\.1\.1/)
})

test('our addresses: those configured, of the machine, or of our name behind NAT', async (t) => {
  const signal = new AbortController().signal
  const known = async (config: string, machine: readonly string[], route = '') => {
    const dns = { addresses: { 'mail.example.com': ['192.0.2.77'] } }
    const run = async () => ({ status: 0, out: route, errors: '' })
    const world = { ...dnsWorld(t, { config: `[outgoing]\n${config}`, dns }), run }
    return await ownAddresses(world, { resolver: world.resolver, signal }, () => machine)
  }
  const machine = ['127.0.0.1', '10.0.0.2', '192.0.2.6', '2001:db8::6', '2001:db8::7', 'fe80::1']
  const configured = await known('source_ipv4 = "192.0.2.5"\nipv6 = false', machine)
  assert.deepEqual(configured.sending, ['192.0.2.5'])
  assert.deepEqual(configured.addresses, ['192.0.2.5', '192.0.2.6', '2001:db8::6', '2001:db8::7'])
  assert.equal(configured.knownBy, 'as configured: outgoing.source_ipv4')
  const half = await known('source_ipv4 = "192.0.2.5"', machine)
  assert.deepEqual(half.sending, ['192.0.2.5', '2001:db8::6', '2001:db8::7'], 'IPv6 is used too')
  // Of a temporary and a permanent address mail leaves from one.
  const chosen = await known(
    'ipv4 = false',
    machine,
    '2001:db8::1 via fe80::9 src 2001:db8::7 metric 1',
  )
  assert.deepEqual([chosen.sending, chosen.isBehindNat], [['2001:db8::7'], false])
  const behind = await known('', ['127.0.0.1', '10.0.0.2', 'fe80::1'])
  assert.deepEqual([behind.sending, behind.isBehindNat], [['192.0.2.77'], true])
  assert.match(behind.knownBy, /only private ones: NAT/)
})

test('without any answer from DNS each check says so and praises nothing', async (t) => {
  const everything = new Proxy([], {
    get: (_, key) => (key === 'includes' ? () => true : undefined),
  })
  const world = dnsWorld(t, { dns: { failing: everything } })
  for (const check of DNS_CHECKS)
    for (const { verdict, summary } of await findingsOf(check, world))
      assert.notEqual(verdict, 'ok', `${check.id}: ${summary}`)
})

test('a zone that does not answer while others do is at fault itself', async (t) => {
  const world = dnsWorld(t, { dns: { failing: ['mail.example.com'] } })
  const [finding] = await findingsOf(host, world)
  assert.equal(finding?.verdict, 'warning')
  assert.match(finding.summary, /DNS gives no answer for mail\.example\.com A/)
})

test('dns.resolver: a server that says nothing is told from DNS that is gone', async (t) => {
  await using silent = await startResponder(() => [])
  await using good = await startResponder(mxAlone)
  const gone = await lookWith(t, [silent.server], 100)
  assert.deepEqual([gone.verdict, gone.summary], ['failing', 'DNS does not answer'])
  assertSaid(gone, /./, /dig example\.org MX.*unbound/)
  assert.equal(gone.evidence[0], 'no answer for example.org in time')
  // So long it takes until the second one is asked.
  const half = await lookWith(t, [silent.server, good.server], 2_000)
  assert.equal(half.verdict, 'warning')
  assertSaid(half, /127\.0\.0\.1 port \d+ does not answer, others do/, /resolv\.conf/)
  assert.match(half.evidence.join(' '), new RegExp(`port ${good.server.port}: answers`))
  assert.equal((await lookWith(t, [good.server], 2_000)).verdict, 'ok')
})

for (const [rcode, summary, remedy] of [
  [2, /^DNS answers only SERVFAIL: .*DNSSEC/, /dig \+cd example\.org MX.*timedatectl/],
  [5, /^DNS answers only REFUSED: it is not for this machine to ask$/, /resolv\.conf/],
  [4, /^DNS answers only NOTIMP$/, /resolv\.conf/],
] as const)
  test(`dns.resolver: an error code is an answer that came in time: ${rcode}`, async (t) => {
    await using faulty = await startResponder(() => [{ rcode }])
    const finding = await lookWith(t, [faulty.server], 2_000)
    assert.equal(finding.verdict, 'failing')
    assertSaid(finding, summary, remedy)
    assert.doesNotMatch(finding.evidence.join(' '), /in time|does not answer/)
    assert.match(finding.evidence.join(' '), /port \d+: answers [A-Z]+$/)
  })

test('a zone of which the server says SERVFAIL: DNSSEC may be broken, and it is no silence', async (t) => {
  await using server = await startResponder((asked) =>
    asked.name === 'mail.example.com' ? [{ rcode: 2 }] : mxAlone(asked),
  )
  const [finding] = await findingsOf(host, worldWith(t, [server.server], 2_000))
  assert.equal(finding?.verdict, 'warning')
  assertSaid(
    finding,
    /^DNS answers SERVFAIL for mail\.example\.com A+: its DNSSEC may be broken/,
    /delv mail\.example\.com/,
  )
  assert.match(finding.evidence.join(' '), /127\.0\.0\.1 answered SERVFAIL/)
})

test('one server says SERVFAIL and the other is silent: it is no silence, in whatever order', async (t) => {
  await using faulty = await startResponder(() => [{ rcode: 2 }])
  await using silent = await startResponder(() => [])
  for (const servers of [
    [faulty.server, silent.server],
    [silent.server, faulty.server],
  ]) {
    const finding = await lookWith(t, servers, 2_000)
    assert.equal(finding.verdict, 'failing')
    assertSaid(finding, /^DNS answers only SERVFAIL: /, /dig \+cd/)
    assert.match(finding.evidence.join(), new RegExp(`${silent.server.port}: does not answer`))
  }
})

test('the SPF record of the host name gets SERVFAIL: that is said, with who said it', async (t) => {
  await using server = await startResponder((asked) =>
    asked.type === 'TXT' ? [{ rcode: 2 }] : mxAlone(asked),
  )
  const world = worldWith(t, [server.server], 2_000, 'source_ipv4 = "192.0.2.1"\nipv6 = false')
  const [finding] = await findingsOf(spfHello, world)
  assert.equal(finding?.verdict, 'warning')
  assertSaid(finding, /^DNS answers SERVFAIL for mail\.example\.com TXT: its DNSSEC/, /delv/)
  assert.match(finding.evidence.join(), /127\.0\.0\.1 answered SERVFAIL/)
})

for (const [rcode, said] of [
  [2, /the resolver answers SERVFAIL, as it does when the servers of a list do not answer it/],
  [5, /the resolver answers REFUSED, so that it does not ask for this machine/],
] as const)
  test(`a blocklist for which the resolver has an error code alone: ${rcode}`, async (t) => {
    const isPsbl = (name: string) => name.endsWith('psbl.surriel.com')
    await using server = await startResponder((asked) =>
      isPsbl(asked.name) ? [{ rcode }] : mxAlone(asked),
    )
    const world = worldWith(t, [server.server], 2_000, 'source_ipv4 = "192.0.2.1"\nipv6 = false')
    const findings = await findingsOf(blocklists, world)
    const found = findings.find(({ subject }) => subject === 'psbl.surriel.com')
    assert.equal(found?.verdict, 'skipped')
    assertSaid(found, said, /dig 2\.0\.0\.127\.psbl\.surriel\.com A/)
  })

const mxAlone: Script = ({ name, type }) =>
  type === 'MX'
    ? [{ answers: [{ type, name, ttl: 60, data: { preference: 0, exchange: '.' } }] }]
    : [{}]

function worldWith(
  t: TestContext,
  servers: readonly DnsServer[],
  timeoutMs: number,
  outgoing = '',
): World {
  const trusted = servers.map(({ port }) => `"127.0.0.1:${port}"`).join(', ')
  const config = `[outgoing]\ntrusted_resolvers = [${trusted}]\n${outgoing}`
  const world = dnsWorld(t, { resolvConf: '', config })
  const exchange = networkExchange({ clock: systemClock, random: systemRandom, timeoutMs })
  const resolver = stubResolver({ clock: systemClock, exchange, servers: () => servers })
  return { ...world, resolver }
}

async function lookWith(t: TestContext, servers: readonly DnsServer[], timeoutMs: number) {
  const [finding] = await findingsOf(resolverCheck, worldWith(t, servers, timeoutMs))
  assert.ok(finding !== undefined)
  return finding
}
