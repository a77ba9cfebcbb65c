/** Logs that can be read only once, for commands that read them several times. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
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
 * in a file that nobody else may read, since it can be larger than the memory.
 */
export async function withSpooled<Result>(
  input: LogInput,
  use: (input: LogInput) => Promise<Result>,
): Promise<Result> {
  if (!input.sources.some(isReadOnce)) return await use(input)
  const folder = mkdtempSync(join(tmpdir(), 'waybill-'))
  try {
    const sources: LogSource[] = []
    for (const [index, source] of input.sources.entries())
      sources.push(isReadOnce(source) ? await spooled(source, join(folder, `${index}`)) : source)
    return await use({ ...input, sources })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function spooled(source: LogSource, path: string): Promise<LogSource> {
  const file = openSync(path, 'wx', 0o600)
  let sizeOctets = 0
  try {
    for await (const text of source.texts()) {
      const octets = octetsOfText(text)
      for (let at = 0; at < octets.length; ) at += writeSync(file, octets, at)
      sizeOctets += octets.length
    }
  } finally {
    closeSync(file)
  }
  return {
    ...source,
    ...{ plainFile: path, sizeOctets },
    async *texts() {
      yield* textsOfRange({ path, start: 0, end: sizeOctets }, 'utf8')
    },
  }
}
