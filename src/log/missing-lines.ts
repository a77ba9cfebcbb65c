import { createReadStream } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'

import { filesOfLog } from '../journal/log-names.ts'
import { headOf, type LogPosition } from './log-file.ts'

/**
 * The lines of these rows that the log does not hold after the mark, in the order of the rows,
 * without newlines. A line that stands in the rows twice must stand in the log twice.
 *
 * Without a mark, or when its file is gone, every file of the log is searched.
 */
export async function missingLines(
  rows: readonly { readonly lines: string }[],
  folder: string,
  mark: LogPosition | null,
): Promise<string[]> {
  const lines = rows.flatMap((row) => row.lines.split('\n').filter((line) => line !== ''))
  const wanted = new Map<string, number>()
  for (const line of lines) wanted.set(line, (wanted.get(line) ?? 0) + 1)
  const found = new Map<string, number>()
  for (const { path, offset } of await placesAfter(folder, mark))
    for await (const line of linesFrom(path, offset))
      if (wanted.has(line)) found.set(line, (found.get(line) ?? 0) + 1)
  return lines.filter((line) => {
    const times = found.get(line) ?? 0
    if (times > 0) found.set(line, times - 1)
    return times === 0
  })
}

interface Place {
  readonly path: string
  readonly offset: number
}

/** The rest of the marked file, and every file after it. */
async function placesAfter(folder: string, mark: LogPosition | null): Promise<readonly Place[]> {
  const files = filesOfLog('mainlog', await readdir(folder)).map((name) => join(folder, name))
  if (mark !== null)
    for (const [index, path] of files.entries()) {
      if (path.endsWith('.gz') || !(await isMarked(path, mark))) continue
      const after = files.slice(index + 1).map((later) => ({ path: later, offset: 0 }))
      return [{ path, offset: mark.offset }, ...after]
    }
  return files.map((path) => ({ path, offset: 0 }))
}

/** An inode number is given again to a later file, so the file's first line counts too. */
async function isMarked(path: string, mark: LogPosition): Promise<boolean> {
  await using file = await open(path, 'r')
  const { ino, size } = await file.stat()
  return ino === mark.inode && size >= mark.offset && (await headOf(file)) === mark.head
}

/** Whole lines; a torn last line is not given: it is cut off before the log is written again. */
async function* linesFrom(path: string, offset: number): AsyncGenerator<string> {
  const file = createReadStream(path, { start: offset })
  const octets = path.endsWith('.gz') ? file.compose(createGunzip()) : file
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of octets as AsyncIterable<Buffer>) {
    const whole = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = whole.lastIndexOf(NEWLINE)
    rest = whole.subarray(end + 1)
    if (end >= 0) yield* whole.toString('utf8', 0, end).split('\n')
  }
}

const NEWLINE = 0x0a
