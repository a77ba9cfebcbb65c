/** The faults in half a minute. `npm run chaos` is the long version. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fillDisk, missingTmpfs } from './disk-full.ts'
import { indexKillCycles } from './index-kill.ts'
import { killCycles } from './kill.ts'
import { startChaosServer } from './server.ts'
import { missingStrace } from './strace.ts'
import { failSync } from './sync-error.ts'
import { SYNC_ORDER_CASES, syncOrderProblem } from './sync-order.ts'

test('F01: kill -9 under load loses nothing that was acknowledged, and doubles nothing', async (t) => {
  const seed = Date.now() % 1_000_000
  const report = await killCycles({ cycles: 8, seed, checkEvery: 4 })
  t.diagnostic(
    `${report.acknowledged} acknowledged of ${report.sent} sent in ${report.cycles} cycles, seed ${seed}`,
  )
  const { lost, duplicated, altered, log, broken } = report
  assert.deepEqual(
    { lost, duplicated, altered, log, broken },
    { lost: [], duplicated: [], altered: [], log: [], broken: [] },
  )
})

test('S1: a message is acknowledged after it was synced', { skip: missingStrace() }, async (t) => {
  await using server = await startChaosServer()
  for (const one of SYNC_ORDER_CASES) {
    await t.test(`${one.way}, ${one.large ? 'in a file' : 'in the database'}`, async () => {
      assert.equal(await syncOrderProblem(server, one), null)
    })
  }
})

test('F07: a full disk is answered 452, and nothing is lost', {
  skip: await missingTmpfs(),
}, async () => {
  const { problems } = await fillDisk(false)
  assert.deepEqual(problems, [])
})

test('F09: nothing is acknowledged after a failed fsync', { skip: missingStrace() }, async () => {
  const { problems } = await failSync(false)
  assert.deepEqual(problems, [])
})

test('kill -9 while logs are taken into the index and rotated: each line is there once', async (t) => {
  const seed = Date.now() % 1_000_000
  const { lines, rotations, problems } = await indexKillCycles({ cycles: 5, seed })
  t.diagnostic(`${lines} lines, ${rotations} rotations, seed ${seed}`)
  assert.deepEqual(problems, [])
})
