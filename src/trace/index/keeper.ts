/**
 * Keeps the index of a running server up to date. A thread of its own takes the lines, so that mail
 * never waits for it; it is there only while there are lines, so that an idle server is no larger.
 *
 *   much is waiting, or for long ─▶ start the thread ─▶ pass ─▶ the log grew ─▶ pass … ─▶ quiet ─▶ end it
 *
 * What the log has and the index has not is never missed: the first command that asks takes it, and
 * after a stop the next start.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

import { DAY_MS } from '../../base/durations.ts'
import type { Clock } from '../../base/clock.ts'
import { LOG_NAMES } from '../../journal/log-names.ts'

/** What the thread is given when it starts. */
export interface IndexWorkerData {
  /** The index. */
  readonly file: string
  /** The folder of the log. */
  readonly folder: string
  /** Lines before it are not kept. */
  readonly keepFromMs: number
}

export type ToIndexWorker =
  | { readonly kind: 'pass'; readonly keepFromMs: number }
  | { readonly kind: 'close' }

/** After every pass; `problem` is a sentence, or null when all lines are taken. */
export interface FromIndexWorker {
  readonly problem: string | null
}

export interface KeeperOptions {
  readonly file: string
  readonly folder: string
  /** The thread: it makes a pass when it starts, and then one for each message. */
  readonly workerModule: URL
  /** Read before each pass; 0 keeps for ever. */
  readonly keepDays: () => number
  /** Is there room on the disk for more than mail? */
  readonly hasRoom: () => boolean
  readonly clock: Clock
  readonly report: (text: string) => void
  /** How long few lines may wait for the thread to be started; ten minutes when left out. */
  readonly patienceMs?: number
}

/** Starts it; disposing ends the pass under way after its present piece. */
export function startKeeper(options: KeeperOptions): AsyncDisposable {
  const keeper = new Keeper(options)
  return { [Symbol.asyncDispose]: () => keeper.stop() }
}

class Keeper {
  readonly #options: KeeperOptions
  #worker: Worker | undefined
  #ended: Promise<void> = Promise.resolve()
  #isBusy = false
  #isClosing = false
  #timer: Disposable | undefined
  #looking: Promise<void> = Promise.resolve()
  #isStopped = false
  /** The log files at the last pass. */
  #taken = NOTHING
  /** Of the last pass, and since when something waits for one. */
  #activeMs = 0
  #waitingMs: number | null = null
  #problem: string | null = null

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#lookLater()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.[Symbol.dispose]()
    await this.#looking
    this.#close()
    await this.#ended
  }

  #lookLater(): void {
    if (this.#isStopped) return
    this.#timer = this.#options.clock.after(LOOK_EVERY_MS, () => {
      this.#looking = this.#look().finally(() => this.#lookLater())
    })
  }

  async #look(): Promise<void> {
    const { clock, folder, hasRoom } = this.#options
    const present = await stateOf(folder)
    if (this.#isStopped || this.#isBusy || this.#isClosing) return
    const nowMs = clock.monotonicMs()
    if (present.files === this.#taken.files && present.octets === this.#taken.octets) {
      if (nowMs - this.#activeMs > QUIET_MS) this.#close()
      return
    }
    this.#waitingMs ??= nowMs
    if (!this.#isWorthIt(present, nowMs) || !hasRoom()) return
    this.#taken = present
    this.#activeMs = nowMs
    this.#waitingMs = null
    this.#pass()
  }

  /** Starting a thread for every line of a quiet server costs more than it is good for. */
  #isWorthIt(present: LogState, nowMs: number): boolean {
    const { patienceMs = PATIENCE_MS } = this.#options
    if (this.#worker !== undefined || present.octets - this.#taken.octets > MANY_OCTETS) return true
    return nowMs - (this.#waitingMs ?? nowMs) >= patienceMs
  }

  #pass(): void {
    const { clock, keepDays } = this.#options
    const days = keepDays()
    const keepFromMs = days === 0 ? Number.NEGATIVE_INFINITY : clock.nowMs() - days * DAY_MS
    this.#isBusy = true
    if (this.#worker === undefined) this.#start(keepFromMs)
    else this.#worker.postMessage({ kind: 'pass', keepFromMs } satisfies ToIndexWorker)
  }

  #start(keepFromMs: number): void {
    const { workerModule, file, folder } = this.#options
    const worker = new Worker(workerModule, {
      workerData: { file, folder, keepFromMs } satisfies IndexWorkerData,
      name: 'index',
      resourceLimits: { maxOldGenerationSizeMb: 192 },
    })
    this.#worker = worker
    worker.on('message', ({ problem }: FromIndexWorker) => this.#done(problem))
    worker.on('error', (error: Error) => this.#done(error.message))
    this.#ended = new Promise((resolve) => {
      worker.once('exit', () => {
        // A pass that was asked for while it ended was not made.
        if (this.#isBusy) this.#taken = NOTHING
        this.#isBusy = false
        this.#isClosing = false
        this.#worker = undefined
        resolve()
      })
    })
  }

  /** A problem that stays is told once. */
  #done(problem: string | null): void {
    const { report, file } = this.#options
    this.#isBusy = false
    if (problem !== null) {
      this.#taken = NOTHING // try again
      if (this.#problem === null)
        report(`the index ${file} is not up to date; the log has every line: ${problem}`)
    } else if (this.#problem !== null) report(`the index ${file} is up to date again`)
    this.#problem = problem
  }

  #close(): void {
    if (this.#isClosing || this.#worker === undefined) return
    this.#isClosing = true
    this.#worker.postMessage({ kind: 'close' } satisfies ToIndexWorker)
  }
}

interface LogState {
  /** Their inodes: changes when one is rotated. */
  readonly files: string
  /** All together. */
  readonly octets: number
}

const NOTHING: LogState = { files: '', octets: 0 }

async function stateOf(folder: string): Promise<LogState> {
  const found = LOG_NAMES.map((name) => stat(join(folder, name)).catch(() => undefined))
  const files = await Promise.all(found)
  return {
    files: files.map((file) => file?.ino ?? '').join(),
    octets: files.reduce((sum, file) => sum + (file?.size ?? 0), 0),
  }
}

const LOOK_EVERY_MS = 5000
/** A thread that has nothing to do ends after this. */
const QUIET_MS = 30_000
/** Enough to start the thread at once. */
const MANY_OCTETS = 512 * 1024
const PATIENCE_MS = 10 * 60_000
