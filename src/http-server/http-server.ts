/**
 * A few pages for programs of this machine: health and metrics. Small on purpose: it only answers
 * GET and HEAD, keeps no state, and gives a stranger nothing to hold on to.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import type { Socket } from 'node:net'

import { messageOf } from '../base/faults.ts'

export interface Page {
  readonly status: 200 | 503
  readonly type: 'application/json' | 'text/plain; version=0.0.4'
  readonly text: string
}

/** By path. */
export type Pages = Readonly<Record<string, () => Page | Promise<Page>>>

export interface HttpServerOptions {
  readonly address: string
  /** 0 lets the system choose. */
  readonly port: number
  readonly pages: Pages
  /** For the operator: a page that could not be made. */
  readonly report: (text: string) => void
}

export interface HttpServer extends AsyncDisposable {
  readonly port: number
}

/** @throws the system's error when the port cannot be had */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const waiting = new WeakMap<Socket, number>()
  const server = createServer(LIMITS, (request, response) => {
    if (!isTaken(request.socket, response, waiting)) return
    // Whatever it asks, no octet of its body is read.
    void answer(request, response, options).finally(() => request.resume())
  })
  const connections = new Set<Socket>()
  server.on('connection', (socket) => keepNewest(connections, socket))
  server.maxRequestsPerSocket = MAX_REQUESTS
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.address, resolve)
  })
  // A listener that fails later is said, and the mail goes on.
  server.on('error', (error) => options.report(`health and metrics: ${messageOf(error)}`))
  return { port: portOf(server), [Symbol.asyncDispose]: () => close(server) }
}

/** Who holds all connections keeps nobody out: the oldest has had its answer, or asks for none. */
function keepNewest(connections: Set<Socket>, socket: Socket): void {
  const [oldest] = connections
  if (oldest !== undefined && connections.size >= MAX_CONNECTIONS) {
    connections.delete(oldest)
    oldest.destroy()
  }
  connections.add(socket)
  socket.once('close', () => connections.delete(socket))
}

/** Who does not read what it asks for is left, so that no answers pile up for it. */
function isTaken(
  socket: Socket,
  response: ServerResponse,
  waiting: WeakMap<Socket, number>,
): boolean {
  const count = (waiting.get(socket) ?? 0) + 1
  waiting.set(socket, count)
  if (count > MAX_WAITING || socket.destroyed) {
    socket.destroy()
    return false
  }
  const timer = setTimeout(() => socket.destroy(), ANSWER_MS).unref()
  response.once('close', () => {
    clearTimeout(timer)
    waiting.set(socket, (waiting.get(socket) ?? 1) - 1)
  })
  return true
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { pages, report }: HttpServerOptions,
): Promise<void> {
  const { method, url = '' } = request
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    send(response, 405, PLAIN, 'only GET and HEAD are answered here\n')
    return
  }
  if (!isOurs(request)) {
    send(response, 421, PLAIN, 'ask by an IP address, or as localhost\n')
    return
  }
  const path = url.replace(/\?.*$/s, '')
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined
  if (page === undefined) {
    send(response, 404, PLAIN, `here are ${Object.keys(pages).join(', ')}\n`)
    return
  }
  try {
    const { status, type, text } = await page()
    send(response, status, type, text)
  } catch (error) {
    report(`${path} could not be made: ${messageOf(error)}`)
    send(response, 500, PLAIN, 'this page could not be made; the server’s log says why\n')
  }
}

/**
 * A page in somebody's browser can have its name lead here (DNS rebinding); it cannot make the
 * browser send an address as Host, nor none. Checks of load balancers may (RFC 9112 §3.2); Node
 * refuses HTTP/1.1 without one.
 */
function isOurs({ headers: { host }, httpVersion }: IncomingMessage): boolean {
  return host === undefined ? httpVersion === '1.0' : isOwnName(host)
}

function isOwnName(host: string): boolean {
  const name = host.replace(/:\d{1,5}$/, '').replace(/^\[(.*)\]$/, '$1')
  return name.toLowerCase() === 'localhost' || isIP(name) !== 0
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  // Node leaves the body out where HEAD was asked.
  response.end(text)
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}

const PLAIN = 'text/plain'
const MAX_CONNECTIONS = 16
const MAX_REQUESTS = 1_000
/** Of one connection, asked for before the first answer was read. */
const MAX_WAITING = 4
const ANSWER_MS = 10_000
const LIMITS = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
}
