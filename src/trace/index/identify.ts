/**
 * Which source a file holds, whatever it is called now. A file is known by its first line, which
 * never changes while the log grows, is renamed, compressed or copied; and by what the index has of
 * it, which must be what stands there.
 *
 *   the first line is new             a new source, from the start
 *   what the index has stands there   the source; go on after it
 *   the file ends before that         the source; there is nothing new (a copy of an older state)
 *   it differs, same inode            the file lost its end (a power cut) and grew again: the index
 *                                     forgets what is gone and goes on from there
 *   it differs, another inode         an edited copy: a source of its own, from where it differs;
 *                                     from the start when they have hardly more than a line in common
 *
 * A new source, and one that goes on, can still hold lines that others have: see `known-lines.ts`.
 */
import { createHash } from 'node:crypto'

import type { SqliteConnection } from '../../db/sqlite.ts'
import { fileByInode } from './files.ts'
import { ALIKE_OCTETS, commonLines } from './known-lines.ts'
import type { OctetsFile } from './octets-file.ts'
import type { IndexedLog } from './schema.ts'
import {
  addSource,
  blockFrom,
  cutSource,
  readSource,
  type SourceRow,
  type SourceState,
  sourcesByHead,
} from './sources.ts'

/** Null while the file has no whole line. */
export async function identify(
  connection: SqliteConnection,
  file: OctetsFile,
  log: IndexedLog,
): Promise<SourceState | null> {
  const headHash = await headHashOf(file)
  if (headHash === null) return null
  for (;;) {
    const found = await find(connection, file, headHash, log)
    // Undefined when another process changed the source meanwhile.
    const state = connection.run(readSource(found ?? 0))
    if (state !== undefined) return state
  }
}

/** The hash of the first line, or of the start of a very long one; null while there is none. */
export async function headHashOf(file: OctetsFile): Promise<string | null> {
  const head = await file.read(0, HEAD_OCTETS)
  const newline = head.indexOf(NEWLINE)
  const isWhole = newline >= 0 || head.length === HEAD_OCTETS || file.isCompressed
  if (!isWhole || head.length === 0) return null
  const line = newline < 0 ? head : head.subarray(0, newline + 1)
  return createHash('sha256').update(line).digest('base64')
}

async function find(
  connection: SqliteConnection,
  file: OctetsFile,
  headHash: string,
  log: IndexedLog,
): Promise<number | undefined> {
  const candidates = connection.run(sourcesByHead(headHash, log))
  const seen = connection.run(fileByInode(file.device, file.inode))
  const isSeen = ({ id }: SourceRow) => id === seen?.sourceId
  candidates.sort((one, other) => Number(isSeen(other)) - Number(isSeen(one)))
  let furthest = { at: 0, source: candidates[0] }
  for (const source of candidates) {
    const { at, isSame } = await compare(connection, source, file)
    if (isSame) return source.id
    if (isSeen(source)) {
      const cut = connection.transact('write', cutSource(source, at))
      return cut ? source.id : undefined
    }
    if (at > furthest.at) furthest = { at, source }
  }
  const from = furthest.at < ALIKE_OCTETS ? 0 : furthest.at
  return connection.transact('write', addUnlessChanged())

  function* addUnlessChanged() {
    const now = yield* sourcesByHead(headHash, log)
    const hasChanged =
      now.length !== candidates.length ||
      now.some(({ id, offset }) => candidates.find((one) => one.id === id)?.offset !== offset)
    return hasChanged ? undefined : yield* addSource(log, headHash, from)
  }
}

interface Comparison {
  /** Where the file's first line starts that is not the source's. */
  readonly at: number
  /** Nothing differs, as far as both go. */
  readonly isSame: boolean
}

async function compare(
  connection: SqliteConnection,
  source: SourceRow,
  file: OctetsFile,
): Promise<Comparison> {
  const tail = connection.run(readSource(source.id))?.tail
  if (tail === null || tail === undefined) return { at: source.offset, isSame: true }
  const { start, octets } = tail
  const there = await file.read(start, octets.length)
  if (there.equals(octets)) return { at: source.offset, isSame: true }
  return await compareAll(connection, source, file)
}

async function compareAll(
  connection: SqliteConnection,
  source: SourceRow,
  file: OctetsFile,
): Promise<Comparison> {
  let from = 0
  for (;;) {
    const block = connection.run(blockFrom(source.id, from))
    if (block === undefined) return { at: source.offset, isSame: true }
    const { start, octets } = block
    const there = await file.read(start, octets.length)
    if (!there.equals(octets)) {
      const isSame = octets.subarray(0, there.length).equals(there)
      return { at: start + commonLines(octets, there), isSame }
    }
    from = start + octets.length
  }
}

const HEAD_OCTETS = 1024
const NEWLINE = 0x0a
