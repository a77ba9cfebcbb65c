import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

import { SqliteConnection } from '../../db/sqlite.ts'
import { IndexRoom } from '../testing/index-room.ts'
import { openTraceIndex, readTraceIndex, removeIndex, withTraceIndex } from './open.ts'
import { APPLICATION_ID, contentOf } from './place.ts'
import { readStatus } from './status.ts'

test('nothing is opened, moved or removed that is not an index', () => {
  using room = new IndexRoom()
  const place = { file: room.file, isOwn: false }
  const other = new SqliteConnection(room.path('other.db'), { readOnly: false })
  other.exec('CREATE TABLE message (id)')
  other[Symbol.dispose]()
  const things: [make: () => void, why: RegExp][] = [
    [
      () => writeFileSync(room.file, 'important'),
      /is not an index of Waybill: it is left as it is/,
    ],
    [() => copyFileSync(room.path('other.db'), room.file), /is not an index of Waybill/],
    [() => mkdirSync(room.file), /is a folder, and no index/],
    [() => symlinkSync(room.path('nowhere'), room.file), /is a link, and no index: remove it/],
    [() => symlinkSync(room.path('nowhere'), `${room.file}-wal`), /-wal is no file, and no index/],
  ]
  for (const [make, why] of things) {
    make()
    const before = readdirSync(room.folder)
    assert.throws(() => openTraceIndex(room.file), why)
    assert.throws(() => readTraceIndex(room.file, readStatus()), why)
    assert.throws(() => removeIndex(place, () => assert.fail()), why)
    assert.deepEqual(readdirSync(room.folder), before)
    for (const end of ['', '-wal']) rmSync(`${room.file}${end}`, { recursive: true, force: true })
  }
})

test('a file of somebody else in the folder is not used', {
  skip: process.getuid?.() === 0 ? false : 'only root can give files away',
}, () => {
  using room = new IndexRoom()
  for (const end of ['', '-wal']) {
    writeFileSync(`${room.file}${end}`, '')
    chownSync(`${room.file}${end}`, 65_534, 65_534)
    assert.throws(() => openTraceIndex(room.file), /belongs to another user than its folder/)
    rmSync(`${room.file}${end}`)
  }
})

test('a new index has its mark at once, also while it is open', () => {
  using room = new IndexRoom()
  room.connection.exec('PRAGMA wal_autocheckpoint=0')
  assert.equal(readFileSync(room.file).readUInt32BE(68), 0x57425458)
})

test('at no instant of its making is a new index without its mark', async () => {
  using room = new IndexRoom()
  const shared = new Int32Array(new SharedArrayBuffer(8))
  const watcher = new Worker(new URL('../testing/mark-watcher.ts', import.meta.url), {
    workerData: { file: room.file, shared },
  })
  await once(watcher, 'message')
  for (let made = 0; made < 20; made++) {
    openTraceIndex(room.file)[Symbol.dispose]()
    removeIndex({ file: room.file, isOwn: true }, () => assert.fail())
  }
  Atomics.store(shared, 0, 1)
  const [seen] = await once(watcher, 'message')
  assert.deepEqual([...seen].sort(), ['index', 'nothing'])
})

test('what is in the way of a damaged index is told, and stays', async () => {
  using room = new IndexRoom()
  const opening = (isOwn: boolean) => {
    writeFileSync(room.file, readFileSync(damaged))
    return withTraceIndex(
      { file: room.file, isOwn },
      () => {},
      async (db) => db.run(readStatus()),
    )
  }
  room.connection
  room.close()
  const damaged = room.path('damaged')
  writeFileSync(damaged, readFileSync(room.file).fill(0xff, 100, 4096))
  mkdirSync(`${room.file}.damaged`)
  const why = /is damaged and cannot be moved aside: remove .*\.damaged, which is in the way/
  await assert.rejects(opening(true), why)
  rmSync(`${room.file}.damaged`, { recursive: true })
  writeFileSync(`${room.file}.damaged`, 'important')
  await assert.rejects(opening(false), why)
  assert.equal(readFileSync(`${room.file}.damaged`, 'latin1'), 'important')
  assert.equal((await opening(true)).lines, 0)
})

test('what a process began that was killed while it made the index is made anew, with its mark', () => {
  using room = new IndexRoom()
  const { file } = room
  const begun = new SqliteConnection(file, { readOnly: false, applicationId: APPLICATION_ID })
  begun.exec('PRAGMA journal_mode=DELETE; CREATE TABLE t (a)')
  begun[Symbol.dispose]()
  // SQLite's rollback journal of a file that was empty before (file format, §3): no page, size 0.
  const journal = Buffer.alloc(512)
  Buffer.from('d9d505f920a163d7', 'hex').copy(journal)
  journal.writeUInt32BE(512, 20)
  journal.writeUInt32BE(4096, 24)
  writeFileSync(`${file}-journal`, journal)
  openTraceIndex(file)[Symbol.dispose]()
  openTraceIndex(file)[Symbol.dispose]()
  assert.equal(contentOf(file), 'index')
})
