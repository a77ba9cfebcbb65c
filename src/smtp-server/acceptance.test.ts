/** F13: storing a message takes long; the client hears of it while it still listens. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { fakeServer } from './testing/fakes.ts'
import { codesOf, Talk } from './testing/talk.ts'

const ENVELOPE = ['EHLO c', 'MAIL FROM:<a@ext.test>', 'RCPT TO:<jane@ours.test>', 'DATA']
const MESSAGE = 'Subject: x\r\n\r\nx\r\n.\r\n'

for (const tookS of [1, 60, 400, 700])
  test(`F13: storing takes ${tookS} s: one answer within 300 s, and no second copy`, async () => {
    const clock = new ManualClock(1_000_000)
    const { options, delivery } = fakeServer({ clock })
    const { promise, resolve } = Promise.withResolvers<void>()
    delivery.gate = promise
    const talk = await Talk.begin(options)
    await talk.codes(...ENVELOPE)
    assert.equal(await talk.say(MESSAGE), '')
    clock.advance(Math.min(tookS, 300) * 1000)
    if (tookS <= 300) resolve()
    await talk.settled()
    assert.deepEqual(codesOf(talk.stream.take()), [tookS <= 300 ? 250 : 451])
    // The client tries again, while the first attempt ends at last.
    clock.advance(Math.max(0, tookS - 300) * 1000)
    delivery.gate = null
    resolve()
    await talk.settled()
    assert.deepEqual(
      codesOf(talk.stream.take()).filter((code) => code < 400),
      [],
    )
    if (tookS > 300) {
      const again = await Talk.begin(options)
      await again.codes(...ENVELOPE)
      assert.deepEqual(codesOf(await again.say(MESSAGE)), [250])
    }
    assert.equal(delivery.accepted.length, 1)
  })
