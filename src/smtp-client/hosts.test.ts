import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import { fakeResolver, type Zone } from '../dns/fake.ts'
import type { Resolver } from '../dns/resolver.ts'
import type { StsPolicy } from '../syntax/sts/policy.ts'
import { findTargets, type HostsOptions } from './hosts.ts'

const mx = (preference: number, exchange: string) => ({ preference, exchange })

test('RFC 5321 §5.1: hosts by preference, IPv6 and IPv4 in turn', async () => {
  const zone = {
    mx: { 'example.net': [mx(20, 'b.example'), mx(10, 'a.example')] },
    addresses: {
      'a.example': ['192.0.2.1', '192.0.2.2', '2001:db8::1'],
      'b.example': ['192.0.2.3'],
    },
  }
  assert.deepEqual(await names(zone), [
    'a.example 2001:db8::1',
    'a.example 192.0.2.1',
    'a.example 192.0.2.2',
    'b.example 192.0.2.3',
  ])
  const found = await find(zone)
  assert.ok('targets' in found)
  assert.ok(found.targets.every(({ port, tls }) => port === 25 && tls.kind === 'opportunistic'))
})

test('RFC 5321 §5.1: hosts of equal preference take turns', async () => {
  const zone = {
    mx: { 'example.net': [mx(10, 'a.example'), mx(10, 'b.example'), mx(5, 'first.example')] },
    addresses: {
      'a.example': ['192.0.2.1'],
      'b.example': ['192.0.2.2'],
      'first.example': ['192.0.2.3'],
    },
  }
  const rising = { octets: (count: number) => Uint8Array.from({ length: count }, (_, i) => i) }
  const falling = {
    octets: (count: number) => Uint8Array.from({ length: count }, (_, i) => 99 - i),
  }
  const last = ['a.example 192.0.2.1', 'b.example 192.0.2.2']
  assert.deepEqual(await names(zone, { random: rising }), ['first.example 192.0.2.3', ...last])
  assert.deepEqual(await names(zone, { random: falling }), [
    'first.example 192.0.2.3',
    ...last.toReversed(),
  ])
})

test('RFC 5321 §5.1: without MX the domain itself', async () => {
  assert.deepEqual(await names({ addresses: { 'example.net': ['192.0.2.1'] } }), [
    'example.net 192.0.2.1',
  ])
})

test('five addresses at most, and not all of them of one host of several', async () => {
  const many = Array.from({ length: 20 }, (_, i) => `192.0.2.${i}`)
  const one = { mx: { 'example.net': [mx(1, 'a.example')] }, addresses: { 'a.example': many } }
  assert.equal((await names(one)).length, 5)
  const two = {
    mx: { 'example.net': [mx(1, 'a.example'), mx(2, 'b.example'), mx(3, 'b.example')] },
    addresses: { 'a.example': many, 'b.example': ['198.51.100.1'] },
  }
  assert.deepEqual((await names(two)).slice(2), ['a.example 192.0.2.2', 'b.example 198.51.100.1'])
})

test('C10: a thousand MX records do not make a thousand questions', async () => {
  const records = Array.from({ length: 1000 }, (_, i) => mx(i, `mx${i}.example`))
  const resolver = fakeResolver({ mx: { 'example.net': records } })
  let asked = 0
  const counting: Resolver = {
    ...resolver,
    addressAnswer: (name, family) => {
      asked++
      return resolver.addressAnswer(name, family)
    },
  }
  assert.deepEqual(await failure({}, { resolver: counting }), NO_HOSTS)
  assert.ok(asked <= 20, String(asked))
})

const NO_HOSTS = ['failed', '5.4.4', 'all relevant MX records point to non-existent hosts']

