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
import { runDestination } from './queue/steer.ts'
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
}: RelayOfficeOptions): RelayOffice & { readonly relays: Relays } {
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
  return { relays, testRelay }
}

async function tryNow(
  database: Pick<Database, 'write'>,
  destination: DestinationName,
  clock: Clock,
): Promise<void> {
  const args = { destination, nowMs: clock.nowMs(), limit: AT_ONCE }
  while ((await database.write(runDestination, args)) === AT_ONCE);
}

/** Recipients in one write: it holds up all others. */
const AT_ONCE = 1000
