/**
 * The database as the rest of the server sees it: reads in the calling thread, writes on the
 * writer thread, in groups.
 *
 * Invariants
 *   D1  a write resolves only after its COMMIT returned, that is, after an fsync
 *   D2  a write that rejects has changed nothing
 *   D3  after a failed write to disk (`storageFailed`) no further write is attempted
 */
import { Worker } from 'node:worker_threads'

import { systemClock } from '../base/clock.ts'
import { messageOf, Refusal } from '../base/faults.ts'
import { Stopwatch, type Timings } from '../base/timings.ts'
import { errorOf, type PlainError } from './faults.ts'
import { type Call, groupCommitter, type Outcome, type WriteTable } from './group-commit.ts'
import { type Migration, migrate } from './migrate.ts'
import { SqliteConnection } from './sqlite.ts'
import type { Steps, Write } from './statement.ts'
import type { FromWriter, ToWriter, WriterData } from './writer-thread.ts'

export interface Database extends AsyncDisposable {
  /** Runs a read at one instant of the database, in this thread. */
  read<Result>(steps: Steps<Result>): Result
  /** Runs a read of one statement: it sees one instant without a transaction around it. */
  readAlone<Result>(steps: Steps<Result>): Result
  /**
   * Runs a write and resolves once it is on stable storage.
   * @throws Refusal `storageFull`, `storageFailed`, or what the operation refused
   */
  write<Args, Result>(write: Write<Args, Result>, args: Args): Promise<Result>
  /** Writes asked for and not yet answered: the writer's lag. */
  readonly waiting: number
  /** From the sending of a group of writes until its commit was on stable storage. */
  readonly commits: Timings
  /** Something beside the database failed on the same disk: no further write is attempted (D3). */
  fail(message: string): void
  /** Why it stopped writing (D3); null: it writes. */
  readonly failure: string | null
  /** Called once, when the disk failed and the database stopped writing (D3). */
  onFailure(report: (message: string) => void): void
}

export interface DatabaseOptions {
  readonly file: string
  readonly migrations: readonly Migration[]
  /** Called when the disk is full and the operation frees space; true if room was made. */
  readonly releaseBallast?: () => boolean
}

/** Opens the database with its writer thread, bringing the schema up to date first. */
export async function openDatabase(
  options: DatabaseOptions & { readonly writesModule: URL },
): Promise<Database> {
  {
    using connection = new SqliteConnection(options.file, { readOnly: false })
    migrate(connection, options.migrations)
  }
  const writer = new WriterThread({
    file: options.file,
    writesModule: options.writesModule.href,
    cacheKib: WRITER_CACHE_KIB,
  })
  await writer.ready
  return new OpenDatabase(options, writer)
}

/** Opens the database without a thread: for a command that runs while no server does. */
export function openDatabaseInline(
  options: DatabaseOptions & { readonly writes: WriteTable },
): Database {
  const connection = new SqliteConnection(options.file, { readOnly: false })
  migrate(connection, options.migrations)
  const commit = groupCommitter(connection, options.writes)
  return new OpenDatabase(options, {
    commit: async (calls) => commit(calls),
    close: async () => connection[Symbol.dispose](),
  })
}

interface Writer {
  commit(calls: readonly Call[]): Promise<readonly Outcome[]>
  close(): Promise<void>
}

interface Waiting {
  readonly write: Write<unknown, unknown>
  readonly call: Call
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

class OpenDatabase implements Database {
  readonly #options: DatabaseOptions
  readonly #reader: SqliteConnection
  readonly #writer: Writer
  #next: Waiting[] = []
  #underway = new Set<Promise<void>>()
  readonly #commits = new Stopwatch()
  #waiting = 0
  #lastId = 0
  #failure: string | undefined
  #closed = false
  #report: (message: string) => void = () => {}

  constructor(options: DatabaseOptions, writer: Writer) {
    this.#options = options
    this.#writer = writer
    this.#reader = new SqliteConnection(options.file, { readOnly: true })
  }

  get waiting(): number {
    return this.#waiting
  }

  get commits(): Timings {
    return this.#commits.read()
  }

  get failure(): string | null {
    return this.#failure ?? null
  }

