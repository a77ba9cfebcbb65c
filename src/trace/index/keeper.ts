/**
 * Keeps the index of a running server up to date. A thread of its own takes the lines, so that mail
 * never waits for it; it is there only while there are lines, so that an idle server is no larger.
 *
 *   the log grew ─▶ start the thread ─▶ pass ─▶ … the log grew ─▶ pass … ─▶ quiet for a while ─▶ end it
 *
 * What the log has and the index has not when the server stops is taken after the next start, or by
 * the first command that asks.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

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
  #timer: Disposable | undefined
  #looking: Promise<void> = Promise.resolve()
  #isStopped = false
  /** Sizes and inodes of the log files at the last pass. */
  #taken = ''
  #activeMs = 0
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
    if (this.#isStopped || this.#isBusy) return
    if (present !== this.#taken && hasRoom()) {
      this.#taken = present
      this.#activeMs = clock.monotonicMs()
      this.#pass()
    } else if (clock.monotonicMs() - this.#activeMs > QUIET_MS) this.#close()
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
        this.#isBusy = false
        if (this.#worker === worker) this.#worker = undefined
        resolve()
      })
    })
  }

  /** A problem that stays is told once. */
  #done(problem: string | null): void {
    const { report, file } = this.#options
    this.#isBusy = false
    if (problem !== null) {
      this.#taken = '' // try again
      if (this.#problem === null)
        report(`the index ${file} is not up to date; the log has every line: ${problem}`)
    } else if (this.#problem !== null) report(`the index ${file} is up to date again`)
    this.#problem = problem
  }

  #close(): void {
    this.#worker?.postMessage({ kind: 'close' } satisfies ToIndexWorker)
    this.#worker = undefined
  }
}

/** Changes when a log was written or rotated. */
async function stateOf(folder: string): Promise<string> {
  const states = LOG_NAMES.map(async (name) => {
    const file = await stat(join(folder, name)).catch(() => undefined)
    return file === undefined ? '' : `${file.ino}:${file.size}`
  })
  return (await Promise.all(states)).join()
}

const LOOK_EVERY_MS = 5000
/** A thread that has nothing to do ends after this. */
const QUIET_MS = 30_000
const DAY_MS = 86_400_000
