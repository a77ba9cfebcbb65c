/** Takes the lines of log files into the index, from where it stopped. */
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { DAY_MS } from '../../base/durations.ts'
import { systemCodeOf } from '../../base/faults.ts'
import type { SqliteConnection } from '../../db/sqlite.ts'
import { filesOfLog, LOG_NAMES } from '../../journal/log-names.ts'
import { type LogFormat, logReader } from '../../journal/reader.ts'
import type { Zone } from '../../journal/zone.ts'
import type { RunFilter } from '../source/unpack.ts'
import { cutBlocks } from './blocks.ts'
import { fileByInode, filesByPath, rememberFile } from './files.ts'
import { headHashOf, identify } from './identify.ts'
import { endOfUnknown, type Lines, othersState, passKnown } from './known-lines.ts'
import { type OctetsFile, openOctets } from './octets-file.ts'
import { fillPostings } from './postings.ts'
import { indexedLogOf, kindOfLog } from './schema.ts'
import {
  addBlocks,
  openTail,
  packBlocks,
  readSource,
  type SourceState,
  sourceHasHead,
} from './sources.ts'
import { WholeLines } from './whole-lines.ts'

export interface IngestOptions {
  readonly format: LogFormat | 'auto'
  readonly zone: Zone
  readonly run: RunFilter
  /** Lines before it are counted, and not kept. Minus infinity keeps all. */
  readonly keepFromMs: number
  /** Stops between two pieces. */
  readonly signal?: AbortSignal
  /** Told after every piece how much of a file is taken; `sizeOctets` is that of the file as stored. */
  readonly onProgress?: (path: string, takenOctets: number, sizeOctets: number) => void
}

export interface IngestReport {
  readonly files: number
  /** Lines taken now. */
  readonly lines: number
  /** Lines of the same files that were there before. */
  readonly known: number
  /** Of the lines taken now, those that no rule knows. */
  readonly unknown: number
  /** Of the lines taken now, those that are too old to be kept. */
  readonly old: number
  /** Files that end in a line without its end: it is taken when it is whole. */
  readonly unfinished: readonly string[]
  /** Files whose former content was not found again, after rotation: its last lines may be missing. */
  readonly lost: readonly string[]
}

/**
 * Takes files in this order. A file that was rotated since it was read last is looked for beside it
 * and finished first, with those that came between.
 * @throws system errors and LogFault for a file that cannot be read; SQLite's when the disk is full.
 *   What was taken until then is kept, and the next call goes on after it.
 */
export async function ingestFiles(
  connection: SqliteConnection,
  paths: readonly string[],
  options: IngestOptions,
): Promise<IngestReport> {
  const report = new Report()
  for (const path of paths) {
    if (options.signal?.aborted) break
    const { found, isLost } = await rotatedSince(connection, path, options.run)
    if (isLost) report.lost.push(path)
    for (const earlier of found) await ingestIfThere(connection, earlier, options, report)
    // Between rotation and the next line there is no file of this name.
    if (found.length > 0) await ingestIfThere(connection, path, options, report)
    else await ingestFile(connection, path, options, report)
  }
  return report
}

/**
 * Takes the logs of a server's log folder. Goes over it again when a file was rotated meanwhile.
 * @throws as {@link ingestFiles}
 */
