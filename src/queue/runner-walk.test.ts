import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Result } from '../smtp-client/types.ts'
import { DELIVERED, failure, MINUTE_MS, TestRunner } from './testing/test-runner.ts'

/** The same numbers for the same seed: 0 to 1. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const HOUR_MS = 60 * MINUTE_MS

/** Hosts that go wrong in every way, now and then. */
function troubled(next: () => number, recipients: number): readonly Result[] | 'closed' {
  const chance = next()
  const each = (result: Result) => Array.from({ length: recipients }, () => result)
  if (chance < 0.05) return 'closed'
  if (chance < 0.1) return each(failure({ phase: 'end of data', text: 'Connection lost' }))
  if (chance < 0.15)
    return each(failure({ phase: 'MAIL', reply: '421 4.3.2 going down', text: 'going down' }))
  return Array.from({ length: recipients }, () => {
    const one = next()
    if (one < 0.1) return failure({ phase: 'RCPT', scope: 'recipient', reply: '450 4.2.0 busy' })
    if (one < 0.15)
      return failure({ kind: 'failed', phase: 'RCPT', scope: 'recipient', reply: '550 5.1.1 no' })
    if (one < 0.2)
      return failure({ phase: 'RCPT', scope: 'message', reply: '452 4.5.3 more', status: '4.5.3' })
    return DELIVERED
  })
}

for (const seed of [1, 2, 3, 4, 5, 6])
  test(`hosts that go wrong at random: every recipient ends, once, and nothing gets stuck (${seed})`, async () => {
    const next = numbers(seed)
    await using t = new TestRunner({
      maxConnections: 3 + seed,
      maxRecipientsInMemory: 40 * seed,
      ratePerMinute: seed === 6 ? 60 : 0,
    })
    const names = Array.from({ length: 8 }, (_, index) => `d${index}.example`)
    for (const name of names) {
      const host = t.host(name)
      host.maxConnections = 1 + Math.floor(next() * 5)
      host.answer = ({ recipients }, connection) => {
        const results = troubled(next, recipients.length)
        if (results !== 'closed' && results[0]?.kind === 'delivered') return results
        connection.usable = next() < 0.5 && results !== 'closed'
        if (results !== 'closed') return results
        return recipients.map(() => failure({ phase: 'MAIL', text: 'Connection closed' }))
      }
    }
    await t.start()
    let accepted = 0
    for (let round = 0; round < 40; round++) {
      for (const name of names) {
        t.host(name).refusal = next() < 0.2 ? failure() : null
        if (next() < 0.5) continue
        const addresses = Array.from(
          { length: 1 + Math.floor(next() * 6) },
          (_, n) => `${n}@${name}`,
        )
        accepted += addresses.length
        t.rows.add(`mx:${name}`, addresses, { arrivedMs: t.clock.nowMs() })
        if (next() < 0.9) t.runner.wake([`mx:${name}` as never])
      }
      await t.advance(Math.floor(next() * 10) * 1000, 1000)
    }
    for (const name of names) Object.assign(t.host(name), { refusal: null, answer: null })
    await t.advance(12 * HOUR_MS, 5 * MINUTE_MS)
    assert.equal(t.rows.count('leased'), 0)
    assert.equal(t.rows.count('pending'), 0)
    assert.equal(t.rows.count('delivered') + t.rows.count('failed'), accepted)
    // It was worth looking at.
    assert.ok(accepted > 300 && (t.rows.lines.match(/ == /g) ?? []).length > 20)
    const completed = t.rows.lines.split('\n').filter((line) => line.split(' ')[3] === 'Completed')
    assert.equal(completed.length, t.rows.messages.length)
    assert.deepEqual(t.runner.status(), [])
    assert.deepEqual(t.reports, [])
    assert.ok(names.every((name) => t.host(name).open === 0))
  })
