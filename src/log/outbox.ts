/**
 * The outbox: the log lines of accepted mail, kept in the database until they are in the log.
 *
 * The lines are inserted in the transaction that accepts the message, so the log cannot miss a fate
 * (promise 8 of the store). After the commit they are appended to mainlog; at most once a second
 * the log is synced, and then the rows are deleted and the place in the log is remembered.
 *
 * Invariants
 *   O1  a row is deleted only after its lines were synced in the log
 *   O2  every line before the remembered place belongs to a deleted row, or to none
 *   O3  so after a crash, a line of a row that stands after the remembered place is that row's,
 *       and one that does not stand there was not written
 *
 * A crash can leave rows whose lines are all, partly or not at all in the log, and a torn last line.
 */
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/faults.ts'
import type { Database } from '../db/database.ts'
import { all, change, defineWrite, one, type Steps } from '../db/statement.ts'
import type { OwnEvent } from '../journal/event.ts'
import type { Zone } from '../journal/zone.ts'
import type { EventCounters } from './counters.ts'
import type { LogPosition } from './log-file.ts'
import { missingLines } from './missing-lines.ts'
import { renderLine } from './render.ts'

/** Part of a larger write. Every line ends in a newline. Gives the id for {@link Outbox.committed}. */
export function* addToOutbox(lines: string): Steps<number> {
  const { lastId } = yield* change('INSERT INTO outbox (lines) VALUES (?)', lines)
  return lastId
}

export interface ForgetArgs {
  /** All rows with ids up to this one are in the log. */
  readonly upTo: number
  readonly mark: LogPosition
}

export const forgetOutbox = defineWrite(
  'forgetOutbox',
  function* ({ upTo, mark }: ForgetArgs): Steps<void> {
    yield* change('DELETE FROM outbox WHERE id <= ?', upTo)
    yield* change(
      'INSERT OR REPLACE INTO outbox_mark (id, inode, head, offset_octets) VALUES (1, ?, ?, ?)',
      mark.inode,
      mark.head,
      mark.offset,
    )
  },
  { freesSpace: true },
)

export interface OutboxRow {
  readonly id: number
  readonly lines: string
}

/** Rows with ids in (after, upTo], at most `limit`. */
function* rowsBetween(after: number, upTo: number, limit: number): Steps<OutboxRow[]> {
  return yield* all<OutboxRow>(
    'SELECT id, lines FROM outbox WHERE id > ? AND id <= ? ORDER BY id LIMIT ?',
    after,
    upTo,
    limit,
  )
}

/** Every row: lines that are committed, and may or may not be in the log. */
export function* readOutbox(): Steps<OutboxRow[]> {
  return yield* rowsBetween(0, Number.MAX_SAFE_INTEGER, -1)
}

interface State {
  readonly rows: readonly OutboxRow[]
  readonly mark: LogPosition | null
  /** The last id that was ever given. */
  readonly lastId: number
}

function* readState(): Steps<State> {
  const rows = yield* readOutbox()
  const mark = yield* one<LogPosition>(
    'SELECT inode, head, offset_octets AS offset FROM outbox_mark',
  )
  const last = yield* one<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
  return { rows, mark: mark ?? null, lastId: last?.seq ?? 0 }
}

/** The log that the outbox is emptied into: `Logs.mainlog`. */
export interface OutboxLog {
  /** False when too much is waiting and the text was not taken. */
  append(text: string): boolean
  /** Everything appended before is on stable storage; the place after it. */
  sync(): Promise<LogPosition>
}

export interface OutboxOptions {
  readonly database: Database
  readonly log: OutboxLog
  /** The folder of the log, to see what it holds after a crash. */
  readonly folder: string
  readonly zone: Zone
  readonly clock: Clock
  /** Told once when the log or the database cannot be written, and once when it can again. */
  readonly report: (message: string) => void
  /** Counts each line once, when the log took it; not those of the last run. */
  readonly counters?: EventCounters
}

