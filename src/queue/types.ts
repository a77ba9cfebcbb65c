/**
 * Outgoing mail: what waits, for whom, where it goes, and what came of it.
 */
import type { Branded } from '../base/brand.ts'
import type { Host, MessageId, TlsFacts } from '../journal/event.ts'

/** The row of a message in the queue; not the id in the log. */
export type QueueId = Branded<number, 'QueueId'>

/**
 * Where recipients go, as one text: `mx:example.net` (the MX of a domain, or an address literal
 * `mx:[192.0.2.1]`) or `relay:NAME`. Mail of one destination shares its connections and its fate
 * when it does not answer.
 */
export type DestinationName = Branded<string, 'DestinationName'>

/** What a recipient is to get, when it is put in the queue. */
export interface NewRecipient {
  readonly address: string
  /** The addresses that it came from, nearest first. */
  readonly parents: readonly string[]
  /** Instead of the message's sender: of forwarded mail (SRS). Null: the message's. */
  readonly reversePath: string | null
  /** RFC 3461 §4.1 as it came: `NEVER`, `SUCCESS,DELAY`; null: not said. */
  readonly notify: string | null
  /** RFC 3461 §4.2, ORCPT as it came; null: not said. */
  readonly original: string | null
  readonly destination: DestinationName
  /** The domain in whose name it is sent, by which rules of relays can change its way; null: nobody's. */
  readonly inNameOf: string | null
}

/** What is known of a message in the queue at every step. */
export interface QueuedFacts {
  /** Its id in the log. */
  readonly messageId: MessageId
  /** Header fields that go before the blob's octets. */
  readonly prefix: Uint8Array
  /** With the prefix. */
  readonly sizeOctets: number
  readonly eightBit: boolean
  readonly smtputf8: boolean
  readonly requireTls: boolean
  readonly ret: 'FULL' | 'HDRS' | null
  readonly envelopeId: string | null
  readonly arrivedMs: number
  readonly expiresMs: number
}

/** A message on its way into the queue; part of the write that accepts it. */
export interface NewQueued extends QueuedFacts {
  readonly sender: string | null
  readonly login: string | null
  readonly delayNoticeMs: number | null
  readonly recipients: readonly NewRecipient[]
}

/** What came of the last attempt for a recipient. Kept as JSON. */
export interface Outcome {
  readonly kind: 'delivered' | 'failed' | 'deferred' | 'cancelled'
  readonly atMs: number
  /** In Exim's words, with the other server's. */
  readonly text: string
  /** RFC 3463; null when nobody said. */
  readonly status: string | null
  /** The other server's reply alone; null: it said nothing. */
  readonly reply: string | null
  readonly host: Host | null
  readonly tls: TlsFacts | null
  readonly authenticator: string | null
  /** How long the attempt took. */
  readonly deliverTimeMs: number | null
  /** RFC 3461 §6: the other server promised notices. */
  readonly relaysNotices: boolean
}

/** A recipient that was leased, with all an attempt needs. */
export interface LeasedRecipient {
  readonly number: number
  readonly address: string
  readonly parents: readonly string[]
  readonly notify: string | null
  readonly original: string | null
  /** Attempts before this one. */
  readonly attempts: number
}

/** Recipients of one message with one reverse-path: one transaction. */
export interface Lease extends QueuedFacts {
  readonly queueId: QueueId
  readonly blobId: number
  /** The reverse-path to send; null is `<>`. */
  readonly from: string | null
  readonly destination: DestinationName
  /** When it ends. Its mark: an outcome that names another one comes too late. */
  readonly leasedUntilMs: number
  readonly recipients: readonly LeasedRecipient[]
}
