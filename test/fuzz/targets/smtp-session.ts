import assert from 'node:assert/strict'

import type { Clock } from '../../../src/base/clock.ts'
import { acceptSmtp } from '../../../src/smtp-server/accept.ts'
import { fakeServer } from '../../../src/smtp-server/testing/fakes.ts'
import { FakeStream } from '../../../src/net/testing/fake-stream.ts'
import type { FuzzTarget } from '../target.ts'

/** Stands still; what is due at once runs at once, and what is due later never. */
const CLOCK: Clock = {
  nowMs: () => 1_800_000_000_000,
  monotonicMs: () => 0,
  after(delayMs, run) {
    if (delayMs <= 1) queueMicrotask(run)
    return { [Symbol.dispose]: () => {} }
  },
}

const ENVELOPE = 'MAIL FROM:<a@ext.test>\r\nRCPT TO:<jane@ours.test>\r\n'

export const target: FuzzTarget = {
  name: 'smtp-session',
  seeds: [
    `EHLO c\r\n~${ENVELOPE}DATA\r\n~Subject: x\r\n\r\n..x\r\n.\r\n~QUIT\r\n`,
    `EHLO c\r\n~${ENVELOPE}BDAT 3\r\na: BDAT 4 LAST\r\nb\r\n\r\n~${ENVELOPE}RSET\r\nNOOP\r\n`,
    'EHLO c\r\n~AUTH PLAIN\r\n~AGphbmVAb3Vycy50ZXN0AHBlbmNpbA==\r\n~MAIL FROM:<jane@ours.test>\r\n',
    'EHLO c\r\n~STARTTLS\r\n~EHLO c\r\n~VRFY x\r\nEXPN x\r\nHELP\r\n~DATA\r\n~BDAT 5\r\n12345',
    `HELO c\r\n~${ENVELOPE}`,
  ],
  dictionary: [
    '~',
    'DATA\r\n~',
    '\r\n.\r\n',
    'BDAT 1\r\n',
    ' LAST',
    ENVELOPE,
    'RSET\r\n',
    'EHLO c\r\n~',
    'AUTH ',
  ],
  /** A tilde ends a segment; its replies are awaited before the next. */
  async run(octets) {
    const segments = Buffer.from(octets).toString('latin1').split('~').slice(0, 64)
    for (const role of ['mx', 'submission'] as const) {
      const { options, delivery, faults } = fakeServer({ role, clock: CLOCK, greetDelayMs: 1 })
      const stream = new FakeStream({ tls: role === 'submission' })
      acceptSmtp(options)(stream)
      for (const segment of ['', ...segments]) {
        if (segment !== '') stream.send(segment)
        for (let turn = 0; turn < 30; turn++) await null
      }
      stream.halfClose()
      for (let turn = 0; turn < 30; turn++) await null
      assert.deepEqual(faults, [])
      assert.match(stream.output, /^(?:\d{3}[ -][\x20-\x7e]*\r\n)*$/, 'only replies are written')
      const acknowledged = stream.output.match(/^250 2\.0\.0 OK id=/gm)?.length ?? 0
      assert.equal(delivery.accepted.length, acknowledged, 'acknowledged is what was stored')
      assert.equal(delivery.opened, acknowledged + delivery.disposed, 'no message is left open')
      assert.ok(stream.closed, 'the connection ends')
    }
  },
}
