import { statSync } from 'node:fs'
import { join } from 'node:path'

import { messageOf, systemCodeOf } from '../base/faults.ts'
import type { Steps } from '../db/statement.ts'
import { listDkimKeys } from './dkim-entries.ts'
import { dkimPurpose } from './dkim-keys.ts'
import { listRelays } from './relay-entries.ts'
import { relayPurpose } from './relays.ts'
import { KEY_FILE, Seals } from './sealed.ts'

interface Readable {
  read<Result>(steps: Steps<Result>): Result
}

/**
 * Proves that every secret in the database opens with the key file, and that the file is its
 * owner's alone. Reads only.
 * @returns a sentence for each that is not so
 */
export function checkSecrets(database: Readable, dataFolder: string): readonly string[] {
  const mode = modeOf(join(dataFolder, KEY_FILE))
  const shut = openSecrets(database, dataFolder)
  if ((mode & 0o077) === 0) return shut
  return [...shut, `others may read the key file (mode ${mode.toString(8)}): run chmod 600 on it`]
}

/** As {@link checkSecrets}, whoever else may read the key file. */
export function openSecrets(database: Readable, dataFolder: string): readonly string[] {
  const seals = new Seals(dataFolder)
  const sealed = [
    ...database
      .read(listRelays())
      .map(({ name, sealedPassword }) => [relayPurpose(name), sealedPassword] as const),
    ...database
      .read(listDkimKeys(null))
      .map(
        ({ domain, selector, sealedKey }) => [dkimPurpose(domain, selector), sealedKey] as const,
      ),
  ]
  const wrong = new Set<string>()
  for (const [purpose, octets] of sealed)
    try {
      // Empty: a key that was retired.
      if (octets !== null && octets.length > 0) seals.open(purpose, octets).fill(0)
    } catch (error) {
      wrong.add(messageOf(error))
    }
  return [...wrong]
}

/** 0: there is none, or links that lead to each other. */
function modeOf(path: string): number {
  try {
    return (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777
  } catch (error) {
    if (systemCodeOf(error) === 'ELOOP') return 0
    throw error
  }
}
