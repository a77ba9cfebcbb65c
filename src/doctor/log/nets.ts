/** Networks as attacks come from them: who has one address of it has them all. */
import { isIPv4, isIPv6 } from 'node:net'

/** `192.0.2.0/24`, `2001:db8:1:2::/64`; null: no address, or one of this machine. */
export function netOf(address: string): string | null {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (isIPv4(plain)) {
    const [a = '', b = '', c = ''] = plain.split('.')
    return a === '127' ? null : `${a}.${b}.${c}.0/24`
  }
  if (!isIPv6(plain) || plain === '::1') return null
  return `${firstGroups(plain).join(':')}::/64`
}

/** The first four groups, without leading zeros. */
function firstGroups(address: string): string[] {
  const [head = '', tail = ''] = (address.split('%')[0] ?? '').split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const missing = Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array<string>(missing).fill('0'), ...right]
  return groups.slice(0, 4).map((group) => Number.parseInt(group || '0', 16).toString(16))
}