export async function ingestFolder(
  connection: SqliteConnection,
  folder: string,
  options: IngestOptions,
): Promise<IngestReport> {
  let names = await namesIn(folder)
  for (let round = 1; ; round++) {
    const report = new Report()
    for (const name of names) await ingestIfThere(connection, join(folder, name), options, report)
    const now = await namesIn(folder)
    if (round === MOST_ROUNDS || now.join() === names.join()) return report
    names = now
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return LOG_NAMES.flatMap((log) => filesOfLog(log, names))
}

class Report implements IngestReport {
  readonly paths = new Set<string>()
  lines = 0
  known = 0
  unknown = 0
  old = 0
  readonly unfinished: string[] = []
  readonly lost: string[] = []

  get files(): number {
    return this.paths.size
  }
}

/** Rotation may rename or remove a file between two looks; the next look finds it. */
async function ingestIfThere(
  connection: SqliteConnection,
  path: string,
  options: IngestOptions,
  report: Report,
): Promise<void> {
  try {
    await ingestFile(connection, path, options, report)
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error
  }
}

async function ingestFile(
  connection: SqliteConnection,
  path: string,
  options: IngestOptions,
  report: Report,
): Promise<void> {
  if (options.signal?.aborted) return
  await using file = await openOctets(path, options.run)
  report.paths.add(path)
  const { device, inode, sizeOctets, changedMs } = file
  const seen = connection.run(fileByInode(device, inode))
  if (seen?.sizeOctets === sizeOctets && seen.changedMs === changedMs) {
    const source = connection.run(readSource(seen.sourceId))
    if (source !== undefined) {
      if (seen.path !== path) connection.transact('write', rememberFile({ ...seen, path }))
      report.known += source.lines
      return
    }
  }
  const before = await identify(connection, file, indexedLogOf(path))
  if (before === null) {
    if (sizeOctets > 0) report.unfinished.push(path)
    return
  }
  report.known += before.lines
  const after = await takeLines(connection, file, before, options, report)
  if (options.signal?.aborted) return
  const row = { device, inode, path, sizeOctets, changedMs, sourceId: after.id }
  connection.transact('write', rememberFile(row))
}

/** Takes everything whole that the file has now. */
async function takeLines(
  connection: SqliteConnection,
  file: OctetsFile,
  before: SourceState,
  options: IngestOptions,
  report: Report,
): Promise<SourceState> {
  let source = before
  const lines = new WholeLines(file)
  const where = linesOf(file, options)
  while (!options.signal?.aborted) {
    const others = connection.run(othersState(source.id, where.log))
    const had = source.lines
    const passed = await passKnown(connection, where, source)
    source = passed ?? connection.run(readSource(source.id)) ?? source
    report.known += source.lines - had
    const read = await lines.read(source.offset)
    if (read.length === 0) {
      if (lines.isTorn) report.unfinished.push(file.path)
      break
    }
    const octets = read.subarray(0, endOfUnknown(connection, where, source, read))
    const taken = take(connection, file, { source, others }, octets, options, report)
    const next = taken ?? connection.run(readSource(source.id))
    if (next === undefined) break // forgotten by another process; the next call begins anew
    source = next
    options.onProgress?.(file.path, source.offset, file.sizeOctets)
    await nextTurn()
  }
  return source
}

function linesOf(file: OctetsFile, { format, zone }: IngestOptions): Lines {
  const log = indexedLogOf(file.path)
  const reader = () =>
    logReader({
      ...{ format, zone, latestMs: file.changedMs + DAY_MS },
      log: kindOfLog(log),
    })
  return { file, log, reader }
}

/** What was known when the lines were read. */
interface Before {
  readonly source: SourceState
  readonly others: string
}

/** Undefined when another process was faster, with these lines or with any. */
function take(
  connection: SqliteConnection,
  file: OctetsFile,
  { source, others }: Before,
  added: Buffer,
  options: IngestOptions,
  report: Report,
): SourceState | undefined {
  const tail = openTail(source)
  const octets = tail === null ? added : Buffer.concat([tail.octets, added])
  const blocks = cutBlocks(octets, linesOf(file, options).reader())
  const packed = packBlocks(octets, blocks, options.keepFromMs)
  const state = connection.transact('write', addUnlessChanged())
  if (state === undefined) return undefined
  report.lines += state.lines - source.lines
  report.unknown += state.unknown - source.unknown
  for (const [index, { lines }] of blocks.entries()) if (packed[index] === null) report.old += lines
  while (connection.transact('write', fillPostings()));
  return state

  function* addUnlessChanged() {
    const now = yield* othersState(source.id, indexedLogOf(file.path))
    if (now !== others) return undefined
    return yield* addBlocks({ source, octets, blocks, packed, changedMs: file.changedMs })
  }
}

interface Rotated {
  /** Oldest first. */
  readonly found: readonly string[]
  /** The path held something else before, and that is nowhere beside it. */
  readonly isLost: boolean
}

/** Where the former content of a path is now: `mainlog` → `mainlog.1`, and what came after it. */
async function rotatedSince(
  connection: SqliteConnection,
  path: string,
  run: RunFilter,
): Promise<Rotated> {
  const [former] = connection.run(filesByPath(path))
  if (former === undefined) return { found: [], isLost: false }
  const holdsFormer = async (file: OctetsFile) => {
    const head = await headHashOf(file)
    return head !== null && connection.run(sourceHasHead(former.sourceId, head))
  }
  {
    await using file = await openIfThere(path, run)
    const isSame = file?.inode === former.inode && file.device === former.device
    if (file !== undefined && isSame && (await holdsFormer(file)))
      return { found: [], isLost: false }
  }
  const beside = await filesBeside(path)
  for (const { path: other, changedMs } of beside) {
    await using file = await openIfThere(other, run)
    if (file === undefined || !(await holdsFormer(file))) continue
    // Those that came between are not older: clocks of file systems go in steps.
    const later = beside.filter((one) => one.path !== other && one.changedMs >= changedMs)
    return { found: [other, ...later.map((one) => one.path)], isLost: false }
  }
  return { found: [], isLost: true }
}

async function openIfThere(path: string, run: RunFilter): Promise<OctetsFile | undefined> {
  try {
    return await openOctets(path, run)
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Rotated files of this one, `mainlog.1`, `maillog-20261121.gz`, the one changed first first. */
async function filesBeside(path: string): Promise<{ path: string; changedMs: number }[]> {
  const name = basename(path)
  const beside: { path: string; changedMs: number }[] = []
  for (const other of await readdir(dirname(path))) {
    if (!other.startsWith(name) || !/^[.-]\d/.test(other.slice(name.length))) continue
    const full = join(dirname(path), other)
    const found = await stat(full).catch(() => undefined)
    if (found?.isFile()) beside.push({ path: full, changedMs: found.mtimeMs })
  }
  return beside.sort((one, other) => one.changedMs - other.changedMs)
}

const MOST_ROUNDS = 5
