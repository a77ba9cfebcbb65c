import { OperatorFault } from '../base/faults.ts'
import type { SqliteConnection } from './sqlite.ts'
import { one } from './statement.ts'

/** One step of the schema. Numbered from 1, forward only, each in one transaction. */
export interface Migration {
  readonly version: number
  readonly sql: string
}

/**
 * Brings the schema to the newest version. Killed at any point, the next start goes on from the
 * last version that was committed.
 * @throws OperatorFault when the database was made by a newer version of Waybill
 */
export function migrate(connection: SqliteConnection, migrations: readonly Migration[]): void {
  const current = versionOf(connection)
  if (current > migrations.length)
    throw new OperatorFault(
      `the database has schema version ${current}, and this Waybill knows up to ` +
        `${migrations.length}: it was written by a newer version; install that version again`,
    )
  for (const { version, sql } of migrations.slice(current)) {
    connection.exec('BEGIN IMMEDIATE')
    try {
      // Another process may have been faster since.
      if (versionOf(connection) < version) {
        connection.exec(sql)
        connection.exec(`PRAGMA user_version=${version}`)
      }
      connection.exec('COMMIT')
    } catch (error) {
      if (connection.inTransaction) connection.exec('ROLLBACK')
      throw error
    }
  }
}

function versionOf(connection: SqliteConnection): number {
  const row = connection.run(one<{ user_version: number }>('PRAGMA user_version'))
  return row?.user_version ?? 0
}
