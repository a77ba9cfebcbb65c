/** What stands on the disk where the index should be: nothing is touched that is not an index. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'

import { OperatorFault, systemCodeOf } from '../../base/faults.ts'

/** The index of a data folder. */
export const TRACE_FILE = 'trace.db'

/** The index cannot be here; the message is the whole sentence. */
export class IndexFault extends OperatorFault {
  override readonly name = 'IndexFault'
}

/** In the header of each index (`PRAGMA application_id`), as file(1) would show it: "WBTX". */
export const APPLICATION_ID = 0x57425458

/** What SQLite keeps beside it. */
export const SIDES = ['-wal', '-shm', '-journal'] as const

/** `nothing`: no file, or an empty one. */
export type Content = 'nothing' | 'index' | 'other'

/**
 * What the file is. Links are not followed: where others may write, one could lead anywhere.
 * @throws IndexFault when it is no plain file, or belongs neither to us nor to its folder's owner
 */
export function contentOf(file: string): Content {
  let handle: number
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === 'ENOENT') return 'nothing'
    if (code === 'ELOOP') throw new IndexFault(`${file} is a link, and no index: remove it`)
    throw error
  }
  try {
    requirePlain(file, fstatSync(handle))
    const head = Buffer.alloc(HEAD_OCTETS)
    const count = readSync(handle, head, 0, head.length, 0)
    if (count === 0) return 'nothing'
    const isDatabase = count === HEAD_OCTETS && head.toString('latin1', 0, 16) === MAGIC
    return isDatabase && head.readUInt32BE(ID_AT) === APPLICATION_ID ? 'index' : 'other'
  } finally {
    closeSync(handle)
  }
}

/** @throws IndexFault when something else stands where SQLite keeps its own */
export function requireSides(file: string): void {
  for (const side of SIDES) {
    const found = lstatSync(`${file}${side}`, { throwIfNoEntry: false })
    if (found !== undefined) requirePlain(`${file}${side}`, found)
  }
}

function requirePlain(path: string, found: Stats): void {
  if (!found.isFile())
    throw new IndexFault(`${path} is ${found.isDirectory() ? 'a folder' : 'no file'}, and no index`)
  const owners = [process.geteuid?.(), statSync(dirname(path)).uid]
  if (!owners.includes(found.uid))
    throw new IndexFault(`${path} belongs to another user than its folder: it is not used`)
}

/** The header of a database, https://sqlite.org/fileformat2.html §1.3. */
const MAGIC = 'SQLite format 3\0'
const ID_AT = 68
const HEAD_OCTETS = 100
