import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Answer } from 'dns-packet'

import { ManualClock, systemClock } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import { ErrorReply } from './error-reply.ts'
import { networkExchange } from './exchange.ts'
import { type Resolver, ResolverFault } from './resolver.ts'
import { stubResolver } from './stub.ts'
import { type Reply, type Responder, type Script, startResponder } from './testing/responder.ts'

const SOA: Answer = {
  type: 'SOA',
  name: 'example',
  ttl: 600,
  data: { mname: 'ns.example', rname: 'host.example', minimum: 60 },
}

test('records of each kind are read (RFC 3596 §2: AAAA, ip6.arpa)', async () => {
  await using world = await open(({ name, type }) => {
    const records: Record<string, Answer[]> = {
      A: [{ type: 'A', name, ttl: 60, data: '192.0.2.1' }],
      AAAA: [{ type: 'AAAA', name, ttl: 60, data: '2001:DB8:0:0:0:0:0:1' }],
      MX: [
        { type: 'MX', name, ttl: 60, data: { preference: 20, exchange: 'B.example' } },
        { type: 'MX', name, ttl: 60, data: { preference: 10, exchange: 'a.example' } },
      ],
      TXT: [{ type: 'TXT', name, ttl: 60, data: ['v=STSv1; ', 'id=1'] }],
      PTR: [{ type: 'PTR', name, ttl: 60, data: 'Mail.example' }],
      SRV: [
        {
          type: 'SRV',
          name,
          ttl: 60,
          data: { priority: 10, weight: 1, port: 587, target: 'Mail.example' },
        },
        { type: 'SRV', name, ttl: 60, data: { priority: 0, weight: 0, port: 465, target: '.' } },
      ],
      TLSA: [
        {
          type: 'TLSA',
          name,
          ttl: 60,
          data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from('abc') },
        },
      ],
    }
    return [{ answers: records[type] ?? [] }]
  })
  const { resolver, asked } = world
  assert.deepEqual(await resolver.addresses('Host.example.'), ['192.0.2.1', '2001:db8::1'])
  assert.deepEqual(await resolver.mx('example'), [
    { preference: 10, exchange: 'a.example' },
    { preference: 20, exchange: 'b.example' },
  ])
  assert.deepEqual(await resolver.txt('_mta-sts.example'), ['v=STSv1; id=1'])
  assert.deepEqual(await resolver.reverse('192.0.2.1'), ['mail.example'])
  assert.deepEqual(await resolver.srv('_submission._tcp.example'), [
    // RFC 2782: a target of the root says that there is no such service.
    { priority: 0, weight: 0, port: 465, target: '' },
    { priority: 10, weight: 1, port: 587, target: 'mail.example' },
  ])
  assert.deepEqual((await resolver.tlsaAnswer('_25._tcp.mx.example')).records, [
    { usage: 3, selector: 1, matchingType: 1, data: new Uint8Array(Buffer.from('abc')) },
  ])
  await resolver.reverse('2001:db8::567:89ab')
  assert.deepEqual(
    asked.slice(-1).map(({ name }) => name),
    ['b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa'],
  )
})

test('RFC 7505 §3: the null MX has an exchange of no name', async () => {
  await using world = await open(({ name }) => [
    { answers: [{ type: 'MX', name, ttl: 60, data: { preference: 0, exchange: '.' } }] },
  ])
  assert.deepEqual(await world.resolver.mx('null.example'), [{ preference: 0, exchange: '' }])
})

test('RFC 2308 §2: no such name and no such record are answers', async () => {
  await using world = await open(({ name }) => [
    name === 'missing.example' ? { rcode: 3, authorities: [SOA] } : { authorities: [SOA] },
  ])
  assert.equal((await world.resolver.mxAnswer('missing.example')).exists, false)
  const answer = await world.resolver.mxAnswer('example')
  assert.deepEqual([answer.exists, answer.records], [true, []])
  // What cannot be a name is not asked for.
  assert.equal((await world.resolver.mxAnswer(`${'a'.repeat(64)}.example`)).exists, false)
  assert.equal((await world.resolver.mxAnswer('a..example')).exists, false)
  assert.equal(world.asked.length, 2)
})

test('F22: SERVFAIL, REFUSED and silence are no answers, and nothing is kept of them', async () => {
  let reply: readonly Reply[] = [{ rcode: 2 }]
  await using world = await open(() => reply)
  for (const next of [[{ rcode: 2 }], [{ rcode: 5 }], []]) {
    reply = next
    await assert.rejects(world.resolver.mx('example'), ResolverFault)
  }
  reply = [{ answers: [a('example', '192.0.2.1')] }]
  assert.deepEqual((await world.resolver.addressAnswer('example', 4)).records, ['192.0.2.1'])
})

