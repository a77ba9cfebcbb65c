/** What makes checks of the disk, and of what is kept on it, fail. */
import {
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

import { ManualClock, systemClock } from '../../base/clock.ts'
import { DAY_MS } from '../../base/durations.ts'
import { remember } from '../history.ts'
import type { World } from '../world.ts'
import type { Causes } from './cause.ts'
import { DataFolder } from './data-folder.ts'
import { keepBlob, onDisk, onFileSystem, ticking } from './disk.ts'
import { addAccounts, runningServer } from './running-server.ts'

export const STORAGE_CAUSES: Causes = {
  'storage.disk': {
    what: 'it is nearly full',
    fails: async (t) => await new DataFolder(t).world(onDisk({ ...HUGE, freeOctets: 1.9e11 })),
    says: /^the disk is nearly full$/,
    isWell: async (t) => await new DataFolder(t).world(onDisk(HUGE)),
  },
  'storage.inodes': {
    what: 'it holds too many files',
    fails: async (t) => await new DataFolder(t).world(onDisk({ ...HUGE, freeInodes: 0 })),
    says: /^the disk can hold no more files: mail is refused/,
    isWell: async (t) => await new DataFolder(t).world(onDisk(HUGE)),
  },
  'storage.database': {
    what: 'most of it is empty, on a disk that is nearly full',
    async fails(t) {
      const folder = await withMail(t)
      const file = join(folder.path, 'mail.db')
      truncateSync(file, 900_000 * PAGE_OCTETS)
      overwrite(file, PAGE_COUNT_AT, uint32(900_000))
      overwrite(file, FREE_PAGES_AT, uint32(600_000))
      return await folder.world(onDisk({ totalOctets: 100e9, freeOctets: 19e9 }))
    },
    says: /^2\.5 GB of the database are empty, and the disk is nearly full$/,
    isWell: mail,
  },
  'storage.integrity': {
    what: 'the disk lost some pages',
    async fails(t) {
      const folder = await withMail(t)
      const file = join(folder.path, 'mail.db')
      overwrite(file, 3 * PAGE_OCTETS, Buffer.alloc(9 * PAGE_OCTETS, 0x5a))
      return await folder.world({ store: null })
    },
    says: /^the database is damaged$/,
    isWell: mail,
  },
  'storage.wal': {
    what: 'a reader that never ends keeps it',
    async fails(t) {
      const folder = await withMail(t)
      sized(join(folder.path, 'mail.db-wal'), 300_000_000)
      return await folder.world({ store: null })
    },
    says: /^the write-ahead log has 300 MB/,
    isWell: mail,
  },
  'storage.index': {
    what: 'it is too large for the disk',
    async fails(t) {
      const folder = await withMail(t)
      sized(join(folder.path, 'trace.db'), 5_000_000_000)
      return await folder.world(onDisk({ ...HUGE, totalOctets: 20e9 }))
    },
    says: /^the index of the log takes 25 % of the disk$/,
    async isWell(t) {
      const folder = await withMail(t)
      sized(join(folder.path, 'trace.db'), 1_000)
      return await folder.world(onDisk(HUGE))
    },
  },
  'storage.quota': {
    what: 'an account is nearly full',
    async fails(t) {
      const folder = await withMail(t)
      folder.change((store) => store.exec('UPDATE account SET used_octets = 950000000'))
      return await folder.world()
    },
    says: /^jane@example\.test is nearly full$/,
    isWell: mail,
  },
  'storage.ballast': {
    what: 'it was given up when the disk was full',
    fails: async (t) => await withBallast(t).world({ status: RUNNING }),
    says: /is used up$/,
    async isWell(t) {
      const folder = withBallast(t)
      sized(join(folder.path, 'ballast'), 1_000)
      return await folder.world({ status: RUNNING })
    },
  },
  'storage.blobs': {
    what: 'a file was cut short',
    async fails(t) {
      const folder = await withMail(t)
      truncateSync(keepBlob(folder, 'x'.repeat(70_000)), 10)
      return await folder.world()
    },
    says: /^1 of 1 file of messages is missing or cut short$/,
    async isWell(t) {
      const folder = await withMail(t)
      keepBlob(folder, 'x'.repeat(70_000))
      return await folder.world()
    },
  },
  'storage.files': {
    what: 'the folder for mail that comes in was removed below a running server',
    async fails(t) {
      const folder = await runningServer(t)
      rmSync(join(folder.path, 'tmp'), { recursive: true })
      return await folder.world()
    },
    says: /^the server runs, and its folder for mail that comes in is gone$/,
    isWell: async (t) => await (await runningServer(t)).world(),
  },
  'storage.leftovers': {
    what: 'a body was never finished',
    async fails(t) {
      const { folder, file } = await withHalf(t)
      utimesSync(file, 1, 1)
      return await folder.world()
    },
    says: /^1 file in tmp\/ is older than a day$/,
    isWell: async (t) => await (await withHalf(t)).folder.world(),
  },
  'storage.fsync': {
    what: 'mail is on a tmpfs',
    fails: async (t) => await (await withMail(t)).world(onFileSystem('tmpfs')),
    says: /^all mail is in memory, not on a disk$/,
    async isWell(t) {
      const clock = { ...systemClock, monotonicMs: ticking() }
      return await (await withMail(t)).world({ ...onFileSystem('ext4'), clock })
    },
  },

  'backups.age': {
    what: 'the backup has not run for days',
    fails: async (t) =>
      await backedUp(t).world({ clock: new ManualClock(Date.now() + 4 * DAY_MS) }),
    says: /^the last backup is 4 days old$/,
    isWell: async (t) => await backedUp(t).world(),
  },
}

const HUGE = { totalOctets: 1e12, freeOctets: 5e11, totalInodes: 1e6, freeInodes: 5e5 }
const RUNNING = { startedMs: Date.now() - DAY_MS } as NonNullable<World['status']>
/** https://sqlite.org/fileformat2.html §1.3 */
const PAGE_COUNT_AT = 28
const FREE_PAGES_AT = 36
const PAGE_OCTETS = 4096

/** A database with an account that may keep a gigabyte. */
async function withMail(t: TestContext): Promise<DataFolder> {
  const folder = new DataFolder(t)
  await addAccounts(folder, ['jane'], 1e9)
  return folder
}

async function mail(t: TestContext): Promise<World> {
  return await (await withMail(t)).world(onDisk(HUGE))
}

function withBallast(t: TestContext): DataFolder {
  const disk = { minFreePercent: 0, minFreeOctets: 1, ballastOctets: 1_000 }
  return new DataFolder(t, { disk })
}

/** With a body that somebody is sending. */
async function withHalf(t: TestContext): Promise<{ folder: DataFolder; file: string }> {
  const folder = await withMail(t)
  mkdirSync(join(folder.path, 'tmp'), { recursive: true })
  const file = join(folder.path, 'tmp/0123')
  writeFileSync(file, 'half')
  return { folder, file }
}

function backedUp(t: TestContext): DataFolder {
  const folder = new DataFolder(t)
  const run = { topic: 'backup', atMs: Date.now() - 1_000, value: {} }
  folder.change((store) => store.transact('write', remember.run(run)))
  return folder
}

/** A file of this size; the disk gives nothing for it. */
function sized(path: string, octets: number): void {
  writeFileSync(path, '')
  truncateSync(path, octets)
}

function overwrite(path: string, at: number, octets: Uint8Array): void {
  const handle = openSync(path, 'r+')
  writeSync(handle, octets, 0, octets.length, at)
  closeSync(handle)
}

function uint32(value: number): Uint8Array {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}