test('what DNS says for certain is final', async () => {
  const nothing = {
    mx: { 'null.example': [mx(0, '')], 'gone.example': [mx(5, 'x.example'), mx(9, '192.0.2.1')] },
    txt: { 'bare.example': ['nothing but text'] },
  }
  const cases: [domain: string, status: string, text: RegExp][] = [
    ['missing.example', '5.1.2', /^Unrouteable address: domain missing\.example does not exist$/],
    ['bare.example', '5.1.2', /has neither MX nor address records$/],
    // RFC 7505 §4.
    ['null.example', '5.1.10', /does not accept mail \(null MX\)$/],
    ['gone.example', '5.4.4', /^all relevant MX records point to non-existent hosts$/],
  ]
  for (const [domain, status, text] of cases) {
    const [kind, found = '', words = ''] = await failure(nothing, {}, domain)
    assert.deepEqual([kind, found], ['failed', status], domain)
    assert.match(words, text)
  }
})

test('RFC 7505 §3: a null MX beside others means nothing', async () => {
  assert.deepEqual(
    await names({
      mx: { 'example.net': [mx(0, ''), mx(10, 'a.example')] },
      addresses: { 'a.example': ['192.0.2.1'] },
    }),
    ['a.example 192.0.2.1'],
  )
})

test('F22: what DNS does not say is never final', async () => {
  const zone = {
    mx: { 'example.net': [mx(10, 'a.example'), mx(20, 'b.example')] },
    addresses: { 'b.example': ['192.0.2.2'] },
  }
  const first = await failure({ ...zone, failing: ['example.net'] })
  assert.deepEqual(first.slice(0, 2), ['deferred', '4.4.3'])
  assert.match(first[2] ?? '', /^host lookup did not complete for example\.net: no answer from DNS/)
  const second = await failure({ ...zone, failing: ['a.example', 'b.example'] })
  assert.deepEqual(second.slice(0, 2), ['deferred', '4.4.3'])
  // One that answers is enough.
  assert.deepEqual(await names({ ...zone, failing: ['a.example'] }), ['b.example 192.0.2.2'])
  assert.deepEqual(await names({ ...zone, failing: ['AAAA b.example'] }), ['b.example 192.0.2.2'])
})

test('F22: DNS that is slow is given up after a minute', async () => {
  const clock = new ManualClock(0)
  const never: Resolver = { ...fakeResolver({}), mxAnswer: () => new Promise(() => {}) }
  const waiting = failure({}, { resolver: never, clock })
  clock.advance(60_000)
  assert.deepEqual(await waiting, [
    'deferred',
    '4.4.3',
    'host lookup did not complete for example.net: timed out',
  ])
})

test('RFC 5321 §5.1: neither to ourselves nor to hosts that are farther away', async () => {
  const zone = {
    mx: { 'example.net': [mx(5, 'a.example'), mx(10, 'us.example'), mx(20, 'b.example')] },
    addresses: {
      'a.example': ['192.0.2.1'],
      'us.example': ['192.0.2.99'],
      'b.example': ['192.0.2.2'],
    },
  }
  const isOurself: HostsOptions['isOurself'] = ({ address }) => address === '192.0.2.99'
  assert.deepEqual(await names(zone, { isOurself }), ['a.example 192.0.2.1'])
  const lowest = { ...zone, mx: { 'example.net': [mx(1, 'us.example'), mx(1, 'b.example')] } }
  assert.deepEqual(await failure(lowest, { isOurself }), [
    'failed',
    '5.4.6',
    'lowest numbered MX record points to local host',
  ])
  const implicit = { addresses: { 'example.net': ['192.0.2.99'] } }
  assert.deepEqual(await failure(implicit, { isOurself }), [
    'failed',
    '5.4.6',
    'remote host address is the local host: example.net',
  ])
})

