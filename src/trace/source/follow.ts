import { type FileHandle, open, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import { textOfOctets } from '../../base/utf8.ts'

/**
 * Lines as they are added to a file. Goes on in the new file when the log is rotated, from the start
 * when it is cut, and waits for one that is not there yet. Ends when the signal is given.
 * @param from  the octet to begin at
 */
export async function* followLines(
  path: string,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let file = await tryOpen(path)
  let at = from
  let rest = ''
  try {
    while (!signal.aborted) {
      if (file !== undefined) {
        const { size } = await file.stat()
        if (size < at) {
          // It was cut: what stands in it is new.
          at = 0
          rest = ''
        }
        for (let octets = await readFrom(file, at); octets.length > 0; ) {
          // A piece may end within a character; lines never do.
          at += octets.length
          const lines = (rest + octets.toString('latin1')).split('\n')
          rest = lines.pop() ?? ''
          for (const line of lines) yield textOfOctets(Buffer.from(line, 'latin1'))
          octets = await readFrom(file, at)
        }
      }
      if (await isReplaced(path, file)) {
        await file?.close()
        file = await tryOpen(path)
        at = 0
        rest = ''
        continue
      }
      await sleep(POLL_MS, undefined, { signal }).catch(() => {})
    }
  } finally {
    await file?.close()
  }
}

/** Is there another file now, or one where none was? */
async function isReplaced(path: string, file: FileHandle | undefined): Promise<boolean> {
  const now = await stat(path).catch(() => undefined)
  if (now === undefined) return false
  return file === undefined || now.ino !== (await file.stat()).ino
}

async function tryOpen(path: string): Promise<FileHandle | undefined> {
  return await open(path, 'r').catch(() => undefined)
}

async function readFrom(file: FileHandle, at: number): Promise<Buffer> {
  const octets = Buffer.alloc(64 * 1024)
  const { bytesRead } = await file.read(octets, 0, octets.length, at)
  return octets.subarray(0, bytesRead)
}

const POLL_MS = 100
