/** The index of this server's log, brought up to date by whoever asks. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { DAY_MS } from '../../base/durations.ts'
import { messageOf } from '../../base/faults.ts'
import type { Config } from '../../config/types.ts'
import type { SqliteConnection } from '../../db/sqlite.ts'
import { localZone } from '../../local-zone.ts'
import {
  indexSources,
  type IndexedSource,
  type IndexRange,
} from '../../trace/index/index-source.ts'
import { ingestFolder, type IngestOptions } from '../../trace/index/ingest.ts'
import { type IndexPlace, moveAside, withTraceIndex } from '../../trace/index/open.ts'
import { isDamagedIndex } from '../../trace/index/packing.ts'
import { TRACE_FILE } from '../../trace/index/place.ts'
import { sizeWords } from '../../trace/words.ts'
import type { Cli } from '../cli.ts'
import { MendedFault } from '../faults.ts'
import { runFilter } from './filter-program.ts'

/**
 * The lines of the server's main log and logins, all that the index keeps. Null when the index
 * cannot be used, which is told: then the log files are to be read. Reading them throws MendedFault
 * when damage comes to light: the index is out of the way then.
 */
export async function ownIndex(
  cli: Cli,
  { dataFolder, log }: Config,
  range: Omit<IndexRange, 'zone'>,
): Promise<IndexedSource[] | null> {
  const file = join(dataFolder, TRACE_FILE)
  const place = { file, isOwn: true }
  const report = (text: string) => cli.errors.write(`waybill: ${text}\n`)
  try {
    await withTraceIndex(place, report, async (connection) => {
      const options = ingestOptions(cli, log.traceDays)
      await catchUp(cli, connection, join(dataFolder, 'log'), options)
    })
    const sources = indexSources(file, { ...range, zone: localZone() })
    return sources.map((source) => watched(source, place))
  } catch (error) {
    report(`the index ${file} cannot be used, the log files are read: ${messageOf(error)}`)
    return null
  }
}

function watched(source: IndexedSource, place: IndexPlace): IndexedSource {
  return {
    ...source,
    texts: () => orMoveAside(source.texts(), place),
    textsWith: (words) => orMoveAside(source.textsWith(words), place),
  }
}

async function* orMoveAside(
  texts: AsyncIterable<string>,
  place: IndexPlace,
): AsyncGenerator<string> {
  try {
    yield* texts
  } catch (error) {
    if (!isDamagedIndex(error)) throw error
    throw new MendedFault(`${moveAside(place)}, and made again from the log`)
  }
}

async function catchUp(
  cli: Cli,
  connection: SqliteConnection,
  folder: string,
  options: IngestOptions,
): Promise<void> {
  // Without one, the index is of other logs that were taken into it.
  if (!existsSync(folder)) return
  await ingestFolder(connection, folder, options)
  clearProgress(cli)
}

/** @param keepDays  0 keeps for ever */
export function ingestOptions(cli: Cli, keepDays: number): IngestOptions {
  return {
    format: 'auto',
    zone: localZone(),
    run: runFilter,
    keepFromMs: keepFrom(keepDays),
    onProgress: (path, taken) => {
      if (cli.errors.columns === undefined) return // nobody watches
      const text = `${path}: ${sizeWords(taken)} taken`
      cli.errors.write(`\r\x1b[K${text.slice(0, cli.errors.columns - 1)}`)
    },
  }
}

export function clearProgress({ errors }: Cli): void {
  if (errors.columns !== undefined) errors.write('\r\x1b[K')
}

/** The time before which lines are too old. */
export function keepFrom(keepDays: number): number {
  return keepDays === 0 ? Number.NEGATIVE_INFINITY : Date.now() - keepDays * DAY_MS
}
