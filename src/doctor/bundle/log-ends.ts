import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

import { systemReason } from '../../base/faults.ts'

/** The last lines of a log, oldest first; null: there is no such file. Never throws. */
export function lastLinesOf(path: string, most: number): readonly string[] | null {
  try {
    const file = openSync(path, 'r')
    try {
      const size = fstatSync(file).size
      const from = Math.max(0, size - MOST_OCTETS)
      const octets = Buffer.alloc(size - from)
      const read = readSync(file, octets, 0, octets.length, from)
      const lines = octets.subarray(0, read).toString('utf8').split('\n')
      // The first one may be cut, the last one is what follows the last line's end.
      if (from > 0) lines.shift()
      if (lines.at(-1) === '') lines.pop()
      return lines.slice(-most)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    return [`cannot be read: ${systemReason(error)}`]
  }
}

const MOST_OCTETS = 1_048_576
