/**
 * One accepted connection, as a protocol sees it. The only room that touches sockets.
 */
import type { TlsFacts } from '../journal/event.ts'

export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** `implicit`: TLS from the first octet, RFC 8314 §3. `starttls`: offered as a command. `none`: never. */
export type TlsMode = 'implicit' | 'starttls' | 'none'

export interface Stream {
  /** Unique in this process, for diagnostics and session names. */
  readonly id: number
  readonly remote: Endpoint
  readonly local: Endpoint
  /** Null on a plaintext connection. */
  readonly tls: TlsFacts | null
  /** True once either side closed; writes are then dropped. */
  readonly closed: boolean
  /** Octets written and not yet taken by the peer. */
  readonly bufferedOctets: number

  /** The protocol's hooks. Set once, before the first octet is delivered. */
  attach(protocol: Protocol): void
  /** Strings are latin1. Never throws; a connection that stalls too long is destroyed. */
  write(data: string | Uint8Array): void
  /** Resolves when little output is waiting, or at once when the connection is closed. */
  drained(): Promise<void>
  /** Stops and restarts reading from the peer. */
  pause(): void
  resume(): void
  /** Calls `protocol.timeout()` when nothing was received for so long. Replaces the last. 0 turns it off. */
  idleTimeout(ms: number): void
  /** Turns the connection to TLS. Rejects when the handshake fails; the connection is then closed. */
  startTls(): Promise<void>
  /** Sends what is written, then closes. */
  end(): void
  /** Closes at once. */
  destroy(): void
}

export interface Protocol {
  /** Octets from the peer, in order; the array is the callee's to keep. */
  received(chunk: Buffer): void
  /**
   * The peer closed its half, or the connection broke. Called once. Replies still owed may be
   * written; then call `end()`. The stream ends itself a little later if nobody does.
   */
  closed(): void
  /** Nothing came for the time set by {@link Stream.idleTimeout}. */
  timeout(): void
  /** The server stops: finish what is in hand, say goodbye, `end()`. Destroyed if it takes too long. */
  stopping?(): void
  /** Who it is and what it does at this moment, in a few words, for `waybill who`. */
  doing?(): Doing
}

export interface Doing {
  /** Null: nobody logged in. */
  readonly login: string | null
  readonly words: string
}

/** One connection, for `waybill who`. */
export interface SessionStatus extends Doing {
  readonly remote: Endpoint
  readonly isTls: boolean
  readonly sinceMs: number
}

/** Makes the protocol for one connection: `smtp-server` and `imap-server` each export one. */
export type AcceptStream = (stream: Stream) => void
