/**
 * One delivery attempt, as the queue sees it: where to, over what kind of connection, what came of
 * it for each recipient. Everything here is a value, and knows no sockets.
 */
import type { OutgoingTimeouts } from '../config/types.ts'
import type { Host, TlsFacts } from '../journal/event.ts'

/** One address to connect to. */
export interface Target {
  /** The MX's or relay's name, lower case A-labels; null for an address literal. For SNI, checks, the log. */
  readonly name: string | null
  readonly address: string
  readonly port: number
  readonly tls: TlsPolicy
}

/** What TLS must be like; the words say who demands it, for errors. */
export type TlsPolicy =
  /** Never TLS. */
  | { readonly kind: 'none' }
  /** When offered, with any certificate (RFC 7435); in the clear when the handshake fails. */
  | { readonly kind: 'opportunistic' }
  /** Always, with any certificate. */
  | { readonly kind: 'encrypted'; readonly mode: TlsStart; readonly demandedBy: string }
  /** Always, with a certificate that a public authority vouches for, for one of the names. */
  | {
      readonly kind: 'verified'
      readonly mode: TlsStart
      readonly names: readonly string[]
      readonly demandedBy: string
    }
  /** Always, with a certificate that one of the records names (RFC 7672). */
  | {
      readonly kind: 'dane'
      readonly records: readonly TlsaRecord[]
      /** For records of usage 2: the names that the certificate may have. */
      readonly names: readonly string[]
    }

/** From the first octet (RFC 8314), or by STARTTLS. */
export type TlsStart = 'implicit' | 'starttls'

/** RFC 6698 §2.1. */
export interface TlsaRecord {
  readonly usage: number
  readonly selector: number
  readonly matchingType: number
  readonly data: Uint8Array
}

/** How we log in to a relay. */
export interface RelayLogin {
  readonly user: string
  /** Or the access token, for XOAUTH2. */
  readonly password: string
  /** Null: the best of what is offered; nothing in the clear without TLS. */
  readonly mechanism: LoginMechanism | null
}

export type LoginMechanism = 'PLAIN' | 'LOGIN' | 'SCRAM-SHA-256' | 'CRAM-MD5' | 'XOAUTH2'

export interface OutgoingMessage {
  /** The reverse-path without brackets; null is `<>`. */
  readonly from: string | null
  readonly recipients: readonly OutgoingRecipient[]
  readonly sizeOctets: number
  /** Octets above 127 in the content (RFC 6152). */
  readonly eightBit: boolean
  /** Octets above 127 in the header or the envelope (RFC 6531). */
  readonly smtputf8: boolean
  /** RFC 8689. */
  readonly requireTls: boolean
  /** RFC 3461 §4.3, §4.4; null: not said. */
  readonly ret: 'FULL' | 'HDRS' | null
  readonly envelopeId: string | null
  /** The content from its first octet, as often as it is asked for. @throws Error when it cannot be read */
  content(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

export interface OutgoingRecipient {
  readonly address: string
  /** RFC 3461 §4.1 and §4.2 as they came; null: not said. */
  readonly notify: string | null
  readonly original: string | null
}

/** What came of one recipient. `deferred` may be tried again; `failed` not. */
export type Result =
  | {
      readonly kind: 'delivered'
      /** The other server's last word: `250 2.0.0 Ok: queued as 4F2`. */
      readonly reply: string
      /** RFC 3461 §6: the server took over the promise of notices (it offered DSN). */
      readonly relaysNotices: boolean
    }
  | {
      readonly kind: 'failed' | 'deferred'
      readonly phase: Phase
      /**
       * In Exim's words, with the other server's: `SMTP error from remote mail server after RCPT
       * TO:<x@y>: 550 5.1.1 no such user`; ours where it said nothing: `Connection timed out`.
       */
      readonly text: string
      /** The other server's reply alone, its lines joined by `\n`; null: it said nothing. */
      readonly reply: string | null
      /** RFC 3463: the reply's, or the one that fits. */
      readonly status: string
      /** It is about the host or the whole session, and not about this message or recipient. */
      readonly scope: 'recipient' | 'message' | 'host' | 'login'
    }

/** Where an attempt was. */
export type Phase =
  | 'dns'
  | 'connect'
  | 'banner'
  | 'EHLO'
  | 'STARTTLS'
  | 'AUTH'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'content'
  | 'end of data'
  | 'queue'

/** A connection that is ready for a message. Everything on it is one message after another. */
export interface Connection {
  readonly target: Target
  /** As the log has it: `H=mx.example.net [192.0.2.1]:25`. */
  readonly host: Host
  readonly tls: TlsFacts | null
  /** The mechanism that we logged in with, lower case; null: none. */
  readonly authenticator: string | null
  readonly messagesSent: number
  /** False: after the last message it was closed, or must be. */
  readonly usable: boolean
  /** What is happening on it, for `waybill who`. */
  readonly doing: string
  /**
   * From the moment that the end of a message goes out until the next one begins: destroying the
   * connection no longer keeps the other server from accepting it.
   */
  readonly mayHaveTaken: boolean
  /** One result for each recipient, in order. Never throws. */
  send(message: OutgoingMessage): Promise<readonly Result[]>
  /** QUIT, and closes: within ten seconds. Never throws. */
  close(): Promise<void>
  /** Closes at once. */
  destroy(): void
}

/** Tries one target. Never throws. */
export type Connect = (
  target: Target,
  options: ConnectOptions,
) => Promise<Connection | ConnectFailure>

export interface ConnectOptions {
  /** Our name in EHLO. */
  readonly helloName: string
  /** The address we connect from; null: the system chooses. */
  readonly sourceAddress: string | null
  readonly login: RelayLogin | null
  readonly timeouts: ClientTimeouts
  /** Closes everything at once. */
  readonly signal: AbortSignal
}

/** No session came about; a `login` scope means that the relay refused our password. */
export interface ConnectFailure {
  readonly failure: Extract<Result, { kind: 'failed' | 'deferred' }>
  readonly host: Host | null
  readonly tls: TlsFacts | null
}

/** How long each step may take. */
export type ClientTimeouts = OutgoingTimeouts
