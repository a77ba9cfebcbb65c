import type { TlsFacts } from '../../journal/event.ts'
import type { Protocol, Stream } from '../../net/types.ts'

const TLS: TlsFacts = {
  version: 'TLS1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  bits: 256,
  verified: null,
  serverName: null,
}

/** A connection without a socket: the test is the network. */
export class MemoryStream implements Stream {
  readonly id = 1
  readonly remote: { readonly address: string; readonly port: number }
  readonly local = { address: '192.0.2.1', port: 25 }
  readonly bufferedOctets = 0
  tls: TlsFacts | null
  closed = false
  paused = false
  idleMs = 0
  /** Everything the server wrote and the test did not take yet. */
  written = ''
  /** How often it wrote. */
  writes = 0
  #protocol: Protocol | null = null

  constructor(options: { readonly tls?: boolean; readonly address?: string } = {}) {
    this.remote = { address: options.address ?? '192.0.2.3', port: 50214 }
    this.tls = options.tls ? TLS : null
  }

  /** The protocol that was attached. */
  get protocol(): Protocol {
    if (this.#protocol === null) throw new Error('nothing is attached')
    return this.#protocol
  }

  attach(protocol: Protocol): void {
    this.#protocol = protocol
  }

  write(data: string | Uint8Array): void {
    if (this.closed) return
    this.writes++
    this.written += typeof data === 'string' ? data : Buffer.from(data).toString('latin1')
  }

  async drained(): Promise<void> {}

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  idleTimeout(ms: number): void {
    this.idleMs = ms
  }

  async startTls(): Promise<void> {
    this.tls = TLS
  }

  end(): void {
    this.closed = true
  }

  destroy(): void {
    this.closed = true
  }

  /** As if these octets came in one segment. */
  feed(text: string): void {
    this.protocol.received(Buffer.from(text, 'latin1'))
  }

  /** What was written since the last time. */
  take(): string {
    const { written } = this
    this.written = ''
    return written
  }
}
