/**
 * The whole doctor at a whole server: on the ports of a mail server, as a user of its own, with DNS,
 * a certificate and other servers, in a network namespace. Every check runs, and none finds a fault.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'

import type { Answer } from 'dns-packet'

import { askServer } from '../../src/control/client.ts'
import { startResponder } from '../../src/dns/testing/responder.ts'
import { HEALTHY } from '../../src/doctor/testing/dns-zone.ts'
import { makeAuthority } from '../../src/doctor/testing/tls-server.ts'
import type { Finding } from '../../src/doctor/types.ts'
import { makeSelfSigned } from '../../src/tls/self-signed.ts'
import { missingPrograms, run } from '../support/programs.ts'
import { makeTempFolder } from '../support/temp-folder.ts'

const HERE = fileURLToPath(import.meta.url)
const LAUNCHER = fileURLToPath(new URL('../../bin/waybill', import.meta.url))
const OURS = '192.0.2.1'
const LARGE = '198.51.100.25'
const NOBODY = 65_534
/** What the machine is like that the test runs on: its disk, its resolv.conf. */
const OF_THE_MACHINE = /^(storage\.(disk|inodes|fsync|writes)|dns\.resolver|time\.synchronised)$/

if (process.env['WAYBILL_TEST_WITHIN'] === undefined)
  test('a whole server, and the whole doctor finds nothing', (t) => {
    const missing = missingPrograms('openssl', 'unshare', 'ip')
    if (missing !== false) return t.skip(missing)
    if (spawnSync('unshare', ['--net', 'true']).status !== 0) return t.skip('needs root')
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      ['--net', process.execPath, '--test', '--test-reporter=spec', HERE],
      {
        env: { ...process.env, WAYBILL_TEST_WITHIN: '1', NODE_TEST_CONTEXT: undefined },
        encoding: 'utf8',
        timeout: 150_000,
      },
    )
    assert.equal(status, 0, `${stdout}${stderr}`)
  })
else
  test('within: nothing is wrong', async (t) => {
    for (const words of [
      'link set lo up',
      `addr add ${OURS}/32 dev lo`,
      `addr add ${LARGE}/32 dev lo`,
    ])
      execFileSync('ip', words.split(' '))
    const zone = healthyZone()
    await using dns = await startResponder(({ name, type }) => {
      const data = zone.get(`${type} ${name.toLowerCase()}`) ?? []
      const answers = data.map((one) => ({ type, name, ttl: 1, data: one }) as Answer)
      return [answers.length > 0 ? { answers } : { authorities: [SOA] }]
    })
    const large = await largeProvider()
    using folder = makeTempFolder()
    chmodSync(folder.path, 0o755)
    const { root, intermediate, issue } = makeAuthority(t)
    const { cert, key } = issue(['mail.example.com'])
    const own = (name: string, text: string) => {
      const path = join(folder.path, name)
      writeFileSync(path, text, { mode: 0o600 })
      chownSync(path, NOBODY, NOBODY)
      return path
    }
    const configFile = join(folder.path, 'waybill.toml')
    const data = join(folder.path, 'data')
    mkdirSync(data, { mode: 0o700 })
    chownSync(data, NOBODY, NOBODY)
    writeFileSync(
      configFile,
      `host_name = "mail.example.com"
data_folder = "${data}"
user = "nobody"
listeners = [${LISTENERS.map(([name, protocol, port, tls]) => `{ name = "${name}", protocol = "${protocol}", address = "${OURS}", port = ${port}, tls = "${tls}" }`).join(', ')}]
[outgoing]
source_ipv4 = "${OURS}"
ipv6 = false
trusted_resolvers = ["127.0.0.1:${dns.server.port}"]
[doctor]
outbound_host = "large.example"
[[tls.certificates]]
cert = "${own('a.pem', `${cert}${intermediate}`)}"
key = "${own('a.key', key)}"
`,
    )
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: own('root.pem', root) }
    chmodSync(join(folder.path, 'root.pem'), 0o644)
    const waybill = async (args: string, input = '') =>
      await run(LAUNCHER, [...args.split(' '), '--config', configFile], {
        env,
        input,
        timeoutMs: 60_000,
      })
    const server = spawn(LAUNCHER, ['serve', '--config', configFile], { env, stdio: 'ignore' })
    t.after(() => server.kill('SIGKILL'))
    while ((await waybill('who')).status !== 0) await sleep(200)
    await waybill('domain add example.com')
    const added = await waybill('account add jane@example.com', 'correct horse battery\n')
    assert.equal(added.status, 0, added.stderr)
    const keys = JSON.parse((await waybill('dkim list --json')).stdout)
    publish(zone, keys)
    await askServer(data, 'remember', { topic: 'backup', value: {} })

    const look = async (more = '') => {
      const { stdout, stderr } = await waybill(`doctor --json ${more}`.trim())
      assert.match(stdout, /^\{/, stderr)
      const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] }
      const wrong = findings.filter(
        ({ check, verdict }) =>
          (verdict === 'warning' || verdict === 'failing') && !OF_THE_MACHINE.test(check),
      )
      return { findings, wrong }
    }
    const { findings, wrong } = await look()
    assert.deepEqual(wrong, [])
    assert.ok(findings.filter(({ verdict }) => verdict === 'ok').length > 50)

    const faults = async (only: string) =>
      (await look(`--only ${only}`)).wrong.map(({ check, subject }) => [check, subject])
    await t.test('the firewall closes a port', async (inner) => {
      const nft = missingPrograms('nft')
      if (nft !== false) return inner.skip(nft)
      const rules =
        'table ip f { chain in { type filter hook input priority 0; iifname != "lo" tcp dport 993 drop; }; }'
      execFileSync('nft', ['-f', '-'], {
        input: rules.replaceAll('; }', ';\n}').replaceAll('{', '{\n'),
      })
      assert.deepEqual(await faults('ports'), [['ports.firewall', 'imaps over IPv4']])
      execFileSync('nft', ['flush', 'ruleset'])
    })
    await t.test('port 25 of others is closed', async () => {
      await large[Symbol.asyncDispose]()
      assert.deepEqual(await faults('connectivity'), [['connectivity.outbound', 'IPv4']])
    })
    await t.test('others may read the data, and --fix ends that', async () => {
      chmodSync(data, 0o755)
      assert.deepEqual(await faults('configuration.modes'), [['configuration.modes', data]])
      assert.deepEqual((await look('--only configuration.modes --yes')).wrong, [])
    })
    await t.test('the server hangs', async () => {
      process.kill(Number(readFileSync(join(data, 'waybill.pid'), 'utf8')), 'SIGSTOP')
      const { wrong: hung } = await look('--only services')
      assert.deepEqual(
        hung.map(({ check }) => check),
        ['services.running'],
      )
      assert.match(hung[0]?.summary ?? '', /does not answer: process \d+/)
    })
  })

