import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'

import { ManualClock } from '../base/clock.ts'
import type { OwnEvent, LoggedIn, MessageId, Rejected } from '../journal/event.ts'
import { UTC } from '../journal/zone.ts'
import { type Logs, openLogs } from './logs.ts'
import type { Rotation } from './rotation.ts'
import { noteOf, panicOf } from '../journal/plain.ts'

const START = Date.UTC(2026, 10, 20, 9, 0, 6)
const NEVER: Rotation = { maxOctets: 1e9, daily: false, keep: 30, compress: true }

interface Room extends AsyncDisposable {
  readonly folder: string
  readonly clock: ManualClock
  readonly logs: Logs
  readonly reports: string[]
}

async function openRoom(rotation: Rotation = NEVER, before = ''): Promise<Room> {
  const base = mkdtempSync(join(tmpdir(), 'waybill-log-'))
  const folder = join(base, 'log')
  if (before !== '') {
    mkdirSync(folder)
    writeFileSync(join(folder, 'mainlog'), before)
  }
  const clock = new ManualClock(START)
  const reports: string[] = []
  const report = (message: string) => void reports.push(message)
  const logs = await openLogs({ folder, clock, rotation, zone: UTC, report })
  const dispose = async () => {
    await logs[Symbol.asyncDispose]()
    rmSync(base, { recursive: true })
  }
  return { folder, clock, logs, reports, [Symbol.asyncDispose]: dispose }
}

/** Of a form that the reader knows: else its first character would be escaped. */
function note(text: string, atMs = START): OwnEvent {
  return noteOf(atMs, 'process', `pid ${text}`)
}

function read(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'utf8')
}

const rejected: Rejected = {
  type: 'rejected',
  atMs: START,
  id: '1vnYk2-00000000BQ5-1EaB' as MessageId,
  host: { name: null, helo: 'x', address: '192.0.2.3', port: 4242 },
  local: null,
  tls: null,
  authenticator: null,
  login: null,
  from: null,
  temporary: false,
  phase: 'after DATA',
  subject: null,
  reason: 'spam',
  headers: ['Subject: buy\r\n'],
}
const REJECTED =
  '2026-11-20 09:00:06 1vnYk2-00000000BQ5-1EaB H=(x) [192.0.2.3]:4242 F=<> rejected after DATA: spam\n'

test('events go to the logs they belong to, and no other file is made', async () => {
  await using room = await openRoom()
  const login: LoggedIn = {
    type: 'loggedIn',
    atMs: START,
    service: 'imap',
    login: 'jane',
    mechanism: 'PLAIN',
    remoteAddress: '192.0.2.3',
    localAddress: '192.0.2.1',
    tls: true,
    session: 's1',
    attempts: null,
    counts: null,
    reason: null,
  }
  room.logs.record(note('start'))
  room.logs.record(rejected)
  room.logs.record(login)
  await room.logs.flush()
  assert.equal(read(room.folder, 'mainlog'), `2026-11-20 09:00:06 pid start\n${REJECTED}`)
  assert.equal(read(room.folder, 'rejectlog'), `${REJECTED}  Subject: buy\n`)
  assert.match(read(room.folder, 'authlog'), /^2026-11-20 09:00:06 imap-login: Login: user=<jane>/)
  assert.deepEqual(readdirSync(room.folder).sort(), ['authlog', 'mainlog', 'rejectlog'])
})

test('paniclog repeats what needs a human', async () => {
  await using room = await openRoom()
  room.logs.record(panicOf(START, 'fsync failed'))
  await room.logs.flush()
  assert.equal(read(room.folder, 'paniclog'), '2026-11-20 09:00:06 PANIC: fsync failed\n')
  assert.equal(read(room.folder, 'mainlog'), read(room.folder, 'paniclog'))
})

test('J03: the folder is 0700 and the files are 0600', async () => {
  await using room = await openRoom()
  room.logs.record(note('x'))
  await room.logs.flush()
  assert.equal(statSync(room.folder).mode & 0o777, 0o700)
  assert.equal(statSync(join(room.folder, 'mainlog')).mode & 0o777, 0o600)
})

test('lines are written together a moment after the first, without anybody asking', async () => {
  await using room = await openRoom()
  room.logs.record(note('a'))
  room.logs.record(note('b'))
  assert.equal(read(room.folder, 'mainlog'), '')
  room.clock.advance(50)
  await room.logs.mainlog.sync()
  assert.equal(
    read(room.folder, 'mainlog'),
    '2026-11-20 09:00:06 pid a\n2026-11-20 09:00:06 pid b\n',
  )
})

test('a file that was moved away is made anew', async () => {
  await using room = await openRoom()
  room.logs.record(note('a'))
  await room.logs.flush()
  renameSync(join(room.folder, 'mainlog'), join(room.folder, 'elsewhere'))
  room.logs.record(note('b'))
  await room.logs.flush()
  assert.equal(read(room.folder, 'elsewhere'), '2026-11-20 09:00:06 pid a\n')
  assert.equal(read(room.folder, 'mainlog'), '2026-11-20 09:00:06 pid b\n')
})

