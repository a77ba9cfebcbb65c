/**
 * What happened to mail: the one type behind the log, trace, statistics and alerts, whichever server
 * wrote the line: ours, Exim, Postfix or Dovecot.
 *
 * Our own events are rendered once, as a line of Exim's main log, and read back from it. Their times
 * have whole seconds, as the log has; other logs can be finer. Text that came from a peer is kept as
 * it came; the writer escapes it. `null` means "not known or not there"; a field is never left out.
 */
import type { Branded } from '../base/brand.ts'

/**
 * What a server's log calls a message. Exim and we: 6-11-4 base-62 characters
 * (`1vnYk2-00000000BQ5-1EaB`), or the older 6-6-2. Postfix: a queue id, short (`3F2A1B`) or long
 * (`4PbDrq6Zc9z1x`); a short one is used again after the message is gone.
 */
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
  /** Whether the peer's certificate was verified; `dane`: by TLSA records (RFC 7672). Null when not asked. */
  readonly verified: boolean | 'dane' | null
  readonly serverName: string | null
}

/** `I=[address]:port`, where we were reached. */
export interface Interface {
  readonly address: string
  readonly port: number
}

/** `<=`: a message was accepted. `(=`: accepted, and the client was told that it was not (`fakereject`). */
export interface Arrival {
  readonly type: 'arrival'
  readonly mark: '<=' | '(='
  readonly atMs: number
  readonly id: MessageId
  /** `R=`: the message that this one is a bounce of, or another answer to. */
  readonly parent: MessageId | null
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

/**
 * One of the lines in which Postfix says that a message arrived: its client (smtpd), its Message-ID
 * (cleanup), its sender and size (qmgr). A field is null, and `from` undefined, when the line does
 * not say it. The journey puts them together as an {@link Arrival}.
 */
export interface ArrivalPart {
  readonly type: 'arrivalPart'
  readonly atMs: number
  readonly id: MessageId
  readonly from: string | null | undefined
  readonly host: Host | null
  /** `pickup: uid=0`: the local user. */
  readonly user: string | null
  readonly protocol: string | null
  readonly tls: TlsFacts | null
  readonly authenticator: string | null
  readonly login: string | null
  readonly sizeOctets: number | null
  readonly messageIdHeader: string | null
  readonly subject: string | null
  /** `nrcpt=`. */
  readonly recipientCount: number | null
  /** The id under which another instance or a filter had it before: `orig_queue_id=`. */
  readonly parent: MessageId | null
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
  /** `QT=` and `DT=`, milliseconds. Postfix: `delay=`, and the last two parts of `delays=`. */
  readonly queueTimeMs: number | null
  readonly deliverTimeMs: number | null
  /** Postfix' `dsn=2.0.0` (RFC 3463). */
  readonly status: string | null
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
  /** As in {@link Delivered}. */
  readonly queueTimeMs: number | null
  readonly deliverTimeMs: number | null
  readonly status: string | null
}

/** `Completed`; Postfix: `removed` by qmgr. */
export interface Completed {
  readonly type: 'completed'
  readonly atMs: number
  readonly id: MessageId
  readonly queueTimeMs: number | null
}

/**
 * The message was stopped, let go or taken away, by the server or by a person. `stillFrozen` is
 * Exim's `Message is frozen` at each queue run; `locked` its `Spool file is locked`; `expired` is
 * Postfix' `status=expired, returned to sender`; `discarded` a rule that throws a message away.
 * `markedDelivered`: a person said that a recipient, or all of them, needs no delivery.
 */
export interface QueueAction {
  readonly type: 'queueAction'
  readonly atMs: number
  readonly id: MessageId
  readonly action:
    | 'frozen'
    | 'stillFrozen'
    | 'thawed'
    | 'held'
    | 'released'
    | 'removed'
    | 'cancelled'
    | 'expired'
    | 'discarded'
    | 'locked'
    | 'requeued'
    | 'changed'
    | 'markedDelivered'
  /** The one recipient that it is about; null for all of them. */
  readonly recipient: string | null
  /** Who did it: `cancelled by root`. */
  readonly by: string | null
  /** The line's own words. */
  readonly text: string
}

/** Another message came of this one: Postfix' `sender non-delivery notification: 3F2A1C`. */
export interface Related {
  readonly type: 'related'
  readonly atMs: number
  readonly id: MessageId
  readonly other: MessageId
  readonly relation: 'bounce' | 'delayNotice' | 'successNotice' | 'copy'
}

/** Where in a session something was rejected, in Exim's words. */
export const REJECT_PHASES = [
  'connection',
  'EHLO or HELO',
  'STARTTLS',
  'AUTH',
  'VRFY',
  'ETRN',
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

/** `H=… Warning: text`: suspicious, and yet accepted; spam scores too. Postfix' and Dovecot's warnings. */
export interface Warning {
  readonly type: 'warning'
  readonly atMs: number
  readonly id: MessageId | null
  readonly host: Host | null
  readonly local: Interface | null
  /** The part of the server that says it: `postfix/smtpd`, `dovecot/imap`; null in Exim's log and ours. */
  readonly program: string | null
  readonly text: string
}

/**
 * A login to read mail, in Dovecot's form; ours are kept in authlog. `noLogin` came and went without
 * trying, or was cut off before it could.
 */
export interface LoggedIn {
  readonly type: 'loggedIn' | 'loginFailed' | 'loggedOut' | 'noLogin'
  readonly atMs: number
  readonly service: LoginService
  readonly login: string | null
  readonly mechanism: string | null
  readonly remoteAddress: string | null
  readonly localAddress: string | null
  readonly tls: boolean
  readonly session: string | null
  /** Passwords tried, for `loginFailed`; null for the others, and when the line does not say. */
  readonly attempts: number | null
  /** `in=12, out=345, deleted=1 …` of a session that ended; null when it does not say. */
  readonly counts: Readonly<Record<string, number>> | null
  /** Why it ended or failed; null for a login. */
  readonly reason: string | null
}

export type LoginService = 'imap' | 'pop3' | 'submission' | 'jmap' | 'sieve' | 'lmtp' | 'auth'

/** Dovecot's LMTP, LDA or Sieve put a message somewhere, or could not. Joined by Message-ID. */
export interface Filed {
  readonly type: 'filed'
  readonly atMs: number
  readonly action:
    | 'saved'
    | 'forwarded'
    | 'discarded'
    | 'rejected'
    | 'replied'
    | 'notified'
    | 'duplicate'
    | 'failed'
  /** Whose mail it is. */
  readonly login: string | null
  /** Message-ID without brackets. */
  readonly messageIdHeader: string | null
  /** Sender and subject, when Dovecot is told to log them. */
  readonly from: string | null
  readonly subject: string | null
  readonly sizeOctets: number | null
  /** Where it was saved; the address, for a copy sent on. */
  readonly mailbox: string | null
  readonly to: string | null
  readonly session: string | null
  /** Why it failed or was discarded; null otherwise. */
  readonly reason: string | null
}

/** What a {@link Note} is about. `other` is a note of ours that no rule reads. */
export type NoteTopic =
  | 'start'
  | 'stop'
  | 'reload'
  | 'command'
  | 'queueRun'
  | 'connected'
  | 'disconnected'
  | 'connection'
  | 'postscreen'
  | 'tls'
  | 'dkim'
  | 'dmarc'
  | 'spf'
  | 'arc'
  | 'dns'
  | 'blocklist'
  | 'greylisting'
  | 'callout'
  | 'scan'
  | 'filter'
  | 'policy'
  | 'routing'
  | 'delivery'
  | 'retry'
  | 'protocol'
  | 'authentication'
  | 'configuration'
  | 'process'
  | 'statistics'
  | 'other'

/**
 * A line about no message, or about one without being a step of it: connections, starts, checks.
 * In the main log a note is its text, from which the reader knows topic and host.
 */
export interface Note {
  readonly type: 'note'
  readonly atMs: number
  readonly id: MessageId | null
  readonly topic: NoteTopic
  readonly host: Host | null
  /** As in {@link Warning}. */
  readonly program: string | null
  readonly text: string
}

/** What needs a human. Ours are also written to paniclog, which is empty on a healthy server. */
export interface Panic {
  readonly type: 'panic'
  readonly atMs: number
  readonly id: MessageId | null
  /** `error` could not do one thing, `fatal` ended a process, `panic` is Exim's and ours. */
  readonly severity: 'error' | 'fatal' | 'panic'
  /** As in {@link Warning}. */
  readonly program: string | null
  readonly text: string
}

export type Event =
  | Arrival
  | ArrivalPart
  | Delivered
  | Undelivered
  | Completed
  | QueueAction
  | Related
  | Rejected
  | AuthenticationFailed
  | Warning
  | LoggedIn
  | Filed
  | Note
  | Panic

/** What we ourselves record: the rest is how other servers say it. */
export type OwnEvent = Exclude<Event, ArrivalPart | Related | Filed>

/** A line that no rule knows: of another program, cut short, or new. Kept, counted, never dropped. */
export interface Unknown {
  readonly type: 'unknown'
  /** Null when the line has no time that can be read. */
  readonly atMs: number | null
  /** The message that it is about, when it has an id where lines have one. */
  readonly id: MessageId | null
  /** Who wrote it, by the line's tag, when that is no mail program: `sshd`, `CRON`; else null. */
  readonly program: string | null
  /** The whole line, as it stands in the log. */
  readonly line: string
}

/**
 * A line that goes on with the one before it: a header in rejectlog, the rest of a long error.
 * `Entries` puts them together.
 */
export interface Continuation {
  readonly type: 'continuation'
  /** As it stands in the log. */
  readonly line: string
  /** For a later part of a line that was too long for syslog. */
  readonly part?: LinePart
}

/** A later part of a line that Exim cut for syslog: `[2/3] …`. */
export interface LinePart {
  /** What the entry was read as before this part; null when a part before it is missing. */
  readonly of: Event | Unknown | null
  /** What it is with this part, instead; null when this part belongs to another line of it. */
  readonly whole: Event | Unknown | null
  /** The part without its number. */
  readonly text: string
  /** The part before ended with a newline: this is another line of the same entry. */
  readonly startsLine: boolean
}

/** What a reader makes of a line. */
export type LogLine = Event | Unknown | Continuation

/** Where events go. Recording never fails and never waits: the sink owns its trouble. */
export interface Journal {
  record(event: OwnEvent): void
}
