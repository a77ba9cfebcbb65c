import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

import { syncFolder } from '../base/sync-folder.ts'
import { type LogName, rotatedFiles, rotatedName } from '../journal/log-names.ts'
import type { Zone } from '../journal/zone.ts'

export interface Rotation {
  /** A file is rotated before it grows beyond this. */
  readonly maxOctets: number
  /** Rotate when a new day has begun, too. */
  readonly daily: boolean
  /** Rotated files of each log that stay. */
  readonly keep: number
  readonly compress: boolean
}

/** Gives the full file its name; the next write makes a new one. */
export async function rotate(
  folder: string,
  log: LogName,
  atMs: number,
  zone: Zone,
): Promise<void> {
  const taken = new Set(await readdir(folder))
  await rename(join(folder, log), join(folder, rotatedName(log, atMs, zone, taken)))
}

/** Has a new day begun, in this zone? */
export function isLaterDay(beforeMs: number, nowMs: number, zone: Zone): boolean {
  return dayOf(nowMs, zone) > dayOf(beforeMs, zone)
}

function dayOf(atMs: number, zone: Zone): number {
  return Math.floor((atMs + zone.offsetMinutes(atMs) * 60_000) / 86_400_000)
}

/**
 * Removes rotated files that are too many and compresses the others, but the newest: programs that
 * follow the log may still read it. Killed at any point, the next call goes on.
 */
export async function tidy(
  folder: string,
  log: LogName,
  { keep, compress }: Rotation,
  signal: AbortSignal,
): Promise<void> {
  const names = await readdir(folder)
  const files = rotatedFiles(log, names)
  const tooMany = files.splice(0, Math.max(0, files.length - keep))
  for (const name of tooMany) await rm(join(folder, name), { force: true })
  for (const name of names)
    if (name.startsWith(`${log}.`) && name.endsWith(HALF_DONE)) await rm(join(folder, name))
  if (!compress) return
  for (const name of files.slice(0, -1)) {
    if (signal.aborted) return
    if (!name.endsWith('.gz')) await compressFile(join(folder, name), signal)
  }
}

async function compressFile(path: string, signal: AbortSignal): Promise<void> {
  const half = `${path}${HALF_DONE}`
  try {
    const target = createWriteStream(half, { mode: 0o600, flush: true })
    await pipeline(createReadStream(path), createGzip(), target, { signal })
    await rename(half, `${path}.gz`)
    await syncFolder(dirname(path))
    await rm(path)
  } catch (error) {
    await rm(half, { force: true })
    throw error
  }
}

const HALF_DONE = '.gz.tmp'
