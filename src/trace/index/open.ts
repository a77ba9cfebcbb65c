/** Opens the index; makes it anew when it is damaged. */
import { closeSync, constants, existsSync, lstatSync, openSync, renameSync, rmSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

import { systemCodeOf } from '../../base/faults.ts'
import { migrate } from '../../db/migrate.ts'
import { SqliteConnection } from '../../db/sqlite.ts'
import { one, type Steps } from '../../db/statement.ts'
import { isDamagedIndex } from './packing.ts'
import { APPLICATION_ID, contentOf, IndexFault, requireSides, SIDES } from './place.ts'
import { TRACE_MIGRATIONS } from './schema.ts'

/** Where an index is. */
export interface IndexPlace {
  readonly file: string
  /**
   * `trace.db` of a data folder: whatever is there may be moved aside. Another file that is no index
   * is the user's, and only the name was wrong.
   */
  readonly isOwn: boolean
}

/**
 * Opens the index for one thread, and makes it if there is none (0600).
 * @throws IndexFault when the file is something else; OperatorFault when it was made by a newer
 *   version; system and SQLite errors
 */
export function openTraceIndex(file: string): SqliteConnection {
  const content = contentOf(file)
  if (content === 'other') throw new OtherFile(file)
  requireSides(file)
  if (content === 'nothing') makeFile(file)
  // The mark is in the file before anything else is, even if it is only just made by another process;
  // and again, where SQLite takes back what a process began that was killed while it made the file.
  const connection = new SqliteConnection(file, {
    ...{ readOnly: false, waitMs: WAIT_MS, applicationId: APPLICATION_ID },
  })
  try {
    connection.exec('PRAGMA synchronous=NORMAL') // see schema.ts
    migrate(connection, TRACE_MIGRATIONS)
    return connection
  } catch (error) {
    connection[Symbol.dispose]()
    throw error
  }
}

/** Something else stands where the index should be. */
export class OtherFile extends IndexFault {
  constructor(file: string) {
    super(
      `${file} is not an index of Waybill: it is left as it is; name another file, or move it away`,
    )
  }
}

/** Empty. SQLite alone would make what a link leads to. */
function makeFile(file: string): void {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
  try {
    closeSync(openSync(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600))
  } catch (error) {
    // It was empty, or another process was faster.
    if (systemCodeOf(error) !== 'EEXIST' || contentOf(file) === 'other') throw error
  }
}

/**
 * Reads from the index and writes nothing, not even beside it. Null when it is empty.
 * @throws as {@link openTraceIndex}
 */
export function readTraceIndex<Result>(file: string, steps: Steps<Result>): Result | null {
  const content = contentOf(file)
  if (content === 'other') throw new OtherFile(file)
  requireSides(file)
  if (content === 'nothing') return null
  // Without a write-ahead log nobody has it open, and SQLite need not make one to be sure.
  const name = existsSync(`${file}-wal`) ? file : `${pathToFileURL(file).href}?immutable=1`
  using connection = new SqliteConnection(name, { readOnly: true, waitMs: WAIT_MS })
  const row = connection.run(one<{ user_version: number }>('PRAGMA user_version'))
  if ((row?.user_version ?? 0) === 0) return null
  migrate(connection, TRACE_MIGRATIONS)
  return connection.transact('read', steps)
}

/**
 * Opens the index for `use` and closes it. When it is damaged, or in its own place something else, that
 * is moved aside, told in a sentence, and `use` is called once more with an empty one: it is made again
 * from the log.
 * @throws as {@link openTraceIndex}
 */
export async function withTraceIndex<Result>(
  place: IndexPlace,
  report: (text: string) => void,
  use: (connection: SqliteConnection) => Promise<Result>,
): Promise<Result> {
  const { file, isOwn } = place
  try {
    using connection = openTraceIndex(file)
    return await use(connection)
  } catch (error) {
    if (!isDamagedIndex(error) && !(isOwn && error instanceof OtherFile)) throw error
    report(`${moveAside(place)}, and made again from the log`)
    using connection = openTraceIndex(file)
    return await use(connection)
  }
}

/**
 * Removes the index, for one that is made anew. What is none is moved aside, and told.
 * @throws IndexFault when it is something else, and not in an index's own place
 */
export function removeIndex(place: IndexPlace, report: (text: string) => void): void {
  const { file, isOwn } = place
  const content = contentOf(file)
  if (content === 'other' && !isOwn) throw new OtherFile(file)
  requireSides(file)
  if (!existsSync(file)) return
  if (content === 'other') {
    report(moveAside(place))
    return
  }
  for (const end of ['', ...SIDES]) rmSync(`${file}${end}`, { force: true })
}

/**
 * Moves a damaged index aside. Gives the beginning of a sentence that says so.
 * @throws IndexFault when something stands where it would go to
 */
export function moveAside({ file, isOwn }: IndexPlace): string {
  const isOther = contentOf(file) === 'other'
  const aside = `${file}.damaged`
  if (!mayReplace(aside, isOwn))
    throw new IndexFault(
      `the index ${file} is damaged and cannot be moved aside: remove ${aside}, which is in the way`,
    )
  // Another process may have been faster.
  if (existsSync(file)) renameSync(file, aside)
  // A write-ahead log must not be taken for that of the new file.
  for (const side of SIDES) rmSync(`${file}${side}`, { force: true })
  return isOther
    ? `${file} was no index of Waybill, or damaged beyond knowing: it is now ${aside}`
    : `the index ${file} was damaged: it is now ${aside}`
}

/** One that was damaged before may go; of somebody's own files only another index. */
function mayReplace(aside: string, isOwn: boolean): boolean {
  const found = lstatSync(aside, { throwIfNoEntry: false })
  if (found === undefined) return true
  return found.isFile() && (isOwn || contentOf(aside) === 'index')
}

/** Another process may be taking a large log. */
const WAIT_MS = 10_000
