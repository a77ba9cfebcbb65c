/**
 * The Sender Rewriting Scheme: a reverse-path of the forwarder's own domain that holds the sender's,
 * so that SPF passes and bounces find their way back.
 *
 *   SRS0=hash=stamp=example.net=bob@forwarder          one forwarder
 *   SRS1=hash=forwarder==hash=stamp=…@next             every one after it: back to the first at once
 */
import { type Address, parseAddress } from './address.ts'
import { formatLocalpart } from './localpart.ts'
import { SyntaxFault } from '../../base/faults.ts'

export type Srs =
  | {
      readonly kind: 'SRS0'
      readonly hash: string
      /** Days, modulo 1024. */
      readonly stamp: number
      readonly domain: string
      readonly localpart: string
    }
  | {
      readonly kind: 'SRS1'
      readonly hash: string
      /** The first forwarder's domain. */
      readonly domain: string
      /** Its localpart without `SRS0`, from the separator on. */
      readonly rest: string
    }

/** Null when the localpart is no such thing. Linear time. */
export function parseSrs(localpart: string): Srs | null {
  const zero = SRS0.exec(localpart)
  if (zero !== null) {
    const [, hash = '', stamp = '', domain = '', rest = ''] = zero
    return { kind: 'SRS0', hash, stamp: stampDays(stamp), domain, localpart: rest }
  }
  const one = SRS1.exec(localpart)
  if (one === null) return null
  const [, hash = '', domain = '', rest = ''] = one
  return { kind: 'SRS1', hash, domain, rest }
}

/** The localpart, in Unicode and without quotes. */
export function formatSrs(srs: Srs): string {
  if (srs.kind === 'SRS1') return `SRS1=${srs.hash}=${srs.domain}=${srs.rest}`
  return `SRS0=${srs.hash}=${formatStamp(srs.stamp)}=${srs.domain}=${srs.localpart}`
}

/** Where it leads back to; null when that is no address. */
export function srsTarget(srs: Srs): Address | null {
  const localpart = srs.kind === 'SRS1' ? `SRS0${srs.rest}` : srs.localpart
  try {
    return parseAddress(`${formatLocalpart(localpart)}@${srs.domain}`)
  } catch (error) {
    if (error instanceof SyntaxFault) return null
    throw error
  }
}

/** Base32 without padding, RFC 4648 §6. */
export function base32(octets: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const octet of octets) {
    value = ((value << 8) | octet) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += DIGITS.charAt((value >> bits) & 31)
    }
  }
  if (bits > 0) text += DIGITS.charAt((value << (5 - bits)) & 31)
  return text
}

function formatStamp(days: number): string {
  return DIGITS.charAt((days >> 5) & 31) + DIGITS.charAt(days & 31)
}

function stampDays(stamp: string): number {
  const [high = 0, low = 0] = [...stamp.toUpperCase()].map((digit) => DIGITS.indexOf(digit))
  return high * 32 + low
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
/** `+` and `-` stand after SRS0 in some implementations. */
const SRS0 = /^SRS0[=+-]([A-Za-z0-9+/]{4,40})=([A-Za-z2-7]{2})=([^=@]{1,255})=(.{1,254})$/isu
const SRS1 = /^SRS1[=+-]([A-Za-z0-9+/]{4,40})=([^=@]{1,255})=([=+-].{1,254})$/isu
