import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fakeResolver, type Zone } from '../../dns/fake.ts'
import { checkSpf } from './evaluate.ts'
import { parseSpfRecord } from './record.ts'
import type { SpfQuery } from './types.ts'

async function check(zone: Zone, query: Partial<SpfQuery> = {}) {
  return await checkSpf(fakeResolver(zone), { ...QUERY, ...query })
}

const QUERY: SpfQuery = {
  address: '192.0.2.3',
  sender: 'strong-bad@email.example.com',
  helo: 'mail.example.com',
  receiver: 'mx.example.org',
  nowMs: 1_000,
}

test('RFC 7208 appendix A.1: what the records of example.com say of its hosts', async () => {
  const zone = {
    mx: {
      'example.com': [
        { preference: 10, exchange: 'mail-a.example.com' },
        { preference: 20, exchange: 'mail-b.example.com' },
      ],
      'example.org': [{ preference: 10, exchange: 'mail-c.example.org' }],
    },
    addresses: {
      'example.com': ['192.0.2.10', '192.0.2.11'],
      'amy.example.com': ['192.0.2.65'],
      'bob.example.com': ['192.0.2.66'],
      'mail-a.example.com': ['192.0.2.129'],
      'mail-b.example.com': ['192.0.2.130'],
      'mail-c.example.org': ['192.0.2.140'],
    },
    reverse: {
      '192.0.2.10': ['example.com'],
      '192.0.2.65': ['amy.example.com'],
      '192.0.2.140': ['mail-c.example.org'],
      '10.0.0.4': ['bob.example.com'],
    },
  }
  const passes = async (record: string): Promise<string> => {
    const passing: string[] = []
    for (const address of HOSTS) {
      const txt = { 'example.com': [record] }
      const { result } = await check({ ...zone, txt }, { address, sender: 'a@example.com' })
      if (result === 'pass') passing.push(address)
    }
    return passing.join(' ')
  }
  assert.equal(await passes('v=spf1 +all'), HOSTS.join(' '))
  assert.equal(await passes('v=spf1 a -all'), '192.0.2.10 192.0.2.11')
  assert.equal(await passes('v=spf1 a:example.org -all'), '')
  assert.equal(await passes('v=spf1 mx -all'), '192.0.2.129 192.0.2.130')
  assert.equal(await passes('v=spf1 mx:example.org -all'), '192.0.2.140')
  assert.equal(await passes('v=spf1 mx mx:example.org -all'), '192.0.2.129 192.0.2.130 192.0.2.140')
  assert.equal(
    await passes('v=spf1 mx/30 mx:example.org/30 -all'),
    '192.0.2.129 192.0.2.130 192.0.2.131 192.0.2.140 192.0.2.141',
  )
  assert.equal(await passes('v=spf1 ptr -all'), '192.0.2.10 192.0.2.65')
  assert.equal(await passes('v=spf1 ip4:192.0.2.128/28 -all'), HOSTS.slice(4, 9).join(' '))
})

const HOSTS = [
  ...['192.0.2.10', '192.0.2.11', '192.0.2.65', '192.0.2.66', '192.0.2.129', '192.0.2.130'],
  ...['192.0.2.131', '192.0.2.140', '192.0.2.141', '10.0.0.4'],
]

for (const [macro, address, expected] of [
  ['%{s}', '192.0.2.3', 'strong-bad@email.example.com'],
  ['%{o}', '192.0.2.3', 'email.example.com'],
  ['%{d}', '192.0.2.3', 'email.example.com'],
  ['%{d4}', '192.0.2.3', 'email.example.com'],
  ['%{d2}', '192.0.2.3', 'example.com'],
  ['%{d1}', '192.0.2.3', 'com'],
  ['%{dr}', '192.0.2.3', 'com.example.email'],
  ['%{d2r}', '192.0.2.3', 'example.email'],
  ['%{l}', '192.0.2.3', 'strong-bad'],
  ['%{l-}', '192.0.2.3', 'strong.bad'],
  ['%{lr}', '192.0.2.3', 'strong-bad'],
  ['%{lr-}', '192.0.2.3', 'bad.strong'],
  ['%{l1r-}', '192.0.2.3', 'strong'],
  ['%{ir}.%{v}._spf.%{d2}', '192.0.2.3', '3.2.0.192.in-addr._spf.example.com'],
  ['%{lr-}.lp._spf.%{d2}', '192.0.2.3', 'bad.strong.lp._spf.example.com'],
  [
    '%{ir}.%{v}._spf.%{d2}',
    '2001:db8::cb01',
    '1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com',
  ],
  ['%{S}', '192.0.2.3', 'strong-bad%40email.example.com'],
  [
    '%{c} %{r} %{t} %{h} %{p} %%%_%-',
    '192.0.2.3',
    '192.0.2.3 mx.example.org 1 mail.example.com unknown % %20',
  ],
] as const) {
  test(`RFC 7208 §7.4: ${macro} from ${address}`, async () => {
    const txt = {
      'email.example.com': ['v=spf1 -all exp=why.example.com'],
      'why.example.com': [macro],
    }
    assert.equal((await check({ txt }, { address })).explanation, expected)
  })
}

