import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'

import { SqliteConnection } from '../../db/sqlite.ts'
import { change, one } from '../../db/statement.ts'
import { openTraceIndex } from '../../trace/index/open.ts'
import { IndexRoom, mails, textOf } from '../../trace/testing/index-room.ts'
import { runProgram } from '../program.ts'
import type { Terminal } from '../table.ts'

/** Runs `waybill log …` on the data folder `data` of the room. */
async function run(room: IndexRoom, ...args: readonly string[]) {
  const out: string[] = []
  const errors: string[] = []
  let status = 0
  const terminal = (texts: string[]): Terminal => ({
    write: (text) => void texts.push(text.replaceAll(room.folder, 'ROOM')),
    columns: undefined,
    colours: false,
  })
  const exit = (code: number) => {
    status = code
  }
  const cli = { out: terminal(out), errors: terminal(errors), input: process.stdin, exit }
  await runProgram(cli, ['log', ...args, '--data', room.path('data')])
  return { out: out.join(''), errors: errors.join(''), status }
}

function roomWithLog(): IndexRoom {
  const room = new IndexRoom()
  mkdirSync(room.path('data/log'), { recursive: true })
  writeFileSync(room.path('data/log/mainlog'), textOf(mails(0, 20)))
  return room
}

const KEEP = ['--keep-days', '0'] as const

test('the own log is taken, and only once', async () => {
  using room = roomWithLog()
  const first = await run(room, 'index', ...KEEP)
  assert.deepEqual(first, {
    out: '1 file: 60 lines taken, 0 known already, 0 unknown\n',
    errors: '',
    status: 0,
  })
  const torn = '2026-11-20 09:00'
  appendFileSync(room.path('data/log/mainlog'), `garbage\n${torn}`)
  const second = await run(room, 'index', ...KEEP)
  assert.match(second.out, /^1 file: 1 line taken, 60 known already, \d unknown, 1 unf/)
  assert.equal(statSync(room.path('data/trace.db')).mode & 0o777, 0o600)
})

test('files are taken in the order of time, into the index that is named', async () => {
  using room = roomWithLog()
  writeFileSync(room.path('mainlog.1.gz'), gzipSync(textOf(mails(100, 110))))
  writeFileSync(room.path('mainlog'), textOf(mails(110, 120)))
  const files = [room.path('mainlog'), room.path('mainlog.1.gz')]
  const { out } = await run(room, 'index', '--json', '--db', room.file, ...KEEP, ...files)
  const { files: count, lines, known, unknown, index } = JSON.parse(out)
  assert.deepEqual({ count, lines, known, unknown }, { count: 2, lines: 60, known: 0, unknown: 0 })
  assert.equal(index, 'ROOM/trace.db')
  assert.deepEqual(await room.lines(), mails(100, 120))
  assert.ok(!existsSync(room.path('data/trace.db')))
})

test('--keep-days forgets what is older, --rebuild begins anew, --status only looks', async () => {
  using room = roomWithLog()
  const old = textOf(mails(0, 20)).replaceAll('2026-11-20', '2020-11-20')
  writeFileSync(room.path('mainlog'), old)
  const args = ['index', '--db', room.file]
  await run(room, ...args, ...KEEP, room.path('mainlog'))
  const status = await run(room, ...args, '--status')
  assert.match(status.out, /^ROOM\/trace\.db: 60 lines of 1 log, from 2020-11-20 .* in .* KiB\n$/)
  const forgot = await run(room, ...args, '--keep-days', '3', room.path('mainlog'))
  assert.match(forgot.out, /0 lines taken, 60 known already, .*60 older than 3 days not kept\n$/)
  assert.match((await run(room, ...args, '--status')).out, /: empty\n$/)
  const again = await run(room, ...args, '--rebuild', ...KEEP, room.path('mainlog'))
  assert.match(again.out, /60 lines taken, 0 known/)
})

test('other commands without files read the index, with lines that came a moment ago', async () => {
  using room = roomWithLog()
  await run(room, 'index', ...KEEP)
  appendFileSync(room.path('data/log/mainlog'), textOf(mails(20, 21)))
  writeFileSync(room.path('data/waybill.toml'), '[log]\ntrace_days = 0\n')
  const config = ['--config', room.path('data/waybill.toml')]
  const { out, status } = await run(room, 'trace', 'sender20@example.com', ...config)
  assert.equal(status, 0)
  assert.match(out, /1vnYk2-00000000020-1EaB/)
})