test('C10: DNS of others does not lead us into our own network', async () => {
  const special = [
    ...['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1'],
    ...['0.0.0.0', '224.0.0.1', '255.255.255.255', '::1', '::', 'fd00::1', 'fe80::1', 'ff02::1'],
    ...['::ffff:127.0.0.1', '::ffff:10.0.0.1', '64:ff9b::a01:203', '64:ff9b::7f00:1'],
    ...['2002:7f00:1::1', '2002:c0a8:101::', '2002:a9fe:a9fe::'],
  ]
  for (const address of special) {
    const zone = { mx: { 'example.net': [mx(0, 'a')] }, addresses: { a: [address] } }
    const [kind, status, text = ''] = await failure(zone)
    assert.deepEqual([kind, status], ['failed', '5.4.4'], address)
    assert.ok(text.startsWith(`no usable address for example.net: ${address} is a`), text)
  }
  const ordinary = ['192.0.2.1', '8.8.8.8', '172.32.0.1', '2001:db8::1', '::ffff:192.0.2.1']
  ordinary.push('64:ff9b::808:808', '2002:808:808::1')
  for (const address of ordinary)
    assert.deepEqual(await names({ addresses: { 'example.net': [address] } }), [
      `example.net ${address}`,
    ])
})

test('outgoing.allow_private: private networks and this machine, but nothing impossible', async () => {
  const allowed = { outgoing: { ...OUTGOING, allowPrivate: true } }
  const zone = { addresses: { 'example.net': ['10.0.0.1', '0.0.0.0', '224.0.0.1', '127.0.0.1'] } }
  assert.deepEqual(await names(zone, allowed), ['example.net 10.0.0.1', 'example.net 127.0.0.1'])
})

test('a family that is turned off is not tried, and mail waits for it', async () => {
  const zone = { addresses: { 'example.net': ['192.0.2.1', '2001:db8::1'] } }
  const only = (family: 'ipv4' | 'ipv6') => ({
    outgoing: { ...OUTGOING, ipv4: family === 'ipv4', ipv6: family === 'ipv6' },
  })
  assert.deepEqual(await names(zone, only('ipv4')), ['example.net 192.0.2.1'])
  assert.deepEqual(await names(zone, only('ipv6')), ['example.net 2001:db8::1'])
  const v4 = { addresses: { 'example.net': ['192.0.2.1'] } }
  assert.deepEqual(await failure(v4, only('ipv6')), [
    'deferred',
    '4.4.4',
    'no usable address for example.net: 192.0.2.1 is not tried (outgoing.ipv4 is off)',
  ])
})

test('RFC 5321 §4.1.3: address literals', async () => {
  const none = fakeResolver({})
  const found = await findTargets('[IPv6:2001:db8::1]', { ...DEFAULTS, resolver: none })
  assert.ok('targets' in found)
  assert.deepEqual(found.targets, [
    { name: null, address: '2001:db8::1', port: 25, tls: { kind: 'opportunistic' } },
  ])
  const [kind, status] = await failure({}, {}, '[127.0.0.1]')
  assert.deepEqual([kind, status], ['failed', '5.4.4'])
  const ours = await failure({}, { isOurself: () => true }, '[192.0.2.1]')
  assert.deepEqual(ours.slice(0, 2), ['failed', '5.4.6'])
})

const TLSA = { usage: 3, selector: 1, matchingType: 1, data: new Uint8Array(32) }
const SIGNED: Zone = {
  mx: { 'example.net': [mx(10, 'a.example')] },
  addresses: { 'a.example': ['192.0.2.1'] },
  tlsa: { '_25._tcp.a.example': [TLSA] },
  authentic: ['example.net', 'a.example'],
}

test('RFC 7672 §2.2: DANE when MX, addresses and TLSA records are proved', async () => {
  assert.deepEqual(await policies(SIGNED), [
    { kind: 'dane', records: [TLSA], names: ['a.example', 'example.net'] },
  ])
  for (const authentic of [['example.net'], ['a.example'], []])
    assert.deepEqual(await policies({ ...SIGNED, authentic }), [{ kind: 'opportunistic' }])
  assert.deepEqual(await policies({ ...SIGNED, tlsa: {} }), [{ kind: 'opportunistic' }])
})

