/** Files as they are; read, never changed. */
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readdirSync,
  readSync,
  statfsSync,
  statSync,
} from 'node:fs'

import { OperatorFault, systemCodeOf } from '../../base/faults.ts'
import type { Files } from '../outside.ts'

export const systemFiles: Files = {
  stat(path) {
    try {
      return statSync(path, { bigint: true })
    } catch (error) {
      if (NOTHING_THERE.has(systemCodeOf(error) ?? '')) return null
      throw error
    }
  },
  list: (folder) => readdirSync(folder, { withFileTypes: true }),
  read(path, maxOctets) {
    // Some devices do something as soon as they are opened.
    if (!statSync(path).isFile()) throw new OperatorFault(`${path} is no ordinary file`)
    // Not blocking: a pipe that came meanwhile, and nobody writes to, would hold up everything.
    const handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const octets = Buffer.alloc(maxOctets)
      let length = 0
      while (length < maxOctets) {
        const count = readSync(handle, octets, length, maxOctets - length, null)
        if (count === 0) break
        length += count
      }
      return octets.subarray(0, length)
    } finally {
      closeSync(handle)
    }
  },
  mayRead(path) {
    try {
      accessSync(path, constants.R_OK)
      return true
    } catch {
      return false
    }
  },
  space(path) {
    const { bsize, blocks, bavail, files, ffree } = statfsSync(path)
    const [totalOctets, freeOctets] = [blocks * bsize, bavail * bsize]
    return { totalOctets, freeOctets, totalInodes: files, freeInodes: ffree }
  },
}

/** The files below another root, as a server in it sees them. Absolute links are not followed there. */
export function filesBelow(root: string, files: Files = systemFiles): Files {
  const below = (path: string) => (root === '/' ? path : `${root.replace(/\/+$/, '')}${path}`)
  return {
    stat: (path) => files.stat(below(path)),
    list: (folder) => files.list(below(folder)),
    read: (path, maxOctets) => files.read(below(path), maxOctets),
    mayRead: (path) => files.mayRead(below(path)),
    space: (path) => files.space(below(path)),
  }
}

/** The last: links that lead to each other, and so nowhere. */
const NOTHING_THERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP'])
