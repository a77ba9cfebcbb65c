/** Which DNS servers are asked: those of /etc/resolv.conf, and which of them are believed. */
import { isIP } from 'node:net'

import { watchedFile } from './text-file.ts'

export interface DnsServer {
  readonly address: string
  readonly port: number
  /** It checks DNSSEC, and nobody stands between it and us: its AD bit counts. */
  readonly trusted: boolean
}

/**
 * Reads resolv.conf(5): its `nameserver` lines, the first three of them as the C library does.
 * Trusted ones that are named with a port cannot stand in it, and are asked before the others.
 *
 * @param text null when there is no file
 * @param trusted addresses, perhaps with a port: `127.0.0.1`, `127.0.0.1:5353`, `[::1]:53`
 */
export function dnsServers(text: string | null, trusted: readonly string[]): readonly DnsServer[] {
  const believed = trusted.flatMap((one) => endpointOf(one) ?? [])
  const own = believed.filter(({ port }) => port !== DNS_PORT)
  const named = (text ?? '').split('\n', MAX_LINES).flatMap((line) => {
    const [word, address = ''] = line.trim().split(/\s+/, 2)
    return word === 'nameserver' && isIP(address.replace(/%.*/, '')) !== 0 ? [address] : []
  })
  // Without any the C library asks this machine.
  const addresses = named.length > 0 || own.length > 0 ? named.slice(0, MAX_SERVERS) : ['127.0.0.1']
  return [
    ...own.map((server) => ({ ...server, trusted: true })),
    ...addresses.map((address) => ({
      address,
      port: DNS_PORT,
      trusted: believed.some((one) => one.address === address && one.port === DNS_PORT),
    })),
  ]
}

const DNS_PORT = 53
const MAX_SERVERS = 3
const MAX_LINES = 200

/** Reads `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1` and `[2001:db8::1]:53`. Null when it is none of them. */
function endpointOf(text: string): { address: string; port: number } | null {
  if (isIP(text) !== 0) return { address: text, port: DNS_PORT }
  const colon = text.lastIndexOf(':')
  const address = text.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  const port = Number(text.slice(colon + 1))
  return isIP(address) !== 0 && port > 0 && port < 65_536 ? { address, port } : null
}

/** The servers of /etc/resolv.conf as it is now. */
export function systemServers(trusted: () => readonly string[]): () => readonly DnsServer[] {
  const text = watchedFile('/etc/resolv.conf', (read) => read)
  return () => dnsServers(text(), trusted())
}
