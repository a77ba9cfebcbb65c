import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ResolverFault } from '../dns/resolver.ts'
import { type RelayPlaces, relayTargets } from './relay-targets.ts'

const ADDRESSES: Record<string, readonly string[]> = {
  'a.example': ['192.0.2.1', '2001:db8::1'],
  'b.example': ['192.0.2.2'],
  'c.example': ['2001:db8::3'],
  'gone.example': [],
}
const resolver = {
  async addresses(name: string) {
    const found = ADDRESSES[name]
    if (found === undefined) throw new ResolverFault(name)
    return found
  },
}
const OPTIONS = { resolver, ipv4: true, ipv6: true, requireTls: false }

function relay(change: Partial<RelayPlaces>, ...hosts: string[]): RelayPlaces {
  const places = hosts.map((host) => ({ host, port: 587 }))
  return { name: 'r', hosts: places, tls: 'starttls', checkCertificate: true, ...change }
}

async function placesOf(hosts: readonly string[], change = {}) {
  const found = await relayTargets(relay({}, ...hosts), { ...OPTIONS, ...change })
  return 'failure' in found
    ? found.failure.text
    : found.targets.map(({ name, address }) => `${name} ${address}`)
}

test('the addresses of its hosts, host by host', async () => {
  assert.deepEqual(await placesOf(['b.example', 'a.example']), [
    'b.example 192.0.2.2',
    'a.example 192.0.2.1',
    'a.example 2001:db8::1',
  ])
  assert.deepEqual(await placesOf(['192.0.2.9', '::1', 'localhost']), [
    'null 192.0.2.9',
    'null ::1',
    'localhost 127.0.0.1',
    'localhost ::1',
  ])
  assert.deepEqual(await placesOf(['a.example'], { ipv4: false }), ['a.example 2001:db8::1'])
  assert.deepEqual(await placesOf(['silent.example', 'b.example']), ['b.example 192.0.2.2'])
})

test('without an address its mail waits, and the words say why', async () => {
  assert.match(String(await placesOf(['gone.example'])), /gone\.example has no address/)
  assert.match(
    String(await placesOf(['silent.example'])),
    /lookup did not complete for .* silent\.example/,
  )
  assert.match(String(await placesOf(['c.example'], { ipv6: false })), /only IPv6 .* turned off/)
  const found = await relayTargets(relay({}, 'gone.example'), OPTIONS)
  assert.ok('failure' in found && found.failure.kind === 'deferred')
})

test('how each kind of relay is spoken to', async () => {
  const policy = async (change: Partial<RelayPlaces>, requireTls = false) => {
    const found = await relayTargets(relay(change, 'b.example'), { ...OPTIONS, requireTls })
    return 'targets' in found ? found.targets[0]?.tls : undefined
  }
  const [names, demandedBy] = [['b.example'], 'the relay r']
  assert.deepEqual(await policy({ tls: 'none' }), { kind: 'none' })
  assert.deepEqual(await policy({ tls: 'opportunistic' }), { kind: 'opportunistic' })
  assert.deepEqual(await policy({}), { kind: 'verified', mode: 'starttls', names, demandedBy })
  assert.deepEqual(await policy({ tls: 'implicit', checkCertificate: false }), {
    ...{ kind: 'encrypted', mode: 'implicit', demandedBy },
  })
  const required = await policy({ tls: 'opportunistic', checkCertificate: false }, true)
  assert.equal(required?.kind, 'verified', 'RFC 8689: a checked certificate, whatever is set')
})
