/** The machine around: files, programs, other hosts. What checks of any server may look at. */
import type { BigIntStats, Dirent } from 'node:fs'

export interface Outside {
  readonly files: Files
  /**
   * Runs a program that only looks, without a shell, and waits for its end.
   * @returns null when it is not installed
   */
  run(command: readonly string[], signal: AbortSignal): Promise<ProgramResult | null>
  /** @throws Error with the system's reason when nobody answers in time */
  connect(target: ConnectTarget, signal: AbortSignal): Promise<Dialogue>
}

/** Each throws the system's error, but where null is given. */
export interface Files {
  /** Follows links. Null: there is nothing of the name. */
  stat(path: string): BigIntStats | null
  list(folder: string): readonly Dirent[]
  /** @param maxOctets  of the start of the file; what is more is left out */
  read(path: string, maxOctets: number): Buffer
  /** May this process do that? */
  mayRead(path: string): boolean
  space(path: string): Space
}

/** Of the file system that a path is on. */
export interface Space {
  readonly totalOctets: number
  /** For those who are not root. */
  readonly freeOctets: number
  /** 0 where the file system has no fixed number, such as btrfs. */
  readonly totalInodes: number
  readonly freeInodes: number
}

export interface ProgramResult {
  /** Null: it was killed. */
  readonly status: number | null
  /** At most 1 MiB of each. */
  readonly out: string
  readonly errors: string
}

export interface ConnectTarget {
  /** A name or an address. */
  readonly host: string
  readonly port: number
  /** TLS from the first octet. */
  readonly tls?: TlsOptions
  readonly localAddress?: string
}

export interface TlsOptions {
  /** Asked for by SNI, and what the certificate should be for. */
  readonly serverName: string
  /** Offers TLS 1.0 and 1.1 only, to see whether they are taken. */
  readonly isOld?: boolean
}

/** Lines to and from another server. Every call throws when the connection ends or time is over. */
export interface Dialogue extends AsyncDisposable {
  /** The next line, without its end; at most 8 KiB. */
  readLine(): Promise<string>
  /** Adds CRLF. */
  writeLine(line: string): Promise<void>
  /** After the answer to STARTTLS. */
  startTls(options: TlsOptions): Promise<void>
  /** Null without TLS. */
  readonly tls: TlsSeen | null
}

/** The certificate is looked at by who asks: the handshake takes any. */
export interface TlsSeen {
  readonly protocol: string
  readonly cipher: string
  /** Why the certificate is not to be trusted for the name, in OpenSSL's words; null: it is. */
  readonly distrust: string | null
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[]
}
