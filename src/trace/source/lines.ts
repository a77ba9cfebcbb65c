/** Lines of log files, from the end or from the start, in chunks. */
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'

import { systemCodeOf } from '../../base/faults.ts'
import { textOfOctets } from '../../base/utf8.ts'
import {
  CHUNK_OCTETS as TEXT_OCTETS,
  type LineEncoding,
  MAX_LINE_OCTETS,
  textOf,
} from './ranges.ts'

/**
 * The lines of a file, last line first; a file that is still written to may end in a torn line,
 * which is left out. A compressed file is unpacked from its start: its lines are held in memory.
 * @param end  where to begin, an octet after a newline; without: the end of the file
 */
export async function* linesBackwards(path: string, end?: number): AsyncGenerator<string> {
  if (path.endsWith('.gz')) {
    const texts: string[] = []
    for await (const text of textsOfLines(path)) texts.push(text)
    for (const text of texts.reverse()) yield* text.split('\n').reverse()
    return
  }
  await using file = await open(path, 'r')
  let later: Buffer = Buffer.alloc(0)
  let isEnd = true
  for (let at = end ?? (await file.stat()).size; at > 0; ) {
    const start = Math.max(0, at - CHUNK_OCTETS)
    const chunk = Buffer.concat([await readExactly(file, start, at), later])
    const first = start === 0 ? 0 : chunk.indexOf(NEWLINE) + 1
    at = start
    if (first === 0 && start > 0) {
      later = chunk // one line longer than a chunk
      continue
    }
    const lines = textOfOctets(chunk.subarray(first)).split('\n')
    if (isEnd) lines.pop()
    isEnd = false
    for (const line of lines.reverse()) yield line
    // Up to and without the newline that ends the line before the first.
    later = chunk.subarray(0, Math.max(0, first - 1))
  }
}

/** The octet after the last newline of a file; 0 when there is none, or no file. */
export async function endOfLines(path: string): Promise<number> {
  try {
    await using file = await open(path, 'r')
    let { size: at } = await file.stat()
    while (at > 0) {
      const start = Math.max(0, at - CHUNK_OCTETS)
      const newline = (await readExactly(file, start, at)).lastIndexOf(NEWLINE)
      if (newline >= 0) return start + newline + 1
      at = start
    }
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error
  }
  return 0
}

/** A file's whole lines in pieces of many, for `readLines`; without a torn last line. */
export async function* textsOfLines(path: string): AsyncGenerator<string> {
  for await (const chunk of chunksOfLines(path)) yield textOf(chunk, 'utf8')
}

/**
 * Octets as lines, many at a time, each with its newline; the very last one can be without. Never
 * holds more than a text and a line.
 */
export async function* textsOfOctets(
  octets: AsyncIterable<Uint8Array>,
  encoding: LineEncoding,
): AsyncGenerator<string> {
  let parts: Uint8Array[] = []
  let count = 0
  for await (const part of octets) {
    parts.push(part)
    count += part.length
    if (count < TEXT_OCTETS) continue
    const end = part.lastIndexOf(NEWLINE) + 1
    const cut = end === 0 && count >= MAX_LINE_OCTETS ? part.length : end
    if (cut === 0) continue // one line longer than a chunk
    parts[parts.length - 1] = part.subarray(0, cut)
    yield textOf(Buffer.concat(parts), encoding)
    const rest = part.subarray(cut)
    parts = rest.length === 0 ? [] : [rest]
    count = rest.length
  }
  if (count > 0) yield textOf(Buffer.concat(parts), encoding)
}

/** Whole lines, without the newline after the last. */
async function* chunksOfLines(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK_OCTETS })
  const octets = path.endsWith('.gz') ? file.compose(createGunzip()) : file
  let rest: Buffer[] = []
  for await (const chunk of octets as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(NEWLINE)
    if (end < 0) {
      rest.push(chunk)
      continue
    }
    yield rest.length === 0
      ? chunk.subarray(0, end)
      : Buffer.concat([...rest, chunk.subarray(0, end)])
    rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : []
  }
}

async function readExactly(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const octets = Buffer.alloc(end - start)
  const { bytesRead } = await file.read(octets, 0, octets.length, start)
  return octets.subarray(0, bytesRead)
}

const CHUNK_OCTETS = 256 * 1024
const NEWLINE = 0x0a
