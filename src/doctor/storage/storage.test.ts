import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

import { ManualClock, systemClock } from '../../base/clock.ts'
import { DAY_MS } from '../../base/durations.ts'
import { one } from '../../db/statement.ts'
import { BACKUP_CHECKS } from '../backups/checks.ts'
import { remember } from '../history.ts'
import { DataFolder } from '../testing/data-folder.ts'
import { keepBlob, onDisk, onFileSystem, ticking } from '../testing/disk.ts'
import { findingsOf } from '../testing/world.ts'
import type { Finding } from '../types.ts'
import type { World } from '../world.ts'
import { STORAGE_CHECKS } from './checks.ts'
import { mountOf } from './honesty.ts'

const RUNNING = { startedMs: Date.now() - DAY_MS } as NonNullable<World['status']>

async function only(folder: DataFolder, id: string, change: Partial<World> = {}): Promise<Finding> {
  const [finding, ...more] = await all(folder, id, change)
  assert.ok(finding !== undefined && more.length === 0)
  return finding
}

async function all(folder: DataFolder, id: string, change: Partial<World> = {}) {
  await using world = await folder.world({ status: null, ...change })
  const check = [...STORAGE_CHECKS, ...BACKUP_CHECKS].find((one) => one.id === id)
  assert.ok(check !== undefined)
  return await findingsOf(check, world)
}

/** A database with an account. */
async function folderWithMail(t: TestContext, quotaOctets: number | null = null) {
  const folder = new DataFolder(t)
  await folder.command(async (office) => {
    await office.run('domain.add', { name: 'example.test' })
    const account = { password: 'correct horse battery', quotaOctets, enabled: true }
    await office.run('account.add', { address: 'jane@example.test', account })
  })
  return folder
}

test('a healthy data folder: every check ran, and none has anything to say', async (t) => {
  const folder = await folderWithMail(t, 1e9)
  writeFileSync(join(folder.path, 'trace.db'), 'x')
  keepBlob(folder, 'a'.repeat(70_000))
  for (const { id } of STORAGE_CHECKS) {
    if (id === 'storage.fsync' || id === 'storage.disk' || id === 'storage.inodes') continue // this machine's
    const finding = await only(folder, id)
    const verdict = id === 'storage.ballast' ? 'skipped' : 'ok'
    assert.equal(finding.verdict, verdict, `${id}: ${finding.summary}`)
  }
})

test('without a data folder nothing is praised but the disk', async (t) => {
  const folder = new DataFolder(t)
  const loaded = {
    ...folder.loaded,
    config: { ...folder.loaded.config, dataFolder: join(folder.path, 'none') },
  }
  for (const { id } of STORAGE_CHECKS) {
    if (id === 'storage.disk' || id === 'storage.inodes') continue
    assert.equal((await only(folder, id, { loaded, store: null })).verdict, 'skipped', id)
  }
})

test('the limits that are configured for alerts are those of the doctor', async (t) => {
  const folder = new DataFolder(t)
  folder.change((store) =>
    store.transact(
      'write',
      remember.run({ topic: 'backup', atMs: Date.now() - DAY_MS, value: {} }),
    ),
  )
  const limits = { diskPercent: 60, inodesPercent: 60, backupAgeMs: DAY_MS / 2 }
  const loaded = folder.loadedWith(limits)
  const full = onDisk({ totalOctets: 1e12, freeOctets: 3e11, totalInodes: 1e6, freeInodes: 3e5 })
  for (const id of ['storage.disk', 'storage.inodes', 'backups.age']) {
    assert.equal((await only(folder, id, full)).verdict, 'ok', id)
    assert.equal((await only(folder, id, { ...full, loaded })).verdict, 'warning', id)
  }
})

test('a disk that is nearly full, and one on which mail has no more room', async (t) => {
  const folder = new DataFolder(t)
  const of = async (freeOctets: number) =>
    await only(folder, 'storage.disk', onDisk({ totalOctets: 1e12, freeOctets }))
  assert.deepEqual([(await of(3e11)).verdict, (await of(2e11)).verdict], ['ok', 'ok'])
  const nearly = await of(1.9e11)
  assert.deepEqual([nearly.verdict, nearly.summary], ['warning', 'the disk is nearly full'])
  assert.match(nearly.evidence[0] ?? '', /190 GB of 1\.0 TB free, 81 % used/)
  assert.match(nearly.remedy[0]?.command ?? '', /^du -xh .*waybill-doctor-/)
  const full = await of(1)
  assert.equal(full.verdict, 'failing')
  assert.match(full.summary, /the disk is full: mail is refused/)
  assert.ok(full.remedy.length > 0)
})

