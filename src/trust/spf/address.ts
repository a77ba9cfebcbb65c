/** Addresses as octets, and whether they are in a network. */
import { isIPv4, isIPv6 } from 'node:net'

import { reverseName } from '../../dns/records.ts'

/** 4 octets or 16; null when it is no address. An IPv4-mapped one is IPv4 (RFC 7208 §5). */
export function addressOctets(address: string): Uint8Array | null {
  if (!isIPv4(address) && !isIPv6(address)) return null
  const labels = reverseName(address).split('.').slice(0, -2).toReversed()
  if (labels.length === 4) return Uint8Array.from(labels, Number)
  const octets = Buffer.from(labels.join(''), 'hex')
  return MAPPED.every((octet, index) => octets[index] === octet) ? octets.subarray(12) : octets
}

/** `1.2.3.4`, or IPv6 as 32 hexadecimal digits with dots between (RFC 7208 §7.3, `%{i}`). */
export function dottedAddress(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.')
  return [...Buffer.from(octets).toString('hex')].join('.')
}

/** Whether both are of one family and begin with the same bits. */
export function isInNetwork(octets: Uint8Array, network: Uint8Array, prefixBits: number): boolean {
  if (octets.length !== network.length) return false
  return network.every((octet, index) => {
    const bits = Math.max(0, Math.min(8, prefixBits - index * 8))
    const mask = 0xff & (0xff << (8 - bits))
    return (octet & mask) === ((octets[index] ?? 0) & mask)
  })
}

const MAPPED = [...Array.from({ length: 10 }, () => 0), 0xff, 0xff]
