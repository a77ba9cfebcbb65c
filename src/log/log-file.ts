/**
 * One log file: appended to in batches, rotated, and written again after any trouble.
 *
 *   append ─▶ waiting text ─▶ one write at a time ─▶ file
 *                 ▲                    │ fails
 *                 └──── kept, tried again after a second, reported once
 *
 * Nothing here blocks the caller or throws into it. When the file cannot be written, text waits in
 * memory up to a limit; what comes beyond it is counted and lost.
 */
import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

import type { Clock } from '../base/clock.ts'
import { messageOf, systemCodeOf } from '../base/faults.ts'
import { latin1 } from '../base/octets.ts'
import { syncFolder } from '../base/sync-folder.ts'

/** A place in the log that can be found again after rotation. */
export interface LogPosition {
  readonly inode: number
  /** How the file starts: an inode number is used again for another file. */
  readonly head: string
  /** Octets before it. */
  readonly offset: number
}

export interface LogFileOptions {
  readonly path: string
  readonly clock: Clock
  readonly report: (message: string) => void
  /** Is it time for a new file? Given the size after the next write, and when the last was. */
  readonly isFull: (sizeOctets: number, lastWriteMs: number) => boolean
  /** Renames the full file. */
  readonly rotate: (path: string) => Promise<void>
}

/** A piece of text on its way; `done` is told when it and everything before it is written. */
interface Batch {
  text: string
  /** Set when its turn has come: from then on it takes no more text. */
  octets: Buffer | undefined
  /** Octets of it that are written: a full disk can stop in the middle. */
  written: number
  done: PromiseWithResolvers<LogPosition> | undefined
  /** Whether `done` means on stable storage. */
  durable: boolean
}

interface OpenFile {
  readonly handle: FileHandle
  readonly inode: number
  head: string
  size: number
  lastWriteMs: number
}

export class LogFile implements AsyncDisposable {
  readonly #options: LogFileOptions
  #batches: Batch[] = []
  #waitingChars = 0
  #lost = 0
  #file: OpenFile | undefined
  #running: Promise<void> | undefined
  #timer: Disposable | undefined
  #trouble: string | undefined
  #syncFailed = false
  #rotateAfterMs = 0

  constructor(options: LogFileOptions) {
    this.#options = options
  }

  /** Lines lost since the start, because too much waited. */
  get lostLines(): number {
    return this.#lost
  }

  /** Takes whole lines. False when too much is waiting: then they are lost, and counted. */
  append(text: string): boolean {
    if (this.#waitingChars + text.length > MAX_WAITING_CHARS) {
      this.#lost += text.split('\n').length - 1
      return false
    }
    const last = this.#batches.at(-1)
    if (last === undefined || last.done !== undefined || last.octets !== undefined)
      this.#batches.push({ text, octets: undefined, written: 0, done: undefined, durable: false })
    else last.text += text
    this.#waitingChars += text.length
    if (this.#waitingChars > EAGER_CHARS && this.#trouble === undefined) this.#run()
    else this.#timer ??= this.#options.clock.after(BATCH_MS, () => this.#run())
    return true
  }

  /** Resolves when everything appended so far is written; rejects when that fails now. */
  async flush(): Promise<void> {
    await this.#marker(false)
  }

  /** Like {@link flush}, and it is on stable storage. Gives the place after it. */
  sync(): Promise<LogPosition> {
    return this.#marker(true)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.flush()
    } catch {
      // It was reported; what could not be written is lost now.
    }
    this.#timer?.[Symbol.dispose]()
    await this.#running
    await this.#close()
  }