test('a disk that can hold few more files, and none', async (t) => {
  const folder = new DataFolder(t)
  const few = await only(folder, 'storage.inodes', onDisk({ totalInodes: 1000, freeInodes: 100 }))
  assert.equal(few.verdict, 'warning')
  assert.match(few.evidence[0] ?? '', /100 of 1000 inodes free, 90 % used/)
  const none = await only(folder, 'storage.inodes', onDisk({ totalInodes: 1000, freeInodes: 0 }))
  assert.equal(none.verdict, 'failing')
  const any = await only(folder, 'storage.inodes', onDisk({ totalInodes: 0, freeInodes: 0 }))
  assert.equal(any.verdict, 'ok')
})

test('an account over nine tenths of its quota is named, a full one too', async (t) => {
  const folder = await folderWithMail(t, 1_000_000)
  assert.equal((await only(folder, 'storage.quota')).verdict, 'ok')
  folder.change((store) => store.exec('UPDATE account SET used_octets = 950000'))
  const nearly = await only(folder, 'storage.quota')
  assert.match(nearly.summary, /^jane@example\.test is nearly full$/)
  assert.equal(nearly.remedy[1]?.command, 'waybill account set jane@example.test --quota "1 GB"')
  folder.change((store) => store.exec('UPDATE account SET used_octets = 1000000'))
  assert.match((await only(folder, 'storage.quota')).summary, /is full$/)
})

test('a damaged database is found by SQLite, in time', async (t) => {
  const folder = await folderWithMail(t)
  const file = join(folder.path, 'mail.db')
  const handle = openSync(file, 'r+')
  for (let page = 3; page < 12; page++)
    writeSync(handle, Buffer.alloc(4096, 0x5a), 0, 4096, page * 4096)
  closeSync(handle)
  const finding = await only(folder, 'storage.integrity', { store: null })
  assert.equal(finding.verdict, 'failing')
  assert.ok(finding.evidence.length > 0)
  assert.ok(finding.remedy.some(({ command }) => command?.startsWith('waybill check --deep')))
})

test('a database that was removed below a running server', async (t) => {
  const folder = new DataFolder(t)
  const status = { ...RUNNING, processId: 4711 }
  const gone = await only(folder, 'storage.integrity', { status })
  assert.equal(gone.verdict, 'failing')
  assert.equal(gone.summary, 'the server runs, and its database is gone')
  assert.equal(gone.remedy[1]?.command, 'ls -l /proc/4711/fd | grep mail.db')
  assert.equal((await only(folder, 'storage.integrity')).verdict, 'skipped')
})

test('a database that cannot be opened, or a look that was killed, is not called damaged', async (t) => {
  const folder = new DataFolder(t)
  mkdirSync(join(folder.path, 'mail.db'))
  const shut = await only(folder, 'storage.integrity')
  assert.equal(shut.verdict, 'failing')
  assert.match(
    shut.summary,
    /^the database cannot be looked at: (disk I\/O error|unable to open database file)/,
  )
  assert.doesNotMatch(JSON.stringify(shut.remedy), /backup/)
  assert.match(shut.remedy[1]?.command ?? '', /--only configuration\.modes$/)
  const mail = await folderWithMail(t)
  const ended = (status: number | null, out = '', errors = ''): Partial<World> => ({
    run: async () => ({ status, out, errors }),
  })
  for (const change of [ended(null), ended(0), ended(134, '', 'out of memory')]) {
    const { verdict, summary } = await only(mail, 'storage.integrity', change)
    assert.deepEqual(
      [verdict, summary.split(':')[0]],
      ['failing', 'the database cannot be looked at'],
    )
  }
  const busy = await only(mail, 'storage.integrity', ended(105, '', 'database is locked'))
  assert.equal(busy.verdict, 'skipped')
})

test('a database that is too large for the doctor, or takes too long, is left to waybill check', async (t) => {
  const folder = await folderWithMail(t)
  const clock = new ManualClock(Date.now())
  const run: World['run'] = async (_, signal) => {
    clock.advance(10_000)
    signal.throwIfAborted()
    return null
  }
  const slow = await only(folder, 'storage.integrity', { clock, run })
  assert.equal(slow.verdict, 'skipped')
  assert.match(slow.summary, /longer than 8 s: waybill check --deep/)
  truncateSync(join(folder.path, 'mail.db'), 3_000_000_000)
  const large = await only(folder, 'storage.integrity', { store: null })
  assert.match(large.summary, /has 3\.0 GB, too much for now: waybill check --deep/)
})