test('RFC 7672 §2.2: records that cannot be used still demand TLS', async () => {
  const useless = [
    { ...TLSA, usage: 1 },
    { ...TLSA, matchingType: 7 },
    { ...TLSA, selector: 2 },
    { ...TLSA, data: new Uint8Array(20) },
    { ...TLSA, matchingType: 0, data: new Uint8Array(0) },
  ]
  assert.deepEqual(await policies({ ...SIGNED, tlsa: { '_25._tcp.a.example': useless } }), [
    { kind: 'encrypted', mode: 'starttls', demandedBy: 'its TLSA records' },
  ])
  const mixed = await policies({ ...SIGNED, tlsa: { '_25._tcp.a.example': [...useless, TLSA] } })
  assert.ok(mixed[0]?.kind === 'dane' && mixed[0].records.length === 1)
})

test('B06: TLSA records that nobody can tell: the host is passed over, never with less', async () => {
  const failing = ['_25._tcp.a.example']
  assert.deepEqual((await failure({ ...SIGNED, failing })).slice(0, 2), ['deferred', '4.4.3'])
  const second: Zone = {
    ...SIGNED,
    mx: { 'example.net': [mx(10, 'a.example'), mx(20, 'b.example')] },
    addresses: { 'a.example': ['192.0.2.1'], 'b.example': ['192.0.2.2'] },
    failing,
  }
  assert.deepEqual(await names(second), ['b.example 192.0.2.2'])
})

test('RFC 7672 §2.2.2: at the end of the aliases first', async () => {
  const zone: Zone = {
    ...SIGNED,
    cname: { 'a.example': 'real.example' },
    addresses: { 'real.example': ['192.0.2.1'] },
    authentic: ['example.net', 'a.example', 'real.example'],
  }
  const own = await policies(zone)
  assert.ok(own[0]?.kind === 'dane' && own[0].names[0] === 'a.example')
  const end = await policies({ ...zone, tlsa: { '_25._tcp.real.example': [TLSA] } })
  assert.ok(end[0]?.kind === 'dane' && end[0].names[0] === 'real.example')
})

const TWO: Zone = {
  mx: { 'example.net': [mx(10, 'evil.example'), mx(20, 'mx.example.net')] },
  addresses: { 'evil.example': ['192.0.2.66'], 'mx.example.net': ['192.0.2.1'] },
}
const policyOf = (mode: StsPolicy['mode']): StsPolicy => ({
  mode,
  maxAgeSeconds: 1,
  mx: ['*.example.net'],
})

test('RFC 8461 §4.1, §5: an enforced policy: only hosts that it names, their names checked', async () => {
  const options = { sts: { policyOf: async () => policyOf('enforce') } }
  assert.deepEqual(await names(TWO, options), ['mx.example.net 192.0.2.1'])
  assert.deepEqual(await policies(TWO, options), [
    { kind: 'verified', mode: 'starttls', names: ['mx.example.net'], demandedBy: 'MTA-STS' },
  ])
  const only = { ...TWO, mx: { 'example.net': [mx(10, 'evil.example')] } }
  assert.deepEqual(await failure(only, options), [
    'deferred',
    '4.7.5',
    'the MTA-STS policy of example.net does not name evil.example',
  ])
})

test('B05: a policy that is only tested is not enforced, but what is wrong is told', async () => {
  const found = await find(TWO, { sts: { policyOf: async () => policyOf('testing') } })
  assert.ok('targets' in found)
  assert.deepEqual(
    found.targets.map(({ tls }) => tls.kind),
    ['opportunistic', 'opportunistic'],
  )
  assert.deepEqual(found.notes, [
    'the MTA-STS policy of example.net does not name evil.example (testing)',
  ])
  const none = await find(TWO, { sts: { policyOf: async () => policyOf('none') } })
  assert.ok('targets' in none && none.targets.length === 2 && none.notes.length === 0)
})

