import { plainError, type PlainError, storageFaultOf } from './faults.ts'
import type { SqliteConnection } from './sqlite.ts'
import type { Write } from './statement.ts'

/** One requested write: an operation's name and its arguments. */
export interface Call {
  readonly id: number
  readonly name: string
  readonly args: unknown
}

export type Outcome =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly id: number; readonly ok: false; readonly error: PlainError }

/** The table of all writes, by name. */
// biome-ignore lint/suspicious/noExplicitAny: a table of operations of different shapes
export type WriteTable = ReadonlyMap<string, Write<any, any>>

/** The table that `src/writes.ts` exports. Two operations of one name are a bug. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export function writeTable(writes: readonly Write<any, any>[]): WriteTable {
  const table = new Map(writes.map((write) => [write.name, write]))
  if (table.size !== writes.length) throw new Error('two writes have the same name')
  return table
}

/**
 * Commits groups on one connection, until the disk fails once: from then on every call fails as that
 * one did. Groups may be on their way already, and a later fsync may succeed although the octets of
 * the failed one are lost.
 */
export function groupCommitter(
  connection: SqliteConnection,
  table: WriteTable,
): (calls: readonly Call[]) => readonly Outcome[] {
  let failure: PlainError | undefined
  return (calls) => {
    const error = failure
    if (error !== undefined) return calls.map(({ id }) => ({ id, ok: false, error }))
    const outcomes = commitTogether(connection, table, calls)
    for (const outcome of outcomes)
      if (!outcome.ok && outcome.error.kind === 'failed') failure ??= outcome.error
    return outcomes
  }
}

/**
 * Runs every call in one transaction and commits once: one fsync serves them all. A call that
 * throws is rolled back alone. When the commit itself fails, every call has failed.
 *
 * Outcomes are in the order of the calls. None is returned before the commit.
 */
function commitTogether(
  connection: SqliteConnection,
  table: WriteTable,
  calls: readonly Call[],
): Outcome[] {
  try {
    connection.command('BEGIN IMMEDIATE')
    const outcomes = calls.map((call) => runOne(connection, table, call))
    connection.command('COMMIT')
    return outcomes
  } catch (error) {
    // COMMIT failed, or a call lost the whole transaction: nothing of this batch is stored.
    if (connection.inTransaction) connection.exec('ROLLBACK')
    const plain = plainError(error)
    return calls.map(({ id }) => ({ id, ok: false, error: plain }))
  }
}

function runOne(connection: SqliteConnection, table: WriteTable, call: Call): Outcome {
  const write = table.get(call.name)
  if (write === undefined) {
    const error = plainError(new Error(`no write is called ${call.name}`))
    return { id: call.id, ok: false, error }
  }
  connection.command('SAVEPOINT call')
  try {
    const result = connection.run(write.run(call.args))
    connection.command('RELEASE call')
    return { id: call.id, ok: true, result }
  } catch (error) {
    // A disk error may have ended the transaction; then the calls before this one are lost too.
    if (!connection.inTransaction || storageFaultOf(error) === 'failed') throw error
    connection.command('ROLLBACK TO call')
    connection.command('RELEASE call')
    return { id: call.id, ok: false, error: plainError(error) }
  }
}
