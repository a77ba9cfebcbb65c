/** Under which name hosts, addresses and domains stand in the tables. */
import type { Host, Recipient } from '../../journal/event.ts'

/** The confirmed name, else what it called itself in brackets, else the address, as eximstats has it. */
export function hostKey({ name, helo, address }: Host): string {
  return name ?? (helo === null ? `[${address ?? ''}]` : `(${helo})`)
}

/** By IP address, which cannot be forged. */
export function addressKey(host: Host | null): string {
  return host === null ? LOCAL : (host.address ?? hostKey(host))
}

/** `name[address]`, as relays are listed. */
export function hostLabel({ name, helo, address }: Host): string {
  const label = name ?? (helo === null ? '' : `(${helo})`)
  return address === null ? label : `${label}[${address}]`
}

/** False for the sockets of this host, which Postfix writes as `mail[private/dovecot-lmtp]`. */
export function isRemote(host: Host | null): host is Host {
  return host !== null && host.address?.includes('/') !== true
}

/** This host itself. */
export function isLoopback(host: Host | null): boolean {
  const address = host?.address ?? ''
  return address === '::1' || address.startsWith('127.')
}

/** The domain in lower case, since it is the same in any; null, the sender of bounces, is `<>`. */
export function mailboxKey(address: string | null): string {
  if (address === null || address === '') return '<>'
  // Most are in lower case: they are looked at, and not copied.
  for (let at = address.length - 1; at >= 0; at--) {
    const code = address.charCodeAt(at)
    if (code === AT) return address
    if ((code >= UPPER_A && code <= UPPER_Z) || code > ASCII) return withLowerDomain(address)
  }
  return address
}

function withLowerDomain(address: string): string {
  const at = address.lastIndexOf('@')
  return at < 0 ? address : address.slice(0, at) + address.slice(at).toLowerCase()
}

/** What follows the last @ of a key; without one the key itself. */
export function domainKey(mailbox: string): string {
  const at = mailbox.lastIndexOf('@')
  return at < 0 ? mailbox : mailbox.slice(at + 1)
}

/**
 * The last two labels of a host's name, three where the last two are short as in `example.co.uk`: a
 * guess without a list of public suffixes, as pflogsumm makes it.
 */
export function hostDomain(name: string): string {
  const labels = name.split('.')
  const isDeep =
    labels.length > 2 && labels.at(-1)?.length === 2 && (labels.at(-2) ?? '').length < 4
  return labels.slice(isDeep ? -3 : -2).join('.')
}

/** The address delivered to; what it came from when that is a local part, a pipe or a file. */
export function recipientOf({ address, parents }: Recipient): string {
  const first = address.charCodeAt(0)
  const isWhole = first !== SLASH && first !== PIPE && address.includes('@')
  return isWhole ? address : (parents.at(-1) ?? address)
}

/** Who has no address: a user or program of this host. */
const LOCAL = 'local'
const SLASH = 0x2f
const AT = 0x40
const UPPER_A = 0x41
const UPPER_Z = 0x5a
const ASCII = 0x7f
const PIPE = 0x7c