test('RFC 7208 §4.6.4: ten terms may ask DNS, and of two there may be nothing', async () => {
  const a = (count: number) => Array.from({ length: count }, (_, n) => `a:h${n}.example.com`)
  const addresses = Object.fromEntries(
    Array.from({ length: 20 }, (_, n) => [`h${n}.example.com`, ['203.0.113.1']]),
  )
  const of = async (terms: readonly string[], zone: Zone) =>
    await check({ ...zone, txt: { 'email.example.com': [`v=spf1 ${terms.join(' ')} -all`] } })
  assert.equal((await of(a(10), { addresses })).result, 'fail')
  const eleven = await of(a(11), { addresses })
  assert.equal(eleven.result, 'permerror')
  assert.match(eleven.problem ?? '', /more than 10 terms ask DNS: a:h10\.example\.com/)
  assert.deepEqual([(await of(a(2), {})).result, (await of(a(2), {})).voidLookups], ['fail', 2])
  assert.equal((await of(a(3), {})).result, 'permerror')
})

test('records that include each other end with an error, not never', async () => {
  const txt = {
    'email.example.com': ['v=spf1 include:other.example.com -all'],
    'other.example.com': ['v=spf1 redirect=email.example.com'],
  }
  const { result, lookups } = await check({ txt })
  assert.deepEqual([result, lookups], ['permerror', 11])
})

test('RFC 7208 §2.6.6: no answer from DNS is temporary, whichever question had none', async () => {
  const txt = { 'email.example.com': ['v=spf1 include:other.example.com -all'] }
  assert.equal((await check({ txt, failing: ['other.example.com'] })).result, 'temperror')
  assert.equal((await check({ txt, failing: ['email.example.com'] })).result, 'temperror')
})

test('the term that decided is told, and why there is no answer', async () => {
  const txt = {
    'email.example.com': ['v=spf1 a include:other.example.com ~all'],
    'other.example.com': ['v=spf1 ip4:192.0.2.0/24 -all'],
    'two.example.com': ['v=spf1 -all', 'v=spf1 +all'],
  }
  assert.equal((await check({ txt })).term, 'include:other.example.com')
  assert.equal((await check({ txt }, { address: '198.51.100.1' })).term, '~all')
  const two = await check({ txt }, { sender: 'a@two.example.com' })
  assert.deepEqual([two.result, two.problem], ['permerror', 'two.example.com has 2 SPF records'])
})

test('RFC 7208 §2.4: a bounce is asked about by the name in HELO', async () => {
  const txt = { 'mail.example.com': ['v=spf1 ip4:192.0.2.3 -all'] }
  const { result, domain } = await check({ txt }, { sender: '' })
  assert.deepEqual([result, domain], ['pass', 'mail.example.com'])
})

for (const record of [
  ...['v=spf1 all:x', 'v=spf1 include', 'v=spf1 exists', 'v=spf1 ip4:1.2.3', 'v=spf1 ip4:::1'],
  ...['v=spf1 a/33', 'v=spf1 a/024', 'v=spf1 a/24/64', 'v=spf1 a:example', 'v=spf1 a:x.123'],
  ...['v=spf1 exists:%{x}.com', 'v=spf1 exists:%{d0}.com', 'v=spf1 exists:%{c}.com'],
  ...['v=spf1 a:%(d).com', 'v=spf1 redirect=a.com redirect=b.com', 'v=spf1 foo', 'v=spf1 =x'],
  ...['v=spf1 -all exp=', 'v=spf1 unknown=%z', 'v=spf1 a:exämple.com', 'v=spf1 --all'],
])
  test(`RFC 7208 §4.6.1: not a record: ${record}`, () => {
    assert.throws(() => parseSpfRecord(record), { name: 'SpfFault' })
  })
