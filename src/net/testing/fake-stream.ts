import { latin1 } from '../../base/octets.ts'
import type { TlsFacts } from '../../journal/event.ts'
import type { Endpoint, Protocol, Stream } from '../types.ts'

const TLS: TlsFacts = {
  version: 'TLS1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  bits: 256,
  verified: null,
  serverName: null,
}

let streams = 0

/** A connection without a socket: a test is the peer. */
export class FakeStream implements Stream {
  readonly id = ++streams
  readonly remote: Endpoint
  readonly local: Endpoint = { address: '192.0.2.1', port: 25 }
  tls: TlsFacts | null
  closed = false
  bufferedOctets = 0
  paused = false
  /** Everything written, latin1. */
  output = ''
  /** How often it was written to. */
  writes = 0
  idleMs = 0
  #protocol: Protocol | undefined
  #drained: (() => void)[] = []
  #taken = 0

  constructor(options: { readonly tls?: boolean; readonly address?: string } = {}) {
    this.remote = { address: options.address ?? '192.0.2.3', port: 50_214 }
    this.tls = options.tls ? TLS : null
  }

  attach(protocol: Protocol): void {
    this.#protocol = protocol
  }

  /** What was written since the last {@link take}. */
  get untaken(): string {
    return this.output.slice(this.#taken)
  }

  take(): string {
    const text = this.untaken
    this.#taken = this.output.length
    return text
  }

  /** The peer sends one segment; a string is latin1. */
  send(data: string | Uint8Array): void {
    if (!this.closed) this.#protocol?.received(Buffer.from(data as string, 'latin1'))
  }

  /** The peer will send no more, and still reads. */
  halfClose(): void {
    this.#protocol?.closed()
  }

  /** The server stops. */
  stop(): void {
    this.#protocol?.stopping?.()
  }

  /** The peer hangs up. */
  hangUp(): void {
    if (this.closed) return
    this.closed = true
    this.takeAll()
    this.#protocol?.closed()
  }

  /** The peer sent nothing for as long as {@link idleTimeout} said. */
  expire(): void {
    this.#protocol?.timeout()
  }

  /** The peer has read everything. */
  takeAll(): void {
    this.bufferedOctets = 0
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  write(data: string | Uint8Array): void {
    if (this.closed) return
    this.writes++
    this.output += typeof data === 'string' ? data : latin1(data)
  }

  drained(): Promise<void> {
    if (this.closed || this.bufferedOctets === 0) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  idleTimeout(ms: number): void {
    this.idleMs = ms
  }

  startTls(): Promise<void> {
    this.tls = TLS
    return Promise.resolve()
  }

  end(): void {
    this.hangUp()
  }

  destroy(): void {
    this.hangUp()
  }
}