test('what the remedy runs gives empty pages of our database back', async (t) => {
  const folder = await folderWithMail(t)
  folder.change((store) => {
    const figure = (name: string) =>
      store.run(one<Record<string, number>>(`PRAGMA ${name}`))?.[name] ?? 0
    store.exec('CREATE TABLE waste (octets BLOB)')
    for (let at = 0; at < 50; at++) store.exec('INSERT INTO waste VALUES (zeroblob(40000))')
    store.exec('DROP TABLE waste')
    const pages = figure('page_count')
    assert.ok(figure('freelist_count') > 100)
    store.exec('PRAGMA incremental_vacuum')
    assert.equal(figure('freelist_count'), 0)
    assert.ok(figure('page_count') < pages - 100)
  })
})

test('a database that is mostly empty, a log of it that only grows, an oversized index', async (t) => {
  const folder = await folderWithMail(t)
  // As SQLite would leave it: most pages of a long file are on the list of free ones.
  const file = join(folder.path, 'mail.db')
  truncateSync(file, 900_000 * 4096)
  const header = openSync(file, 'r+')
  writeUint32(header, PAGE_COUNT_AT, 900_000)
  writeUint32(header, FREE_PAGES_AT, 600_000)
  closeSync(header)
  const full = onDisk({ totalOctets: 100e9, freeOctets: 19e9 })
  const empty = await only(folder, 'storage.database', full)
  assert.equal(empty.verdict, 'warning')
  assert.match(empty.summary, /^2\.5 GB of the database are empty, and the disk is nearly full$/)
  assert.match(empty.remedy[1]?.command ?? '', /sqlite3 \S+\/mail\.db 'PRAGMA incremental_vacuum'$/)
  const roomy = onDisk({ totalOctets: 100e9, freeOctets: 21e9 })
  assert.equal((await only(folder, 'storage.database', roomy)).verdict, 'ok')
  const wal = join(folder.path, 'mail.db-wal')
  writeFileSync(wal, '')
  truncateSync(wal, 300_000_000)
  assert.equal((await only(folder, 'storage.wal', { store: null })).verdict, 'warning')
  rmSync(wal)
  writeFileSync(join(folder.path, 'trace.db'), '')
  truncateSync(join(folder.path, 'trace.db'), 5_000_000_000)
  const small = onDisk({ totalOctets: 20_000_000_000 })
  const index = await only(folder, 'storage.index', small)
  assert.match(index.summary, /takes 25 % of the disk/)
})

/** https://sqlite.org/fileformat2.html §1.3 */
const PAGE_COUNT_AT = 28
const FREE_PAGES_AT = 36

function writeUint32(handle: number, at: number, value: number): void {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  writeSync(handle, octets, 0, 4, at)
}

test('the reserve for a full disk: there, used up, of another size', async (t) => {
  const disk = { minFreePercent: 0, minFreeOctets: 1, ballastOctets: 1000 }
  const folder = new DataFolder(t, { disk })
  const status = RUNNING
  assert.match((await only(folder, 'storage.ballast', { status })).summary, /is used up$/)
  const path = join(folder.path, 'ballast')
  writeFileSync(path, Buffer.alloc(1000))
  assert.equal((await only(folder, 'storage.ballast', { status })).verdict, 'ok')
  truncateSync(path, 10)
  assert.match((await only(folder, 'storage.ballast', { status })).summary, /of another size$/)
})

test('files of messages that are gone or cut short are found', async (t) => {
  const folder = await folderWithMail(t)
  assert.equal((await only(folder, 'storage.blobs')).verdict, 'skipped')
  const path = keepBlob(folder, 'x'.repeat(70_000))
  assert.equal((await only(folder, 'storage.blobs')).verdict, 'ok')
  truncateSync(path, 10)
  const cut = await only(folder, 'storage.blobs')
  assert.equal(cut.verdict, 'failing')
  assert.match(cut.evidence[0] ?? '', /has 10 octets, 70000 octets are expected$/)
  rmSync(path)
  assert.match((await only(folder, 'storage.blobs')).evidence[0] ?? '', /is not there/)
})

test('bodies that were left half-written long ago are said', async (t) => {
  const folder = await folderWithMail(t)
  mkdirSync(join(folder.path, 'tmp'), { recursive: true })
  const path = join(folder.path, 'tmp/0123')
  writeFileSync(path, 'half')
  assert.equal((await only(folder, 'storage.leftovers')).verdict, 'ok')
  utimesSync(path, 1, 1)
  assert.equal((await only(folder, 'storage.leftovers')).verdict, 'warning')
})

