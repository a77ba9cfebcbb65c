/**
 * Wiring for commands that change accounts: through the running server when there is one, on the
 * data folder itself when there is none.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { alertDesk } from './alerts/desk.ts'
import { systemClock } from './base/clock.ts'
import type { Config } from './config/types.ts'
import { askServer, EndedServer } from './control/client.ts'
import {
  type Administration,
  type CommandName,
  type Commands,
  runCommand,
} from './control/commands.ts'
import { FolderInUse, lockFolder } from './control/lock.ts'
import { openDatabaseInline } from './db/database.ts'
import { SentPace } from './delivery/sent-pace.ts'
import { openDirectory } from './directory/directory.ts'
import { DkimKeys } from './directory/dkim-keys.ts'
import { Seals } from './directory/sealed.ts'
import { MIGRATIONS } from './migrations.ts'
import { openFolderQueue } from './queue-office.ts'
import { openRelayOffice } from './relay-office.ts'
import { remembering } from './remembering.ts'
import { isNameOf } from './smtp-client/ourselves.ts'
import { BlobFolder } from './store/blob-folder.ts'
import { addAccount, removeAccount, writes } from './writes.ts'

export interface Office extends AsyncDisposable {
  /** @throws Refusal, or ControlFault from a running server */
  run<Name extends CommandName>(
    name: Name,
    args: Commands[Name]['args'],
  ): Promise<Commands[Name]['result']>
}

/**
 * @param config  of the data folder; the running server has its own
 * @throws FolderInUse when the folder stays locked and nobody answers
 */
export async function openOffice(config: Config, catchOutside: string | null): Promise<Office> {
  const giveUpMs = systemClock.monotonicMs() + PATIENCE_MS
  for (;;) {
    if ((await askServer(config.dataFolder, 'status', {})) !== undefined) return remote(config)
    try {
      return await local(config, catchOutside)
    } catch (error) {
      // A server that is starting or stopping holds the folder and does not answer.
      if (!(error instanceof FolderInUse) || systemClock.monotonicMs() > giveUpMs) throw error
      await sleep(100)
    }
  }
}

function remote({ dataFolder }: Config): Office {
  return {
    async run(name, args) {
      const answer = await askServer(dataFolder, name, args)
      if (answer === undefined) throw new EndedServer(dataFolder)
      return answer.result as Commands[typeof name]['result']
    },
    async [Symbol.asyncDispose]() {},
  }
}

async function local(config: Config, catchOutside: string | null): Promise<Office> {
  await using opening = new AsyncDisposableStack()
  opening.use(lockFolder(config.dataFolder))
  const blobs = new BlobFolder(config.dataFolder)
  await blobs.open()
  const file = join(config.dataFolder, 'mail.db')
  const database = opening.use(openDatabaseInline({ file, migrations: MIGRATIONS, writes }))
  const unwanted: string[] = []
  const directory = await openDirectory({
    database,
    clock: systemClock,
    limits: config.limits.auth,
    catchOutside,
    isThisServer: (domain) => isNameOf(config.hostName, domain),
    addAccount,
    removeAccount,
    onRemoved: ({ files }) => void unwanted.push(...files),
  })
  opening.defer(async () => {
    for (const name of unwanted) await blobs.remove(name)
  })
  const report = (text: string) => void process.stderr.write(`waybill: warning: ${text}\n`)
  const office = openRelayOffice({ config, database, directory, clock: systemClock, report })
  const seals = new Seals(config.dataFolder)
  const dkim = new DkimKeys({ database, clock: systemClock, seals })
  const waiting = openFolderQueue({
    ...{ config, catchOutside, clock: systemClock, database, blobs, directory, dkim },
    relays: () => office.relays.relays(),
  })
  const administration: Administration = {
    ...{ directory, dkim, ...waiting, ...office },
    alerts: alertDesk({ database, clock: systemClock, watch: undefined }),
    outbound: new SentPace({ database, clock: systemClock, limits: config.limits }),
    remember: remembering(database, systemClock),
    server: undefined,
  }
  const open = opening.move()
  return {
    run: (name, args) => runCommand(administration, name, args),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

const PATIENCE_MS = 5000