const LISTENERS = [
  ['smtp', 'smtp', 25, 'starttls'],
  ['submissions', 'submission', 465, 'implicit'],
  ['submission', 'submission', 587, 'starttls'],
  ['imap', 'imap', 143, 'starttls'],
  ['imaps', 'imap', 993, 'implicit'],
] as const

type Zone = Map<string, readonly unknown[]>

const SOA: Answer = {
  type: 'SOA',
  name: 'example.com',
  ttl: 1,
  data: { mname: 'ns.example.com', rname: 'host.example.com', minimum: 1 },
}

function healthyZone(): Zone {
  return new Map<string, readonly unknown[]>([
    ...Object.entries(HEALTHY.addresses).map(([name, data]) => [`A ${name}`, data] as const),
    ...Object.entries(HEALTHY.mx).map(([name, data]) => [`MX ${name}`, data] as const),
    ...Object.entries(HEALTHY.txt).map(([name, data]) => [`TXT ${name}`, data.map(text)] as const),
    ['PTR 1.2.0.192.in-addr.arpa', ['mail.example.com']],
    ['MX large.example', [{ preference: 5, exchange: 'mx.large.example' }]],
    ['A mx.large.example', [LARGE]],
  ])
}

function text(one: string): readonly Buffer[] {
  return one.match(/.{1,255}/g)?.map((part) => Buffer.from(part)) ?? []
}

function publish(zone: Zone, keys: readonly { recordName: string; record: string }[]): void {
  for (const { recordName, record } of keys) zone.set(`TXT ${recordName}`, [text(record)])
  for (const [service, , port] of LISTENERS) {
    const data = { priority: 0, weight: 1, port, target: 'mail.example.com' }
    if (service !== 'smtp') zone.set(`SRV _${service}._tcp.example.com`, [data])
  }
}

/** Another mail server, at port 25, which has TLS. */
async function largeProvider(): Promise<AsyncDisposable> {
  const pair = makeSelfSigned(['mx.large.example'])
  const server = createServer((socket) => {
    socket.on('error', () => {}).write('220 mx.large.example ESMTP\r\n')
    socket.once('data', () => {
      socket.write('250-mx.large.example\r\n250 STARTTLS\r\n')
      socket.once('data', () => {
        socket.write('220 go on\r\n')
        const secure = new TLSSocket(socket, { isServer: true, ...pair })
        secure.on('error', () => {}).on('data', () => secure.write('250 mx.large.example\r\n'))
      })
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(25, LARGE, resolve)
  })
  return {
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
