/** Addresses that no other domain's mail server has: what DNS of strangers says does not lead us there. */
import { BlockList, isIPv4 } from 'node:net'

export interface SpecialRange {
  /** For the operator: `private`, `loopback`. */
  readonly name: string
  /** Nothing can be delivered there, whatever is configured. */
  readonly isNever: boolean
}

/** The special range an address is in (RFC 6890); null is an ordinary address. */
export function specialRange(address: string): SpecialRange | null {
  const family = isIPv4(address) ? 'ipv4' : 'ipv6'
  return RANGES.find(({ list }) => list.check(address, family))?.range ?? null
}

/**
 * A `BlockList` of IPv4 networks also holds their IPv4-mapped IPv6 addresses. Of those that a gateway
 * makes IPv4 of again, NAT64 (RFC 6052 §2.1) and 6to4 (RFC 3056 §2), it is told.
 */
const RANGES = [
  ranges('unspecified', true, ['0.0.0.0/8', '::/128']),
  ranges('loopback', false, ['127.0.0.0/8', '::1/128']),
  ranges('private', false, ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']),
  ranges('private', false, ['100.64.0.0/10', '192.0.0.0/24', '198.18.0.0/15', 'fec0::/10']),
  ranges('link-local', false, ['169.254.0.0/16', 'fe80::/10']),
  ranges('multicast', true, ['224.0.0.0/4', 'ff00::/8']),
  ranges('reserved', true, ['240.0.0.0/4', '::/96']),
]

function ranges(
  name: string,
  isNever: boolean,
  networks: readonly string[],
): { readonly range: SpecialRange; readonly list: BlockList } {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/')
    const isV4 = isIPv4(address)
    list.addSubnet(address, Number(prefix), isV4 ? 'ipv4' : 'ipv6')
    if (!isV4) continue
    list.addSubnet(`64:ff9b::${address}`, 96 + Number(prefix), 'ipv6')
    list.addSubnet(`2002:${asGroups(address)}::`, 16 + Number(prefix), 'ipv6')
  }
  return { range: { name, isNever }, list }
}

/** Two groups of an IPv6 address. */
function asGroups(v4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = v4.split('.').map(Number)
  return [a * 256 + b, c * 256 + d].map((group) => group.toString(16)).join(':')
}
