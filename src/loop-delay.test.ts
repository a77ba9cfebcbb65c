import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { ManualClock, systemClock } from './base/clock.ts'
import { LoopWatch } from './loop-delay.ts'

test('work that does not let go is seen, for this minute and the next, and then forgotten', async () => {
  const clock = new ManualClock(0)
  using watch = new LoopWatch(clock)
  await sleep(120)
  const untilMs = systemClock.monotonicMs() + 400
  while (systemClock.monotonicMs() < untilMs);
  await sleep(120)
  assert.ok(watch.delay.maxMs >= 300, `seen: ${watch.delay.maxMs}`)
  clock.advance(60_000)
  assert.ok(watch.delay.maxMs >= 300)
  clock.advance(60_000)
  assert.equal(watch.delay.maxMs, 0)
})
