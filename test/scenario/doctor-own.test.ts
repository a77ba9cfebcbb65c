/** The doctor at a real server: what runs, what answers, who may what; and at one that hangs. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'

import { SqliteConnection } from '../../src/db/sqlite.ts'
import type { Finding } from '../../src/doctor/types.ts'
import { remembered } from '../../src/doctor/history.ts'
import { makeTempFolder } from '../support/temp-folder.ts'
import { startWaybill, type Waybill } from '../support/waybill.ts'

const ACCOUNTS = { accounts: { 'jane@example.test': 'correct horse' } }
/** Others say what DNS, logs, disks and logins are like. */
const OURS =
  'services,connectivity,ports.holders,time.database,configuration.open_relay,configuration.domains,configuration.postmaster,configuration.aliases,configuration.modes'

test('a server as it should be: every check ran, and none found a fault', async () => {
  await using waybill = await startWaybill(ACCOUNTS)
  const { code, findings } = await doctor(waybill, OURS)
  const bad = findings.filter(({ verdict }) => verdict === 'warning' || verdict === 'failing')
  assert.deepEqual(bad, [])
  assert.equal(code, 0)
  const of = (check: string) => findings.filter((one) => one.check === check)
  assert.equal(of('services.listeners').length, 5)
  assert.match(of('connectivity.smtp')[0]?.evidence.join() ?? '', /TLSv1\.3.*250 2\.1\.5/s)
  assert.match(of('configuration.open_relay')[0]?.evidence.join() ?? '', /^99 ways were tried/)
  // Nothing came of all that.
  assert.doesNotMatch(waybill.log('mainlog'), /<=/)
})

test('killed, started again, and a listener of the configuration that is not open', async () => {
  await using waybill = await startWaybill(ACCOUNTS)
  // Lines of the log are written a moment later.
  await waybill.logged('mainlog', /daemon started/)
  await waybill.kill()
  await waybill.start()
  await waybill.logged('mainlog', /daemon started.*daemon started/s)
  const listener = { name: 'new', protocol: 'imap', address: '127.0.0.1', port: 1, tls: 'starttls' }
  waybill.configure({ listeners: [listener] })
  const { code, findings } = await doctor(waybill, 'services')
  assert.equal(code, 2)
  const of = (check: string) => findings.find((one) => one.check === check && one.verdict !== 'ok')
  assert.match(of('services.restarts')?.summary ?? '', /ended once without having been stopped/)
  assert.match(of('services.listeners')?.summary ?? '', /configured for port 1/)
})

test('what a whole run found is kept for the next one', async () => {
  await using waybill = await startWaybill({
    ...ACCOUNTS,
    settings: { outgoing: { port: 1, ipv6: false } },
  })
  const { stdout } = await waybill.cli(['doctor', '--nagios'], { timeoutMs: 60_000 })
  assert.match(stdout, /^WAYBILL [^\n]* \| ok=\d+ [^\n]*\n$/)
  // A monitor that asks every minute keeps nothing.
  await waybill.cli(['doctor'], { timeoutMs: 60_000 })
  using store = new SqliteConnection(join(waybill.dataFolder, 'mail.db'), { readOnly: true })
  const kept = store.run(remembered('doctor'))?.value as unknown as {
    looked: number
    trouble: Finding[]
  }
  assert.ok(kept.looked > 30)
  assert.ok(kept.trouble.some(({ check }) => check.startsWith('dns.')))
  await waybill.cliOk(['domain', 'add', 'empty.example'])
  const again = await waybill.cli(['doctor'], { timeoutMs: 60_000 })
  assert.match(again.stdout, /^New since .* ago: .*configuration\.domains empty\.example/m)
})

