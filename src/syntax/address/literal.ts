import { isIPv4, isIPv6 } from 'node:net'

/**
 * Reads an address literal, `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321 §4.1.3), into one
 * spelling. General address literals do not exist in practice and are refused on purpose.
 * @returns null when it is not one
 */
export function parseAddressLiteral(text: string): string | null {
  if (!text.startsWith('[') || !text.endsWith(']')) return null
  const inner = text.slice(1, -1)
  if (isIPv4(inner)) return text
  const tag = inner.slice(0, IPV6_TAG.length)
  const address = inner.slice(IPV6_TAG.length)
  if (tag.toLowerCase() !== IPV6_TAG || address.includes('%') || !isIPv6(address)) return null
  return `[IPv6:${address.toLowerCase()}]`
}

/** The IP address in a literal, as it is written there: `192.0.2.1`, `2001:db8::1`. */
export function addressInLiteral(literal: string): string {
  return literal.slice(1, -1).replace(/^IPv6:/i, '')
}

const IPV6_TAG = 'ipv6:'
