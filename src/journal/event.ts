/**
 * What happened to mail: the one type behind the log, trace, statistics and alerts.
 *
 * An event is rendered once, as a line of Exim's main log, and read back from it. Times have whole
 * seconds, as the log has. Text that came from a peer is kept as it came; the writer escapes it.
 * `null` means "not known or not there"; a field is never left out.
 */
import type { Branded } from '../base/brand.ts'

/** Exim's message id: 6-11-4 base-62 characters (`1vnYk2-00000000BQ5-1EaB`), or the older 6-6-2. */
export type MessageId = Branded<string, 'MessageId'>

/** The other end of a connection: Exim's `H=name (helo) [address]:port`. Not all four are null. */
export interface Host {
  /** From a confirmed reverse look-up; null when there is none. */
  readonly name: string | null
  readonly helo: string | null
  readonly address: string | null
  readonly port: number | null
}

/** `X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no SNI="…"`. */
export interface TlsFacts {
  readonly version: string
  readonly cipher: string
  readonly bits: number
  /** Whether the peer's certificate was verified; null when not asked. */
  readonly verified: boolean | null
  readonly serverName: string | null
}

/** `I=[address]:port`, where we were reached. */
export interface Interface {
  readonly address: string
  readonly port: number
}

/** `<=`: a message was accepted. */
export interface Arrival {
  readonly type: 'arrival'
  readonly atMs: number
  readonly id: MessageId
  /** Reverse-path without brackets; null is `<>`. */
  readonly from: string | null
  readonly host: Host | null
  readonly local: Interface | null
  /** `U=`: the local user, when there is no host. */
  readonly user: string | null
  /** `P=`: esmtp, esmtps, esmtpsa, imap, local … (RFC 3848). */
  readonly protocol: string | null
  readonly tls: TlsFacts | null
  /** `A=plain:jane@example.com`. */
  readonly authenticator: string | null
  readonly login: string | null
  /** `S=`: octets as stored, trace headers included. */
  readonly sizeOctets: number | null
  /** `id=`: Message-ID without brackets. */
  readonly messageIdHeader: string | null
  /** `T="…"`. */
  readonly subject: string | null
  /** `for a b c`: the envelope recipients as accepted. */
  readonly recipients: readonly string[]
}

/** One recipient of a message, and how it was routed: `final <original> F=<from> R=router T=transport`. */
export interface Recipient {
  /** The address delivered to. */
  readonly address: string
  /** The addresses it came from, nearest first (`all_parents`); empty when there is none. */
  readonly parents: readonly string[]
  /** `F=<…>`: null is `<>`; undefined when the line does not say. */
  readonly from: string | null | undefined
  readonly router: string | null
  readonly transport: string | null
}

/** `=>` first delivery, `->` further address in the same delivery, `>>` cutthrough, `*>` suppressed. */
export interface Delivered {
  readonly type: 'delivered'
  readonly mark: '=>' | '->' | '>>' | '*>'
  readonly atMs: number
  readonly id: MessageId
  readonly recipient: Recipient
  readonly host: Host | null
  readonly tls: TlsFacts | null
  readonly authenticator: string | null
  readonly sizeOctets: number | null
  /** `mailbox="INBOX"`: ours, for local deliveries. */
  readonly mailbox: string | null
  /** `C="…"`: what the other side said. */
  readonly confirmation: string | null
  /** `QT=` and `DT=`, milliseconds. */
  readonly queueTimeMs: number | null
  readonly deliverTimeMs: number | null
}

/** `**` failed for good, or `==` deferred. */
export interface Undelivered {
  readonly type: 'failed' | 'deferred'
  readonly atMs: number
  readonly id: MessageId
  readonly recipient: Recipient
  readonly host: Host | null
  readonly tls: TlsFacts | null
  /** `defer (-44)` or an errno number; always null for a failure. */
  readonly errorNumber: number | null
  /** Everything after the fields' colon: the reason in words. */
  readonly reason: string
}

/** `Completed`. */
export interface Completed {
  readonly type: 'completed'
  readonly atMs: number
  readonly id: MessageId
  readonly queueTimeMs: number | null
}

/** Where in a session something was rejected, in Exim's words. */
export const REJECT_PHASES = [
  'connection',
  'EHLO or HELO',
  'STARTTLS',
  'AUTH',
  'VRFY',
  'MAIL',
  'RCPT',
  'DATA',
  'after DATA',
] as const
export type RejectPhase = (typeof REJECT_PHASES)[number]

/** `H=… rejected RCPT <x>: why`, `temporarily rejected …`. Also written to rejectlog. */
export interface Rejected {
  readonly type: 'rejected'
  readonly atMs: number
  readonly id: MessageId | null
  readonly host: Host | null
  readonly local: Interface | null
  readonly tls: TlsFacts | null
  /** `A=plain:jane@example.com`; null before a login. */
  readonly authenticator: string | null
  readonly login: string | null
  /** `F=<…>`; undefined before MAIL, which the log shows by leaving F= out. Null is `<>`. */
  readonly from: string | null | undefined
  readonly temporary: boolean
  readonly phase: RejectPhase
  /** What was rejected: `<bob@example.net>`; null when the phase says it all. */
  readonly subject: string | null
  readonly reason: string
  /** Header lines of a message rejected after DATA, for rejectlog only. Not in the main log line. */
  readonly headers: readonly string[]
}

/** `plain authenticator failed for (helo) [address]:port: 535 Incorrect authentication data (set_id=jane)`. */
export interface AuthenticationFailed {
  readonly type: 'authenticationFailed'
  readonly atMs: number
  /** The authenticator's name, a word: `plain`, `scram_sha_256` (`authenticatorName`). */
  readonly mechanism: string
  readonly host: Host | null
  readonly local: Interface | null
  readonly reply: string
  readonly login: string | null
}

/** `H=… Warning: text`: suspicious, and yet accepted; spam scores too. */
export interface Warning {
  readonly type: 'warning'
  readonly atMs: number
  readonly id: MessageId | null
  readonly host: Host | null
  readonly local: Interface | null
  readonly text: string
}

/** A Dovecot-form login line, kept in authlog: `imap-login: Login: user=<jane>, method=PLAIN, rip=…`. */
export interface LoggedIn {
  readonly type: 'loggedIn' | 'loginFailed' | 'loggedOut'
  readonly atMs: number
  readonly service: 'imap' | 'pop3' | 'submission' | 'jmap'
  readonly login: string | null
  readonly mechanism: string | null
  readonly remoteAddress: string
  readonly localAddress: string
  readonly tls: boolean
  readonly session: string
  /** Why it ended or failed; null for a login. */
  readonly reason: string | null
}

/** A line about no message, or about one without being a step of it: `SMTP connection from …`, starts, stops. */
export interface Note {
  readonly type: 'note'
  readonly atMs: number
  readonly id: MessageId | null
  readonly text: string
}

/** What needs a human. Also written to paniclog, which is empty on a healthy server. */
export interface Panic {
  readonly type: 'panic'
  readonly atMs: number
  readonly id: MessageId | null
  readonly text: string
}

export type Event =
  | Arrival
  | Delivered
  | Undelivered
  | Completed
  | Rejected
  | AuthenticationFailed
  | Warning
  | LoggedIn
  | Note
  | Panic

/** A line of a log that is no event: cut short, or not written by a mail server. */
export interface Unknown {
  readonly type: 'unknown'
  readonly line: string
}

/** Where events go. Recording never fails and never waits: the sink owns its trouble. */
export interface Journal {
  record(event: Event): void
}
