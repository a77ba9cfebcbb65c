/** The rows of sources, files and blocks: see `schema.ts`. */
import { DAY_MS } from '../../base/durations.ts'
import { all, change, one, type Steps } from '../../db/statement.ts'
import { MAX_LINE_OCTETS } from '../source/ranges.ts'
import type { CutBlock } from './blocks.ts'
import { packBlock, unpackBlock } from './packing.ts'
import { octetsOf } from './postings.ts'
import type { IndexedLog } from './schema.ts'

/** How much of a file the index has, and its last block. */
export interface SourceState {
  readonly id: number
  /** The octets of the file that are taken. */
  readonly offset: number
  /** Lines taken so far, those among them that no rule knows. */
  readonly lines: number
  readonly unknown: number
  /** Null when it has no block any more, or none yet. */
  readonly tail: Tail | null
}

export interface Tail {
  readonly blockId: number
  readonly start: number
  readonly octets: Buffer
  readonly atMs: number
  readonly lastMs: number
  readonly lines: number
  readonly unknown: number
}

export interface SourceRow {
  readonly id: number
  readonly offset: number
  readonly lines: number
  readonly unknown: number
}

/** The sources whose first line is this one, the longest first. */
export function* sourcesByHead(headHash: string, log: IndexedLog): Steps<SourceRow[]> {
  return yield* all<SourceRow>(
    'SELECT id, offset_octets AS offset, lines, unknown FROM source ' +
      'WHERE head_hash = ? AND log = ? ORDER BY offset_octets DESC, id',
    headHash,
    log,
  )
}

export function* sourceHasHead(id: number, headHash: string): Steps<boolean> {
  const row = yield* one('SELECT 1 FROM source WHERE id = ? AND head_hash = ?', id, headHash)
  return row !== undefined
}

/** Undefined when there is no such source any more. */
export function* readSource(id: number): Steps<SourceState | undefined> {
  const row = yield* one<SourceRow>(
    'SELECT id, offset_octets AS offset, lines, unknown FROM source WHERE id = ?',
    id,
  )
  if (row === undefined) return undefined
  const last = yield* one<Omit<Tail, 'octets'> & { packed: Uint8Array }>(
    'SELECT id AS blockId, start_octets AS start, at_ms AS atMs, last_ms AS lastMs, lines, unknown, packed ' +
      'FROM block WHERE source_id = ? ORDER BY start_octets DESC LIMIT 1',
    id,
  )
  if (last === undefined) return { ...row, tail: null }
  const { packed, ...facts } = last
  const octets = unpackBlock(packed)
  const isLast = facts.start + octets.length === row.offset
  return { ...row, tail: isLast ? { ...facts, octets } : null }
}

export function* addSource(log: IndexedLog, headHash: string, offset: number): Steps<number> {
  const { lastId } = yield* change(
    'INSERT INTO source (log, head_hash, offset_octets, lines, unknown) VALUES (?, ?, ?, 0, 0)',
    log,
    headHash,
    offset,
  )
  return lastId
}

/** The last block, when more lines are to be added to it; null: they begin another one. */
export function openTail({ tail }: SourceState): Tail | null {
  // A piece of a line without end: all of them in one block would be read again with each piece.
  const isPiece = tail !== null && tail.octets.length >= MAX_LINE_OCTETS
  return isPiece && tail.octets.at(-1) !== NEWLINE ? null : tail
}

/** A block as it is compared with a file: where it starts, and its octets. */
export interface StoredBlock {
  readonly start: number
  readonly octets: Buffer
}

/** The first block that starts at `from` or later; undefined after the last. */
export function* blockFrom(sourceId: number, from: number): Steps<StoredBlock | undefined> {
  const row = yield* one<{ start: number; packed: Uint8Array }>(
    'SELECT start_octets AS start, packed FROM block ' +
      'WHERE source_id = ? AND start_octets >= ? ORDER BY start_octets LIMIT 1',
    sourceId,
    from,
  )
  return row && { start: row.start, octets: unpackBlock(row.packed) }
}

/**
 * Forgets what a source has from the block on that `at` stands in: the file does not hold it any
 * more. False when the source has changed meanwhile, and nothing was done.
 */
export function* cutSource(source: SourceRow, at: number): Steps<boolean> {
  const now = yield* readSource(source.id)
  if (now?.offset !== source.offset) return false
  const cut = yield* one<{ start: number | null; lines: number | null; unknown: number | null }>(
    'SELECT min(start_octets) AS start, sum(lines) AS lines, sum(unknown) AS unknown ' +
      'FROM block WHERE source_id = ? AND start_octets + octets > ?',
    source.id,
    at,
  )
  yield* change(
    'DELETE FROM block WHERE source_id = ? AND start_octets + octets > ?',
    source.id,
    at,
  )
  yield* change(
    'UPDATE source SET offset_octets = ?, lines = lines - ?, unknown = unknown - ? WHERE id = ?',
    cut?.start ?? at,
    cut?.lines ?? 0,
    cut?.unknown ?? 0,
    source.id,
  )
  return true
}

