/** What is too old for the index goes, in pieces that hold nobody up. */
import { stat } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'

import type { SqliteConnection } from '../../db/sqlite.ts'
import { all, change, one, type Steps } from '../../db/statement.ts'
import { allFiles, forgetFile } from './files.ts'
import { SEGMENT_BITS, TERM_BITS } from './schema.ts'

/**
 * Forgets blocks whose last line is before this time, their terms, and sources that have no block
 * and no file any more. Resolves with the number of lines.
 */
export async function forgetBefore(
  connection: SqliteConnection,
  beforeMs: number,
  signal?: AbortSignal,
): Promise<number> {
  let lines = 0
  for (;;) {
    const piece = connection.transact('write', forgetBlocks(beforeMs))
    lines += piece.lines
    if (piece.blocks === 0 || signal?.aborted) break
    await nextTurn()
  }
  // A run that was stopped between a block and its terms left some behind.
  for (let isMore = true; isMore && !signal?.aborted; await nextTurn())
    isMore = connection.transact('write', forgetTerms())
  if (lines > 0) {
    await forgetSources(connection)
    for (let left = freePages(connection); left > 0 && !signal?.aborted; left -= PAGES_AT_ONCE) {
      connection.exec(`PRAGMA incremental_vacuum(${PAGES_AT_ONCE})`)
      await nextTurn()
    }
  }
  return lines
}

function* forgetBlocks(beforeMs: number): Steps<{ blocks: number; lines: number }> {
  const old = yield* all<{ id: number; lines: number }>(
    'SELECT id, lines FROM block WHERE last_ms < ? ORDER BY last_ms LIMIT ?',
    Math.trunc(beforeMs),
    BLOCKS_AT_ONCE,
  )
  for (const { id } of old) yield* change('DELETE FROM block WHERE id = ?', id)
  return { blocks: old.length, lines: old.reduce((sum, { lines }) => sum + lines, 0) }
}

/** Some rows of the first segment that has no block; false when there is none. */
function* forgetTerms(): Steps<boolean> {
  const segment = yield* firstDeadSegment()
  if (segment === null) return false
  yield* change(
    'DELETE FROM term WHERE key IN (SELECT key FROM term WHERE key >= ?1 << ?2 ' +
      'AND key < (?1 + 1) << ?2 ORDER BY key LIMIT ?3)',
    segment,
    TERM_BITS,
    TERMS_AT_ONCE,
  )
  return true
}

/** Goes from segment to segment along the key: their rows are not read. */
function* firstDeadSegment(): Steps<number | null> {
  let after = -1
  for (;;) {
    const next = yield* one<{ segment: number | null }>(
      'SELECT min(key) >> ?2 AS segment FROM term WHERE key >= (?1 + 1) << ?2',
      after,
      TERM_BITS,
    )
    const segment = next?.segment ?? null
    if (segment === null) return null
    const block = yield* one(
      'SELECT 1 FROM block WHERE id >= ?1 << ?2 AND id < (?1 + 1) << ?2 LIMIT 1',
      segment,
      SEGMENT_BITS,
    )
    if (block === undefined) return segment
    after = segment
  }
}

/** A file that is still there would be taken again if its source were forgotten. */
async function forgetSources(connection: SqliteConnection): Promise<void> {
  for (const file of connection.run(allFiles())) {
    const now = await stat(file.path).catch(() => undefined)
    if (now?.ino === file.inode && now.dev === file.device) continue
    connection.transact('write', forgetFile(file))
  }
  connection.transact(
    'write',
    change(
      'DELETE FROM source WHERE NOT EXISTS (SELECT 1 FROM block WHERE source_id = source.id) ' +
        'AND NOT EXISTS (SELECT 1 FROM file WHERE source_id = source.id)',
    ),
  )
}

function freePages(connection: SqliteConnection): number {
  return (
    connection.run(one<{ freelist_count: number }>('PRAGMA freelist_count'))?.freelist_count ?? 0
  )
}

const BLOCKS_AT_ONCE = 64
const TERMS_AT_ONCE = 5000
const PAGES_AT_ONCE = 500
