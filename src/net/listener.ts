import { createServer, type Server, type Socket } from 'node:net'

import type { Clock } from '../base/clock.ts'
import type { ConnectionLimits } from '../base/limits.ts'
import type { Admission } from './admission.ts'
import { SocketStream, type TlsContexts } from './stream.ts'
import type { AcceptStream, Endpoint, SessionStatus, TlsMode } from './types.ts'

export interface ListenerOptions {
  /** As in the configuration: `smtp`, `submissions`, `imaps` … */
  readonly name: string
  readonly port: BoundPort
  readonly tlsMode: TlsMode
  readonly tls: TlsContexts | null
  readonly alpn: string | null
  readonly limits: ConnectionLimits
  readonly admission: Admission
  readonly clock: Clock
  /** What a connection that is not admitted is told, as the protocol words it. */
  readonly refusal: (why: string) => string
  readonly accept: AcceptStream
  /** Something odd that concerns no single message: a handshake that failed, an accept error. */
  readonly report: (text: string) => void
}

/**
 * An address to bind, where `*` is every address of the machine, or the number of a socket that is
 * bound already (systemd).
 */
export type PortAddress = Endpoint | { readonly fd: number }

/**
 * A bound port whose connections wait until {@link listen} takes it over: between the two, a
 * process that started as root leaves its privileges.
 */
export interface BoundPort extends AsyncDisposable {
  readonly address: Endpoint
  /** Gives every connection to `accept`, those that waited first. @throws Error the second time */
  take(accept: (socket: Socket) => void, report: (error: Error) => void): Server
}

/** @throws Error with `code` EADDRINUSE, EACCES … */
export async function bindPort(at: PortAddress): Promise<BoundPort> {
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: false })
  let waiting: Socket[] | undefined = []
  server.on('connection', (socket) => {
    if (waiting === undefined) return
    socket.on('error', () => socket.destroy())
    waiting.push(socket)
  })
  await bind(server, at)
  return {
    address: boundAddress(server),
    take(accept, report) {
      if (waiting === undefined) throw new Error('the port is taken already')
      const early = waiting
      waiting = undefined
      server.on('error', report)
      server.on('connection', accept)
      for (const socket of early) accept(socket)
      return server
    },
    async [Symbol.asyncDispose]() {
      for (const socket of waiting ?? []) socket.destroy()
      waiting = []
      if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

export interface Listener extends AsyncDisposable {
  readonly name: string
  readonly address: Endpoint
  /** How many connections are open. */
  readonly connections: number
  /** The first of them, at most so many. */
  sessions(most: number): readonly SessionStatus[]
}

/**
 * Accepts connections. Disposing stops accepting, lets every connection finish what is in hand,
 * and cuts those that take longer than {@link GRACE_MS}.
 */
export function listen(options: ListenerOptions): Listener {
  const streams = new Set<SocketStream>()
  const server = options.port.take(
    (socket) => accept(socket, options, streams),
    (error) => options.report(`${options.name}: ${error.message}`),
  )
  return {
    name: options.name,
    address: options.port.address,
    get connections() {
      return streams.size
    },
    sessions: (most) => [...streams].slice(0, most).map(({ status }) => status),
    [Symbol.asyncDispose]: () => stop(server, streams),
  }
}

const GRACE_MS = 20_000
const BACKLOG = 4096

function bind(server: Server, at: PortAddress): Promise<void> {
  const where = 'fd' in at ? at : { ...hostOf(at.address), port: at.port, backlog: BACKLOG }
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}

/** Without a host, Node binds `::` with IPv4, and 0.0.0.0 where there is no IPv6. */
function hostOf(address: string): { host?: string } {
  return address === '*' ? {} : { host: address }
}

function boundAddress(server: Server): Endpoint {
  const bound = server.address()
  return typeof bound === 'object' && bound !== null
    ? { address: bound.address, port: bound.port }
    : { address: '', port: 0 }
}

let lastId = 0

function accept(socket: Socket, options: ListenerOptions, streams: Set<SocketStream>): void {
  socket.on('error', () => socket.destroy())
  if (socket.remoteAddress === undefined) {
    socket.destroy()
    return
  }
  const place = options.admission.admit(socket.remoteAddress)
  if (typeof place === 'string') {
    if (options.tlsMode === 'implicit') socket.end()
    else socket.end(options.refusal(place), 'latin1')
    socket.setTimeout(1000, () => socket.destroy())
    return
  }
  const { limits, tls, alpn } = options
  const sinceMs = options.clock.nowMs()
  const onClosed = () => {
    streams.delete(stream)
    place[Symbol.dispose]()
  }
  const stream = new SocketStream(socket, { id: ++lastId, sinceMs, limits, tls, alpn, onClosed })
  streams.add(stream)
  if (options.tlsMode !== 'implicit') {
    options.accept(stream)
    return
  }
  stream.startTls().then(
    () => options.accept(stream),
    (error: Error) =>
      options.report(
        `TLS error on connection from [${stream.remote.address}]:${stream.remote.port} ` +
          `(${options.name}): ${error.message}`,
      ),
  )
}

async function stop(server: Server, streams: ReadonlySet<SocketStream>): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const stream of streams) stream.stopping()
  const cut = setTimeout(() => {
    for (const stream of streams) stream.destroy()
  }, GRACE_MS)
  await ended
  clearTimeout(cut)
}
