import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

import { missingPrograms } from '../../../test/support/programs.ts'
import { NotifySocket } from '../../../test/support/notify-socket.ts'
import { ManualClock, systemClock } from '../../base/clock.ts'
import { openDatabaseInline } from '../../db/database.ts'
import { writeTable } from '../../db/group-commit.ts'
import { defineWrite } from '../../db/statement.ts'
import type { Vitals } from '../../server.ts'
import { notifyTo } from './notify.ts'
import { Watchdog } from './watchdog.ts'

const WELL = { p99Ms: 1, maxMs: 1 }
const change = defineWrite('changeForTest', function* () {
  return yield* []
})

test('it is fed three times within the patience of systemd, the first time at once', (t) => {
  const { database, loop } = partsIn(t)
  const { said, clock } = watching({ database, loop })
  assert.deepEqual(said, ['fed'])
  clock.advance(59_000)
  assert.deepEqual(said, ['fed', 'fed', 'fed'])
  clock.advance(1_000)
  assert.equal(said.length, 4)
})

test('a store that failed is not fed, and systemctl status says why', (t) => {
  const { database, loop } = partsIn(t)
  const { said, reports, clock } = watching({ database, loop })
  database.fail('disk I/O error')
  clock.advance(200_000)
  const why = 'the store failed and takes nothing more until a restart'
  assert.deepEqual(said, ['fed', `not well: ${why}`])
  assert.deepEqual(reports, [`the watchdog is not fed: ${why}`])
})

test('writes that wait while none is committed: not fed, until one is', async (t) => {
  const { database, loop } = partsIn(t)
  const { said, reports, clock } = watching({ database, loop })
  // It is not run before this turn of the event loop ends.
  const writing = database.write(change, null)
  clock.advance(20_000)
  assert.deepEqual(said, ['fed', 'fed'], 'it may have come this moment')
  clock.advance(20_000)
  assert.match(said.at(-1) ?? '', /^not well: writes wait, and none reaches the disk$/)
  await writing
  clock.advance(20_000)
  assert.equal(said.at(-1), 'fed')
  assert.match(reports.at(-1) ?? '', /well again/)
})

test('writes that wait while others are committed are fed', async (t) => {
  const { database, loop } = partsIn(t)
  const { said, clock } = watching({ database, loop })
  for (let round = 0; round < 3; round++) {
    const writing = database.write(change, null)
    clock.advance(20_000)
    await writing
  }
  assert.deepEqual(said, ['fed', 'fed', 'fed', 'fed'])
})

test('an event loop that crawls is not fed', (t) => {
  const { database } = partsIn(t)
  let delay = WELL
  const loop = {
    get delay() {
      return delay
    },
  }
  const { said, clock } = watching({ database, loop })
  delay = { p99Ms: 6_000, maxMs: 9_000 }
  clock.advance(20_000)
  assert.match(said.at(-1) ?? '', /^not well: the event loop/)
  delay = WELL
  clock.advance(20_000)
  assert.equal(said.at(-1), 'fed')
})

test('an event loop that is blocked feeds nobody', {
  skip: missingPrograms('systemd-notify', 'python3'),
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-watchdog-'))
  t.after(() => rmSync(folder, { recursive: true }))
  await using systemd = new NotifySocket(folder)
  await systemd.open()
  process.env['NOTIFY_SOCKET'] = systemd.path
  t.after(() => delete process.env['NOTIFY_SOCKET'])
  const { database, loop } = partsIn(t)
  const notify = notifyTo(assert.fail)
  const given = { clock: systemClock, patienceMs: 300, vitals: { database, loop }, notify }
  using _watchdog = new Watchdog({ ...given, report: assert.fail })
  await systemd.hears('WATCHDOG=1', 2)
  const before = systemd.count('WATCHDOG=1')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500)
  // One was perhaps on its way; without the block there would be several.
  assert.ok(systemd.count('WATCHDOG=1') <= before + 1, systemd.said.join('\n'))
  await systemd.hears('WATCHDOG=1', before + 1)
})

function partsIn(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-watchdog-'))
  const database = openDatabaseInline({
    file: join(folder, 'mail.db'),
    migrations: [],
    writes: writeTable([change]),
  })
  t.after(async () => {
    await database[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })
  return { database, loop: { delay: WELL } }
}

function watching(vitals: Vitals) {
  const clock = new ManualClock(0)
  const said: string[] = []
  const reports: string[] = []
  const notify = {
    watchdog: () => void said.push('fed'),
    status: (text: string) => void said.push(text),
  }
  const report = (text: string) => void reports.push(text)
  // The clock of this test holds nothing open.
  const watchdog = new Watchdog({ clock, patienceMs: 60_000, vitals, notify, report })
  return { said, reports, clock, watchdog }
}
