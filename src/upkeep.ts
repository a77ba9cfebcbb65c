/** Small jobs that nobody waits for: the ballast, and files that a crash left without a row. */
import type { Clock } from './base/clock.ts'
import { messageOf } from './base/faults.ts'
import type { Database } from './db/database.ts'
import type { DiskGuard } from './delivery/disk-guard.ts'
import type { BlobFolder } from './store/blob-folder.ts'
import { listBlobFiles } from './store/check.ts'

export interface UpkeepOptions {
  readonly database: Database
  readonly blobs: BlobFolder
  readonly guard: DiskGuard
  readonly clock: Clock
  readonly report: (text: string) => void
}

/** Starts them; disposing waits for the one under way. */
export function startUpkeep(options: UpkeepOptions): AsyncDisposable {
  const { guard, clock } = options
  let underway: Promise<void> = Promise.resolve()
  let swept = Number.NEGATIVE_INFINITY
  let next: Disposable | undefined
  const stop = new AbortController()

  const run = async () => {
    await guard.refill(stop.signal)
    if (stop.signal.aborted) return
    if (clock.monotonicMs() - swept > SWEEP_EVERY_MS) {
      swept = clock.monotonicMs()
      await sweep(options, stop.signal)
    }
    if (!stop.signal.aborted) next = clock.after(EVERY_MS, start)
  }
  const start = () => {
    underway = run().catch((error: unknown) => options.report(`upkeep: ${messageOf(error)}`))
  }
  start()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      next?.[Symbol.dispose]()
      await underway
    },
  }
}

/** A file is in place before its row is committed, so only old ones without a row are left-overs. */
async function sweep(options: UpkeepOptions, stop: AbortSignal): Promise<void> {
  const { database, blobs, clock, report } = options
  const old: string[] = []
  for await (const { file, ageMs } of blobs.files(clock.nowMs())) {
    if (stop.aborted) return
    if (ageMs > LEFT_OVER_MS) old.push(file)
  }
  if (old.length === 0) return
  const named = database.read(listBlobFiles())
  const leftOver = old.filter((file) => !named.has(file))
  for (const file of leftOver) await blobs.remove(file)
  if (leftOver.length > 0) report(`${leftOver.length} files that no message refers to were removed`)
}

const EVERY_MS = 60_000
const SWEEP_EVERY_MS = 24 * 60 * 60_000
/** Long after any acceptance under way when the rows are read. */
const LEFT_OVER_MS = 60 * 60_000
