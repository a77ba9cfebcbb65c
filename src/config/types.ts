/**
 * The whole configuration, as the rest of the server reads it. What each key means, its default
 * and its check are in `settings.ts`; its name in the file is this name in snake case.
 */
import type { Limits } from '../base/limits.ts'
import type { AlertsConfig } from './alerts.ts'
import type { DoctorConfig } from './doctor.ts'

export interface Config {
  /** What the server calls itself: greeting, EHLO, Received. */
  readonly hostName: string
  /** Absolute. Everything the server keeps is below it. */
  readonly dataFolder: string
  /** Whom to become after the ports are open; null stays who started it. */
  readonly user: string | null
  /** Null is the user's own group. */
  readonly group: string | null
  /** How long a stopping server waits for work in hand. */
  readonly stopTimeoutMs: number
  readonly listeners: readonly ListenerConfig[]
  readonly tls: TlsConfig
  readonly log: LogConfig
  readonly disk: DiskConfig
  readonly outgoing: OutgoingConfig
  readonly sendmail: SendmailConfig
  readonly alerts: AlertsConfig
  readonly http: HttpConfig
  readonly doctor: DoctorConfig
  readonly limits: Limits
}

export type ListenerProtocol = 'smtp' | 'submission' | 'imap'

export interface ListenerConfig {
  /** In messages, in `waybill who`, and as systemd's FileDescriptorName. Unique. */
  readonly name: string
  readonly protocol: ListenerProtocol
  /** `*` is every address of the machine, IPv6 and IPv4. */
  readonly address: string
  /** 0 lets the system choose. */
  readonly port: number
  readonly tls: 'none' | 'starttls' | 'implicit'
}

export interface TlsConfig {
  /** The first one also serves clients that name no host, or one nobody knows. */
  readonly certificates: readonly CertificateConfig[]
}

export interface CertificateConfig {
  /** Host names it is for, `*.` allowed; empty takes the names in the certificate. */
  readonly hosts: readonly string[]
  /** PEM, leaf first, then the chain. Absolute. */
  readonly cert: string
  /** PEM. Absolute. */
  readonly key: string
}

export interface LogConfig {
  /** A log file larger than this is rotated. */
  readonly maxOctets: number
  readonly daily: boolean
  /** Rotated files kept of each log. */
  readonly keep: number
  readonly compress: boolean
  /** How long the index of the log keeps lines; 0 is for ever. */
  readonly traceDays: number
}

export interface DiskConfig {
  readonly minFreePercent: number
  readonly minFreeOctets: number
  readonly ballastOctets: number
}

/** Mail of users of this machine who may not open the data folder. */
export interface SendmailConfig {
  /** May they send? */
  readonly users: boolean
  /** Absolute: where they leave it. Null is the data folder's path with `-drop` behind it. */
  readonly dropFolder: string | null
  /** Of one user; what is more waits. 0 is without limit. */
  readonly maxRecipientsPerHour: number
}

/** Health and metrics, for programs that watch the server. */
export interface HttpConfig {
  /** Null: they are not served. 0 lets the system choose. */
  readonly port: number | null
  readonly address: string
}

/** How mail goes to other servers. */
export interface OutgoingConfig {
  /** Try addresses of IPv4, of IPv6. At least one of them. */
  readonly ipv4: boolean
  readonly ipv6: boolean
  /** Deliver to private and loopback addresses that MX and A records of other domains name. */
  readonly allowPrivate: boolean
  /** The port of other servers' MX hosts: 25, but in tests. */
  readonly port: number
  /** What we say in EHLO; null is `hostName`. */
  readonly helloName: string | null
  /** The addresses to connect from; null: the system chooses. */
  readonly sourceIpv4: string | null
  readonly sourceIpv6: string | null
  /** Minutes from each attempt to the next; the last one is used again and again. */
  readonly retryMs: readonly number[]
  /** After so long the sender is told once that a message waits; 0 is never. */
  readonly delayNoticeMs: number
  /** After so long it is given back. */
  readonly expiryMs: number
  /** The same for bounces, which have nobody to be given back to. */
  readonly bounceExpiryMs: number
  /** Connections at once: to one destination at first and at most, and in all. */
  readonly firstConnections: number
  readonly maxConnectionsPerDestination: number
  readonly maxConnections: number
  /** Recipients in memory at once; the others wait on disk. */
  readonly maxRecipientsInMemory: number
  /** Messages a minute to one destination; 0 is without limit. */
  readonly ratePerMinute: number
  /** DNS servers that validate DNSSEC and whose word is trusted for it: addresses, perhaps with a port. */
  readonly trustedResolvers: readonly string[]
  readonly timeouts: OutgoingTimeouts
  /** Other values for single destinations. */
  readonly domains: readonly OutgoingDomain[]
}

/** How long we wait for another server, milliseconds; RFC 5321 §4.5.3.2 has the least for most of them. */
export interface OutgoingTimeouts {
  readonly connectMs: number
  readonly greetingMs: number
  readonly commandMs: number
  /** The handshake. */
  readonly startTlsMs: number
  readonly dataMs: number
  /** For each block of the content. */
  readonly blockMs: number
  readonly endOfDataMs: number
  readonly quitMs: number
}

/** What differs for mail to one domain; what is null is as for all. */
export interface OutgoingDomain {
  /** `example.net`, or `*.example.net`. */
  readonly domain: string
  readonly helloName: string | null
  readonly sourceIpv4: string | null
  readonly sourceIpv6: string | null
  readonly retryMs: readonly number[] | null
  readonly delayNoticeMs: number | null
  readonly expiryMs: number | null
  readonly bounceExpiryMs: number | null
  readonly firstConnections: number | null
  readonly maxConnections: number | null
  readonly ratePerMinute: number | null
  /** TLS or not at all, whatever the domain publishes. */
  readonly requireTls: boolean | null
}
