/** From which address and under which name we connect, and to which kind of address: as configured, for each domain. */
import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'

import { startResponder } from '../../src/dns/testing/responder.ts'
import { type FakeMx, type MxScript, startFakeMx } from '../../src/smtp-client/testing/fake-mx.ts'
import { settingsFor, submit, until } from '../support/other-servers.ts'
import { startWithUsers } from '../support/users.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)
const skip = hasIpv6 ? false : 'no ::1 here'

function outgoingFor(port: number, dnsPort: number): object {
  const { outgoing } = settingsFor(port, dnsPort)
  assert.ok(typeof outgoing === 'object' && outgoing !== null)
  return outgoing
}

/** Where a session came from and what it called itself: `127.0.0.7 EHLO mail.example.test`. */
function callers({ sessions }: FakeMx): readonly string[] {
  return sessions.map(({ remoteAddress, lines }) => `${remoteAddress} ${lines[0] ?? ''}`)
}

/** One server at 127.2.0.1 and at ::1, and the DNS for it: `old.test` has IPv4 only, all others both. */
async function startDouble() {
  await using stack = new AsyncDisposableStack()
  const script: MxScript = { offers: ['PIPELINING', '8BITMIME'] }
  const four = stack.use(await startFakeMx({ ...script, at: { address: '127.2.0.1', port: 0 } }))
  const { port } = four
  const six = stack.use(await startFakeMx({ ...script, at: { address: '::1', port } }))
  const dns = stack.use(
    await startResponder(({ name, type }) => {
      const ttl = 300
      if (type === 'A') return [{ answers: [{ type, name, ttl, data: '127.2.0.1' }] }]
      if (type === 'AAAA' && name !== 'old.test')
        return [{ answers: [{ type, name, ttl, data: '::1' }] }]
      return [{}]
    }),
  )
  const owned = stack.move()
  return {
    ...{ four, six, outgoing: outgoingFor(port, dns.server.port) },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

test('with IPv6 off: each domain by its source address and under its name', { skip }, async () => {
  await using double = await startDouble()
  const outgoing = {
    ...double.outgoing,
    ...{ ipv6: false, source_ipv4: '127.0.0.5', hello_name: 'all.example.test' },
    domains: [
      { domain: 'a.test', source_ipv4: '127.0.0.7', hello_name: 'for-a.example.test' },
      { domain: '*.b.test', source_ipv4: '127.0.0.8' },
    ],
  }
  await using server = await startWithUsers({ settings: { outgoing } })
  const expected: Readonly<Record<string, string>> = {
    'a.test': '127.0.0.7 EHLO for-a.example.test',
    'x.b.test': '127.0.0.8 EHLO all.example.test',
    'b.test': '127.0.0.5 EHLO all.example.test',
  }
  for (const domain of Object.keys(expected)) {
    const count = double.four.messages.length
    await submit(server, `${domain}@client.test`, `carol@${domain}`)
    await until(() => double.four.messages.length > count, domain)
  }
  assert.deepEqual(callers(double.four), Object.values(expected))
  assert.deepEqual(callers(double.six), [])
})

test('with IPv4 off: by IPv6, and what has IPv4 only waits and says why', { skip }, async () => {
  await using double = await startDouble()
  const outgoing = {
    ...double.outgoing,
    ...{ ipv4: false, ipv6: true, source_ipv4: '127.0.0.5' },
    domains: [{ domain: 'a.test', source_ipv6: '::1', hello_name: 'for-a.example.test' }],
  }
  await using server = await startWithUsers({ settings: { outgoing } })
  await submit(server, 'a@client.test', 'carol@a.test')
  await until(() => double.six.messages.length === 1, 'a.test')
  await submit(server, 'old@client.test', 'carol@old.test')
  await server.logged(
    'mainlog',
    / == carol@old\.test .*127\.2\.0\.1 is not tried \(outgoing\.ipv4 is/,
  )
  assert.deepEqual(callers(double.six), ['::1 EHLO for-a.example.test'])
  assert.deepEqual(callers(double.four), [])
})

test('a source address that is not ours: mail waits, and the log says why', async () => {
  await using mx = await startFakeMx({ at: { address: '127.2.0.1', port: 0 } })
  await using dns = await startResponder(({ name, type }) =>
    type === 'A' ? [{ answers: [{ type, name, ttl: 300, data: '127.2.0.1' }] }] : [{}],
  )
  const outgoing = outgoingFor(mx.port, dns.server.port)
  const domains = [{ domain: 'a.test', source_ipv4: '192.0.2.77' }]
  const settings = { outgoing: { ...outgoing, domains } }
  await using server = await startWithUsers({ settings })
  await submit(server, 'a@client.test', 'carol@a.test')
  await server.logged('mainlog', / == carol@a\.test .*connecting is not possible from here/)
  assert.equal(mx.sessions.length, 0)
})
