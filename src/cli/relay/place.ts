/** `smtp.example.net:587` on the command line and in files, and the ports that belong to each kind of TLS. */
import { isIPv6 } from 'node:net'

import type { RelayTls } from '../../directory/types.ts'

export const TLS_KINDS: readonly RelayTls[] = ['implicit', 'starttls', 'opportunistic', 'none']

export function isTls(text: string): text is RelayTls {
  return TLS_KINDS.some((kind) => kind === text)
}

/** `HOST`, `HOST:PORT`, `[IPv6]:PORT`, or a bare IPv6 address. Null: none of these. */
export function placeOf(text: string): { host: string; port: number | null } | null {
  if (isIPv6(text)) return { host: text, port: null }
  const [, inBrackets, name, digits] =
    /^(?:\[([^\]]+)\]|([^:\s[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = inBrackets ?? name
  if (host === undefined) return null
  return { host, port: digits === undefined ? null : Number(digits) }
}

/** RFC 8314 §7.3, RFC 6409 §3.1; a relay that wants no TLS is most often one on port 25. */
export function defaultPort(tls: RelayTls): number {
  if (tls === 'implicit') return 465
  return tls === 'starttls' ? 587 : 25
}

/** What a relay on this port speaks, when nobody says: never less than STARTTLS. */
export function defaultTls(port: number | null): RelayTls {
  return port === 465 ? 'implicit' : 'starttls'
}