  onFailure(report: (message: string) => void): void {
    this.#report = report
    if (this.#failure !== undefined) report(this.#failure)
  }

  fail(message: string): void {
    if (this.#failure !== undefined) return
    this.#failure = message
    this.#report(message)
  }

  read<Result>(steps: Steps<Result>): Result {
    return this.#reader.transact('read', steps)
  }

  readAlone<Result>(steps: Steps<Result>): Result {
    return this.#reader.run(steps)
  }

  write<Args, Result>(write: Write<Args, Result>, args: Args): Promise<Result> {
    if (this.#failure !== undefined)
      return Promise.reject(new Refusal('storageFailed', undefined, { cause: this.#failure }))
    if (this.#closed) return Promise.reject(new Error('the database is closed'))
    return new Promise((resolve, reject) => {
      this.#waiting++
      const call = { id: ++this.#lastId, name: write.name, args }
      const entry: Waiting = {
        write: write as Write<unknown, unknown>,
        call,
        resolve: resolve as (result: unknown) => void,
        reject,
      }
      // All writes of one turn of the event loop cross to the thread in one message.
      if (this.#next.push(entry) === 1) setImmediate(() => this.#send())
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#send()
    while (this.#underway.size > 0) await Promise.all(this.#underway)
    // The reader first: SQLite folds the write-ahead log into the file when the last connection
    // closes, and one that may only read cannot.
    this.#reader[Symbol.dispose]()
    await this.#writer.close()
  }

  #send(): void {
    const group = this.#next
    if (group.length === 0) return
    this.#next = []
    const done = this.#commit(group).finally(() => this.#underway.delete(done))
    this.#underway.add(done)
  }

  async #commit(group: Waiting[]): Promise<void> {
    let outcomes: readonly Outcome[]
    const startedMs = systemClock.monotonicMs()
    try {
      outcomes = await this.#writer.commit(group.map(({ call }) => call))
      this.#commits.add(systemClock.monotonicMs() - startedMs)
    } catch (error) {
      const message = `the writer stopped: ${String(error)}`
      this.fail(message)
      for (const entry of group) this.#settle(() => entry.reject(new Error(message)))
      return
    }
    for (const [index, entry] of group.entries()) {
      const outcome = outcomes[index]
      if (outcome === undefined) throw new Error('the writer answered too few calls')
      if (outcome.ok) this.#settle(() => entry.resolve(outcome.result))
      else await this.#rejectOrRetry(entry, outcome.error)
    }
  }

  async #rejectOrRetry(entry: Waiting, error: PlainError): Promise<void> {
    if (error.kind === 'failed') this.fail(error.message)
    if (error.kind === 'full' && entry.write.freesSpace) {
      const outcome = await this.#retry(entry)
      if (outcome?.ok) return this.#settle(() => entry.resolve(outcome.result))
    }
    this.#settle(() => entry.reject(errorOf(error)))
  }

  /** Tries once more with the ballast gone. Undefined when there was none, or it cannot go. */
  async #retry(entry: Waiting): Promise<Outcome | undefined> {
    try {
      if (!this.#options.releaseBallast?.()) return undefined
      const [outcome] = await this.#writer.commit([entry.call])
      if (outcome?.ok === false && outcome.error.kind === 'failed') this.fail(outcome.error.message)
      return outcome
    } catch (error) {
      this.#report(`a write on the full disk was not tried again: ${messageOf(error)}`)
      return undefined
    }
  }

  #settle(settle: () => void): void {
    this.#waiting--
    settle()
  }
}

/** The calling thread's half of the writer thread. */
class WriterThread implements Writer {
  readonly ready: Promise<void>
  readonly #worker: Worker
  readonly #answers = new Map<number, (outcome: Outcome) => void>()
  #died: Error | undefined
  #onDeath = new Set<(error: Error) => void>()

  constructor(data: WriterData) {
    const own = import.meta.url.endsWith('.ts') ? './writer-thread.ts' : './writer-thread.js'
    this.#worker = new Worker(new URL(own, import.meta.url), {
      workerData: data,
      name: 'writer',
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    })
    this.ready = new Promise((resolve, reject) => {
      this.#onDeath.add(reject)
      this.#worker.on('message', (message: FromWriter) => {
        if (message.kind === 'ready') return resolve()
        for (const outcome of message.outcomes) {
          this.#answers.get(outcome.id)?.(outcome)
          this.#answers.delete(outcome.id)
        }
      })
    })
    this.#worker.on('error', (error: Error) => this.#die(error))
    this.#worker.on('exit', () => this.#die(new Error('the writer thread ended')))
  }

  commit(calls: readonly Call[]): Promise<readonly Outcome[]> {
    if (this.#died !== undefined) return Promise.reject(this.#died)
    return new Promise((resolve, reject) => {
      const outcomes: Outcome[] = []
      this.#onDeath.add(reject)
      for (const { id } of calls) {
        this.#answers.set(id, (outcome) => {
          outcomes.push(outcome)
          if (outcomes.length < calls.length) return
          this.#onDeath.delete(reject)
          resolve(outcomes)
        })
      }
      this.#worker.postMessage({ kind: 'calls', calls } satisfies ToWriter)
    })
  }

  async close(): Promise<void> {
    if (this.#died !== undefined) return
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve))
    this.#worker.postMessage({ kind: 'close' } satisfies ToWriter)
    await ended
  }

  #die(error: Error): void {
    this.#died ??= error
    for (const reject of this.#onDeath) reject(this.#died)
    this.#onDeath.clear()
  }
}

/** The writer's page cache. Deliveries touch few pages; a large cache only costs memory. */
const WRITER_CACHE_KIB = 8192
