/** What is too old for the index goes, in pieces that hold nobody up. */
import { stat } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'

import type { SqliteConnection } from '../../db/sqlite.ts'
import { all, change, one, type Steps } from '../../db/statement.ts'
import { allFiles, forgetFile } from './files.ts'
import { forgetPostings } from './postings.ts'

/**
 * Forgets blocks whose last line is before this time, their postings, and sources that have no block
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
  // A run that was stopped between a block and its postings left some behind.
  for (let isMore = true; isMore && !signal?.aborted; await nextTurn())
    isMore = connection.transact('write', forgetPostings())
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
const PAGES_AT_ONCE = 500
