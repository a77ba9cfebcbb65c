import { DatabaseSync, type StatementSync } from 'node:sqlite'

import type { Change, Statement, Steps } from './statement.ts'

export interface ConnectionOptions {
  readonly readOnly: boolean
  readonly cacheKib?: number
  /** How long to wait for another process's lock. */
  readonly waitMs?: number
  /** Marks a file that has no mark, before anything else is written to it; below 2^31. */
  readonly applicationId?: number
}

/**
 * One connection to one SQLite file. Runs steps; knows transactions; is used by one thread.
 *
 * `synchronous=FULL` makes every COMMIT wait for an fsync of the write-ahead log. SQLite's own
 * answer to the pragma proves nothing, so a test counts the fsyncs of a running server.
 */
export class SqliteConnection implements Disposable {
  readonly #db: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()
  /** Those whose rows come as arrays. */
  readonly #preparedForRows = new Map<string, StatementSync>()

  constructor(file: string, options: ConnectionOptions) {
    const { readOnly, waitMs = 5000 } = options
    this.#db = new DatabaseSync(file, { readOnly, timeout: waitMs })
    const cacheKib = options.cacheKib ?? 4096
    if (!options.readOnly) {
      this.#begin(options.applicationId)
      this.#db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL')
      this.#db.exec(`PRAGMA wal_autocheckpoint=${WAL_PAGES}`)
      this.#db.exec(`PRAGMA journal_size_limit=${WAL_PAGES * PAGE_OCTETS}`)
    }
    this.#db.exec('PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON')
    this.#db.exec(`PRAGMA cache_size=-${cacheKib}; PRAGMA temp_store=MEMORY`)
  }

  /**
   * What takes effect only before the first table is made, and the mark before there is a write-ahead
   * log, so that it is in the file itself. The vacuum mode alone would make a file without the mark,
   * which another process may see, and a kill may leave behind.
   */
  #begin(applicationId: number | undefined): void {
    this.#db.exec(`BEGIN; PRAGMA page_size=${PAGE_OCTETS}; PRAGMA auto_vacuum=INCREMENTAL`)
    if (applicationId !== undefined) this.#mark(applicationId)
    this.#db.exec('COMMIT')
  }

  /** A file that has another mark keeps it. */
  #mark(applicationId: number): void {
    const found = this.#db.prepare('PRAGMA application_id').get()
    if (found?.['application_id'] === 0) this.#db.exec(`PRAGMA application_id=${applicationId}`)
  }

  get inTransaction(): boolean {
    return this.#db.isTransaction
  }

  /** For schema statements and pragmas; several statements may stand in one text. */
  exec(text: string): void {
    this.#db.exec(text)
  }

  /** Runs the steps in whatever transaction is open. An error is thrown into the generator. */
  run<Result>(steps: Steps<Result>): Result {
    let next = steps.next()
    while (!next.done) {
      let answer: unknown
      try {
        answer = this.#execute(next.value)
      } catch (error) {
        next = steps.throw(error)
        continue
      }
      next = steps.next(answer)
    }
    return next.value
  }

  /** Runs the steps in a transaction of their own, so that a read sees one instant. */
  transact<Result>(kind: 'read' | 'write', steps: Steps<Result>): Result {
    this.#statement(kind === 'read' ? 'BEGIN' : 'BEGIN IMMEDIATE').run()
    try {
      const result = this.run(steps)
      this.#statement('COMMIT').run()
      return result
    } catch (error) {
      // SQLite has rolled back by itself on a full disk or a failed write.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  /** One statement without parameters and rows, kept prepared: BEGIN, SAVEPOINT, COMMIT. */
  command(text: string): void {
    this.#statement(text).run()
  }

  [Symbol.dispose](): void {
    this.#prepared.clear()
    this.#preparedForRows.clear()
    if (this.#db.isOpen) this.#db.close()
  }

  #execute({ text, values, want }: Statement): unknown {
    switch (want) {
      case 'all':
        return this.#statement(text).all(...values)
      case 'rows':
        return this.#statementForRows(text).all(...values)
      case 'one':
        return this.#statement(text).get(...values)
      case 'change': {
        const { changes, lastInsertRowid } = this.#statement(text).run(...values)
        return { rows: Number(changes), lastId: Number(lastInsertRowid) } satisfies Change
      }
      default:
        return want satisfies never
    }
  }

  #statement(text: string): StatementSync {
    let statement = this.#prepared.get(text)
    if (statement === undefined) {
      statement = this.#db.prepare(text)
      this.#prepared.set(text, statement)
    }
    return statement
  }

  #statementForRows(text: string): StatementSync {
    let statement = this.#preparedForRows.get(text)
    if (statement === undefined) {
      statement = this.#db.prepare(text)
      statement.setReturnArrays(true)
      this.#preparedForRows.set(text, statement)
    }
    return statement
  }
}

/** Measured: larger pages write more of what did not change. */
const PAGE_OCTETS = 4096
/** Pages in the write-ahead log before a commit also copies them into the database. */
const WAL_PAGES = 8000