test('an index that cannot be used does not stop anybody: the log is read', async () => {
  using room = roomWithLog()
  mkdirSync(room.path('data/trace.db'))
  const { out, errors, status } = await run(room, 'trace', 'sender7@example.com')
  assert.equal(status, 0)
  assert.match(errors, /^waybill: the index ROOM\/data\/trace\.db cannot be used, the log files/)
  assert.match(out, /1vnYk2-00000000007-1EaB/)
})

for (const args of [[], ['--rebuild'], ['--status']])
  test(`a file that is no index stays as it is: index --db ${args.join(' ')}`, async () => {
    using room = roomWithLog()
    writeFileSync(room.file, 'important')
    const files = args[0] === '--status' ? [] : [room.path('data/log/mainlog')]
    const { errors, status } = await run(room, 'index', '--db', room.file, ...args, ...files)
    assert.equal(
      errors,
      'waybill: ROOM/trace.db is not an index of Waybill: it is left as it is; name another file, or move it away\n',
    )
    assert.equal(status, 2)
    assert.equal(readFileSync(room.file, 'latin1'), 'important')
    assert.ok(!readdirSync(room.folder).includes('trace.db.damaged'))
  })

test('--status writes nothing, also of a damaged index', async () => {
  using room = roomWithLog()
  await run(room, 'index', ...KEEP)
  const state = () => readdirSync(room.path('data')).map((name) => [name, octetsOf(room, name)])
  const before = state()
  assert.equal((await run(room, 'index', '--status')).status, 0)
  assert.deepEqual(state(), before)
  writeFileSync(room.path('data/trace.db'), readFileSync(room.path('data/trace.db')).fill(255, 100))
  const damaged = state()
  const { errors, status } = await run(room, 'index', '--status')
  assert.match(
    errors,
    /^waybill: the index ROOM\/data\/trace\.db is damaged: .*moves it to .*\.damaged/,
  )
  assert.equal(status, 2)
  assert.deepEqual(state(), damaged)
})

test('--status says of what is no index what a query then does with it', async () => {
  using room = roomWithLog()
  const file = room.path('data/trace.db')
  writeFileSync(file, 'important')
  const words =
    /^waybill: ROOM\/data\/trace\.db (?:is|was) no index of Waybill, or damaged beyond knowing/
  const status = await run(room, 'index', '--status')
  assert.match(status.errors, words)
  assert.match(status.errors, /moves it to ROOM\/data\/trace\.db\.damaged/)
  assert.equal(readFileSync(file, 'latin1'), 'important')
  const { out, errors } = await run(room, 'trace', 'sender7@example.com')
  assert.match(errors, words)
  assert.match(errors, /it is now ROOM\/data\/trace\.db\.damaged, and made again from the log/)
  assert.match(out, /1vnYk2-00000000007-1EaB/)
  assert.equal(readFileSync(`${file}.damaged`, 'latin1'), 'important')
})

function octetsOf(room: IndexRoom, name: string): string {
  const path = room.path(`data/${name}`)
  return statSync(path).isFile() ? readFileSync(path, 'latin1') : ''
}

for (const args of [['stats'], ['trace', 'sender7@example.com'], ['search', 'sender7@']])
  test(`a block that is damaged: log ${args.join(' ')} makes the index anew and answers`, async () => {
    using room = roomWithLog()
    writeFileSync(room.path('data/log/mainlog'), textOf(mails(0, 2000)))
    const whole = await run(room, ...args, ...(await config(room)))
    spoilBlocks(room)
    const { out, errors, status } = await run(room, ...args, ...(await config(room)))
    assert.equal(status, 0)
    assert.equal(out, whole.out)
    assert.equal(
      errors,
      'waybill: the index ROOM/data/trace.db was damaged: it is now ROOM/data/trace.db.damaged, ' +
        'and made again from the log\n',
    )
    assert.deepEqual(await run(room, ...args, ...(await config(room))), whole)
  })

