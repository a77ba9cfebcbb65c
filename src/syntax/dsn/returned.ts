/** The third part of a notice: the message that it is about, or its header. RFC 6522 §3, RFC 6533 §4. */
import { isAscii } from 'node:buffer'

import { DEFAULT_LIMITS } from '../../base/limits.ts'
import { fromLatin1, latin1, view } from '../../base/octets.ts'
import { Header } from '../message/header.ts'
import { quotedPrintable } from './safe-text.ts'

export interface ReturnedPart {
  /** The part's header with its blank line not yet: lines ending in CRLF. */
  readonly header: string
  readonly body: Uint8Array
  /** Octets above 127 stand in it as they are. */
  readonly eightBit: boolean
}

/** Of a header more is not given back. */
const MAX_HEADER_OCTETS = 50_000

/** The header at the begin of a message, or of a piece of it. */
export function headerOf(message: Uint8Array): Header {
  return new Header(latin1(headerOctets(message)), DEFAULT_LIMITS.message)
}

export function returnedPart(
  message: Uint8Array,
  { returnsAll, international }: { readonly returnsAll: boolean; readonly international: boolean },
): ReturnedPart {
  const header = headerOctets(message)
  const isGlobal = international && !isAscii(header)
  // RFC 2046 §5.2.1 allows no encoding around a message: lines that SMTP does not allow stay here.
  if (returnsAll && !hasLongLine(message)) {
    const eightBit = !isAscii(message)
    const encoding = eightBit ? '8bit' : '7bit'
    const type = isGlobal ? 'message/global' : 'message/rfc822'
    return { header: partHeader(type, 'Your message', encoding), body: message, eightBit }
  }
  const whole = wholeLines(header)
  const isPlain = isAscii(whole) && !hasLongLine(whole)
  const type = isGlobal ? 'message/global-headers' : 'text/rfc822-headers'
  const encoding = isPlain ? '7bit' : 'quoted-printable'
  const charset = isPlain || isGlobal ? '' : '; charset=utf-8'
  return {
    header: partHeader(`${type}${charset}`, 'The header of your message', encoding),
    body: isPlain ? whole : fromLatin1(quotedPrintable(whole)),
    eightBit: false,
  }
}

function partHeader(type: string, description: string, encoding: string): string {
  return (
    `Content-Type: ${type}\r\nContent-Description: ${description}\r\n` +
    `Content-Transfer-Encoding: ${encoding}\r\n`
  )
}

/** Up to the blank line, which is left out. */
function headerOctets(message: Uint8Array): Uint8Array {
  const octets = view(message)
  if (octets.indexOf('\r\n') === 0) return octets.subarray(0, 0)
  const end = octets.indexOf('\r\n\r\n')
  return end < 0 ? octets : octets.subarray(0, end + 2)
}

function wholeLines(header: Uint8Array): Uint8Array {
  if (header.length <= MAX_HEADER_OCTETS) return header
  const cut = view(header).subarray(0, MAX_HEADER_OCTETS)
  return cut.subarray(0, cut.lastIndexOf('\r\n') + 2)
}

/** RFC 5321 §4.5.3.1.6: 1000 octets with the CRLF. */
function hasLongLine(octets: Uint8Array): boolean {
  const all = view(octets)
  for (let at = 0; at < all.length; ) {
    const end = all.indexOf('\n', at)
    const next = end < 0 ? all.length : end + 1
    if (next - at > 1000) return true
    at = next
  }
  return false
}
