/** Opens the index; makes it anew when it is damaged. */
import { closeSync, existsSync, fchownSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

import { isDamaged } from '../../db/faults.ts'
import { migrate } from '../../db/migrate.ts'
import { SqliteConnection } from '../../db/sqlite.ts'
import { TRACE_MIGRATIONS } from './schema.ts'

/** The index of a data folder. */
export const TRACE_FILE = 'trace.db'

/**
 * Opens the index for one thread, and makes it if there is none (0600).
 * @throws OperatorFault when it was made by a newer version; system and SQLite errors
 */
export function openTraceIndex(file: string): SqliteConnection {
  makeFile(file)
  const connection = new SqliteConnection(file, { readOnly: false, waitMs: WAIT_MS })
  try {
    connection.exec('PRAGMA synchronous=NORMAL') // see schema.ts
    migrate(connection, TRACE_MIGRATIONS)
    return connection
  } catch (error) {
    connection[Symbol.dispose]()
    throw error
  }
}

/** Root makes it for whom the folder belongs to; SQLite does so with what it puts beside it. */
function makeFile(file: string): void {
  if (existsSync(file)) return
  const made = openSync(file, 'a', 0o600)
  try {
    const { uid, gid } = statSync(dirname(file))
    if (process.getuid?.() === 0) fchownSync(made, uid, gid)
  } finally {
    closeSync(made)
  }
}

/**
 * Opens the index for `use` and closes it. When it is damaged it is moved aside, told in a sentence,
 * and `use` is called once more with an empty one: it is made again from the log.
 */
export async function withTraceIndex<Result>(
  file: string,
  report: (text: string) => void,
  use: (connection: SqliteConnection) => Promise<Result>,
): Promise<Result> {
  try {
    using connection = openTraceIndex(file)
    return await use(connection)
  } catch (error) {
    if (!isDamaged(error)) throw error
    const aside = `${file}.damaged`
    moveIndex(file, aside)
    report(`the index ${file} was damaged: it is now ${aside}, and made again from the log`)
    using connection = openTraceIndex(file)
    return await use(connection)
  }
}

/** Removes the index, for one that is made anew. */
export function removeIndex(file: string): void {
  for (const end of ENDS) rmSync(`${file}${end}`, { force: true })
}

function moveIndex(file: string, to: string): void {
  removeIndex(to)
  renameSync(file, to)
  // A write-ahead log must not be taken for that of the new file.
  for (const end of ENDS.slice(1)) rmSync(`${file}${end}`, { force: true })
}

const ENDS = ['', '-wal', '-shm'] as const
/** Another process may be taking a large log. */
const WAIT_MS = 10_000