test('the disk is measured, and nothing of it is left behind; one that is too fast is a warning', async (t) => {
  const folder = await folderWithMail(t)
  const ext4 = onFileSystem('ext4')
  const still = new ManualClock(systemClock.nowMs())
  const instant = await only(folder, 'storage.fsync', { ...ext4, clock: still })
  assert.equal(instant.verdict, 'warning')
  assert.match(instant.evidence.join(), /ext4 at \/ \(\/dev\/vda\),fdatasync takes 0\.000 ms/)
  assert.deepEqual(
    readdirSync(folder.path).filter((name) => name.includes('doctor')),
    [],
  )
  const slow: World['clock'] = { ...systemClock, nowMs: Date.now, monotonicMs: ticking() }
  assert.equal((await only(folder, 'storage.fsync', { ...ext4, clock: slow })).verdict, 'ok')
  const verdicts = ['tmpfs', 'overlay', 'nfs4', 'fuse.sshfs'].map(async (type) => {
    return (await only(folder, 'storage.fsync', onFileSystem(type))).verdict
  })
  assert.deepEqual(await Promise.all(verdicts), ['failing', 'warning', 'warning', 'warning'])
})

test('what a doctor that was killed left is removed by the next; what another one uses is not', async (t) => {
  const folder = await folderWithMail(t)
  const ended = spawnSync('true').pid
  const left = [`.doctor-${ended}`, `.doctor-${process.pid}`]
  const kept = [`.doctor-${process.ppid}`, '.doctor-notes', '.doctor-1x']
  for (const name of [...left, ...kept]) writeFileSync(join(folder.path, name), 'x')
  const clock: World['clock'] = { ...systemClock, monotonicMs: ticking() }
  const finding = await only(folder, 'storage.fsync', { ...onFileSystem('ext4'), clock })
  assert.equal(finding.verdict, 'ok')
  const names = readdirSync(folder.path).filter((name) => name.startsWith('.doctor'))
  assert.deepEqual(names.sort(), kept.sort())
})

test('mail on a real tmpfs is failing', async (t) => {
  const isThere =
    existsSync('/dev/shm') &&
    mountOf(readFileSync('/proc/self/mountinfo', 'utf8'), '/dev/shm')?.type === 'tmpfs'
  if (!isThere) return t.skip('there is no tmpfs at /dev/shm')
  const memory = mkdtempSync('/dev/shm/waybill-doctor-')
  t.after(() => rmSync(memory, { recursive: true }))
  const folder = new DataFolder(t)
  const loaded = { ...folder.loaded, config: { ...folder.loaded.config, dataFolder: memory } }
  const finding = await only(folder, 'storage.fsync', { loaded, store: null })
  assert.equal(finding.verdict, 'failing')
  assert.match(finding.evidence[0] ?? '', /is on tmpfs at \/dev\/shm/)
})

test('the mount of a path is the deepest and last above it', () => {
  const text = [
    '27 1 254:0 / / rw - ext4 /dev/vda rw',
    '30 27 0:30 / /var rw - xfs /dev/vdb rw',
    '31 27 0:31 / /var/lib\\040mail rw shared:2 master:1 - tmpfs tmpfs rw',
    '32 27 0:32 / /var rw - btrfs /dev/vdc rw',
    'nonsense',
  ].join('\n')
  assert.equal(mountOf(text, '/srv')?.type, 'ext4')
  assert.equal(mountOf(text, '/var/lib')?.source, '/dev/vdc')
  assert.equal(mountOf(text, '/variant')?.type, 'ext4')
  assert.equal(mountOf(text, '/var/lib mail/x')?.type, 'tmpfs')
  assert.equal(mountOf('', '/srv'), null)
})

test('a backup that was remembered is praised while it is young; without one it is said how', async (t) => {
  const folder = await folderWithMail(t)
  const none = await only(folder, 'backups.age')
  assert.equal(none.verdict, 'skipped')
  assert.match(none.summary, /no backup command yet.*sqlite3 .*\.backup .*cp -a .*\/key/)
  folder.change((store) =>
    store.transact('write', remember.run({ topic: 'backup', atMs: Date.now() - 1000, value: {} })),
  )
  assert.equal((await only(folder, 'backups.age')).verdict, 'ok')
  const later = new ManualClock(Date.now() + 4 * DAY_MS)
  const old = await only(folder, 'backups.age', { clock: later })
  assert.equal(old.verdict, 'warning')
  assert.match(old.summary, /the last backup is 4 days old/)
})