test('root leaves nothing of its own in the folder of the server', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root')
  await using waybill = await startWaybill({ ...ACCOUNTS, start: false })
  chmodSync(waybill.folder, 0o755)
  give(waybill.dataFolder, NOBODY)
  const { stdout } = await waybill.cli([
    'doctor',
    '--json',
    '--only',
    'configuration,ports,storage,queue',
  ])
  assert.match(stdout, /"findings"/)
  // The firewall was asked before.
  assert.doesNotMatch(stdout, /only root may see/)
  for (const name of readdirSync(waybill.dataFolder, { recursive: true, encoding: 'utf8' }))
    assert.equal(statSync(join(waybill.dataFolder, name)).uid, NOBODY, name)
})

for (const [what, command] of [
  ['the server too', null],
  ['the server says how it is, and nothing else', 'status'],
] as const)
  test(`it ends within 30 s although everything hangs: ${what}`, async () => {
    using folder = makeTempFolder()
    const data = join(folder.path, 'data')
    mkdirSync(data, { mode: 0o700 })
    // Whoever connects hears nothing, and is never let go.
    await using peers = await hanging({ host: '127.0.0.1', port: 0 }, () => {})
    const { port } = peers
    const listeners = [{ name: 'smtp', address: '127.0.0.1', port, connections: 0 }]
    const status = { processId: 1, version: '0', startedMs: 0, writesWaiting: 0, memoryOctets: 1 }
    const answer = JSON.stringify({ id: 1, result: { ...status, listeners } })
    await using _control = await hanging({ path: join(data, 'control') }, (socket) =>
      socket.on('data', (piece) => {
        if (command !== null && piece.includes(`"${command}"`)) socket.write(`${answer}\n`)
      }),
    )
    writeFileSync(
      join(folder.path, 'waybill.toml'),
      `host_name = "mail.example.test"
data_folder = "${data}"
listeners = [{ name = "smtp", protocol = "smtp", address = "127.0.0.1", port = ${port} }]
outgoing = { port = ${port}, trusted_resolvers = ["127.0.0.1:${port}"] }
`,
    )
    const args = ['src/main.ts', 'doctor', '--json', '--config', join(folder.path, 'waybill.toml')]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', (piece: Buffer) => {
      out += piece.toString()
    })
    // What is promised is 30 s; a busy machine gets some more to start and stop.
    const late = setTimeout(() => child.kill('SIGKILL'), 60_000)
    const code = await new Promise((resolve) => child.once('close', resolve))
    clearTimeout(late)
    assert.equal(code, 2)
    const { findings } = JSON.parse(out) as { findings: Finding[] }
    const of = (check: string) => findings.find((one) => one.check === check)
    if (command === null) {
      assert.equal(of('services.running')?.verdict, 'failing')
      assert.match(of('connectivity.relay')?.summary ?? '', /the server does not answer/)
    } else {
      assert.match(of('services.listeners')?.summary ?? '', /nobody answers at/)
      assert.match(of('connectivity.smtp')?.summary ?? '', /no result within/)
      assert.match(of('connectivity.relay')?.summary ?? '', /no result within/)
    }
  })

async function doctor(
  waybill: Waybill,
  only: string,
): Promise<{ readonly code: number; readonly findings: readonly Finding[] }> {
  const args = ['doctor', '--json', '--only', only]
  const { status, stdout, stderr } = await waybill.cli(args, { timeoutMs: 60_000 })
  assert.match(stdout, /^\{/, stderr)
  return { code: status, findings: (JSON.parse(stdout) as { findings: Finding[] }).findings }
}

async function hanging(
  place: { readonly host: string; readonly port: number } | { readonly path: string },
  serve: (socket: Socket) => void,
): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    serve(socket)
  })
  await new Promise<void>((resolve) => {
    server.listen(place, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function give(folder: string, uid: number): void {
  chownSync(folder, uid, uid)
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    // Written on the way out of the last command.
    if (name.endsWith('-wal') || name.endsWith('-shm')) rmSync(join(folder, name), { force: true })
    else chownSync(join(folder, name), uid, uid)
  }
}

const NOBODY = 65_534
