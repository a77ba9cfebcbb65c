import assert from 'node:assert/strict'
import { test } from 'node:test'

import { SqliteConnection } from '../db/sqlite.ts'
import { history } from '../migration/004-history.ts'
import { addSample, remember, remembered, sampleAt, samplesOf } from './history.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

test('of the last two days every moment is kept, of older hours the last one, for 35 days', () => {
  using db = opened()
  const endMs = 40 * DAY
  for (let atMs = 0; atMs <= endMs; atMs += 20 * MINUTE)
    db.transact('write', addSample.run({ atMs, values: { 'queue.messages': atMs } }))
  const kept = db.run(samplesOf('queue.messages', 0, endMs + 1)).map(({ atMs }) => atMs)
  assert.equal(kept[0], 5 * DAY + 40 * MINUTE)
  const old = kept.filter((atMs) => atMs < endMs - 2 * DAY)
  assert.ok(old.every((atMs) => atMs % HOUR === 40 * MINUTE))
  assert.equal(old.length, 33 * 24)
  assert.equal(kept.length - old.length, 2 * 24 * 3 + 1)
})

test('the moment nearest to a time, if there is one within the hour', () => {
  using db = opened()
  for (const atMs of [0, HOUR, 5 * HOUR])
    db.transact('write', addSample.run({ atMs, values: { delivered: atMs } }))
  assert.equal(db.run(sampleAt('delivered', HOUR + 1))?.atMs, HOUR)
  assert.equal(db.run(sampleAt('delivered', 5 * HOUR - MINUTE))?.atMs, 5 * HOUR)
  assert.equal(db.run(sampleAt('delivered', 3 * HOUR)), undefined)
  assert.equal(db.run(sampleAt('failed', HOUR)), undefined)
})

test('what a command remembers is there in its next run', () => {
  using db = opened()
  assert.equal(db.run(remembered('doctor')), undefined)
  const value = { errors: { greylisted: 3 } }
  db.transact('write', remember.run({ topic: 'doctor', atMs: 7, value: {} }))
  db.transact('write', remember.run({ topic: 'doctor', atMs: 9, value }))
  assert.deepEqual(db.run(remembered('doctor')), { atMs: 9, value })
})

function opened(): SqliteConnection {
  const db = new SqliteConnection(':memory:', { readOnly: false })
  db.exec(history.sql)
  return db
}
