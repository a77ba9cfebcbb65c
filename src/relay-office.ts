/** Wiring: relays, as a running server and a command without one use them. */
import type { Clock } from './base/clock.ts'
import { systemRandom } from './base/random.ts'
import type { Config } from './config/types.ts'
import type { RelayOffice } from './control/relay-commands.ts'
import { relayTester } from './control/relay-test.ts'
import type { Database } from './db/database.ts'
import type { DatabaseDirectory } from './directory/directory.ts'
import { Relays } from './directory/relays.ts'
import { Seals } from './directory/sealed.ts'
import type { Resolver } from './dns/resolver.ts'
import { systemResolver } from './dns/system.ts'
import { connect } from './smtp-client/connection.ts'

export interface RelayOfficeOptions {
  readonly config: Pick<Config, 'dataFolder' | 'hostName' | 'outgoing'>
  readonly database: Database
  readonly directory: DatabaseDirectory
  readonly clock: Clock
  /** Undefined: what /etc/resolv.conf names. */
  readonly resolver?: Resolver
}

export function openRelayOffice({
  config,
  database,
  directory,
  clock,
  resolver = systemResolver({
    ...{ clock, random: systemRandom },
    trusted: () => config.outgoing.trustedResolvers,
  }),
}: RelayOfficeOptions): RelayOffice & { readonly relays: Relays } {
  const relays = new Relays({
    database,
    clock,
    seals: new Seals(config.dataFolder),
    onChanged: () => directory.forgetAnswers(),
  })
  const testRelay = relayTester({
    connect,
    resolver,
    config,
    nowMs: () => clock.nowMs(),
  })
  return { relays, testRelay }
}
