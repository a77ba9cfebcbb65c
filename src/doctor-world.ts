/** Wiring: what the checks of this server look at, on this machine. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { systemClock } from './base/clock.ts'
import { systemRandom } from './base/random.ts'
import type { LoadedConfig } from './config/load.ts'
import { askServer } from './control/client.ts'
import type { Status } from './control/commands.ts'
import { SqliteConnection } from './db/sqlite.ts'
import { systemResolver } from './dns/system.ts'
import type { Outside } from './doctor/outside.ts'
import { systemOutside } from './doctor/reach/system.ts'
import type { World } from './doctor/world.ts'
import { type Office, openOffice } from './office.ts'

/**
 * Opens what is there, for as long as it is used. Without a running server the folder is locked
 * only once a check asks for accounts or the queue.
 * @param asRoot  what programs said that only root may run; asked first, while this still was root
 */
export async function openWorld(
  loaded: LoadedConfig,
  asRoot: Outside['run'] = systemOutside.run,
): Promise<World & AsyncDisposable> {
  const { dataFolder, outgoing } = loaded.config
  await using opening = new AsyncDisposableStack()
  const answer = await askServer(dataFolder, 'status', {})
  const file = join(dataFolder, 'mail.db')
  const store = existsSync(file)
    ? opening.use(new SqliteConnection(file, { readOnly: true }))
    : null
  let office: Promise<Office> | null = null
  opening.defer(async () => await (await office)?.[Symbol.asyncDispose]())
  const trusted = () => outgoing.trustedResolvers
  const open = opening.move()
  return {
    ...systemOutside,
    run: asRoot,
    clock: systemClock,
    loaded,
    resolver: systemResolver({ clock: systemClock, random: systemRandom, trusted }),
    status: answer === undefined ? null : (answer.result as Status),
    async ask(name, args) {
      office ??= openOffice(loaded.config, null)
      return await (await office).run(name, args)
    },
    store,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}
