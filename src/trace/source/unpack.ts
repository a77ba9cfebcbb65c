/** Compressed logs: told by their first octets, since rotation names them in many ways. */
import { createReadStream } from 'node:fs'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'

import { OperatorFault, systemCodeOf, systemReason } from '../../base/faults.ts'

/** A log that cannot be read; the message is the whole sentence. */
export class LogFault extends OperatorFault {
  override readonly name = 'LogFault'
}

export type Compression = 'gzip' | 'xz' | 'zstd' | 'bzip2'

/**
 * Runs another program as a filter: its input, its output. Its output fails with the system's
 * `ENOENT` when there is no such program, and with its own words when it fails.
 */
export type RunFilter = (
  program: string,
  args: readonly string[],
  input: AsyncIterable<Uint8Array>,
) => AsyncIterable<Uint8Array>

/** What the octets begin as; null when they are not compressed. Six octets are enough. */
export function compressionOf(head: Uint8Array): Compression | null {
  const found = MAGIC.find(([octets]) => octets.every((octet, at) => head[at] === octet))
  return found?.[1] ?? null
}

/** With what each format begins. */
const MAGIC: readonly (readonly [octets: readonly number[], compression: Compression])[] = [
  [[0x1f, 0x8b], 'gzip'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 'xz'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd'],
  [[0x42, 0x5a, 0x68], 'bzip2'],
]

/**
 * The octets as they were before; those that are not compressed as they are.
 * @throws LogFault when they are damaged or cut short, or the program for it is missing
 */
export async function* unpacked(
  name: string,
  octets: AsyncIterable<Uint8Array>,
  run: RunFilter,
): AsyncGenerator<Uint8Array> {
  const all = octets[Symbol.asyncIterator]()
  const head = await headOf(all)
  const compression = compressionOf(head)
  const whole = joined(head, all)
  if (compression === null) {
    yield* whole
    return
  }
  try {
    yield* unpack(compression, whole, run)
  } catch (error) {
    if (error instanceof LogFault) throw error
    throw new LogFault(
      systemCodeOf(error) === 'ENOENT'
        ? `${name} is compressed with ${compression}, and this machine has no such program`
        : `${name} is damaged or cut short: ${systemReason(error)}`,
    )
  }
}

/** A file's octets, unpacked. @throws LogFault as {@link unpacked}; the system's error otherwise */
export function unpackedFile(
  name: string,
  path: string,
  run: RunFilter,
): AsyncGenerator<Uint8Array> {
  return unpacked(name, createReadStream(path, { highWaterMark: READ_OCTETS }), run)
}

function unpack(
  compression: Compression,
  octets: AsyncIterable<Uint8Array>,
  run: RunFilter,
): AsyncIterable<Uint8Array> {
  switch (compression) {
    case 'gzip':
      return through(octets, createGunzip({ chunkSize: READ_OCTETS }))
    case 'zstd':
      return through(octets, createZstdDecompress({ chunkSize: READ_OCTETS }))
    default:
      return run(compression, ['-dc'], octets)
  }
}

/** Unlike `compose`, it throws each error once, and none when the reader stops early. */
async function* through(
  octets: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Uint8Array> {
  const input = Readable.from(octets)
  const done = pipeline(input, transform).catch(() => {}) // the transform's own iterator throws it
  try {
    yield* transform
  } finally {
    transform.destroy()
    input.destroy()
    await done
  }
}

/** The first octets, as many as tell what it is; fewer at the end of it. */
async function headOf(octets: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = Buffer.alloc(0)
  while (head.length < HEAD_OCTETS) {
    const next = await octets.next()
    if (next.done) break
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value])
  }
  return head
}

async function* joined(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

const HEAD_OCTETS = 6
const READ_OCTETS = 128 * 1024