test('a line that a crash cut short is removed before the next is written', async () => {
  const torn = `2026-11-20 08:00:00 ${'x'.repeat(200_000)}`
  await using room = await openRoom(NEVER, `2026-11-20 08:00:00 a\n${torn}`)
  assert.equal(read(room.folder, 'mainlog'), '2026-11-20 08:00:00 a\n')
  room.logs.record(note('b'))
  await room.logs.flush()
  assert.equal(read(room.folder, 'mainlog'), '2026-11-20 08:00:00 a\n2026-11-20 09:00:06 pid b\n')
})

test('a log is rotated before it grows too large, old files are compressed and at last removed', async () => {
  await using room = await openRoom({ ...NEVER, maxOctets: 60, keep: 3 })
  for (const text of ['a', 'b', 'c', 'd', 'e', 'f']) {
    room.logs.record(note(text.repeat(30)))
    await room.logs.flush()
    room.clock.advance(1000)
  }
  await room.logs[Symbol.asyncDispose]()
  const again = await openLogs({
    folder: room.folder,
    clock: room.clock,
    rotation: { ...NEVER, keep: 3 },
    zone: UTC,
    report: (message) => assert.fail(message),
  })
  await until(() => readdirSync(room.folder).filter((name) => name.endsWith('.gz')).length === 2)
  await again[Symbol.asyncDispose]()
  const names = [
    'mainlog',
    'mainlog.20261120-090009.gz',
    'mainlog.20261120-090010.gz',
    'mainlog.20261120-090011',
  ]
  assert.deepEqual(readdirSync(room.folder).sort(), names)
  const compressed = readFileSync(join(room.folder, 'mainlog.20261120-090009.gz'))
  assert.equal(gunzipSync(compressed).toString(), `2026-11-20 09:00:06 pid ${'c'.repeat(30)}\n`)
  assert.match(read(room.folder, 'mainlog.20261120-090011'), /e{30}/)
  assert.match(read(room.folder, 'mainlog'), /f{30}/)
})

/** Waits for work in the background that has no other sign. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('files rotated within one second have different names, in order', async () => {
  await using room = await openRoom({ ...NEVER, maxOctets: 40, compress: false })
  for (const text of ['a', 'b', 'c']) {
    room.logs.record(note(text.repeat(30)))
    await room.logs.flush()
  }
  assert.match(read(room.folder, 'mainlog.20261120-090006'), /a{30}/)
  assert.match(read(room.folder, 'mainlog.20261120-090006-0002'), /b{30}/)
})

test('a new day begins a new file', async () => {
  await using room = await openRoom({ ...NEVER, daily: true })
  room.logs.record(note('b'))
  await room.logs.flush()
  room.clock.advance(86_400_000)
  room.logs.record(note('c', START + 86_400_000))
  await room.logs.flush()
  assert.equal(read(room.folder, 'mainlog'), '2026-11-21 09:00:06 pid c\n')
})

test('F41: while a log cannot be written its lines wait, and one sentence says so', async () => {
  await using room = await openRoom()
  // A folder in the file's place: even root cannot write it.
  rmSync(join(room.folder, 'mainlog'))
  mkdirSync(join(room.folder, 'mainlog'))
  room.logs.record(note('a'))
  await assert.rejects(room.logs.flush(), /EISDIR/)
  room.logs.record(note('b'))
  await assert.rejects(room.logs.flush(), /EISDIR/)
  assert.equal(room.reports.length, 1)
  assert.match(room.reports[0] ?? '', /mainlog cannot be written, its lines wait in memory: EISDIR/)
  rmSync(join(room.folder, 'mainlog'), { recursive: true })
  await room.logs.flush()
  assert.equal(
    read(room.folder, 'mainlog'),
    '2026-11-20 09:00:06 pid a\n2026-11-20 09:00:06 pid b\n',
  )
  assert.match(room.reports[1] ?? '', /is written again; no line is lost/)
})

test('F41: what waits is bounded, and what is lost is counted', async () => {
  await using room = await openRoom()
  rmSync(join(room.folder, 'mainlog'))
  mkdirSync(join(room.folder, 'mainlog'))
  const text = 'x'.repeat(100_000)
  for (let count = 0; count < 200; count++) room.logs.record(note(text))
  await assert.rejects(room.logs.flush())
  assert.equal(room.logs.lostLines, 33)
  rmSync(join(room.folder, 'mainlog'), { recursive: true })
  await room.logs.flush()
  assert.equal(read(room.folder, 'mainlog').split('\n').length - 1, 167)
  assert.match(room.reports[1] ?? '', /is written again; 33 lines are lost/)
})

test('lines recorded while others are being written keep their order', async () => {
  await using room = await openRoom()
  const expected: string[] = []
  for (let count = 0; count < 2000; count++) {
    room.logs.record(note(`line ${count}`))
    expected.push(`2026-11-20 09:00:06 pid line ${count}`)
    if (count % 50 === 0) void room.logs.flush()
    if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await room.logs.flush()
  assert.deepEqual(read(room.folder, 'mainlog').trimEnd().split('\n'), expected)
})

test('what stood in the file stays', async () => {
  await using room = await openRoom(NEVER, '2026-11-20 08:00:00 before\n')
  room.logs.record(note('after'))
  await room.logs.flush()
  assert.equal(
    read(room.folder, 'mainlog'),
    '2026-11-20 08:00:00 before\n2026-11-20 09:00:06 pid after\n',
  )
})