test('RFC 8461 §2: DANE is not overruled, and its domain is asked for no policy', async () => {
  const sts = { policyOf: () => Promise.reject(new Error('asked')) }
  assert.equal((await policies(SIGNED, { sts }))[0]?.kind, 'dane')
  // But records that say nothing do not make it less.
  const useless = { '_25._tcp.a.example': [{ ...TLSA, usage: 0 }] }
  const enforced = {
    sts: { policyOf: async () => ({ ...policyOf('enforce'), mx: ['a.example'] }) },
  }
  assert.equal((await policies({ ...SIGNED, tlsa: useless }, enforced))[0]?.kind, 'verified')
})

test('B05, RFC 8689 §4.2.1: REQUIRETLS: a checked name, which must itself be proved', async () => {
  const demand = 'requiretls'
  const refused = await failure({ ...SIGNED, tlsa: {}, authentic: [] }, { demand })
  assert.deepEqual(refused.slice(0, 2), ['failed', '5.7.30'])
  assert.deepEqual(await policies({ ...SIGNED, tlsa: {} }, { demand }), [
    { kind: 'verified', mode: 'starttls', names: ['a.example'], demandedBy: 'REQUIRETLS' },
  ])
  assert.equal((await policies(SIGNED, { demand }))[0]?.kind, 'dane')
  const enforced = { policyOf: async () => policyOf('enforce') }
  assert.equal((await policies(TWO, { demand, sts: enforced }))[0]?.kind, 'verified')
})

test('B05: what the operator demands holds without any proof of the name', async () => {
  const [first] = await policies({ ...SIGNED, authentic: [] }, { demand: 'verified' })
  assert.deepEqual(first?.kind === 'verified' && first.names, ['a.example'])
})

test('what the operator makes optional is so, whatever DANE and MTA-STS say', async () => {
  const demand = 'optional'
  const sts = { policyOf: async () => policyOf('enforce') }
  assert.deepEqual(await policies(SIGNED, { demand, sts }), [{ kind: 'opportunistic' }])
  const [none] = await policies({ ...SIGNED, tlsa: {} }, { demand: 'none', sts: DEFAULTS.sts })
  assert.equal(none?.kind, 'opportunistic')
  assert.equal((await policies(SIGNED, { demand: 'none', sts }))[0]?.kind, 'dane')
})

test('an error of our own is told, and mail waits', async () => {
  const broken = { policyOf: () => Promise.reject(new Error('disk gone')) }
  assert.deepEqual(await failure(TWO, { sts: broken }), [
    'deferred',
    '4.3.0',
    'the hosts of example.net could not be found: disk gone',
  ])
})

const OUTGOING = { ipv4: true, ipv6: true, allowPrivate: false, port: 25 }
const DEFAULTS: Omit<HostsOptions, 'resolver'> = {
  sts: { policyOf: async () => null },
  random: systemRandom,
  clock: new ManualClock(0),
  outgoing: OUTGOING,
  isOurself: () => false,
  demand: 'none',
}

function find(zone: Zone, options: Partial<HostsOptions> = {}, domain = 'example.net') {
  return findTargets(domain, { ...DEFAULTS, resolver: fakeResolver(zone), ...options })
}

async function names(zone: Zone, options: Partial<HostsOptions> = {}): Promise<string[]> {
  const found = await find(zone, options)
  if ('failure' in found) throw new Error(found.failure.text)
  return found.targets.map(({ name, address }) => `${name} ${address}`)
}

async function policies(zone: Zone, options: Partial<HostsOptions> = {}) {
  const found = await find(zone, options)
  if ('failure' in found) throw new Error(found.failure.text)
  return found.targets.map(({ tls }) => tls)
}

async function failure(
  zone: Zone,
  options: Partial<HostsOptions> = {},
  domain = 'example.net',
): Promise<string[]> {
  const found = await find(zone, options, domain)
  assert.ok('failure' in found)
  const { kind, status, text } = found.failure
  return [kind, status, text]
}
