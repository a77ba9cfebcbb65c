/** A real `unbound` on loopback that checks DNSSEC, over zones of the test under a trust anchor of its own. */
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { findFreePorts } from './free-ports.ts'
import { findProgram, missingPrograms, run } from './programs.ts'
import { makeTempFolder } from './temp-folder.ts'

export const NO_VALIDATING_RESOLVER = missingPrograms('unbound', 'dnssec-signzone', 'dnssec-keygen')

export interface Zone {
  /** Under `test`: `good.test`. */
  readonly name: string
  /** In the form of a zone file, names without the zone. */
  readonly records: readonly string[]
  /** False: nothing above it says that it is signed. */
  readonly signed: boolean
  /** What somebody on the way makes of the zone file, signatures and all. */
  readonly tampered?: (text: string) => string
}

export interface ValidatingResolver extends AsyncDisposable {
  readonly port: number
}

/** @throws Error when it does not start */
export async function startValidatingResolver(zones: readonly Zone[]): Promise<ValidatingResolver> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(makeTempFolder()).path
  const [port = 0] = await findFreePorts(1)
  for (const zone of zones) await writeZone(folder, zone)
  const delegations = zones.flatMap(({ name }) => {
    const label = name.replace(/\.test$/, '')
    return [`${label} NS ns.${label}`, `ns.${label} A 127.0.0.1`]
  })
  const anchor = await writeZone(folder, { name: ROOT, records: delegations, signed: true })
  writeFileSync(join(folder, 'anchor'), anchor)
  const names = [ROOT, ...zones.map(({ name }) => name)]
  writeFileSync(join(folder, 'unbound.conf'), configuration(folder, port, names))

  const child = spawn(findProgram('unbound') ?? '', ['-d', '-c', join(folder, 'unbound.conf')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
  const ended = once(child, 'exit')
  stack.defer(async () => {
    child.kill('SIGTERM')
    await ended
  })
  while (!(await answers(port)))
    if (child.exitCode !== null) throw new Error(`unbound ended before it answered:\n${said}`)
  const owned = stack.move()
  return { port, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

const ROOT = 'test'

/** @returns the key that signs the zone, '' when it is not signed */
async function writeZone(folder: string, zone: Zone): Promise<string> {
  const { name, records, signed, tampered = (text) => text } = zone
  const file = join(folder, name)
  const start = ['$TTL 300', '@ SOA ns hostmaster 1 3600 900 86400 300', '@ NS ns']
  writeFileSync(file, `${[...start, 'ns A 127.0.0.1', ...records].join('\n')}\n`)
  if (!signed) return ''
  const keygen = ['-q', '-a', 'ECDSAP256SHA256', '-f', 'KSK', '-K', folder, name]
  const key = (await ok(folder, 'dnssec-keygen', keygen)).trim()
  // -z: one key for all; -g: of the zones below, what says that they are signed.
  await ok(folder, 'dnssec-signzone', [
    '-S',
    '-z',
    '-g',
    '-d',
    folder,
    '-o',
    name,
    '-f',
    file,
    file,
  ])
  const text = readFileSync(file, 'utf8')
  const changed = tampered(text)
  if (zone.tampered !== undefined && changed === text) throw new Error(`${name}: not tampered with`)
  writeFileSync(file, changed)
  return readFileSync(join(folder, `${key}.key`), 'utf8')
}

async function ok(folder: string, program: string, args: readonly string[]): Promise<string> {
  const ran = await run(findProgram(program) ?? '', args, { cwd: folder })
  if (ran.status !== 0) throw new Error(`${program}: ${ran.stdout}${ran.stderr}`)
  return ran.stdout
}

/** It asks nobody: what it looks up it reads from the zones' files, and proves as if it had been sent. */
function configuration(folder: string, port: number, names: readonly string[]): string {
  const zones = names.map(
    (name) =>
      `auth-zone:\n  name: "${name}."\n  zonefile: "${join(folder, name)}"\n` +
      '  for-downstream: no\n  for-upstream: yes\n  fallback-enabled: no\n',
  )
  return `server:
  interface: 127.0.0.1
  port: ${port}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  use-syslog: no
  module-config: "validator iterator"
  trust-anchor-file: "${join(folder, 'anchor')}"
  trust-anchor-signaling: no
  local-zone: "." static
  local-zone: "${ROOT}." transparent
remote-control:
  control-enable: no
${zones.join('')}`
}

/** Does somebody answer a question there, in a moment? */
async function answers(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  socket.on('error', () => undefined)
  const heard = once(socket, 'message').then(
    () => true,
    () => false,
  )
  socket.send(ASK, port, '127.0.0.1')
  const isUp = await Promise.race([heard, sleep(100, false)])
  socket.close()
  return isUp
}

/** For the SOA of `test`. */
const ASK = Buffer.from('00010100000100000000000004746573740000060001', 'hex')
