import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { ManualClock } from '../../base/clock.ts'
import { one } from '../../db/statement.ts'
import { type KeeperOptions, startKeeper } from './keeper.ts'
import { IndexRoom, linesOfIndex, mails, START_MS, textOf } from '../testing/index-room.ts'

const LOOK_MS = 5000

/** A keeper of the log in a room, and what makes it look. */
function keep(room: IndexRoom, more: Partial<KeeperOptions> = {}) {
  const folder = room.path('log')
  mkdirSync(folder, { recursive: true })
  const clock = new ManualClock(START_MS)
  const reports: string[] = []
  const keeper = startKeeper({
    file: room.file,
    folder,
    workerModule: new URL('../../index-worker.ts', import.meta.url),
    keepDays: () => 0,
    hasRoom: () => true,
    clock,
    report: (text) => void reports.push(text),
    patienceMs: LOOK_MS,
    ...more,
  })
  /** Lets time go by until it is so. */
  const until = async (isSo: () => Promise<boolean> | boolean) => {
    while (!(await isSo())) {
      clock.advance(LOOK_MS)
      await sleep(20)
    }
  }
  const has = (count: number) => async () =>
    existsSync(room.file) && (await linesSoFar(room.file)).length === count
  return {
    log: room.path('log/mainlog'),
    clock,
    reports,
    until,
    has,
    [Symbol.asyncDispose]: () => keeper[Symbol.asyncDispose](),
  }
}

/** None while the thread has not made its tables yet. */
async function linesSoFar(file: string): Promise<string[]> {
  return await linesOfIndex(file, ['main', 'auth']).catch(() => [])
}

test('a server takes the lines of its logs as they come, and after rotation', async () => {
  using room = new IndexRoom()
  await using keeper = keep(room)
  writeFileSync(keeper.log, textOf(mails(0, 10)))
  await keeper.until(keeper.has(30))
  appendFileSync(keeper.log, textOf(mails(10, 20)))
  renameSync(keeper.log, `${keeper.log}.20261120-100000`)
  writeFileSync(keeper.log, textOf(mails(20, 30)))
  await keeper.until(keeper.has(90))
  assert.deepEqual(await room.lines(), mails(0, 30))
  assert.deepEqual(keeper.reports, [])
})

test('a server that is stopped and started goes on where it was', async () => {
  using room = new IndexRoom()
  for (let start = 0; start < 3; start++) {
    await using keeper = keep(room)
    appendFileSync(keeper.log, textOf(mails(start * 10, start * 10 + 10)))
    await keeper.until(keeper.has((start + 1) * 30))
  }
  assert.deepEqual(await room.lines(), mails(0, 30))
})

test('an index that is removed or moved away meanwhile is made again, with all lines', async () => {
  using room = new IndexRoom()
  await using keeper = keep(room)
  for (const [round, lose] of [
    () => {},
    () => rmSync(room.file),
    () => renameSync(room.file, `${room.file}.damaged`),
    () => ['', '-wal', '-shm'].forEach((end) => rmSync(`${room.file}${end}`, { force: true })),
  ].entries()) {
    lose()
    appendFileSync(keeper.log, textOf(mails(round * 10, round * 10 + 10)))
    await keeper.until(keeper.has((round + 1) * 30))
  }
  assert.deepEqual(await room.lines(), mails(0, 40))
  assert.deepEqual(keeper.reports, [])
})

test('old lines go, by the days that are configured', async () => {
  using room = new IndexRoom()
  await using keeper = keep(room, { keepDays: () => 1 })
  keeper.clock.advance(2 * 86_400_000)
  writeFileSync(keeper.log, textOf(mails(0, 10)))
  const taken = () => {
    const row = room.connection.run(one<{ lines: number }>('SELECT lines FROM source'))
    return row?.lines === 30
  }
  await keeper.until(taken)
  await keeper[Symbol.asyncDispose]()
  assert.deepEqual(await linesSoFar(room.file), [])
})

test('few lines wait for ten minutes, many for a moment', async () => {
  using room = new IndexRoom()
  await using keeper = keep(room, { patienceMs: 600_000 })
  writeFileSync(keeper.log, textOf(mails(0, 10)))
  for (let looks = 0; looks < 10; looks++) {
    keeper.clock.advance(LOOK_MS)
    await sleep(20)
  }
  assert.ok(!existsSync(room.file))
  appendFileSync(keeper.log, textOf(mails(10, 3000)))
  keeper.clock.advance(LOOK_MS)
  while (!(await keeper.has(9000)())) await sleep(20)
})

test('no thread on a disk that is nearly full', async () => {
  using room = new IndexRoom()
  let hasRoom = false
  await using keeper = keep(room, { hasRoom: () => hasRoom })
  writeFileSync(keeper.log, textOf(mails(0, 10)))
  for (let looks = 0; looks < 5; looks++) {
    keeper.clock.advance(LOOK_MS)
    await sleep(20)
  }
  assert.ok(!existsSync(room.file))
  hasRoom = true
  await keeper.until(keeper.has(30))
})

test('what goes wrong is told once, and when it is well again', async () => {
  using room = new IndexRoom()
  mkdirSync(room.file) // no database can be here
  await using keeper = keep(room)
  writeFileSync(keeper.log, textOf(mails(0, 10)))
  await keeper.until(() => keeper.reports.length === 1)
  for (let looks = 0; looks < 5; looks++) {
    keeper.clock.advance(LOOK_MS)
    await sleep(50)
  }
  assert.equal(keeper.reports.length, 1)
  assert.match(keeper.reports[0] ?? '', /is not up to date; the log has every line/)
  rmSync(room.file, { recursive: true })
  await keeper.until(() => keeper.reports.length === 2)
  assert.match(keeper.reports[1] ?? '', /is up to date again/)
})
