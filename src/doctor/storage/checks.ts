import type { Check } from '../types.ts'
import type { World } from '../world.ts'
import { blobs, leftovers } from './blobs.ts'
import { database, integrity, traceIndex, wal } from './database.ts'
import { disk } from './disk.ts'
import { fsync } from './honesty.ts'
import { files } from './files.ts'
import { ballast, inodes, quota } from './room.ts'

export const STORAGE_CHECKS: readonly Check<World>[] = [
  ...[disk, inodes, database, integrity, wal, traceIndex],
  ...[files, quota, ballast, blobs, leftovers, fsync],
]
