/**
 * The whole configuration, as the rest of the server reads it. What each key means, its default
 * and its check are in `settings.ts`; its name in the file is this name in snake case.
 */
import type { Limits } from '../base/limits.ts'

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
