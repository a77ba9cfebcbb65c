/**
 * One process at a time works on a data folder.
 *
 * The lock is an SQLite write transaction on `lock`, which the kernel ends when the process does,
 * however it dies: there is no stale lock. `waybill.pid` only names the holder for others.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { messageOf, OperatorFault } from '../base/faults.ts'
import { FolderFault, makeFolder } from '../base/make-folder.ts'
import { SqliteConnection } from '../db/sqlite.ts'

/** Somebody else works on the folder. */
export class FolderInUse extends OperatorFault {
  override readonly name = 'FolderInUse'
  /** Null when the holder has not written its number yet. */
  readonly processId: number | null

  constructor(folder: string, processId: number | null) {
    const who = processId === null ? 'another Waybill' : `another Waybill, process ${processId}`
    super(`the data folder ${folder} is in use by ${who}`)
    this.processId = processId
  }
}

/**
 * Makes the folder, private to its owner, and takes it until disposed.
 * @throws FolderInUse, FolderFault
 */
export function lockFolder(folder: string): Disposable {
  makeFolder(folder)
  const pidFile = join(folder, 'waybill.pid')
  let connection: SqliteConnection | undefined
  try {
    connection = new SqliteConnection(join(folder, 'lock'), { readOnly: false, waitMs: 0 })
    connection.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    connection?.[Symbol.dispose]()
    if (!isBusy(error))
      throw new FolderFault(`the data folder ${folder} cannot be used: ${messageOf(error)}`)
    throw new FolderInUse(folder, readHolder(folder))
  }
  const held = connection
  HELD.add(held)
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 })
  return {
    [Symbol.dispose]() {
      rmSync(pidFile, { force: true })
      HELD.delete(held)
      held[Symbol.dispose]()
    },
  }
}

/** Keeps a connection whose handle nobody kept from being collected, which would unlock the folder. */
const HELD = new Set<SqliteConnection>()

/** SQLITE_BUSY. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === 5
}

/** The process that has the folder, as it says; null: nobody says so. */
export function readHolder(folder: string): number | null {
  try {
    const id = Number.parseInt(readFileSync(join(folder, 'waybill.pid'), 'utf8'), 10)
    return Number.isInteger(id) ? id : null
  } catch {
    return null
  }
}
