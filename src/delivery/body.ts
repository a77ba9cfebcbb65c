import { isAscii } from 'node:buffer'
import { createHash, hash, type Hash } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'

import { Refusal } from '../base/faults.ts'
import type { MessageLimits } from '../base/limits.ts'
import { storageFaultOf } from '../db/faults.ts'
import type { BlobFolder } from '../store/blob-folder.ts'
import { SkeletonScanner } from '../syntax/mime/scanner.ts'
import type { Skeleton } from '../syntax/mime/skeleton.ts'
import type { Body, BodyWriter } from './types.ts'

/**
 * Up to here a message lives in its database row, so that one fsync makes content and metadata
 * durable together; above, in a file, which costs two fsyncs more but is not written twice.
 * Measured by `npm run bench`.
 */
export const MEMORY_OCTETS = 64 * 1024
/** Octets on their way to the file before the source is asked to pause. */
const HIGH_WATER_OCTETS = 512 * 1024

/** See {@link BodyWriter}. Starts in memory and moves to a file when the body grows large. */
export class StreamedBody implements BodyWriter {
  readonly #blobs: BlobFolder
  readonly #scanner: SkeletonScanner
  #chunks: Uint8Array[] = []
  #size = 0
  #eightBitFrom: number | null = null
  #file: SpillFile | undefined
  readonly #onFailure: (error: unknown) => void
  #finished = false

  /** @param onFailure  hears that the disk failed under this body: its file could not be synced */
  constructor(blobs: BlobFolder, limits: MessageLimits, onFailure: (error: unknown) => void) {
    this.#blobs = blobs
    this.#onFailure = onFailure
    this.#scanner = new SkeletonScanner(limits)
  }

  get sizeOctets(): number {
    return this.#size
  }

  write(octets: Uint8Array): boolean {
    if (this.#eightBitFrom === null && !isAscii(octets))
      this.#eightBitFrom = this.#size + octets.findIndex((octet) => octet > 0x7f)
    this.#size += octets.length
    this.#scanner.push(octets)
    if (this.#file !== undefined) return this.#file.write(octets)
    this.#chunks.push(octets)
    if (this.#size <= MEMORY_OCTETS) return true
    this.#file = new SpillFile(this.#blobs.stagingPath())
    for (const chunk of this.#chunks.splice(0)) this.#file.write(chunk)
    return this.#file.hasRoom
  }

  async drained(): Promise<void> {
    await this.#file?.drained()
  }

  async finish(): Promise<Body> {
    const skeleton = this.#scanner.finish()
    if (this.#file !== undefined) {
      const { path, digest } = await this.#file.finish().catch((error: unknown) => {
        const refusal = refusalOf(error)
        if (isStorageFailure(refusal)) this.#onFailure(error)
        throw refusal
      })
      this.#finished = true
      return { ...this.#facts(skeleton), hash: digest, content: { kind: 'file', path } }
    }
    const octets = joined(this.#chunks, this.#size)
    const digest = hash('sha256', octets, 'hex')
    return { ...this.#facts(skeleton), hash: digest, content: { kind: 'memory', octets } }
  }

  #facts(skeleton: Skeleton): Pick<Body, 'sizeOctets' | 'skeleton' | 'eightBitFrom'> {
    return { sizeOctets: this.#size, skeleton, eightBitFrom: this.#eightBitFrom }
  }

  /** Removes the file of a body that was not finished. A finished body's file belongs to `accept`. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#finished) await this.#file?.discard()
  }
}

/** A copy with memory of its own: a view of a pooled buffer would cross to the writer with the pool. */
function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const octets = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    octets.set(chunk, at)
    at += chunk.length
  }
  return octets
}

/** The file of a large body: written in order, hashed on the way, synced at the end. */
class SpillFile {
  readonly #path: string
  readonly #hash: Hash = createHash('sha256')
  #waiting: Uint8Array[] = []
  #waitingOctets = 0
  #work: Promise<void>
  #handle: FileHandle | undefined
  #error: unknown
  #writing = false

  constructor(path: string) {
    this.#path = path
    this.#work = this.#guard(async () => {
      this.#handle = await open(path, 'wx', 0o600)
    })
  }

  get hasRoom(): boolean {
    return this.#waitingOctets < HIGH_WATER_OCTETS
  }

  write(octets: Uint8Array): boolean {
    this.#hash.update(octets)
    this.#waiting.push(octets)
    this.#waitingOctets += octets.length
    if (!this.#writing) {
      this.#writing = true
      this.#work = this.#work.then(() => this.#guard(() => this.#writeWaiting()))
    }
    return this.hasRoom
  }

  async drained(): Promise<void> {
    while (!this.hasRoom) await this.#work
  }

  async finish(): Promise<{ path: string; digest: string }> {
    await this.#work
    await this.#guard(async () => {
      await this.#handle?.sync()
      await this.#handle?.close()
      this.#handle = undefined
    })
    if (this.#error !== undefined) {
      await this.discard()
      throw this.#error
    }
    return { path: this.#path, digest: this.#hash.digest('hex') }
  }

  async discard(): Promise<void> {
    await this.#work
    await this.#handle?.close().catch(() => {})
    this.#handle = undefined
    await rm(this.#path, { force: true })
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const chunks = this.#waiting
      const octets = this.#waitingOctets
      this.#waiting = []
      if (this.#error === undefined) await this.#writeAll(chunks, octets)
      this.#waitingOctets -= octets
    }
    this.#writing = false
  }

  /** On a disk that is nearly full a write may take a part, and only the next one fails. */
  async #writeAll(chunks: readonly Uint8Array[], octets: number): Promise<void> {
    const written = (await this.#handle?.writev(chunks))?.bytesWritten ?? octets
    if (written === octets) return
    const all = Buffer.concat(chunks)
    for (let at = written; at < octets; ) {
      const { bytesWritten } = (await this.#handle?.write(all, at)) ?? { bytesWritten: octets }
      at += bytesWritten
    }
  }

  /** The first error is kept for {@link finish}; the source goes on, its octets are dropped. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#error ??= error
      this.#waiting = []
      this.#waitingOctets = 0
      this.#writing = false
    }
  }
}

/** Removes the file of a body that was not kept: refused, or wanted by nobody. A kept one has moved. */
export async function discardBody({ content }: Body): Promise<void> {
  if (content.kind === 'file') await rm(content.path, { force: true })
}

/** What an error of the file system means for the message. */
export function refusalOf(error: unknown): Error {
  const fault = storageFaultOf(error)
  if (fault === 'full') return new Refusal('storageFull', undefined, { cause: error })
  if (fault === 'failed') return new Refusal('storageFailed', undefined, { cause: error })
  return error instanceof Error ? error : new Error(String(error))
}

/** The disk failed: what was written before may be lost as well (promise 5 of the store). */
export function isStorageFailure(error: unknown): boolean {
  return error instanceof Refusal && error.reason === 'storageFailed'
}
