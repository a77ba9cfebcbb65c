/**
 * Lines that the index has from another source already: one log can be given whole, and again as the
 * files that it was cut into, or the other way round. They are passed over: the source goes on after
 * them, without blocks of its own for them.
 *
 * A few lines of one second can stand in two logs by chance, so that only a longer piece counts.
 */
import type { SqliteConnection } from '../../db/sqlite.ts'
import { all, change, one, type Steps } from '../../db/statement.ts'
import type { LogReader } from '../../journal/reader.ts'
import { unpackBlock } from './packing.ts'
import type { OctetsFile } from './octets-file.ts'
import type { IndexedLog } from './schema.ts'
import { blockFrom, readSource, type SourceState } from './sources.ts'

/** Where lines stand: in what file, of which log, and how their times are read. */
export interface Lines {
  readonly file: OctetsFile
  readonly log: IndexedLog
  /** A reader that may read them once more. */
  readonly reader: () => LogReader
}

/**
 * The source after all lines from its offset on that others have. Undefined when another process
 * changed it meanwhile.
 */
export async function passKnown(
  connection: SqliteConnection,
  lines: Lines,
  source: SourceState,
): Promise<SourceState | undefined> {
  let state: SourceState | undefined = source
  for (;;) {
    const length = await knownFrom(connection, lines, state)
    if (length.octets === 0) return state
    const moved = connection.transact('write', passOver(state, length))
    state = connection.run(readSource(source.id))
    if (!moved || state === undefined) return undefined
  }
}

/**
 * What other sources of the log have: changes when another process takes lines. Lines that were looked
 * for before that may be among them.
 */
export function* othersState(sourceId: number, log: IndexedLog): Steps<string> {
  const row = yield* one<{ count: number; octets: number | null }>(
    'SELECT count(*) AS count, sum(offset_octets) AS octets FROM source WHERE id <> ? AND log = ?',
    sourceId,
    log,
  )
  return `${row?.count} ${row?.octets}`
}

interface Length {
  readonly octets: number
  readonly lines: number
}

const NONE: Length = { octets: 0, lines: 0 }

function* passOver(source: SourceState, { octets, lines }: Length): Steps<boolean> {
  const { rows } = yield* change(
    'UPDATE source SET offset_octets = offset_octets + ?, lines = lines + ? ' +
      'WHERE id = ? AND offset_octets = ?',
    octets,
    lines,
    source.id,
    source.offset,
  )
  return rows > 0
}

/** How much of the file from the source's offset on stands in another source in one piece. */
async function knownFrom(
  connection: SqliteConnection,
  { file, log, reader }: Lines,
  source: SourceState,
): Promise<Length> {
  const head = await file.read(source.offset, LOOK_OCTETS)
  const stamped = stampedLine(head, reader())
  if (stamped === null) return NONE
  let longest = NONE
  for (const block of connection.run(blocksAt(source.id, log, stamped.atMs))) {
    const octets = unpackBlock(block.packed)
    // From the end of the line before on, but for the first one.
    const before = head.subarray(0, stamped.from)
    const line = head.subarray(0, stamped.end)
    let at = octets.indexOf(line)
    for (let tries = 0; at >= 0 && tries < MOST_TRIES; tries++) {
      if (before.length === 0 || at === 0 || octets[at - 1] === NEWLINE) {
        const length = await common(
          connection,
          file,
          source.offset,
          block.sourceId,
          block.start + at,
        )
        if (length.octets > longest.octets) longest = length
      }
      at = octets.indexOf(line, at + 1)
    }
  }
  return longest
}

/** The first line of a text that has a time of its own. */
function stampedLine(
  octets: Buffer,
  reader: LogReader,
): { readonly from: number; readonly end: number; readonly atMs: number } | null {
  const text = octets.toString('latin1')
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from)
    if (end < 0) return null
    const line = reader.read(text, from, end)
    if (line.type !== 'continuation' && line.atMs !== null)
      return { from, end: end + 1, atMs: line.atMs }
    from = end + 1
  }
  return null
}

interface FoundBlock {
  readonly sourceId: number
  readonly start: number
  readonly packed: Uint8Array
}

function* blocksAt(sourceId: number, log: IndexedLog, atMs: number): Steps<FoundBlock[]> {
  return yield* all<FoundBlock>(
    'SELECT block.source_id AS sourceId, start_octets AS start, packed FROM block ' +
      'JOIN source ON source.id = block.source_id ' +
      'WHERE at_ms <= ? AND last_ms >= ? AND source.id <> ? AND source.log = ? LIMIT ?',
    Math.trunc(atMs),
    Math.trunc(atMs),
    sourceId,
    log,
    MOST_BLOCKS,
  )
}

