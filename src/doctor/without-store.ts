/** Why the database was not looked at: `World.store` is null. */
import { join } from 'node:path'

import { skipped } from './findings.ts'
import type { Check, Finding } from './types.ts'
import type { World } from './world.ts'

type Around = Pick<World, 'files' | 'loaded' | 'status'>

export function withoutStore(check: Pick<Check<never>, 'id'>, world: Around): Finding {
  return skipped(check, whyNot(world))
}

function whyNot({ files, loaded, status }: Around): string {
  const size = files.stat(join(loaded.config.dataFolder, 'mail.db'))?.size ?? 0n
  if (size === 0n)
    return status === null
      ? 'there is no database in the data folder yet: start the server once'
      : 'the server runs, and its database is gone: see storage.integrity'
  return status === null
    ? 'the database is damaged (see storage.integrity), or of another version: the next start brings an older one up to date'
    : 'the database is damaged (see storage.integrity), or of another version than this program (see services.version)'
}
