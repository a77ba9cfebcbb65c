/**
 * From the octets of a body to what they mean: transfer encoding, then charset. Nothing here fails:
 * what is not valid is passed over or left as it is.
 */
import { latin1, view } from '../../base/octets.ts'
import { decodeCharset } from '../message/charset.ts'
import { hexDigit } from '../message/encoded-word.ts'
import { parameterValue } from '../message/parameter-text.ts'
import type { Part } from './skeleton.ts'

/** @param encoding lower case; one that is not known, or changes nothing, gives the octets themselves */
export function decodeTransfer(octets: Uint8Array, encoding: string): Uint8Array {
  if (encoding === 'base64') return decodeBase64(octets)
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(octets)
  return octets
}

/** A text part as Unicode. @param octets its body as stored */
export function decodeText(
  octets: Uint8Array,
  part: Pick<Part, 'encoding' | 'parameters'>,
): string {
  return decodeCharset(
    decodeTransfer(octets, part.encoding),
    parameterValue(part.parameters, 'charset'),
  )
}

/** RFC 2045 §6.8. Octets outside of the alphabet are passed over; padding may be missing or in the middle. */
export function decodeBase64(octets: Uint8Array): Uint8Array {
  const text = latin1(octets)
  const padding = text.indexOf('=')
  // Node's decoder stops at padding, but some programs encode in blocks and join the results.
  if (padding === -1 || !/[A-Za-z0-9+/]/.test(text.slice(padding))) {
    return Buffer.from(text, 'base64')
  }
  const blocks = text.split(/=+/).map((block) => Buffer.from(block, 'base64'))
  return Buffer.concat(blocks)
}

/**
 * RFC 2045 §6.7: `=XX`, soft line breaks, and white space at a line's end is not content.
 * An `=` that begins nothing stays as it is.
 */
export function decodeQuotedPrintable(octets: Uint8Array): Uint8Array {
  const decoded = Buffer.allocUnsafe(octets.length)
  let length = 0
  /** Where the white space begins that is content only when something follows it in its line. */
  let solid = 0
  for (let at = 0; at < octets.length; ) {
    const octet = octets[at] ?? 0
    if (octet === EQUALS) {
      const softEnd = softBreakEnd(octets, at + 1)
      const value = softEnd === -1 ? hexPair(octets, at + 1) : 0
      if (softEnd === -1) decoded[length++] = value === -1 ? EQUALS : value
      at = softEnd !== -1 ? softEnd : value === -1 ? at + 1 : at + 3
      solid = length
      continue
    }
    if (octet === LF || (octet === CR && octets[at + 1] === LF)) length = solid
    decoded[length++] = octet
    if (octet !== SPACE && octet !== TAB) solid = length
    at++
  }
  return view(decoded.subarray(0, solid))
}

/** After the line end when only white space stands between `at` and it, or after the last octet; -1 otherwise. */
function softBreakEnd(octets: Uint8Array, at: number): number {
  // More white space than a line may have is no soft break: this keeps `= = = …` linear.
  const limit = Math.min(octets.length, at + MAX_BREAK_SPACE)
  while (at < limit && (octets[at] === SPACE || octets[at] === TAB)) at++
  if (at === octets.length) return at
  if (octets[at] === LF) return at + 1
  return octets[at] === CR && octets[at + 1] === LF ? at + 2 : -1
}

function hexPair(octets: Uint8Array, at: number): number {
  const high = hexDigit(octets[at] ?? 0)
  const low = hexDigit(octets[at + 1] ?? 0)
  return high === -1 || low === -1 ? -1 : high * 16 + low
}

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const EQUALS = 0x3d
const MAX_BREAK_SPACE = 998
