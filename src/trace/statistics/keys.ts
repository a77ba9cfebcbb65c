/** Under which name hosts, addresses and domains stand in the tables. */
import type { Host, Recipient } from '../../journal/event.ts'

/** The confirmed name, else the address, else what it called itself. */
export function hostKey(host: Host): string {
  return host.name ?? host.address ?? `(${host.helo ?? ''})`
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

/** The domain is the same in any case; null, the sender of bounces, is `<>`. */
export function mailboxKey(address: string | null): string {
  if (address === null || address === '') return '<>'
  const lower = address.toLowerCase()
  if (lower === address) return address
  const at = address.lastIndexOf('@')
  return at < 0 ? address : address.slice(0, at) + lower.slice(at)
}

/** What follows the last @ of a key; without one the key itself. */
export function domainKey(mailbox: string): string {
  const at = mailbox.lastIndexOf('@')
  return at < 0 ? mailbox : mailbox.slice(at + 1)
}

/** The address delivered to; what it came from when that is a local part, a pipe or a file. */
export function recipientKey({ address, parents }: Recipient): string {
  const isWhole = address.includes('@') && !PIPE_OR_FILE.test(address)
  return mailboxKey(isWhole ? address : (parents.at(-1) ?? address))
}

const PIPE_OR_FILE = /^[/|]/
/** Who has no address: a user or program of this host. */
export const LOCAL = 'local'
