/**
 * The drop folder: where users of this machine who may not open the data folder leave their mail.
 * Its mode is 1733: everybody can put a file there, nobody but the server can see which are there,
 * and nobody can take away another's. No program has to run with more rights than its user's.
 */
import { chmodSync, chownSync, lstatSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

import { systemCodeOf, systemReason } from '../base/faults.ts'
import { FolderFault, makeFolder } from '../base/make-folder.ts'
import type { Config } from '../config/types.ts'

/** Null: users may not send so. */
export function dropFolderOf({
  sendmail,
  dataFolder,
}: Pick<Config, 'sendmail' | 'dataFolder'>): string | null {
  return sendmail.users ? (sendmail.dropFolder ?? `${dataFolder}-drop`) : null
}

export interface Owner {
  readonly userId: number
  readonly groupId: number
}

/**
 * Makes it, or gives one that is there its mode.
 * @param owner  whom the server will be; undefined: it is who runs this
 * @throws FolderFault
 */
export function makeDropFolder(path: string, owner?: Owner): void {
  makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
    if (owner !== undefined) chownSync(path, owner.userId, owner.groupId)
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST')
      throw new FolderFault(`the folder ${path} cannot be made: ${systemReason(error)}`)
  }
  const stat = lstatSync(path)
  if (!stat.isDirectory()) throw new FolderFault(`${path} is not a folder`)
  // Only its owner can take away the files of others.
  if (stat.uid !== (owner?.userId ?? process.getuid?.()))
    throw new FolderFault(`the folder ${path} belongs to another user than the server's: chown it`)
  chmodSync(path, DROP_MODE)
}

const DROP_MODE = 0o1733

/** The first folder above, from the root, that others cannot go through; null: they can reach it. */
export function barrierAbove(path: string): string | null {
  const parent = dirname(path)
  if (parent === path) return null
  return barrierAbove(parent) ?? ((statSync(parent).mode & 0o001) === 0 ? parent : null)
}
