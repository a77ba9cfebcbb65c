import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

import { openDatabaseInline } from '../db/database.ts'
import { defineWrite, change } from '../db/statement.ts'
import { writeTable } from '../db/group-commit.ts'
import { systemFiles } from '../doctor/reach/files.ts'
import { MIGRATIONS } from '../migrations.ts'
import { acceptMail, mailTo } from '../queue/testing/test-queue.ts'
import { gather, panicLog } from './gather.ts'
import { HEALTHY } from './testing/facts.ts'

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-gather-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test('paniclog: not there and empty are well; a relay that refuses our login has a rule of its own', (t) => {
  const path = join(folderOf(t), 'paniclog')
  assert.deepEqual(panicLog(path), { lines: 0, last: [] })
  writeFileSync(path, '')
  assert.equal(panicLog(path).lines, 0)
  const relay = 'PANIC: the relay prov refuses our login, and mail for it waits: 535 no'
  writeFileSync(
    path,
    `2026-11-21 10:00:00 ${relay}\n2026-11-21 10:00:01 +0100 ${relay}\n` +
      '2026-11-21 10:00:02 PANIC: the relay prov takes our login again\n' +
      '2026-11-21 10:00:02 PANIC: the relay prov takes mail again\n',
  )
  assert.equal(panicLog(path).lines, 0)
  const disk = '2026-11-21 10:00:03 PANIC: the disk is full: the ballast was released'
  writeFileSync(path, `${disk}\n`, { flag: 'a' })
  assert.deepEqual(panicLog(path), { lines: 1, last: [disk] })
})

test('a paniclog that cannot be read is named', (t) => {
  const folder = folderOf(t)
  assert.throws(() => panicLog(folder), { name: 'OperatorFault', message: /^cannot read \S+: / })
})

test('of a paniclog of any length the end is read', (t) => {
  const path = join(folderOf(t), 'paniclog')
  const line = (number: number) => `2026-11-21 10:00:00 PANIC: line ${number} ${'x'.repeat(80)}`
  writeFileSync(path, Array.from({ length: 20_000 }, (_, number) => `${line(number)}\n`).join(''))
  const { lines, last } = panicLog(path)
  assert.ok(lines > 100 && lines < 1000)
  assert.deepEqual(last.at(-1), line(19_999))
  assert.equal(last.length, 5)
})

test('facts of a real folder and database', async (t) => {
  const folder = folderOf(t)
  mkdirSync(join(folder, 'log'))
  const block = defineWrite('block', function* () {
    const text = 'INSERT INTO queue_destination VALUES (?, NULL, NULL, ?, ?)'
    yield* change(text, 'mx:dead.example', 3, 'Connection refused')
    yield* change(text, 'mx:well.example', 0, null)
    yield* change("INSERT INTO remembered VALUES ('backup', 42, '{}')")
  })
  const hold = defineWrite('hold', function* () {
    yield* change("UPDATE queued_message SET stopped = 'held' WHERE id = 1")
    yield* change("UPDATE queued_message SET stopped = 'frozen' WHERE id = 2")
  })
  const writes = writeTable([block, acceptMail, hold])
  const file = join(folder, 'mail.db')
  await using database = openDatabaseInline({ file, migrations: MIGRATIONS, writes })
  await database.write(block, null)
  for (const arrivedMs of [1000, 2000, 3000])
    await database.write(acceptMail, mailTo(['bob@example.net'], { arrivedMs }))
  await database.write(hold, null)
  const { nowMs, memory, failedLogins, ways } = HEALTHY
  const facts = await gather(
    {
      ...{ database, files: systemFiles, relays: () => [], dataFolder: folder, startedMs: 7 },
      disk: { minFreePercent: 50, minFreeOctets: 1, ballastOctets: 0 },
      ...{ memoryOctets: () => 9, memoryMostOctets: () => 90 },
    },
    { nowMs, memory, failedLogins, ways },
    new AbortController().signal,
  )
  assert.deepEqual(
    facts.failing.map((one) => ({ ...one })),
    [{ name: 'mx:dead.example', error: 'Connection refused' }],
  )
  assert.deepEqual(
    [facts.backupMs, facts.memoryOctets, facts.memoryMostOctets, facts.startedMs],
    [42, 9, 90, 7],
  )
  // The first one waits for the person who holds it.
  const { messages, held, frozen, oldestMs, oldestUnheldMs } = facts.queue
  assert.deepEqual([messages, held, frozen, oldestMs, oldestUnheldMs], [3, 1, 1, 1000, 2000])
  assert.ok(facts.space.totalOctets > 0)
  assert.equal(facts.leastFreeOctets, Math.max(1, facts.space.totalOctets / 2))
})
