import { existsSync, rmSync, statfsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'

export interface DiskGuardOptions {
  readonly dataFolder: string
  readonly clock: Clock
  /** Mail is refused while less of the disk than this is free: percent of its octets and inodes. */
  readonly minFreePercent: number
  readonly minFreeOctets: number
  /** Size of the file that is given up when the disk is full, so that mail can be deleted. 0: none. */
  readonly ballastOctets: number
  /** Told once when the ballast was used up and once when it is back. */
  readonly report: (text: string) => void
}

/**
 * Keeps the disk from filling up: says no while there is still room, and holds a reserve, because
 * on a full disk SQLite cannot even delete.
 */
export class DiskGuard {
  readonly #options: DiskGuardOptions
  readonly #ballast: string
  #checkedMs = Number.NEGATIVE_INFINITY
  #freeOctets = 0
  #enough = true
  #filling = false

  constructor(options: DiskGuardOptions) {
    this.#options = options
    this.#ballast = join(options.dataFolder, 'ballast')
  }

  /** @throws Refusal storageFull when the disk is too full for a message of this size */
  check(sizeOctets: number): void {
    this.#measure()
    if (this.#enough && this.#freeOctets >= 3 * sizeOctets) return
    throw new Refusal('storageFull')
  }

  /** Is there more room than mail needs? What can wait is not written otherwise. */
  readonly hasRoom = (): boolean => {
    this.#measure()
    return this.#enough
  }

  /** Gives up the reserve. True when there was one. */
  readonly release = (): boolean => {
    if (!existsSync(this.#ballast)) return false
    rmSync(this.#ballast)
    this.#checkedMs = Number.NEGATIVE_INFINITY
    this.#options.report('the disk is full: the ballast was released so that mail can be deleted')
    return true
  }

  /**
   * Makes the reserve when there is room for it: at start, and now and then after it was used.
   * @param stop  gives it up for this time, within the writing of one piece
   */
  async refill(stop: AbortSignal): Promise<void> {
    const { ballastOctets } = this.#options
    if (this.#filling || ballastOctets === 0 || existsSync(this.#ballast)) return
    this.#measure()
    if (!this.#enough || this.#freeOctets < 2 * ballastOctets) return
    this.#filling = true
    try {
      await writeZeros(`${this.#ballast}.new`, ballastOctets, stop)
      await rename(`${this.#ballast}.new`, this.#ballast)
    } catch (error) {
      await rm(`${this.#ballast}.new`, { force: true })
      if (stop.aborted) return
      this.#options.report(`the ballast could not be written: ${String(error)}`)
    } finally {
      this.#filling = false
    }
  }

  #measure(): void {
    const { clock, dataFolder, minFreeOctets, minFreePercent } = this.#options
    const nowMs = clock.monotonicMs()
    if (nowMs - this.#checkedMs < MEASURE_EVERY_MS) return
    this.#checkedMs = nowMs
    const { bsize, blocks, bavail, files, ffree } = statfsSync(dataFolder)
    this.#freeOctets = bavail * bsize
    const neededOctets = Math.max(minFreeOctets, (blocks * bsize * minFreePercent) / 100)
    // Some file systems have no fixed number of inodes and say 0.
    const enoughFiles = files === 0 || ffree >= (files * minFreePercent) / 100
    this.#enough = this.#freeOctets >= neededOctets && enoughFiles
  }
}

const MEASURE_EVERY_MS = 1000
const ZEROS = new Uint8Array(1024 * 1024)
/** Synced after each: a stop waits for one piece at most, and mail's own syncs for no more. */
const PIECE_OCTETS = 8 * ZEROS.length

/** @throws the signal's reason when it stops the writing */
async function writeZeros(path: string, octets: number, stop: AbortSignal): Promise<void> {
  await using handle = await open(path, 'w', 0o600)
  for (let done = 0; done < octets; ) {
    stop.throwIfAborted()
    const { bytesWritten } = await handle.write(ZEROS, 0, Math.min(octets - done, ZEROS.length))
    const piece = Math.floor(done / PIECE_OCTETS)
    done += bytesWritten
    if (Math.floor(done / PIECE_OCTETS) > piece) await handle.datasync()
  }
  await handle.sync()
}
