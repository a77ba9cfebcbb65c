/** Leaves mail in the drop folder, for users who may not open the data folder. */
import { randomBytes } from 'node:crypto'
import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writevSync } from 'node:fs'
import { join } from 'node:path'

import { systemCodeOf, systemReason } from '../../base/faults.ts'
import { FolderFault } from '../../base/make-folder.ts'
import { type DropEnvelope, dropHead, UNFINISHED } from '../../control/drop-file.ts'
import { DropFault } from './exits.ts'

/**
 * Returns when the message is on stable storage under its final name.
 * @param folder  null: users may not send
 * @throws FolderFault when they may not, DropFault when it did not work this time
 */
export function leaveInDrop(
  folder: string | null,
  envelope: DropEnvelope,
  octets: Uint8Array,
): void {
  if (folder === null)
    throw new FolderFault('only root may send here (sendmail.users); log in on port 587')
  const name = randomBytes(16).toString('hex')
  const unfinished = join(folder, UNFINISHED + name)
  try {
    const file = openSync(unfinished, 'wx', 0o600)
    try {
      writeAll(file, [Buffer.from(dropHead(envelope, octets.length)), octets])
      // The server is another user. Nobody else can find it: the name is a secret, the folder not read.
      fchmodSync(file, 0o644)
      fsyncSync(file)
      renameSync(unfinished, join(folder, name))
      // Its new name too: who may not read a folder cannot sync it.
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    takeBack(unfinished)
    throw new DropFault(sentenceOf(folder, error), { cause: error })
  }
}

function takeBack(unfinished: string): void {
  try {
    rmSync(unfinished, { force: true })
  } catch {
    // What was not there, or cannot be taken away, is the server's to remove after a day.
  }
}

/** On a disk that is nearly full a write may take a part, and only the next one fails. */
function writeAll(file: number, pieces: readonly Uint8Array[]): void {
  for (const piece of pieces)
    for (let at = 0; at < piece.length; ) at += writevSync(file, [piece.subarray(at)])
}

function sentenceOf(folder: string, error: unknown): string {
  const why = `mail cannot be left in ${folder}: ${systemReason(error)}`
  const isMissing = ['ENOENT', 'EACCES'].includes(systemCodeOf(error) ?? '')
  return isMissing ? `${why}; \`waybill serve\` makes it at its start` : why
}