  #marker(durable: boolean): Promise<LogPosition> {
    const done = Promise.withResolvers<LogPosition>()
    this.#batches.push({ text: '', octets: undefined, written: 0, done, durable })
    this.#run()
    return done.promise
  }

  #run(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = undefined
      if (this.#batches.some(({ done }) => done !== undefined)) this.#run()
      else if (this.#batches.length > 0)
        this.#timer ??= this.#options.clock.after(
          this.#trouble === undefined ? BATCH_MS : RETRY_MS,
          () => this.#run(),
        )
    })
  }

  async #writeAll(): Promise<void> {
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      try {
        await this.#write(batch)
        const file = await this.#finish(batch)
        if (this.#batches.shift() !== batch) throw new Error('the log lost its place')
        this.#waitingChars -= batch.text.length
        batch.done?.resolve(file === undefined ? NOWHERE : positionIn(file))
        this.#wellAgain()
      } catch (error) {
        this.#fail(error)
        return
      }
    }
  }

  /** Writes a batch, or what is left of it after a failure. */
  async #write(batch: Batch): Promise<void> {
    batch.octets ??= Buffer.from(batch.text, 'utf8')
    const { octets } = batch
    if (octets.length === 0) return
    if (batch.written === 0) await this.#useRightFile(octets.length)
    const file = this.#file ?? (await this.#open())
    while (batch.written < octets.length) {
      const { bytesWritten } = await file.handle.write(octets, batch.written)
      if (file.head === '') file.head = headIn(octets)
      batch.written += bytesWritten
      file.size += bytesWritten
    }
    file.lastWriteMs = this.#options.clock.nowMs()
  }

  async #finish(batch: Batch): Promise<OpenFile | undefined> {
    if (!batch.durable) return this.#file
    const file = this.#file ?? (await this.#open())
    await this.#syncFile(file)
    return file
  }

  /**
   * After a failed fsync the kernel may have dropped what it could not write, and say nothing the
   * next time: nothing is called durable any more until a restart has looked at the file.
   */
  async #syncFile(file: OpenFile): Promise<void> {
    if (this.#syncFailed) throw new Error('an earlier fsync failed')
    try {
      await file.handle.datasync()
    } catch (error) {
      this.#syncFailed = true
      throw error
    }
  }

  /** Opens, opens again when the file was moved away, and rotates. */
  async #useRightFile(moreOctets: number): Promise<void> {
    const { path, clock, isFull, rotate, report } = this.#options
    if (this.#file !== undefined && !(await this.#isStillThere(this.#file))) {
      // Its last lines must be as durable as those that come after them in the new file.
      if (!this.#syncFailed) await this.#syncFile(this.#file)
      await this.#close()
    }
    const file = this.#file ?? (await this.#open())
    const nowMs = clock.nowMs()
    if (file.size === 0 || !isFull(file.size + moreOctets, file.lastWriteMs)) return
    if (nowMs < this.#rotateAfterMs) return
    try {
      await this.#syncFile(file)
      await rotate(path)
      await this.#close()
    } catch (error) {
      this.#rotateAfterMs = nowMs + ROTATE_AGAIN_MS
      report(`${path} cannot be rotated and grows on: ${messageOf(error)}`)
    }
  }

  async #isStillThere(file: OpenFile): Promise<boolean> {
    try {
      return (await stat(this.#options.path)).ino === file.inode
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return false
      throw error
    }
  }

  async #open(): Promise<OpenFile> {
    const { path } = this.#options
    const { O_APPEND, O_CREAT, O_RDWR } = constants
    const handle = await open(path, O_APPEND | O_CREAT | O_RDWR, 0o600)
    try {
      await cutTornLine(handle)
      const { ino, size, mtimeMs } = await handle.stat()
      if (size === 0) await syncFolder(dirname(path))
      const head = await headOf(handle)
      this.#file = { handle, inode: ino, head, size, lastWriteMs: mtimeMs }
      return this.#file
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async #close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.handle.close()
  }

  #fail(error: unknown): void {
    const { path, report } = this.#options
    const message = messageOf(error)
    if (this.#trouble === undefined)
      report(`${path} cannot be written, its lines wait in memory: ${message}`)
    this.#trouble = message
    const failed = error instanceof Error ? error : new Error(message)
    for (const { done } of this.#batches) done?.reject(failed)
    this.#batches = this.#batches.filter(({ text }) => text !== '')
  }

  #wellAgain(): void {
    if (this.#trouble === undefined) return
    this.#trouble = undefined
    const lost = this.#lost === 0 ? 'no line is lost' : `${this.#lost} lines are lost`
    this.#options.report(`${this.#options.path} is written again; ${lost}`)
  }
}

function positionIn({ inode, head, size }: OpenFile): LogPosition {
  return { inode, head, offset: size }
}

/** What a flush gives when nothing was ever written. */
const NOWHERE: LogPosition = { inode: 0, head: '', offset: 0 }

/** The start of the first line, enough to tell two files apart. */
export async function headOf(file: FileHandle): Promise<string> {
  const octets = Buffer.alloc(HEAD_OCTETS)
  const { bytesRead } = await file.read(octets, 0, HEAD_OCTETS, 0)
  return headIn(octets.subarray(0, bytesRead))
}

function headIn(octets: Buffer): string {
  return latin1(octets.subarray(0, HEAD_OCTETS)).split('\n', 1)[0] ?? ''
}

/** Cuts off a last line without its end: the write was interrupted by a crash. */
async function cutTornLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat()
  const chunk = Buffer.alloc(CHUNK_OCTETS)
  let end = size
  while (end > 0) {
    const start = Math.max(0, end - CHUNK_OCTETS)
    const { bytesRead } = await handle.read(chunk, 0, end - start, start)
    const newline = chunk.subarray(0, bytesRead).lastIndexOf(NEWLINE)
    if (newline >= 0) {
      end = start + newline + 1
      break
    }
    end = start
  }
  if (end < size) await handle.truncate(end)
}

/** Lines wait this long for others to share their write. */
const BATCH_MS = 50
const RETRY_MS = 1000
const ROTATE_AGAIN_MS = 60_000
/** More than this is written at once. */
const EAGER_CHARS = 256 * 1024
/** What waits in memory while the file cannot be written. */
const MAX_WAITING_CHARS = 16 * 1024 * 1024
const CHUNK_OCTETS = 64 * 1024
const HEAD_OCTETS = 64
const NEWLINE = 0x0a
