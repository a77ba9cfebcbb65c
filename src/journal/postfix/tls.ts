/** Encrypted connections: what a daemon says when one is there, kept for its next lines. */
import { isDigit } from '../../base/digits.ts'
import type { Host, TlsFacts } from '../event.ts'
import { findHost, type HostPlace, hostAt } from './host.ts'

/** `Anonymous TLS connection established from mx[192.0.2.1]: TLSv1.3 with cipher X (256/256 bits)` */
export interface TlsLine {
  readonly host: Host | null
  /** The host as it stands in the line; later lines name it the same. */
  readonly peer: string
  readonly tls: TlsFacts
}

/** Reads such a line, `reused` too; null when it is none. Postfix before 2.6 leaves out the trust. */
export function readTls(text: string, at: number, end: number): TlsLine | null {
  let start = at
  let verified: boolean | null = null
  for (const [word, value] of TRUST)
    if (text.startsWith(word, at)) {
      start = at + word.length
      verified = value
    }
  const verb = VERBS.find((words) => text.startsWith(words, start))
  if (verb === undefined) return null
  const peerAt = start + verb.length
  if (!findHost(text, peerAt, end, place)) return null
  const { end: peerEnd } = place
  const host = hostAt(text, peerAt, place)
  let rest = text.slice(peerEnd, end)
  let serverName: string | null = null
  if (rest.startsWith(' to ')) {
    const nameEnd = rest.indexOf(':', 4)
    if (nameEnd < 0 || nameEnd > MAX_NAME_CHARS) return null
    serverName = rest.slice(4, nameEnd)
    rest = rest.slice(nameEnd)
  }
  if (!rest.startsWith(': ')) return null
  const tls = readCipher(rest.slice(2), verified, serverName)
  return tls === null ? null : { host, peer: text.slice(peerAt, peerEnd), tls }
}

const place: HostPlace = { open: 0, close: 0, end: 0 }

/** `TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange …` */
function readCipher(
  text: string,
  verified: boolean | null,
  serverName: string | null,
): TlsFacts | null {
  const words = text.split(' ', 5)
  const [version = '', withWord, , cipher = '', bits = ''] = words
  if (withWord !== 'with' || version === '') return null
  if (version.length + cipher.length > MAX_NAME_CHARS) return null
  return { version, cipher, bits: Number.parseInt(bits.slice(1), 10) || 0, verified, serverName }
}

/**
 * The encrypted connection that each process has now: smtpd and smtp say it once, in a line of its
 * own. Bounded; of the processes that stay silent the one that spoke longest ago is forgotten.
 */
export class TlsMemory {
  readonly #known = new Map<number, { readonly peer: string; readonly tls: TlsFacts }>()

  /** A process has this connection from now on. */
  set(process: number, line: TlsLine): void {
    if (process === 0) return
    this.#known.delete(process)
    if (this.#known.size >= MAX_PROCESSES) {
      const [oldest] = this.#known.keys()
      if (oldest !== undefined) this.#known.delete(oldest)
    }
    const { version, cipher, bits, verified, serverName } = line.tls
    this.#known.set(process, {
      peer: copy(line.peer),
      tls: {
        version: copy(version),
        cipher: copy(cipher),
        bits,
        verified,
        serverName: serverName === null ? null : copy(serverName),
      },
    })
  }

  /** A process has no connection any more, or a new one. */
  forget(process: number): void {
    if (this.#known.size > 0) this.#known.delete(process)
  }

  /** How the connection of a process with the host at `at` is encrypted; null when it is not. */
  of(process: number, text: string, at: number): TlsFacts | null {
    const known = this.#known.size > 0 ? this.#known.get(process) : undefined
    if (known === undefined || !text.startsWith(known.peer, at)) return null
    const after = at + known.peer.length
    const isOtherPort = text.charCodeAt(after) === COLON && isDigit(text.charCodeAt(after + 1))
    return isOtherPort ? null : known.tls
  }
}

/** A part of a text keeps the whole text in memory; a copy does not. */
function copy(text: string): string {
  return ` ${text}`.slice(1)
}

/** Whether the peer's certificate was verified. Anonymous: it was not asked for, or there is none. */
const TRUST = [
  ['Anonymous ', null],
  ['Untrusted ', false],
  ['Trusted ', true],
  ['Verified ', true],
] as const
const VERBS = [
  'TLS connection established from ',
  'TLS connection established to ',
  'TLS connection reused from ',
  'TLS connection reused to ',
]
/** Of a host name (RFC 5321 §4.5.3.1.2), and of what names a cipher. */
const MAX_NAME_CHARS = 260
const MAX_PROCESSES = 4096
const COLON = 0x3a
