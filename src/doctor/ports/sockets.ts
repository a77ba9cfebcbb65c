/** What listens on this machine: as `ss` says it, or as the kernel itself does. */
import { basename, join } from 'node:path'

import type { World } from '../world.ts'
import { SOCKETS } from './commands.ts'

export interface ListeningSocket {
  /** `0.0.0.0`, `::`, `127.0.0.1`; `*` is all of both. */
  readonly address: string
  readonly port: number
  /** Empty: whose it is cannot be seen. */
  readonly programs: readonly Program[]
}

export interface Program {
  readonly name: string
  readonly processId: number
}

/** @returns null when neither can be read */
export async function listeningSockets(
  { run, files }: Pick<World, 'run' | 'files'>,
  signal: AbortSignal,
): Promise<{ readonly sockets: readonly ListeningSocket[]; readonly by: string } | null> {
  const said = await run(SOCKETS, signal)
  if (said?.status === 0) {
    const sockets = parseSs(said.out).map((socket) => ({
      ...socket,
      programs: socket.programs.map((program) => named(program, files)),
    }))
    return { sockets, by: SOCKETS.join(' ') }
  }
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].filter((path) => files.mayRead(path))
  if (tables.length === 0) return null
  const sockets = tables.flatMap((path) =>
    parseProc(files.read(path, MAX_OCTETS).toString('latin1')),
  )
  return { sockets, by: tables.join(', ') }
}

/** `LISTEN 0 511 [::]:25 [::]:* users:(("exim4",pid=812,fd=4))`, with spaces to fill columns. */
export function parseSs(text: string): readonly ListeningSocket[] {
  return text.split('\n').flatMap((line) => {
    const [state, , , local = '', , ...users] = line.trim().split(/ +/)
    const colon = local.lastIndexOf(':')
    const port = Number(local.slice(colon + 1))
    if (state !== 'LISTEN' || colon < 0 || !Number.isInteger(port)) return []
    const programs = [...users.join(' ').matchAll(/\("([^"]*)",pid=(\d+),fd=\d+\)/g)].map(
      ([, name = '', pid]) => ({ name, processId: Number(pid) }),
    )
    // `127.0.0.53%lo` is an address with its interface.
    const [address = ''] = local
      .slice(0, colon)
      .replace(/^\[(.*)\]$/, '$1')
      .split('%')
    return [{ address, port, programs }]
  })
}

/** By what it runs: of programs in JavaScript `ss` only knows the name of a thread. */
function named(program: Program, files: World['files']): Program {
  const { name, processId } = program
  if (name !== 'node' && name !== 'MainThread') return program
  const path = `/proc/${processId}/cmdline`
  try {
    return { processId, name: nameOf(files.read(path, MAX_COMMAND_OCTETS).toString('utf8')) }
  } catch {
    // It has ended meanwhile, or is hidden from us.
    return { processId, name: 'node' }
  }
}

/** `node /opt/x/server.js`; `waybill` for ours. `text` is a command line as proc(5) has it. */
function nameOf(text: string): string {
  const [program = '', ...words] = text.split('\0')
  const script = words.find((word) => word.includes('/') && !word.startsWith('-'))
  if (script === undefined) return basename(program) || 'node'
  if (script === OURS || /\/waybill\/src\/main\.ts$/.test(script)) return 'waybill'
  return `${basename(program)} ${script}`
}

/** proc(5): octets of each 32-bit word backwards, state 0A is LISTEN. */
export function parseProc(text: string): readonly ListeningSocket[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/ +/)
    const [hex = '', port = ''] = local.split(':')
    if (state !== '0A' || (hex.length !== 8 && hex.length !== 32)) return []
    return [{ address: addressOf(hex), port: Number.parseInt(port, 16), programs: [] }]
  })
}

function addressOf(hex: string): string {
  const octets = hex.match(/.{8}/g)?.flatMap((word) => word.match(/../g)?.reverse() ?? []) ?? []
  if (octets.length === 4) return octets.map((octet) => Number.parseInt(octet, 16)).join('.')
  const groups = octets.flatMap((octet, index) =>
    index % 2 === 0 ? [`${octet}${octets[index + 1]}`.toLowerCase()] : [],
  )
  if (groups.every((group) => group === '0000')) return '::'
  const isLoopback = groups.slice(0, 7).every((group) => group === '0000') && groups[7] === '0001'
  return isLoopback ? '::1' : groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')
}

const OURS = join(import.meta.dirname, '../../main.ts')
const MAX_COMMAND_OCTETS = 4_096
const MAX_OCTETS = 4 * 1024 * 1024