test('what one server said is the cause, whoever is silent after it, and is known before the end', async () => {
  await using faulty = await startResponder(() => [{ rcode: 2 }])
  await using world = await open(() => [], { before: [faulty] })
  const { resolver } = world
  assert.equal(resolver.errorSoFar?.('192.0.2.1', 'PTR'), null)
  const answer = resolver.reverse('192.0.2.1')
  const refused = assert.rejects(answer, ({ cause }: Error) => {
    assert.ok(cause instanceof ErrorReply)
    return cause.code === 'SERVFAIL'
  })
  while (world.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(resolver.errorSoFar?.('192.0.2.1', 'PTR')?.code, 'SERVFAIL')
  await refused
  assert.equal(resolver.errorSoFar?.('192.0.2.1', 'PTR'), null)
})

test('F22: a server that answers late is not waited for, the next one is asked', async () => {
  await using silent = await startResponder(() => [])
  await using world = await open(({ name }) => [{ answers: [a(name, '192.0.2.1')] }], {
    before: [silent],
  })
  assert.deepEqual((await world.resolver.addressAnswer('example', 4)).records, ['192.0.2.1'])
  assert.equal(silent.asked.length, 1)
})

test('RFC 5452 §9.1: another id or another question is passed over, and the answer still taken', async () => {
  await using world = await open(({ name, packet }) => {
    const forged = [a('example', '203.0.113.66')]
    return [
      { id: ((packet.id ?? 0) + 1) % 65_536, answers: forged },
      { name: 'other.example', answers: forged },
      Buffer.from('not DNS at all'),
      { answers: [a(name, '192.0.2.1')] },
    ]
  })
  assert.deepEqual((await world.resolver.addressAnswer('example', 4)).records, ['192.0.2.1'])
})

test('F22: forged answers alone are no answer', async () => {
  await using world = await open(({ packet }) => [
    { id: ((packet.id ?? 0) + 1) % 65_536, answers: [a('example', '203.0.113.66')] },
  ])
  await assert.rejects(world.resolver.addresses('example'), ResolverFault)
})

test('records of other names in an answer are not taken', async () => {
  await using world = await open(() => [
    { answers: [a('victim.example', '203.0.113.66')], authorities: [SOA] },
  ])
  assert.deepEqual(await world.resolver.addresses('example'), [])
})

test('RFC 7766 §5: a truncated answer is asked for again over TCP', async () => {
  await using world = await open(({ name, over }) =>
    over === 'udp'
      ? [{ truncated: true }]
      : [{ answers: Array.from({ length: 300 }, (_, i) => a(name, `192.0.2.${i % 256}`)) }],
  )
  assert.equal((await world.resolver.addressAnswer('example', 4)).records.length, 300)
  assert.deepEqual(
    world.asked.map(({ over }) => over),
    ['udp', 'tcp'],
  )
})

test('RFC 6891 §7: a server that knows no EDNS is asked without', async () => {
  await using world = await open(({ name, packet }) => [
    (packet.additionals ?? []).length > 0 ? { rcode: 1 } : { answers: [a(name, '192.0.2.1')] },
  ])
  assert.deepEqual((await world.resolver.addressAnswer('example', 4)).records, ['192.0.2.1'])
})

test('aliases are followed, within the answer and beyond it', async () => {
  await using world = await open(({ name }) => {
    if (name === 'www.example') return [{ answers: [cname(name, 'one.example')] }]
    if (name === 'one.example')
      return [{ answers: [cname(name, 'Two.example'), a('two.example', '192.0.2.2')] }]
    return []
  })
  const answer = await world.resolver.addressAnswer('www.example', 4)
  assert.deepEqual([answer.records, answer.canonicalName], [['192.0.2.2'], 'two.example'])
})

test('C10: a circle of aliases is no answer', async () => {
  await using world = await open(({ name }) =>
    name === 'self.example'
      ? [{ answers: [cname(name, name)] }]
      : [{ answers: [cname(name, name === 'a.example' ? 'b.example' : 'a.example')] }],
  )
  await assert.rejects(world.resolver.addresses('self.example'), ResolverFault)
  await assert.rejects(world.resolver.addresses('a.example'), ResolverFault)
  assert.ok(world.asked.length < 50)
})

test('RFC 6840 §5.8: AD counts from trusted servers only, and those are asked for it', async () => {
  const script: Script = ({ name }) => [{ authentic: true, answers: [a(name, '192.0.2.1')] }]
  for (const trusted of [true, false]) {
    await using world = await open(script, { trusted })
    assert.equal((await world.resolver.addressAnswer('example', 4)).authentic, trusted)
    const opt = world.asked[0]?.packet.additionals?.[0]
    assert.equal(opt?.type === 'OPT' && opt.flag_do, trusted)
  }
})

test('a chain of aliases is authentic when every answer on it is', async () => {
  await using world = await open(({ name }) =>
    name === 'www.example'
      ? [{ authentic: true, answers: [cname(name, 'one.example')] }]
      : [{ authentic: false, answers: [a(name, '192.0.2.1')] }],
  )
  assert.equal((await world.resolver.addressAnswer('www.example', 4)).authentic, false)
})

test('B06: after SERVFAIL of a trusted server no other is asked that would not see a forgery', async () => {
  await using bogus = await startResponder(() => [{ rcode: 2 }])
  await using world = await open(({ name }) => [{ answers: [a(name, '203.0.113.66')] }], {
    before: [bogus],
    trusted: false,
  })
  await assert.rejects(world.resolver.addresses('example'), ResolverFault)
  assert.equal(world.asked.length, 0)
})

test('answers are kept for their TTL, an hour at most, and "there is none" as the SOA says', async () => {
  const clock = new ManualClock(0)
  const ttls: Record<string, number> = { 'short.example': 30, 'long.example': 86_400, zero: 0 }
  let asked = 0
  const resolver = stubResolver({
    clock,
    servers: () => [{ address: '127.0.0.1', port: 53, trusted: false }],
    exchange: async (_server, { name }) => {
      asked++
      const ttl = ttls[name]
      return {
        rcode: 0,
        truncated: false,
        authenticData: false,
        records: ttl === undefined ? [] : [{ name, type: 'TXT', ttl, data: [Buffer.from('x')] }],
        negativeTtl: ttl === undefined ? 60 : null,
      }
    },
  })
  const asks = async (name: string, afterSeconds: number): Promise<boolean> => {
    const before = asked
    clock.advance(afterSeconds * 1000)
    await resolver.txt(name)
    return asked > before
  }
  for (const [name, seconds] of [
    ['short.example', 30],
    ['long.example', 3600],
    ['none.example', 60],
  ] as const) {
    assert.equal(await asks(name, 0), true, name)
    assert.equal(await asks(name, seconds - 1), false, name)
    assert.equal(await asks(name, 1), true, name)
  }
  assert.equal(await asks('zero', 0), true)
  assert.equal(await asks('zero', 0), true)
})

test('F22: what is known holds until its TTL while DNS is down', async () => {
  let down = false
  await using world = await open(({ name }) =>
    down ? [] : [{ answers: [a(name, '192.0.2.1', 3600)] }],
  )
  await world.resolver.addressAnswer('example', 4)
  down = true
  assert.deepEqual((await world.resolver.addressAnswer('example', 4)).records, ['192.0.2.1'])
})

test('the same question asked twice at once is sent once', async () => {
  await using world = await open(({ name }) => [{ answers: [a(name, '192.0.2.1', 0)] }])
  await Promise.all([1, 2, 3].map(() => world.resolver.addressAnswer('example', 4)))
  assert.equal(world.asked.length, 1)
})

function a(name: string, data: string, ttl = 60): Answer {
  return { type: 'A', name, ttl, data }
}

function cname(name: string, data: string): Answer {
  return { type: 'CNAME', name, ttl: 60, data }
}

interface World extends AsyncDisposable {
  readonly resolver: Resolver
  readonly asked: Responder['asked']
}

/** A resolver that asks a server with a script, after those before it. */
async function open(
  script: Script,
  { trusted = true, before = [] }: { trusted?: boolean; before?: readonly Responder[] } = {},
): Promise<World> {
  const responder = await startResponder(script, { trusted })
  const exchange = networkExchange({ clock: systemClock, random: systemRandom, timeoutMs: 500 })
  const servers = [...before.map(({ server }) => server), responder.server]
  return {
    resolver: stubResolver({ clock: systemClock, exchange, servers: () => servers }),
    asked: responder.asked,
    [Symbol.asyncDispose]: () => responder[Symbol.asyncDispose](),
  }
}
