/** A log file as octets from any place on, also when it is compressed. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

import { view } from '../../base/octets.ts'
import { compressionOf, LogFault, type RunFilter, unpacked } from '../source/unpack.ts'

export interface OctetsFile extends AsyncDisposable {
  readonly path: string
  readonly device: number
  readonly inode: number
  /** As it is stored. */
  readonly sizeOctets: number
  /** Of its last change, milliseconds with a fraction. */
  readonly changedMs: number
  /** Nothing is added to such a file: its last line is whole even without a newline. */
  readonly isCompressed: boolean
  /**
   * The unpacked octets from `at` on; fewer than asked for only at the end. Going backwards in
   * a compressed file reads it again from its start.
   * @throws LogFault when a compressed file is damaged or cut short
   */
  read(at: number, octets: number): Promise<Buffer>
}

/** @throws system errors; LogFault for a folder */
export async function openOctets(path: string, run: RunFilter): Promise<OctetsFile> {
  // Opening a FIFO would wait for a writer.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const { dev, ino, size, mtimeMs, ...stat } = await handle.stat()
    if ((stat.mode & FILE_TYPE) !== REGULAR_FILE) throw new LogFault(`${path} is not a file`)
    const facts = { path, device: dev, inode: ino, sizeOctets: size, changedMs: mtimeMs }
    const head = Buffer.alloc(6)
    const { bytesRead } = await handle.read(head, 0, head.length, 0)
    return compressionOf(head.subarray(0, bytesRead)) === null
      ? plainFile(facts, handle)
      : compressedFile(facts, handle, run)
  } catch (error) {
    await handle.close()
    throw error
  }
}

type FileFacts = Pick<OctetsFile, 'path' | 'device' | 'inode' | 'sizeOctets' | 'changedMs'>

function plainFile(facts: FileFacts, handle: FileHandle): OctetsFile {
  return {
    ...facts,
    isCompressed: false,
    async read(at, octets) {
      const buffer = Buffer.allocUnsafe(octets)
      let length = 0
      while (length < octets) {
        const { bytesRead } = await handle.read(buffer, length, octets - length, at + length)
        if (bytesRead === 0) break
        length += bytesRead
      }
      return buffer.subarray(0, length)
    },
    [Symbol.asyncDispose]: () => handle.close(),
  }
}

function compressedFile(facts: FileFacts, handle: FileHandle, run: RunFilter): OctetsFile {
  const start = () => new Forward(unpacked(facts.path, octetsOf(handle), run))
  let forward: Forward | undefined
  /** What was read last: looking at a few lines before they are read must not begin anew. */
  let recent: { at: number; octets: Buffer } = { at: 0, octets: Buffer.alloc(0) }
  const unpackedFrom = async (at: number, octets: number) => {
    if (forward !== undefined && at < forward.at) {
      await forward[Symbol.asyncDispose]()
      forward = undefined
    }
    forward ??= start()
    return await forward.read(at, octets)
  }
  return {
    ...facts,
    isCompressed: true,
    async read(at, octets) {
      const end = recent.at + recent.octets.length
      const isRecent = at >= recent.at && at <= end
      const had = isRecent ? recent.octets.subarray(at - recent.at) : Buffer.alloc(0)
      if (had.length >= octets) return had.subarray(0, octets)
      const more = await unpackedFrom(at + had.length, octets - had.length)
      const found = had.length === 0 ? more : Buffer.concat([had, more])
      recent = { at, octets: found }
      return found
    },
    async [Symbol.asyncDispose]() {
      await forward?.[Symbol.asyncDispose]()
      await handle.close()
    },
  }
}

/** All octets, from the first. A stream of the handle would close it when it is left early. */
async function* octetsOf(handle: FileHandle): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    const buffer = Buffer.allocUnsafe(READ_OCTETS)
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

/** Octets that come in pieces, read from front to back. */
class Forward implements AsyncDisposable {
  readonly #pieces: AsyncGenerator<Uint8Array>
  /** The piece that is being read, from `at` on. It stays until more is asked for. */
  #rest: Buffer = Buffer.alloc(0)
  #at = 0

  constructor(pieces: AsyncGenerator<Uint8Array>) {
    this.#pieces = pieces
  }

  /** Reading can go on from here, not from before. */
  get at(): number {
    return this.#at
  }

  async read(from: number, octets: number): Promise<Buffer> {
    const found: Buffer[] = []
    let at = from
    const end = from + octets
    while (at < end) {
      const passed = Math.min(at - this.#at, this.#rest.length)
      this.#rest = this.#rest.subarray(passed)
      this.#at += passed
      if (this.#rest.length === 0) {
        const next = await this.#pieces.next()
        if (next.done) break
        this.#rest = view(next.value)
        continue
      }
      const piece = this.#rest.subarray(0, end - at)
      found.push(piece)
      at += piece.length
    }
    return Buffer.concat(found)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pieces.return(undefined)
  }
}

const READ_OCTETS = 128 * 1024
/** `st_mode` of stat(2). */
const FILE_TYPE = 0o170000
const REGULAR_FILE = 0o100000
