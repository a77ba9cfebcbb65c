import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { readHosts } from './hosts-file.ts'
import { stubResolver } from './stub.ts'

const TEXT = `127.0.0.1 localhost
::1\tlocalhost ip6-localhost   # loopback
# 192.0.2.9 not.example
192.0.2.1   Relay.example relay
not-an-address other.example
`

test('hosts(5): the addresses of each name', () => {
  const hosts = readHosts(TEXT)
  assert.deepEqual(hosts.get('localhost'), ['127.0.0.1', '::1'])
  assert.deepEqual(hosts.get('relay.example'), ['192.0.2.1'])
  assert.deepEqual([...hosts.keys()], ['localhost', 'ip6-localhost', 'relay.example', 'relay'])
  assert.equal(readHosts(null).size, 0)
})

test('names of the table of hosts are not asked for, where an operator wrote them', async () => {
  const asked: string[] = []
  const resolver = stubResolver({
    clock: new ManualClock(0),
    servers: () => [{ address: '127.0.0.1', port: 53, trusted: false }],
    exchange: async (_server, { name, type }) => {
      asked.push(`${name} ${type}`)
      return { rcode: 0, truncated: false, authenticData: false, records: [], negativeTtl: null }
    },
    hosts: () => readHosts(TEXT),
  })
  assert.deepEqual(await resolver.addresses('RELAY.example'), ['192.0.2.1'])
  assert.deepEqual(asked, [])
  await resolver.addressAnswer('relay.example', 4)
  assert.deepEqual(asked, ['relay.example A'])
})
