/** Wiring: relays, as a running server and a command without one use them. */
import type { Clock } from './base/clock.ts'
import { Refusal } from './base/faults.ts'
import { systemRandom } from './base/random.ts'
import type { Config } from './config/types.ts'
import type { RelayOffice } from './control/relay-commands.ts'
import { relayTester } from './control/relay-test.ts'
import type { Database } from './db/database.ts'
import type { DatabaseDirectory } from './directory/directory.ts'
import { Relays } from './directory/relays.ts'
import { Seals } from './directory/sealed.ts'
import { systemResolver } from './dns/system.ts'

export interface RelayOfficeOptions {
  readonly config: Pick<Config, 'dataFolder' | 'hostName' | 'outgoing'>
  readonly database: Database
  readonly directory: DatabaseDirectory
  readonly clock: Clock
}

export function openRelayOffice({
  config,
  database,
  directory,
  clock,
}: RelayOfficeOptions): RelayOffice & { readonly relays: Relays } {
  const relays = new Relays({
    database,
    clock,
    seals: new Seals(config.dataFolder),
    onChanged: () => directory.forgetAnswers(),
  })
  const trusted = () => config.outgoing.trustedResolvers
  const resolver = systemResolver({ clock, random: systemRandom, trusted })
  const testRelay = relayTester({
    connect: async () => {
      throw new Refusal('notFound', 'this server cannot connect to others yet')
    },
    resolver,
    config,
    nowMs: () => clock.nowMs(),
  })
  return { relays, testRelay }
}
