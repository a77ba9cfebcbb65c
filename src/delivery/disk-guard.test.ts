import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { systemClock } from '../base/clock.ts'
import { DiskGuard } from './disk-guard.ts'

test('the ballast is written whole; a stop gives it up and leaves no piece of it', async (t) => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'waybill-guard-'))
  t.after(() => rmSync(dataFolder, { recursive: true }))
  const reports: string[] = []
  const guard = new DiskGuard({
    dataFolder,
    clock: systemClock,
    minFreePercent: 0,
    minFreeOctets: 0,
    ballastOctets: 20_000_001,
    report: (text) => reports.push(text),
  })
  const stop = new AbortController()
  const filling = guard.refill(stop.signal)
  stop.abort()
  await filling
  assert.deepEqual(readdirSync(dataFolder), [])
  await guard.refill(new AbortController().signal)
  assert.equal(statSync(join(dataFolder, 'ballast')).size, 20_000_001)
  assert.equal(guard.release(), true)
  assert.deepEqual(readdirSync(dataFolder), [])
  assert.deepEqual(reports.length, 1)
})
