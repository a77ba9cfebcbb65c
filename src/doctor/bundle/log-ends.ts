/** The ends of our logs. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'

import { systemReason } from '../../base/faults.ts'
import { linesWithoutProbes } from '../probe-lines.ts'

export interface LogEnd {
  readonly name: string
  /** Oldest first; or why there are none. */
  readonly lines: readonly string[]
}

/** Without the doctor's own sessions, so far as they are in them. Never throws. */
export function logEndsOf(dataFolder: string): readonly LogEnd[] {
  return LOGS.flatMap(([name, most]) => {
    const lines = lastLinesOf(join(dataFolder, 'log', name))
    return lines === null ? [] : [{ name, lines: linesWithoutProbes(lines).slice(-most) }]
  })
}

/** Null: there is no such file. */
function lastLinesOf(path: string): readonly string[] | null {
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
      return lines
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    return [`cannot be read: ${systemReason(error)}`]
  }
}

/** rejectlog repeats what is in mainlog, with headers that strangers wrote. */
const LOGS = [
  ['mainlog', 2000],
  ['authlog', 500],
  ['paniclog', 200],
] as const
const MOST_OCTETS = 1_048_576