/** How far the file from `from` on, and the source from `at` on, are the same. */
async function common(
  connection: SqliteConnection,
  file: OctetsFile,
  from: number,
  sourceId: number,
  at: number,
): Promise<Length> {
  let length = 0
  let lines = 0
  const first = connection.run(blockWith(sourceId, at))
  for (
    let block = first;
    block !== undefined;
    block = connection.run(blockFrom(sourceId, at + length))
  ) {
    if (block.start > at + length) break // forgotten, or passed over
    const octets = block.octets.subarray(at + length - block.start)
    const there = await file.read(from + length, octets.length)
    const isSame = octets.subarray(0, there.length).equals(there)
    const isEnd = there.length < octets.length
    // Nothing is added to a compressed file: its last line is whole.
    const same = isSame && (!isEnd || file.isCompressed) ? there.length : commonLines(octets, there)
    length += same
    lines += countLines(there.subarray(0, same))
    if (!isSame || isEnd) break
  }
  return isChance(length, lines) ? NONE : { octets: length, lines }
}

function isChance(octets: number, lines: number): boolean {
  return octets < ALIKE_OCTETS || lines < ALIKE_LINES
}

function* blockWith(
  sourceId: number,
  at: number,
): Steps<{ start: number; octets: Buffer } | undefined> {
  const row = yield* one<{ start: number; packed: Uint8Array }>(
    'SELECT start_octets AS start, packed FROM block ' +
      'WHERE source_id = ? AND start_octets <= ? ORDER BY start_octets DESC LIMIT 1',
    sourceId,
    at,
  )
  return row && { start: row.start, octets: unpackBlock(row.packed) }
}

/**
 * Where in a piece of a source's lines those of another source may begin: the piece is taken up to
 * there, and {@link passKnown} sees how many are the same. The piece's length when nowhere.
 */
export function endOfUnknown(
  connection: SqliteConnection,
  { log, reader }: Lines,
  source: SourceState,
  piece: Buffer,
): number {
  const first = stampedLine(piece.subarray(0, LOOK_OCTETS), reader())
  if (first === null) return piece.length
  let end = piece.length
  for (const { packed } of connection.run(firstBlocks(source.id, log, first.atMs))) {
    const octets = unpackBlock(packed)
    const line = octets.subarray(0, octets.indexOf(NEWLINE) + 1)
    if (line.length === 0) continue
    for (let at = piece.indexOf(line); at >= 0 && at < end; at = piece.indexOf(line, at + 1))
      // At its start there is nothing to take before it: it was looked at already.
      if (at > 0 && piece[at - 1] === NEWLINE && isAlike(octets, piece, at)) end = at
  }
  return end
}

function isAlike(octets: Buffer, piece: Buffer, at: number): boolean {
  const length = Math.min(ALIKE_OCTETS, octets.length, piece.length - at)
  return octets.subarray(0, length).equals(piece.subarray(at, at + length))
}

/** The first block of each other source that begins at this time or later. */
function* firstBlocks(
  sourceId: number,
  log: IndexedLog,
  fromMs: number,
): Steps<{ packed: Uint8Array }[]> {
  return yield* all<{ packed: Uint8Array }>(
    'SELECT packed FROM source JOIN block ON block.id = ' +
      '(SELECT id FROM block WHERE source_id = source.id ORDER BY start_octets LIMIT 1) ' +
      'WHERE source.id <> ? AND log = ? AND at_ms >= ? ORDER BY at_ms LIMIT ?',
    sourceId,
    log,
    Math.trunc(fromMs),
    MOST_BLOCKS,
  )
}

/** How many octets of whole lines two texts have in common. */
export function commonLines(one: Buffer, other: Buffer): number {
  const length = Math.min(one.length, other.length)
  let at = 0
  while (at < length && one[at] === other[at]) at++
  return at === 0 ? 0 : one.lastIndexOf(NEWLINE, at - 1) + 1
}

function countLines(octets: Buffer): number {
  let lines = 0
  for (let at = octets.indexOf(NEWLINE); at >= 0; at = octets.indexOf(NEWLINE, at + 1)) lines++
  return lines
}

/** Copies of one log have more in common than this. */
export const ALIKE_OCTETS = 1024
const ALIKE_LINES = 3
/** A line with a time stands near the start. */
const LOOK_OCTETS = 16 * 1024
const MOST_BLOCKS = 64
const MOST_TRIES = 32
const NEWLINE = 0x0a