/** Keeps for ever. */
async function config(room: IndexRoom): Promise<readonly string[]> {
  writeFileSync(room.path('waybill.toml'), '[log]\ntrace_days = 0\n')
  return ['--config', room.path('waybill.toml')]
}

/** The first of several blocks: only a reader meets it, since lines are added to the last one. */
function spoilBlocks(room: IndexRoom): void {
  using connection = openTraceIndex(room.path('data/trace.db'))
  const row = connection.run(one<{ packed: Uint8Array }>('SELECT packed FROM block WHERE id = 1'))
  const packed = Buffer.from(row?.packed ?? [])
  packed[100] = (packed[100] ?? 0) ^ 0x55
  connection.run(change('UPDATE block SET packed = ? WHERE id = 1', packed))
}

test('a command that has printed something by then says that it is not all', async () => {
  using room = roomWithLog()
  writeFileSync(room.path('data/log/mainlog'), textOf(mails(0, 9000)))
  await run(room, 'index', ...KEEP)
  using connection = openTraceIndex(room.path('data/trace.db'))
  connection.run(change("UPDATE block SET packed = x'00' WHERE id = 40"))
  const { out, errors, status } = await run(room, 'search', '--raw', '<=', ...(await config(room)))
  assert.equal(status, 2)
  assert.ok(out.length > 1000)
  assert.match(
    errors,
    /was damaged: .* and made again from the log; what was printed is not all: run/,
  )
})

test('a full disk is a sentence', async (t) => {
  using room = roomWithLog()
  const full = Object.assign(new Error('database or disk is full'), { errcode: 13 })
  t.mock.method(SqliteConnection.prototype, 'transact', () => {
    throw full
  })
  const { errors, status } = await run(room, 'index', ...KEEP)
  assert.match(errors, /^waybill: the disk of the index ROOM\/data\/trace\.db is full: make room /)
  assert.equal(status, 2)
})

test('root writes into the folder of another user as this user', {
  skip: process.getuid?.() === 0 ? false : 'only root can leave root',
}, async () => {
  using room = roomWithLog()
  chmodSync(room.folder, 0o755)
  const index = (path: string) => {
    const program = join(import.meta.dirname, '../../main.ts')
    const args = ['log', 'index', '--data', room.path('of-nobody'), ...KEEP, path]
    return promisify(execFile)(process.execPath, [program, ...args])
  }
  const data = room.path('of-nobody')
  mkdirSync(data)
  chownSync(data, 65_534, 65_534)
  const log = room.path('log')
  writeFileSync(log, textOf(mails(0, 20)), { mode: 0o600 })
  await assert.rejects(
    index(log),
    /the owner of .*of-nobody, .*, may not read .*log: let this user/,
  )
  chmodSync(log, 0o644)
  await index(log)
  assert.equal(statSync(join(data, 'trace.db')).uid, 65_534)
  for (const side of ['', '-wal', '-shm']) rmSync(join(data, `trace.db${side}`), { force: true })
  symlinkSync(room.path('elsewhere'), join(data, 'trace.db'))
  await assert.rejects(index(log), /trace\.db is a link, and no index: remove it/)
  assert.ok(!existsSync(room.path('elsewhere')))
})

for (const [what, args, sentence] of [
  ['standard input', ['-'], /standard input cannot be indexed/],
  ['a file that is not there', ['nowhere'], /nowhere/],
  ['a file that is no log', [join(import.meta.dirname, 'index.ts')], /is no mail log/],
  ['days that are none', ['--keep-days', 'x'], /whole number of days/],
  ['the status of no index', ['--status'], /there is no index ROOM\/data\/trace\.db/],
] as const)
  test(`${what}: one sentence and exit code 2`, async () => {
    using room = roomWithLog()
    const { out, errors, status } = await run(room, 'index', ...args)
    assert.equal(status, 2)
    assert.equal(out, '')
    assert.match(errors, sentence)
    assert.ok(!existsSync(room.path('data/trace.db')))
  })

test('no data folder and no --db: one sentence', async () => {
  using room = new IndexRoom()
  const { errors, status } = await run(room, 'index')
  assert.equal(status, 2)
  assert.match(
    errors,
    /there is no data folder ROOM\/data: name it with --data, or the index with --db/,
  )
})
