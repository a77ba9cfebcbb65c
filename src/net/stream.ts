import type { Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'

import type { ConnectionLimits } from '../base/limits.ts'
import type { TlsFacts } from '../journal/event.ts'
import { withoutMapping } from './admission.ts'
import type { Endpoint, Protocol, SessionStatus, Stream } from './types.ts'

/** Where TLS keys come from: `tls/` implements it, with reload and SNI. */
export interface TlsContexts {
  /** The context for the name the client asked for; the default one for null and unknown names. */
  contextFor(serverName: string | null): SecureContext
}

export interface StreamOptions {
  readonly id: number
  /** When it was accepted. */
  readonly sinceMs: number
  readonly limits: ConnectionLimits
  /** Null when this listener never speaks TLS. */
  readonly tls: TlsContexts | null
  /** The ALPN name of the protocol (RFC 7301, `imap`): another one is refused. Null: none is agreed on. */
  readonly alpn: string | null
  /** Called once, when the socket is gone. */
  readonly onClosed: () => void
}

/**
 * One connection over a socket. Text written in one turn of the event loop goes out as one write;
 * a peer that takes nothing for `writeStallMs` is cut off.
 */
export class SocketStream implements Stream {
  readonly id: number
  readonly remote: Endpoint
  readonly local: Endpoint
  tls: TlsFacts | null = null
  closed = false
  readonly #options: StreamOptions
  #socket: Socket
  #protocol: Protocol | undefined
  #text = ''
  #flushing = false
  #told = false
  #gone = false
  #idleMs = 0
  #stall: NodeJS.Timeout | undefined
  #drained: (() => void)[] = []

  constructor(socket: Socket, options: StreamOptions) {
    this.id = options.id
    this.#options = options
    this.#socket = socket
    this.remote = endpoint(socket.remoteAddress, socket.remotePort)
    this.local = endpoint(socket.localAddress, socket.localPort)
    socket.setNoDelay(true)
    this.#listen(socket)
  }

  get bufferedOctets(): number {
    return this.#text.length + this.#socket.writableLength
  }

  get status(): SessionStatus {
    const doing = this.#protocol?.doing?.() ?? { login: null, words: 'begins' }
    const { remote, tls } = this
    return { ...doing, remote, isTls: tls !== null, sinceMs: this.#options.sinceMs }
  }

  attach(protocol: Protocol): void {
    this.#protocol = protocol
    this.#socket.on('data', this.#received)
  }

  write(data: string | Uint8Array): void {
    if (this.closed) return
    if (typeof data === 'string') this.#text += data
    else if (data.length <= SMALL_OCTETS)
      this.#text += Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1')
    else {
      this.#flush()
      this.#send(data)
    }
    if (this.#text.length >= FLUSH_CHARS) this.#flush()
    else if (!this.#flushing) {
      this.#flushing = true
      process.nextTick(this.#flushLater)
    }
  }

  drained(): Promise<void> {
    if (this.closed || this.bufferedOctets <= LOW_WATER_OCTETS) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  idleTimeout(ms: number): void {
    if (ms === this.#idleMs) return
    this.#idleMs = ms
    this.#socket.setTimeout(ms)
  }

  async startTls(): Promise<void> {
    const { tls, limits } = this.#options
    if (tls === null) throw new Error('this listener has no TLS')
    this.#flush()
    const plain = this.#socket
    this.#unlisten(plain)
    plain.on('error', this.#onError)
    const secure = secured(plain, tls, this.#options.alpn)
    this.#socket = secure
    this.#listen(secure)
    const deadline = setTimeout(() => this.destroy(), limits.handshakeTimeoutMs)
    try {
      await handshake(secure)
    } catch (error) {
      this.destroy()
      // A handshake that never got a handle closes without telling.
      plain.destroy()
      throw error
    } finally {
      clearTimeout(deadline)
    }
    this.tls = factsOf(secure)
    if (this.#protocol !== undefined) secure.on('data', this.#received)
    this.#socket.setTimeout(this.#idleMs)
  }

  end(): void {
    if (this.closed) return
    this.#flush()
    this.closed = true
    this.#release()
    const socket = this.#socket
    // The peer has a while to take the last words; then to close its half, however much it sends.
    socket.setTimeout(LINGER_MS, () => socket.destroy())
    socket.end(() => {
      const deadline = setTimeout(() => socket.destroy(), LINGER_MS).unref()
      socket.once('close', () => clearTimeout(deadline))
    })
    socket.resume()
  }

  destroy(): void {
    this.closed = true
    clearTimeout(this.#stall)
    this.#socket.destroy()
    this.#release()
    this.#tellClosed()
  }

  /** Asks the protocol to finish; for the listener's shutdown. */
  stopping(): void {
    if (this.#protocol?.stopping) this.#protocol.stopping()
    else this.end()
  }

  #listen(socket: Socket): void {
    socket.on('error', this.#onError)
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onClose)
    socket.on('timeout', this.#onTimeout)
    socket.on('drain', this.#onDrain)
  }

  #unlisten(socket: Socket): void {
    socket.off('data', this.#received)
    socket.off('error', this.#onError)
    socket.off('end', this.#onEnd)
    socket.off('close', this.#onClose)
    socket.off('timeout', this.#onTimeout)
    socket.off('drain', this.#onDrain)
  }

  readonly #onError = (): void => this.destroy()

  readonly #onTimeout = (): void => this.#protocol?.timeout()

  readonly #onEnd = (): void => {
    this.#tellClosed()
    if (!this.closed) setTimeout(() => this.end(), LINGER_MS).unref()
  }

  readonly #onClose = (): void => {
    this.destroy()
    if (this.#gone) return
    this.#gone = true
    this.#options.onClosed()
  }

  readonly #received = (chunk: Buffer): void => {
    if (!this.closed) this.#protocol?.received(chunk)
  }

  readonly #onDrain = (): void => {
    clearTimeout(this.#stall)
    this.#stall = undefined
    this.#release()
  }

  readonly #flushLater = (): void => {
    this.#flushing = false
    this.#flush()
  }

  #flush(): void {
    const text = this.#text
    if (text === '') return
    this.#text = ''
    this.#send(text)
  }

  #send(data: string | Uint8Array): void {
    if (this.#socket.destroyed) return
    const taken =
      typeof data === 'string' ? this.#socket.write(data, 'latin1') : this.#socket.write(data)
    if (!taken && this.#stall === undefined) this.#watchStall(this.#socket.writableLength)
  }

  #watchStall(before: number): void {
    this.#stall = setTimeout(() => {
      const now = this.#socket.writableLength
      if (now >= before) this.destroy()
      else this.#watchStall(now)
    }, this.#options.limits.writeStallMs)
  }

  #release(): void {
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  #tellClosed(): void {
    if (this.#told) return
    this.#told = true
    this.#protocol?.closed()
  }
}

const SMALL_OCTETS = 16 * 1024
const FLUSH_CHARS = 64 * 1024
const LOW_WATER_OCTETS = 16 * 1024
const LINGER_MS = 10_000

function secured(socket: Socket, contexts: TlsContexts, alpn: string | null): TLSSocket {
  return new TLSSocket(socket, {
    isServer: true,
    secureContext: contexts.contextFor(null),
    SNICallback: (name, done) => done(null, contexts.contextFor(name)),
    // Another protocol's client is turned away: it was sent here by somebody else (ALPACA).
    ...(alpn === null
      ? {}
      : { ALPNCallback: ({ protocols }) => (protocols.includes(alpn) ? alpn : undefined) }),
  })
}

function handshake(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('secure', () => {
      socket.removeListener('error', reject)
      socket.removeListener('close', failed)
      resolve()
    })
    const failed = () => reject(new Error('the connection closed during the TLS handshake'))
    socket.once('error', reject)
    socket.once('close', failed)
  })
}

function factsOf(socket: TLSSocket): TlsFacts {
  const cipher = socket.getCipher()
  const name = cipher.standardName ?? cipher.name
  const serverName: unknown = Reflect.get(socket, 'servername')
  return {
    version: (socket.getProtocol() ?? 'TLS').replace('TLSv', 'TLS'),
    cipher: name,
    bits: /AES_?128/.test(name) ? 128 : 256,
    verified: false,
    serverName: typeof serverName === 'string' && serverName !== '' ? serverName : null,
  }
}

function endpoint(address: string | undefined, port: number | undefined): Endpoint {
  return { address: withoutMapping(address ?? ''), port: port ?? 0 }
}