export interface NewBlocks {
  /** What was known when the octets were read. */
  readonly source: SourceState
  /** The open tail's octets, if there is one, and the new ones, cut. */
  readonly octets: Buffer
  readonly blocks: readonly CutBlock[]
  /** Packed blocks, at the same places. Null: it is older than what is kept, and only counted. */
  readonly packed: readonly (Buffer | null)[]
  /** When the file was last changed: for lines without a time; none is much later. */
  readonly changedMs: number
}

/** Packs what is to be stored. Lines before `keepFromMs` are not, but for those of the last block. */
export function packBlocks(
  octets: Buffer,
  blocks: readonly CutBlock[],
  keepFromMs: number,
): (Buffer | null)[] {
  return blocks.map(({ from, end, lastMs }, index) => {
    const isOld = lastMs !== null && lastMs < keepFromMs && index < blocks.length - 1
    return isOld ? null : packBlock(octets.subarray(from, end))
  })
}

/**
 * Adds lines to a source (T1). Undefined when it is not any more as it was read: another process
 * took the lines, or forgot some.
 */
export function* addBlocks(added: NewBlocks): Steps<SourceState | undefined> {
  const { source, octets, blocks } = added
  const before = yield* readSource(source.id)
  if (before === undefined || before.offset !== source.offset) return undefined
  if (before.tail?.blockId !== source.tail?.blockId) return undefined
  const old = openTail(source)
  const start = source.offset - (old?.octets.length ?? 0)
  let { tail } = source
  for (const index of blocks.keys()) tail = yield* putBlock(added, index, start, tail, old)
  const lines = sum(blocks, 'lines') - (old?.lines ?? 0)
  const unknown = sum(blocks, 'unknown') - (old?.unknown ?? 0)
  const offset = start + octets.length
  yield* change(
    'UPDATE source SET offset_octets = ?, lines = lines + ?, unknown = unknown + ? WHERE id = ?',
    offset,
    lines,
    unknown,
    source.id,
  )
  return {
    id: source.id,
    offset,
    lines: source.lines + lines,
    unknown: source.unknown + unknown,
    tail,
  }
}

function sum(blocks: readonly CutBlock[], key: 'lines' | 'unknown'): number {
  return blocks.reduce((total, block) => total + block[key], 0)
}

/** Stores one block, over the tail when it is the tail with more lines. Gives the tail that it is. */
function* putBlock(
  { source, octets, blocks, packed, changedMs }: NewBlocks,
  index: number,
  start: number,
  before: Tail | null,
  old: Tail | null,
): Steps<Tail | null> {
  const block = blocks[index]
  const pack = packed[index]
  if (block === undefined) return before
  const isOld = index === 0 && old !== null
  const earliest = isOld ? old.atMs : (before?.atMs ?? 0)
  // A forged time in the far future must not hide all lines that follow.
  const latestMs = changedMs + DAY_MS
  const firstMs = Math.min(block.firstMs ?? before?.lastMs ?? changedMs, latestMs)
  // T3: a clock that was put back must not change the order.
  const atMs = isOld ? old.atMs : Math.max(earliest, firstMs)
  const lastMs = Math.max(atMs, Math.min(block.lastMs ?? atMs, latestMs))
  const facts = {
    start: start + block.from,
    octets: octets.subarray(block.from, block.end),
    atMs,
    lastMs,
    lines: block.lines,
    unknown: block.unknown,
  }
  if (isOld && facts.octets.length === old.octets.length) return old
  if (pack === null || pack === undefined) {
    if (isOld) yield* change('DELETE FROM block WHERE id = ?', old.blockId)
    return { ...facts, blockId: 0 }
  }
  const hashes = octetsOf(block.hashes)
  const blockId = isOld
    ? yield* replaceBlock(old.blockId, facts, pack, hashes)
    : yield* insertBlock(source.id, facts, pack, hashes)
  return { ...facts, blockId }
}

type BlockFacts = Omit<Tail, 'blockId'>

function* insertBlock(
  sourceId: number,
  facts: BlockFacts,
  packed: Buffer,
  hashes: Uint8Array,
): Steps<number> {
  const { lastId } = yield* change(
    'INSERT INTO block ' +
      '(source_id, start_octets, octets, at_ms, last_ms, lines, unknown, packed, hashes) ' +
      'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    sourceId,
    facts.start,
    facts.octets.length,
    Math.trunc(facts.atMs),
    Math.trunc(facts.lastMs),
    facts.lines,
    facts.unknown,
    packed,
    hashes,
  )
  return lastId
}

function* replaceBlock(
  id: number,
  facts: BlockFacts,
  packed: Buffer,
  hashes: Uint8Array,
): Steps<number> {
  yield* change(
    'UPDATE block SET octets = ?, last_ms = ?, lines = ?, unknown = ?, packed = ?, hashes = ? ' +
      'WHERE id = ?',
    facts.octets.length,
    Math.trunc(facts.lastMs),
    facts.lines,
    facts.unknown,
    packed,
    hashes,
    id,
  )
  return id
}

const NEWLINE = 0x0a
