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
import { Routing, tryNow } from './queue/routing.ts'
import type { DestinationName } from './queue/types.ts'
import { connect } from './smtp-client/connection.ts'

export interface RelayOfficeOptions {
  readonly config: Pick<Config, 'dataFolder' | 'hostName' | 'outgoing'>
  readonly database: Database
  readonly directory: DatabaseDirectory
  readonly clock: Clock
  /** Undefined: what /etc/resolv.conf names. */
  readonly resolver?: Resolver
  /** Something waits that can be tried now. */
  readonly wake?: (destinations: readonly DestinationName[]) => void
  /** Of work that nobody waits for: why it failed. */
  readonly report: (text: string) => void
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
  wake = () => {},
  report,
}: RelayOfficeOptions): RelayOffice & { readonly relays: Relays; readonly routing: Routing } {
  const relays = new Relays({
    database,
    clock,
    seals: new Seals(config.dataFolder),
    onChanged: async (name) => {
      directory.forgetAnswers()
      const destination = `relay:${name}` as DestinationName
      // With another password, what waits for it need not wait for the next try of its plan.
      await tryNow(database, destination, clock)
      wake([destination])
    },
  })
  const testRelay = relayTester({
    connect,
    resolver,
    config,
    nowMs: () => clock.nowMs(),
  })
  const wayNow = (address: string, inNameOf: string | null) => directory.wayNow(address, inNameOf)
  const routing = new Routing({ database, clock, wayNow, wake, report })
  return { relays, routing, testRelay }
}
