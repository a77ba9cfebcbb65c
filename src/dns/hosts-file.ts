/** Names that this machine knows without DNS: hosts(5). */
import { isIP } from 'node:net'

import { plainName } from './message.ts'
import { watchedFile } from './text-file.ts'

/** The addresses of each name, lower case. */
export function readHosts(text: string | null): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>()
  for (const line of (text ?? '').split('\n', MAX_LINES)) {
    const [address = '', ...names] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/)
    if (isIP(address) === 0) continue
    for (const name of names.map(plainName))
      hosts.set(name, [...(hosts.get(name) ?? []), address.toLowerCase()])
  }
  return hosts
}

const MAX_LINES = 10_000

/** /etc/hosts as it is now. */
export function systemHosts(): () => ReadonlyMap<string, readonly string[]> {
  return watchedFile('/etc/hosts', readHosts)
}
