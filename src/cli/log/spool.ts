/** Logs that can be read only once, for commands that read them several times. */
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { octetsOfText } from '../../base/utf8.ts'
import { textsOfRange } from '../../trace/source/ranges.ts'
import type { LogInput, LogSource } from '../../trace/source/source.ts'

/** Standard input, or a pipe. */
export function isReadOnce({ plainFile, sizeOctets, textsWith }: LogSource): boolean {
  return plainFile === null && sizeOctets === null && textsWith === undefined
}

/**
 * Gives `use` the same logs, all of which can be read again: what comes by a pipe is kept meanwhile
 * in a file that nobody else may read, since it can be larger than the memory. The file has no name
 * any more where a system lets open files be read by their numbers: then nothing can leave it behind.
 */
export async function withSpooled<Result>(
  input: LogInput,
  use: (input: LogInput) => Promise<Result>,
): Promise<Result> {
  if (!input.sources.some(isReadOnce)) return await use(input)
  const folder = mkdtempSync(join(tmpdir(), 'waybill-'))
  const files: number[] = []
  try {
    const paths = input.sources.map((source, index) => {
      if (!isReadOnce(source)) return null
      const path = join(folder, `${index}`)
      const file = openSync(path, 'wx+', 0o600)
      files.push(file)
      return { file, path }
    })
    const byNumber = files.every((file) => existsSync(`${OPEN_FILES}/${file}`))
    if (byNumber) rmSync(folder, { recursive: true, force: true })
    const sources: LogSource[] = []
    for (const [index, source] of input.sources.entries()) {
      const spool = paths[index] ?? null
      if (spool === null) sources.push(source)
      else {
        const path = byNumber ? `${OPEN_FILES}/${spool.file}` : spool.path
        sources.push(await spooled(source, spool.file, path))
      }
    }
    return await use({ ...input, sources })
  } finally {
    for (const file of files) closeSync(file)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Linux: to open one gives the file again, from its start, even when it was removed. */
const OPEN_FILES = '/proc/self/fd'

/** @param path  by which the open file can be read again */
async function spooled(source: LogSource, file: number, path: string): Promise<LogSource> {
  let sizeOctets = 0
  for await (const text of source.texts()) {
    const octets = octetsOfText(text)
    for (let at = 0; at < octets.length; ) at += writeSync(file, octets, at)
    sizeOctets += octets.length
  }
  return {
    ...source,
    ...{ plainFile: path, sizeOctets },
    async *texts() {
      yield* textsOfRange({ path, start: 0, end: sizeOctets }, 'utf8')
    },
  }
}
