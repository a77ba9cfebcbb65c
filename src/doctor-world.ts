/** Wiring: what the checks of this server look at, on this machine. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { systemClock } from './base/clock.ts'
import { systemRandom } from './base/random.ts'
import type { LoadedConfig } from './config/load.ts'
import { askServer } from './control/client.ts'
import type { Status } from './control/commands.ts'
import { SqliteConnection } from './db/sqlite.ts'
import { systemResolver } from './dns/system.ts'
import type { Outside } from './doctor/outside.ts'
import { systemOutside } from './doctor/reach/system.ts'
import type { TestLogin, World } from './doctor/world.ts'
import { localZone } from './local-zone.ts'
import { type Office, openOffice } from './office.ts'
import { VERSION } from './version.ts'

export interface WorldOptions {
  /** What programs said that only root may run; asked first, while this still was root. */
  readonly asRoot?: Outside['run']
  readonly domain?: string | null
  readonly login?: TestLogin | null
}

/**
 * Opens what is there, for as long as it is used. Without a running server the folder is locked
 * only once a check asks for accounts or the queue.
 */
export async function openWorld(
  loaded: LoadedConfig,
  { asRoot = systemOutside.run, domain = null, login = null }: WorldOptions = {},
): Promise<World & AsyncDisposable> {
  const { dataFolder, outgoing } = loaded.config
  await using opening = new AsyncDisposableStack()
  const status = await statusOf(dataFolder)
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
    zone: localZone(),
    loaded,
    resolver: systemResolver({ clock: systemClock, random: systemRandom, trusted }),
    status,
    async ask(name, args) {
      office ??= openOffice(loaded.config, null)
      return await (await office).run(name, args)
    },
    store,
    version: VERSION,
    ...{ domain, login },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** Null when none answers: a server that hangs is as good as none, and a check says so. */
async function statusOf(dataFolder: string): Promise<Status | null> {
  const silence = new AbortController()
  const none = sleep(PATIENCE_MS, undefined, { signal: silence.signal }).catch(() => undefined)
  const answer = await Promise.race([askServer(dataFolder, 'status', {}), none])
  silence.abort()
  return answer === undefined ? null : (answer.result as Status)
}

const PATIENCE_MS = 3_000
