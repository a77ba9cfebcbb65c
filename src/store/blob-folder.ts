import { randomBytes } from 'node:crypto'
import { createReadStream, type Dirent, statSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { syncFolder } from '../base/sync-folder.ts'

/**
 * Large message octets, one file each: `blobs/ab/cd/<sha256>-<random>`.
 *
 * A file is complete, synced and in its place, and its folder is synced, before the row that names
 * it is committed; it is deleted after the row is. A crash can therefore leave a file without a
 * row, never a row without a file. The random end keeps two messages with the same octets from
 * sharing a file, so that deleting one cannot race with accepting the other.
 */
export class BlobFolder {
  readonly #blobs: string
  readonly #staging: string
  readonly #made = new Set<string>()

  constructor(dataFolder: string) {
    this.#blobs = join(dataFolder, 'blobs')
    this.#staging = join(dataFolder, 'tmp')
  }

  /** Makes the folders, and removes what a crash left half written. */
  async open(): Promise<void> {
    await mkdir(this.#blobs, { recursive: true, mode: 0o700 })
    await rm(this.#staging, { recursive: true, force: true })
    await mkdir(this.#staging, { mode: 0o700 })
  }

  pathOf(file: string): string {
    return join(this.#blobs, file.slice(0, 2), file.slice(2, 4), file)
  }

  /** A path for a file that is being written. */
  stagingPath(): string {
    return join(this.#staging, randomBytes(12).toString('hex'))
  }

  /**
   * Moves a written and synced file to its place. Resolves when its folder entry is on stable
   * storage.
   * @returns the name for the blob's row
   */
  async keep(stagingPath: string, hash: Uint8Array): Promise<string> {
    const hex = Buffer.from(hash).toString('hex')
    const file = `${hex}-${randomBytes(4).toString('hex')}`
    const top = join(this.#blobs, hex.slice(0, 2))
    const folder = join(top, hex.slice(2, 4))
    if (!this.#made.has(folder)) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await syncFolder(this.#blobs)
      await syncFolder(top)
      this.#made.add(folder)
    }
    await rename(stagingPath, join(folder, file))
    await syncFolder(folder)
    return file
  }

  /** Deletes a file whose row is gone. Leaving it behind would cost room only, so no error leaves. */
  async remove(file: string): Promise<void> {
    await rm(this.pathOf(file), { force: true }).catch(() => {})
  }

  /** Octets [start, end) of a file, in chunks. Opened when the first is asked for. */
  async *read(file: string, start: number, end: number): AsyncGenerator<Uint8Array> {
    yield* createReadStream(this.pathOf(file), {
      start,
      end: end - 1,
      highWaterMark: READ_CHUNK_OCTETS,
    })
  }

  async sizeOctets(file: string): Promise<number> {
    return (await stat(this.pathOf(file))).size
  }

  /** Is the file there, and as long as it should be? */
  isWhole(file: string, sizeOctets: number): boolean {
    return statSync(this.pathOf(file), { throwIfNoEntry: false })?.size === sizeOctets
  }

  /** Every file, with its age in milliseconds. */
  async *files(nowMs: number): AsyncGenerator<{ readonly file: string; readonly ageMs: number }> {
    const entries: Dirent[] = await readdir(this.#blobs, { recursive: true, withFileTypes: true })
    for (const entry of entries) {
      if (!entry.isFile()) continue
      const { mtimeMs } = await stat(join(entry.parentPath, entry.name))
      yield { file: entry.name, ageMs: nowMs - mtimeMs }
    }
  }
}

const READ_CHUNK_OCTETS = 64 * 1024
