/**
 * The doctor's DNS and TLS on a server that runs, with a DNS server that has what the test says: all
 * is well, and then one record after another is not.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import type { Answer } from 'dns-packet'

import { startResponder } from '../../src/dns/testing/responder.ts'
import type { Finding } from '../../src/doctor/types.ts'
import { HEALTHY } from '../../src/doctor/testing/dns-zone.ts'
import { makeAuthority } from '../../src/doctor/testing/tls-server.ts'
import { missingPrograms } from '../support/programs.ts'
import { startWaybill, type Waybill } from '../support/waybill.ts'

const skip = missingPrograms('openssl')

test('doctor --only dns,tls: nothing is wrong, and then something is', { skip }, async (t) => {
  const zone = zoneOf(HEALTHY.addresses, HEALTHY.mx, HEALTHY.txt)
  await using dns = await startResponder(({ name, type }) => {
    const data = zone.get(`${type} ${name.toLowerCase()}`) ?? []
    const answers = data.map((one) => ({ type, name, ttl: 1, data: one }) as Answer)
    return [answers.length > 0 ? { answers } : { authorities: [SOA] }]
  })
  const { root, intermediate, issue } = makeAuthority(t)
  const { cert, key } = issue(['mail.example.com'])
  await using server = await startWaybill({ start: false })
  const file = (name: string, text: string) => {
    writeFileSync(join(server.folder, name), text, { mode: 0o600 })
    return join(server.folder, name)
  }
  server.configure({
    host_name: 'mail.example.com',
    outgoing: {
      ...{ source_ipv4: '192.0.2.1', ipv6: false },
      trusted_resolvers: [`127.0.0.1:${dns.server.port}`],
    },
    tls: {
      certificates: [{ cert: file('a.pem', `${cert}${intermediate}`), key: file('a.key', key) }],
    },
  })
  await server.start()
  await server.cliOk(['domain', 'add', 'example.com'])
  await server.addAccount('jane@example.com', 'correct horse battery')
  publishOwn(zone, server, JSON.parse(await server.cliOk(['dkim', 'list', '--json'])))
  const ca = file('root.pem', root)

  await t.test('nothing is wrong', async () => {
    const { findings, status } = await doctor(server, ca)
    const wrong = findings.filter(({ verdict }) => verdict !== 'ok')
    assert.deepEqual([wrong, status], [[], 0])
    assert.ok(findings.length > 15)
  })
  for (const [name, at, data, check, summary] of [
    ['the PTR record is gone', 'PTR 1.2.0.192.in-addr.arpa', [], 'dns.reverse', /no name/],
    [
      'SPF names another',
      'TXT example.com',
      [text('v=spf1 -all')],
      'dns.spf',
      /"fail" of our address/,
    ],
    [
      'DMARC is not in order',
      'TXT _dmarc.example.com',
      [text('v=DMARC1')],
      'dns.dmarc',
      /no policy/,
    ],
  ] as const)
    await t.test(name, async () => {
      const before = zone.get(at)
      zone.set(at, data)
      const { findings, status } = await doctor(server, ca)
      zone.set(at, before ?? [])
      const wrong = findings.filter(({ verdict }) => verdict !== 'ok')
      assert.deepEqual(
        wrong.map((one) => [one.check, one.verdict]),
        [[check, 'failing']],
      )
      assert.match(wrong[0]?.summary ?? '', summary)
      assert.equal(status, 2)
    })
})

type Zone = Map<string, readonly unknown[]>

const SOA: Answer = {
  type: 'SOA',
  name: 'example.com',
  ttl: 1,
  data: { mname: 'ns.example.com', rname: 'host.example.com', minimum: 1 },
}

const text = (one: string): readonly Buffer[] =>
  one.match(/.{1,255}/g)?.map((part) => Buffer.from(part)) ?? []

function zoneOf(
  addresses: Readonly<Record<string, readonly string[]>>,
  mx: Readonly<Record<string, readonly unknown[]>>,
  txt: Readonly<Record<string, readonly string[]>>,
): Zone {
  return new Map<string, readonly unknown[]>([
    ...Object.entries(addresses).map(([name, data]) => [`A ${name}`, data] as const),
    ...Object.entries(mx).map(([name, data]) => [`MX ${name}`, data] as const),
    ...Object.entries(txt).map(([name, data]) => [`TXT ${name}`, data.map(text)] as const),
    ['PTR 1.2.0.192.in-addr.arpa', ['mail.example.com']],
  ])
}

/** The keys that the server made, and the ports that it is on. */
function publishOwn(
  zone: Zone,
  { ports }: Waybill,
  keys: readonly { recordName: string; record: string }[],
): void {
  for (const { recordName, record } of keys) zone.set(`TXT ${recordName}`, [text(record)])
  for (const service of ['submissions', 'submission', 'imaps', 'imap'] as const) {
    const data = { priority: 0, weight: 1, port: ports[service], target: 'mail.example.com' }
    zone.set(`SRV _${service}._tcp.example.com`, [data])
  }
}

/** What it finds, but of the resolver of the machine that the test runs on. */
async function doctor(
  server: Waybill,
  ca: string,
): Promise<{ findings: readonly Finding[]; status: number }> {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: ca }
  const args = ['doctor', '--only', 'dns,tls', '--json']
  const { stdout, status } = await server.cli(args, { env })
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] }
  return { findings: findings.filter(({ check }) => check !== 'dns.resolver'), status }
}
