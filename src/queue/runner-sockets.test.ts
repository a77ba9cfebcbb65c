import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { systemClock } from '../base/clock.ts'
import { connect } from '../smtp-client/connection.ts'
import { targetOf } from '../smtp-client/testing/attempts.ts'
import { type FakeMx, type MxScript, startFakeMx } from '../smtp-client/testing/fake-mx.ts'
import { QueueRunner } from './runner.ts'
import { TestRunner } from './testing/test-runner.ts'

/** A runner over real connections to servers that do as they are told, and rows in memory. */
async function sendTo(
  script: MxScript,
  count: number,
  until: (test: TestRunner, mx: FakeMx) => boolean,
): Promise<{ readonly mx: FakeMx; readonly test: TestRunner }> {
  const t = new TestRunner()
  await using mx = await startFakeMx(script)
  const arrivedMs = systemClock.nowMs()
  for (let n = 0; n < count; n++)
    t.rows.add('mx:a.example', [`u${n}@a.example`], { arrivedMs, messageId: idOf(n) })
  await using runner = new QueueRunner({
    ...t.options,
    clock: systemClock,
    connect,
    ways: {
      find: async () => ({ targets: [targetOf(mx)], login: null, loginWasRefused: false }),
      rememberLogin: async () => false,
    },
  })
  await runner.start()
  while (!until(t, mx)) await sleep(5)
  return { mx, test: t }
}

const idOf = (n: number) => `1vnYk2-${String(n).padStart(11, '0')}-1EaB` as never

const allDone = ({ rows }: TestRunner) => rows.count('pending') + rows.count('leased') === 0

test('over sockets: each message arrives once, over twenty connections at most', async () => {
  const { mx, test: t } = await sendTo({}, 300, allDone)
  assert.equal(t.rows.count('delivered'), 300)
  assert.equal(new Set(mx.messages.flatMap(({ to }) => to)).size, 300)
  assert.equal(mx.messages.length, 300)
  assert.ok(mx.sessions.length <= 20, `${mx.sessions.length} connections`)
  assert.equal(mx.messages[0]?.content, 'Subject: x\r\n\r\nx\r\n')
  assert.match(
    t.rows.lines,
    / => u0@a\.example F=<jane@here\.example> R=mx T=smtp S=100 H=\S+ \[127\.0\.0\.1\]:\d+ C="250 2\.0\.0 Ok: queued as FAKE" QT=/,
  )
})

test('over sockets: a server that ends each connection after five messages loses none', async () => {
  const script: MxScript = {
    act: (step, _line, { lines }) =>
      step === 'MAIL' && lines.filter((line) => line.startsWith('MAIL')).length > 5
        ? '421 4.7.0 enough for one connection'
        : null,
  }
  const { mx, test: t } = await sendTo(script, 60, allDone)
  assert.equal(t.rows.count('delivered'), 60)
  assert.equal(mx.messages.length, 60)
  assert.doesNotMatch(t.rows.lines, / == /)
})

test('over sockets: refused, deferred and taken recipients each have their line', async () => {
  const script: MxScript = {
    act: (step, line) => {
      if (step !== 'RCPT') return null
      if (line.includes('u1@')) return '550 5.1.1 no such user here'
      return line.includes('u2@') ? '450 4.2.1 try later' : null
    },
  }
  const { test: t } = await sendTo(
    script,
    4,
    ({ rows }) => rows.count('leased') === 0 && /== u2@/.test(rows.lines),
  )
  assert.equal(t.rows.count('delivered'), 2)
  assert.match(
    t.rows.lines,
    / \*\* u1@a\.example .*: SMTP error from remote mail server after .*RCPT TO:<u1@a\.example>: 550 5\.1\.1 no such user here/,
  )
  assert.match(t.rows.lines, / == u2@a\.example .* defer \(-44\) .*450 4\.2\.1 try later/)
  assert.equal(t.told[0]?.outcome.status, '5.1.1')
})

test('F12: a connection that is cut after the last dot: the message waits and is not lost', async () => {
  const script: MxScript = { act: (step) => (step === 'dot' ? { kind: 'rst' } : null) }
  const { test: t } = await sendTo(script, 1, ({ rows }) => / == /.test(rows.lines))
  assert.equal(t.rows.count('pending'), 1)
  assert.equal(t.rows.count('delivered'), 0)
})
