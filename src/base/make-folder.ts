import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

import { OperatorFault, systemCodeOf, systemReason } from './faults.ts'

/** A folder cannot be made or used; the message names it and says why. */
export class FolderFault extends OperatorFault {
  override readonly name = 'FolderFault'
}

/**
 * Makes a folder, private to its owner, and those above it that are missing. One by one: asked to
 * make them all, Node never returns where the system will not have them, as below /proc.
 * @throws FolderFault
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return
  const parent = dirname(path)
  if (parent !== path) makeFolder(parent)
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST' && isFolder(path)) return
    // Where no file can be made, some systems say that the folder is not there.
    const why = systemCodeOf(error) === 'ENOENT' ? 'nothing can be made there' : systemReason(error)
    throw new FolderFault(`the folder ${path} cannot be made: ${why}`)
  }
}

function isFolder(path: string): boolean {
  try {
    if (statSync(path).isDirectory()) return true
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return false
    throw new FolderFault(`the folder ${path} cannot be used: ${systemReason(error)}`)
  }
  throw new FolderFault(`${path} is a file, and a folder is needed`)
}
