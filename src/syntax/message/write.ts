/**
 * The header lines that a server writes. Values are protocol text (latin1, one character per
 * octet); so are the lines, which end in CRLF. Use `fromLatin1` to make octets of them.
 *
 * Every function throws TypeError for a value with CR, LF or NUL, or a character above U+00FF:
 * whoever passes one has a bug that would let a stranger write headers.
 */
import { latin1OfUtf8 } from '../../base/octets.ts'
import { encodeWords } from '../dsn/safe-text.ts'
import { formatDateTime } from './date-time.ts'

/** Trace of one hop, RFC 5321 §4.4. */
export interface Received {
  /** What the client said in EHLO; null for mail that did not come by SMTP. */
  readonly helo: string | null
  /** The client's host name from DNS; null when there is none. */
  readonly hostName: string | null
  /** The client's IP address. */
  readonly address: string | null
  /** This server's name. */
  readonly by: string
  /** RFC 3848: SMTP, ESMTP, ESMTPS, ESMTPSA, with UTF8 in front for RFC 6531. */
  readonly protocol: string
  /** `TLS1.3:TLS_AES_256_GCM_SHA384:256`; null without TLS. */
  readonly tls: string | null
  readonly id: string
  /** Only when there is a single recipient: several would tell each of the others (RFC 5321 §7.2). */
  readonly recipient: string | null
  readonly atMs: number
  /** How far the clock shown is ahead of UTC. */
  readonly zoneMinutes: number
}

export function receivedLine(received: Received): string {
  const clauses: string[] = []
  if (received.helo !== null || received.address !== null) clauses.push(fromClause(received))
  clauses.push(`by ${word(received.by)} with ${word(received.protocol)}`)
  if (received.tls !== null) clauses.push(`(${commentText(received.tls)})`)
  clauses.push(`id ${word(received.id)}`)
  if (received.recipient !== null) clauses.push(`for <${checked(received.recipient)}>`)
  const date = formatDateTime(received.atMs, received.zoneMinutes)
  return `Received: ${clauses.join('\r\n\t')};\r\n\t${date}\r\n`
}

/** @param reversePath without brackets; null is `<>` */
export function returnPathLine(reversePath: string | null): string {
  return `Return-Path: <${checked(reversePath ?? '')}>\r\n`
}

export function deliveredToLine(address: string): string {
  return `Delivered-To: ${checked(address)}\r\n`
}

/** @param addresses at least one */
export function bccLine(addresses: readonly string[]): string {
  return `Bcc: ${addresses.map(checked).join(',\r\n ')}\r\n`
}

export function dateLine(atMs: number, zoneMinutes = 0): string {
  return `Date: ${formatDateTime(atMs, zoneMinutes)}\r\n`
}

/**
 * @param name  in Unicode, whatever is in it; null: none
 * @param address  in Unicode
 */
export function fromLine(name: string | null, address: string): string {
  const at = latin1OfUtf8(address)
  const clean = name?.replace(/[\0-\x1f\x7f]+/g, ' ').trim() ?? ''
  const shown = clean.slice(0, MAX_NAME_CHARS).toWellFormed()
  if (shown === '') return `From: ${checked(at)}\r\n`
  const encoded = encodeWords(shown)
  const isAtoms = encoded !== shown || /^[\w !#$%&'*+/=?^`{|}~-]+$/.test(shown)
  const phrase = isAtoms ? encoded : `"${shown.replace(/["\\]/g, '\\$&')}"`
  return `From: ${phrase} <${checked(at)}>\r\n`
}

/** @param id without angle brackets */
export function messageIdLine(id: string): string {
  return `Message-ID: <${checked(id)}>\r\n`
}

/** Encoded, it is on one line. */
const MAX_NAME_CHARS = 100

/** `from helo (host [address])`; RFC 5321 §4.4 wants `IPv6:` in the literal of an IPv6 address. */
function fromClause(received: Received): string {
  const helo = received.helo === null || received.helo === '' ? 'unknown' : word(received.helo)
  if (received.address === null) return `from ${helo}`
  const address = received.address.includes(':') ? `IPv6:${received.address}` : received.address
  const host = received.hostName === null ? '' : `${commentText(received.hostName)} `
  return `from ${helo} (${host}[${commentText(address)}])`
}

/** One word of a clause. White space, or a semicolon, would begin another clause: it becomes `_`. */
function word(value: string): string {
  return checked(value).replace(/[\x01-\x20;()<>,\x7f]/g, '_')
}

function commentText(value: string): string {
  return checked(value).replace(/[()\\]/g, '\\$&')
}

function checked(value: string): string {
  if (/[\r\n\0]|[^\x00-\xff]/.test(value)) {
    throw new TypeError(`not a header value: ${JSON.stringify(value)}`)
  }
  return value
}