export class Outbox implements AsyncDisposable {
  readonly #options: OutboxOptions
  /** Every id up to this one is written to the log, and those in `#beyond` are. */
  #written = 0
  readonly #beyond = new Set<number>()
  #highest = 0
  #forgotten = 0
  #timer: Disposable | undefined
  #settling: Promise<void> | undefined
  #inTrouble = false

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** An event as the line to commit, with its newline. */
  readonly render = (event: OwnEvent): string => renderLine(event, this.#options.zone)

  /**
   * Writes what a crash kept from the log: each line exactly once. To be called before the first
   * message is accepted. Resolves with the number of lines written.
   */
  async recover(): Promise<number> {
    const { database, folder, log } = this.#options
    const { rows, mark, lastId } = database.read(readState())
    this.#written = lastId
    this.#highest = lastId
    this.#forgotten = lastId
    if (rows.length === 0) return 0
    const missing = await missingLines(rows, folder, mark)
    for (let at = 0; at < missing.length; at += LINES_AT_ONCE) {
      const lines = missing.slice(at, at + LINES_AT_ONCE)
      if (!log.append(`${lines.join('\n')}\n`)) throw new Error('mainlog takes no more lines')
      await log.sync()
    }
    await database.write(forgetOutbox, { upTo: lastId, mark: await log.sync() })
    return missing.length
  }

  /** The transaction that added these lines is committed: they go to the log. */
  committed(id: number, lines: string): void {
    if (id <= this.#written || this.#beyond.has(id)) return // found in the table meanwhile
    if (id > this.#highest) this.#highest = id
    if (this.#append(lines)) this.#markWritten(id)
    if (this.#highest - this.#forgotten >= ROWS_BEFORE_SETTLING) this.#settleNow()
    else this.#timer ??= this.#options.clock.after(SETTLE_MS, () => this.#settleNow())
  }

  /** Syncs the log and forgets what is in it. Rejects never: what failed is tried again later. */
  async settle(): Promise<void> {
    await this.#settling
    if (this.#highest === this.#forgotten) return
    this.#settling = this.#trySettling().finally(() => {
      this.#settling = undefined
    })
    await this.#settling
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]()
    await this.settle()
    this.#timer?.[Symbol.dispose]()
  }

  #settleNow(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    if (this.#settling === undefined) void this.settle()
    else this.#timer = this.#options.clock.after(SETTLE_MS, () => this.#settleNow())
  }

  async #trySettling(): Promise<void> {
    const { database, log, report } = this.#options
    try {
      this.#fillGaps()
      // Nothing is awaited between here and sync(): no line of a later row comes before the mark.
      const upTo = this.#highest
      const mark = await log.sync()
      await database.write(forgetOutbox, { upTo, mark })
      this.#forgotten = upTo
      if (this.#inTrouble) report('mainlog is written again, and no line of accepted mail is lost')
      this.#inTrouble = false
    } catch (error) {
      if (!this.#inTrouble)
        report(`the log lines of accepted mail wait in the database: ${messageOf(error)}`)
      this.#inTrouble = true
    }
    if (this.#highest > this.#forgotten)
      this.#timer ??= this.#options.clock.after(SETTLE_MS, () => this.#settleNow())
  }

  /**
   * Rows whose commit was not reported, or whose lines the log did not take: the table has them.
   * A smaller id than a committed one is committed too, or never will be: one thread gives them.
   */
  #fillGaps(): void {
    while (this.#written < this.#highest) {
      const steps = rowsBetween(this.#written, this.#highest, GAP_ROWS)
      const rows = this.#options.database.read(steps)
      for (const { id, lines } of rows) {
        if (id <= this.#written) continue // it followed the one before
        if (!this.#append(lines)) throw new Error('mainlog takes no more lines')
        this.#skipTo(id)
      }
      if (rows.length < GAP_ROWS) this.#skipTo(this.#highest)
    }
  }

  /** False when the log did not take the lines. */
  #append(lines: string): boolean {
    const { log, counters } = this.#options
    if (!log.append(lines)) return false
    counters?.countLines(lines)
    return true
  }

  #markWritten(id: number): void {
    if (id !== this.#written + 1) {
      this.#beyond.add(id)
      return
    }
    this.#written = id
    while (this.#beyond.delete(this.#written + 1)) this.#written++
  }

  #skipTo(id: number): void {
    this.#written = id
    for (const beyond of this.#beyond) if (beyond <= id) this.#beyond.delete(beyond)
    while (this.#beyond.delete(this.#written + 1)) this.#written++
  }
}

/** How long rows stay: one sync of the log and one commit serve all mail of this time. */
const SETTLE_MS = 1000
const ROWS_BEFORE_SETTLING = 20_000
const GAP_ROWS = 1000
const LINES_AT_ONCE = 5000
