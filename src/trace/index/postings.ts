/** In which blocks a term stands: T4 of `schema.ts`. */
import { all, change, one, rows, type Steps } from '../../db/statement.ts'
import { POSTING_BITS, SEGMENT_BITS } from './schema.ts'

/** Hashes as they are kept with a block: 32 bits each, in order. */
export function octetsOf(hashes: Uint32Array): Uint8Array {
  return new Uint8Array(hashes.buffer, hashes.byteOffset, hashes.byteLength)
}

/**
 * Makes the postings of one full segment that has none. False when there is no such segment.
 * A block that gets more lines later has its hashes with it again.
 */
export function* fillPostings(): Steps<boolean> {
  const newest = yield* one<{ id: number | null }>('SELECT max(id) AS id FROM block')
  const open = Math.floor((newest?.id ?? 0) / SEGMENT_BLOCKS)
  const done = yield* one<{ id: number | null }>('SELECT max(id) AS id FROM posting')
  const after = Math.floor((done?.id ?? -1) / POSTINGS)
  const next = yield* one<{ id: number | null }>(
    'SELECT min(id) AS id FROM block WHERE hashes IS NOT NULL AND id >= ?',
    (after + 1) * SEGMENT_BLOCKS,
  )
  const segment = Math.floor((next?.id ?? Number.POSITIVE_INFINITY) / SEGMENT_BLOCKS)
  if (segment >= open) return false
  const blocks = yield* all<{ id: number; hashes: Uint8Array }>(
    'SELECT id, hashes FROM block WHERE hashes IS NOT NULL AND id BETWEEN ? AND ?',
    segment * SEGMENT_BLOCKS,
    (segment + 1) * SEGMENT_BLOCKS - 1,
  )
  for (const [posting, entries] of postingsOf(blocks).entries())
    yield* change(
      'INSERT INTO posting (id, entries) VALUES (?, ?)',
      segment * POSTINGS + posting,
      entries,
    )
  for (const { id } of blocks) yield* change('UPDATE block SET hashes = NULL WHERE id = ?', id)
  return true
}

/** The hashes in order, 4 octets each; then the block's number of each, one octet. */
function postingsOf(blocks: readonly { id: number; hashes: Uint8Array }[]): Uint8Array[] {
  const parts = blocks.map(({ id, hashes }) => ({ id, hashes: hashesIn(hashes) }))
  // A hash and a number of 8 bits are exact in a double.
  const entries = new Float64Array(parts.reduce((sum, { hashes }) => sum + hashes.length, 0))
  let count = 0
  for (const { id, hashes } of parts)
    for (let at = 0; at < hashes.length; at++)
      entries[count++] = (hashes[at] ?? 0) * SEGMENT_BLOCKS + (id % SEGMENT_BLOCKS)
  entries.sort()
  const postings: Uint8Array[] = []
  for (let posting = 0, from = 0; posting < POSTINGS; posting++) {
    let end = from
    const limit = (posting + 1) * POSTING_HASHES * SEGMENT_BLOCKS
    while (end < entries.length && (entries[end] ?? limit) < limit) end++
    postings.push(packPosting(entries.subarray(from, end)))
    from = end
  }
  return postings
}

function packPosting(entries: Float64Array): Uint8Array {
  const packed = new Uint8Array(entries.length * 5)
  const hashes = new Uint32Array(packed.buffer, 0, entries.length)
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index] ?? 0
    hashes[index] = Math.floor(entry / SEGMENT_BLOCKS)
    packed[entries.length * 4 + index] = entry % SEGMENT_BLOCKS
  }
  return packed
}

/** The ids of the blocks that may have one of these terms, in order. */
export function* blocksWith(hashes: ReadonlySet<number>): Steps<number[]> {
  const wanted = Uint32Array.from(hashes).sort()
  const found = new Set<number>()
  const kept = yield* rows<[number, Uint8Array]>(
    'SELECT id, hashes FROM block WHERE hashes IS NOT NULL',
  )
  for (const [id, octets] of kept) if (hasAny(hashesIn(octets), wanted)) found.add(id)
  const last = yield* one<{ id: number | null }>('SELECT max(id) AS id FROM posting')
  const segments = Math.floor((last?.id ?? -1) / POSTINGS)
  const postings = new Set(Array.from(wanted, (hash) => Math.floor(hash / POSTING_HASHES)))
  for (let segment = 0; segment <= segments; segment++)
    for (const posting of postings) {
      const row = yield* one<{ entries: Uint8Array }>(
        'SELECT entries FROM posting WHERE id = ?',
        segment * POSTINGS + posting,
      )
      if (row === undefined) break // forgotten
      for (const block of blocksIn(row.entries, wanted)) found.add(segment * SEGMENT_BLOCKS + block)
    }
  return [...found].sort((one, other) => one - other)
}

function* blocksIn(entries: Uint8Array, wanted: Uint32Array): Generator<number> {
  const count = entries.length / 5
  const hashes = hashesIn(entries.subarray(0, count * 4))
  for (const hash of wanted)
    for (let at = firstAt(hashes, hash); at < count && hashes[at] === hash; at++)
      yield entries[count * 4 + at] ?? 0
}

function hasAny(hashes: Uint32Array, wanted: Uint32Array): boolean {
  return wanted.some((hash) => hashes[firstAt(hashes, hash)] === hash)
}

/** Where the first hash stands that is not less. */
function firstAt(hashes: Uint32Array, wanted: number): number {
  let low = 0
  let high = hashes.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((hashes[middle] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/** SQLite gives octets at any place of memory; numbers of 32 bits must stand at a fourth one. */
function hashesIn(octets: Uint8Array): Uint32Array {
  const aligned = octets.byteOffset % 4 === 0 ? octets : octets.slice()
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2)
}

const SEGMENT_BLOCKS = 2 ** SEGMENT_BITS
/** Of a segment. */
const POSTINGS = 2 ** POSTING_BITS
/** How many different hashes go to one posting. */
const POSTING_HASHES = 2 ** (32 - POSTING_BITS)

/** Removes the postings of one segment that has no block; false when there is none. */
export function* forgetPostings(): Steps<boolean> {
  let after = -1
  for (;;) {
    const next = yield* one<{ id: number | null }>(
      'SELECT min(id) AS id FROM posting WHERE id >= ?',
      (after + 1) * POSTINGS,
    )
    if (next === undefined || next.id === null) return false
    const segment = Math.floor(next.id / POSTINGS)
    const block = yield* one(
      'SELECT 1 FROM block WHERE id BETWEEN ? AND ? LIMIT 1',
      segment * SEGMENT_BLOCKS,
      (segment + 1) * SEGMENT_BLOCKS - 1,
    )
    if (block === undefined) {
      yield* change(
        'DELETE FROM posting WHERE id BETWEEN ? AND ?',
        segment * POSTINGS,
        (segment + 1) * POSTINGS - 1,
      )
      return true
    }
    after = segment
  }
}
