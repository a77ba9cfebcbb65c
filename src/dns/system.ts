import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { networkExchange } from './exchange.ts'
import { systemHosts } from './hosts-file.ts'
import type { Resolver } from './resolver.ts'
import { type DnsServer, systemServers } from './servers.ts'
import { stubResolver } from './stub.ts'

export interface SystemResolverOptions {
  readonly clock: Clock
  readonly random: Random
  /** Servers that check DNSSEC and are believed: addresses, perhaps with a port. Read at every question. */
  readonly trusted: () => readonly string[]
}

/** Asks the servers of /etc/resolv.conf; the `addresses` of a name may also stand in /etc/hosts. */
export function systemResolver({ clock, random, trusted }: SystemResolverOptions): Resolver {
  const exchange = networkExchange({ clock, random, timeoutMs: TIMEOUT_MS })
  return stubResolver({
    clock,
    exchange,
    servers: systemServers(trusted),
    hosts: systemHosts(),
  })
}

/** Asks this one server, and no other: to see whether it answers. */
export function serverResolver(
  server: DnsServer,
  { clock, random }: Pick<SystemResolverOptions, 'clock' | 'random'>,
): Resolver {
  const exchange = networkExchange({ clock, random, timeoutMs: TIMEOUT_MS })
  return stubResolver({ clock, exchange, servers: () => [server] })
}

/** How long one server may take for one question. */
const TIMEOUT_MS = 5000
