import { createServer, type Server, type Socket } from 'node:net'

import type { Clock } from '../base/clock.ts'
import type { ConnectionLimits } from '../base/limits.ts'
import type { Admission } from './admission.ts'
import { SocketStream, type TlsContexts } from './stream.ts'
import type { AcceptStream, Endpoint, TlsMode } from './types.ts'

export interface ListenerOptions {
  /** As in the configuration: `smtp`, `submissions`, `imaps` … */
  readonly name: string
  /** An address to bind, or the number of a socket that is bound already (systemd). */
  readonly at: Endpoint | { readonly fd: number }
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

/** A bound port that is not accepting yet: the process may still have to drop its privileges. */
export interface BoundListener extends AsyncDisposable {
  readonly name: string
  readonly address: Endpoint
  /** How many connections are open. */
  readonly connections: number
}

/**
 * Binds and accepts connections. Disposing stops accepting, lets every connection finish what is
 * in hand, and cuts those that take longer than {@link GRACE_MS}.
 * @throws Error with `code` EADDRINUSE, EACCES …
 */
export async function listen(options: ListenerOptions): Promise<BoundListener> {
  const streams = new Set<SocketStream>()
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: false })
  server.on('connection', (socket) => accept(socket, options, streams))
  await bind(server, options)
  server.on('error', (error) => options.report(`${options.name}: ${error.message}`))
  const bound = server.address()
  const address =
    typeof bound === 'object' && bound !== null
      ? { address: bound.address, port: bound.port }
      : { address: '', port: 0 }
  return {
    name: options.name,
    address,
    get connections() {
      return streams.size
    },
    [Symbol.asyncDispose]: () => stop(server, streams),
  }
}

const GRACE_MS = 20_000
const BACKLOG = 4096

function bind(server: Server, { at }: ListenerOptions): Promise<void> {
  const where = 'fd' in at ? at : { host: at.address, port: at.port, backlog: BACKLOG }
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
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
  const onClosed = () => {
    streams.delete(stream)
    place[Symbol.dispose]()
  }
  const stream = new SocketStream(socket, { id: ++lastId, limits, tls, alpn, onClosed })
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
