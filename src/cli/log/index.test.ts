import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

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
    out: '1 file: 60 lines taken, 0 known already, 0 that no rule knows\n',
    errors: '',
    status: 0,
  })
  const torn = '2026-11-20 09:00'
  appendFileSync(room.path('data/log/mainlog'), `garbage\n${torn}`)
  const second = await run(room, 'index', ...KEEP)
  assert.match(second.out, /^1 file: 1 line taken, 60 known already, \d that no rule knows, 1 unf/)
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
  assert.match(status.out, /^ROOM\/trace\.db: 60 lines of 1 log, from 2020-11-20 .* in .* MB\n$/)
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
