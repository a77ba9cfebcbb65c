import assert from 'node:assert/strict'
import { test } from 'node:test'

import { failure, MINUTE_MS, TestRunner } from './testing/test-runner.ts'

const addresses = (count: number, domain: string) =>
  Array.from({ length: count }, (_, index) => `u${index}@${domain}`)

const HOUR_MS = 60 * MINUTE_MS

test('a dead destination is tried with one message after each wait of the plan', async () => {
  await using t = new TestRunner()
  const host = t.host('dead.example')
  host.refusal = failure()
  t.add('mx:dead.example', addresses(50, 'dead.example'))
  await t.start()
  const first = host.tried
  assert.ok(first <= 2)
  await t.advance(4 * MINUTE_MS)
  assert.equal(host.tried, first)
  await t.advance(2 * MINUTE_MS)
  assert.equal(host.tried, first + 1)
  await t.advance(8 * MINUTE_MS)
  assert.equal(host.tried, first + 1)
  await t.advance(3 * MINUTE_MS)
  assert.equal(host.tried, first + 2)
  assert.equal(t.rows.states.get('mx:dead.example' as never)?.failures, 3)
  assert.match(t.rows.lines, / == u0@dead\.example .* defer \(110\) .*: Connection timed out/)

  host.refusal = null
  await t.advance(21 * MINUTE_MS)
  assert.equal(t.rows.count('pending'), 0)
  assert.equal(t.rows.count('delivered'), 50)
  assert.deepEqual(t.rows.states.get('mx:dead.example' as never), {
    name: 'mx:dead.example',
    failures: 0,
    blockedUntilMs: null,
    error: null,
  })
})

test('a destination whose first message after a block is lost on the way is tried again, not forgotten', async () => {
  await using t = new TestRunner()
  const host = t.host('dead.example')
  host.refusal = failure()
  t.add('mx:dead.example', addresses(20, 'dead.example'))
  await t.start()
  host.refusal = null
  host.answer = ({ recipients }, connection) => {
    connection.usable = false
    return recipients.map(() => failure({ phase: 'MAIL', text: 'Connection lost' }))
  }
  await t.advance(6 * MINUTE_MS)
  host.answer = null
  await t.advance(HOUR_MS)
  assert.equal(t.rows.count('delivered'), 20)
})

test('the plan of one recipient: 5, 10, 20, 40, 60, 120 minutes, then every four hours, for five days', async () => {
  await using t = new TestRunner()
  const triedMs: number[] = []
  t.host('a.example').answer = ({ recipients }) => {
    triedMs.push(t.clock.nowMs())
    const reply = '450 4.2.0 mailbox busy'
    return recipients.map(() =>
      failure({ phase: 'RCPT', scope: 'recipient', reply, text: `said: ${reply}` }),
    )
  }
  t.add('mx:a.example', ['x@a.example'])
  await t.start()
  await t.advance(5 * 24 * HOUR_MS + HOUR_MS, 5 * MINUTE_MS)
  const waits = triedMs
    .slice(1)
    .map((ms, index) => Math.round((ms - (triedMs[index] ?? 0)) / MINUTE_MS))
  assert.deepEqual(waits.slice(0, 8), [5, 10, 20, 40, 60, 120, 240, 240])
  const lastMs = triedMs.at(-1) ?? 0
  assert.equal(lastMs - (triedMs[0] ?? 0), 5 * 24 * HOUR_MS)
  assert.match(
    t.rows.lines,
    /\*\* x@a\.example .*: said: 450 4\.2\.0 mailbox busy: retry timeout exceeded/,
  )
  assert.equal(t.told[0]?.outcome.status, '4.4.7')
  assert.equal(t.rows.count('failed'), 1)
})

test('a bounce is given up after two days; a domain may have a plan of its own', async () => {
  await using t = new TestRunner({
    domains: [
      {
        domain: '*.slow.example',
        helloName: null,
        sourceIpv4: null,
        sourceIpv6: null,
        retryMs: [30 * MINUTE_MS],
        delayNoticeMs: null,
        expiryMs: 2 * HOUR_MS,
        bounceExpiryMs: null,
        firstConnections: null,
        maxConnections: null,
        ratePerMinute: null,
        requireTls: false,
      },
    ],
  })
  const busy = failure({ phase: 'RCPT', scope: 'recipient', reply: '450 4.2.0 busy' })
  let tries = 0
  t.host('in.slow.example').answer = ({ recipients }) => {
    tries++
    return recipients.map(() => busy)
  }
  t.host('b.example').answer = ({ recipients }) => recipients.map(() => busy)
  t.add('mx:in.slow.example', ['x@in.slow.example'])
  t.add('mx:b.example', ['x@b.example'], { from: null })
  await t.start()
  await t.advance(2 * HOUR_MS, 5 * MINUTE_MS)
  assert.equal(tries, 5)
  assert.deepEqual([...new Set(t.demands)].sort(), ['none', 'optional'])
  assert.equal(t.rows.count('failed', 'mx:in.slow.example'), 1)
  await t.advance(45 * HOUR_MS, 30 * MINUTE_MS)
  assert.equal(t.rows.count('failed', 'mx:b.example'), 0)
  await t.advance(2 * HOUR_MS, 30 * MINUTE_MS)
  assert.equal(t.rows.count('failed', 'mx:b.example'), 1)
})

test('a destination that says that we send too much is left alone, longer than the plan says', async () => {
  await using t = new TestRunner({ maxConnectionsPerDestination: 1 })
  const host = t.host('a.example')
  const reply = '421 4.7.28 Our system has detected an unusual rate of unsolicited mail'
  host.refusal = failure({ phase: 'banner', reply, text: `SMTP error after connection: ${reply}` })
  t.add('mx:a.example', addresses(10, 'a.example'))
  await t.start()
  assert.equal(host.tried, 1)
  await t.advance(14 * MINUTE_MS)
  assert.equal(host.tried, 1)
  await t.advance(2 * HOUR_MS, 5 * MINUTE_MS)
  assert.ok(host.tried > 1)
})

test('a rate for each destination: so many messages a minute, evenly', async () => {
  await using t = new TestRunner({ ratePerMinute: 6 })
  t.add('mx:a.example', addresses(20, 'a.example'))
  t.add('mx:b.example', addresses(2, 'b.example'))
  await t.start()
  assert.equal(t.host('a.example').taken.length, 1)
  await t.advance(MINUTE_MS, 1000)
  assert.ok(t.host('a.example').taken.length >= 6 && t.host('a.example').taken.length <= 7)
  assert.equal(t.host('b.example').taken.length, 2)
  await t.advance(3 * MINUTE_MS, 1000)
  const times = t.host('a.example').taken.map(({ atMs }) => atMs)
  assert.equal(times.length, 20)
  for (const [index, atMs] of times.entries())
    assert.ok(index === 0 || atMs - (times[index - 1] ?? 0) >= 10_000)
})

test('a wall clock that jumps: forward sends nothing twice, and back keeps the plan', async () => {
  await using t = new TestRunner()
  const host = t.host('a.example')
  let open = () => {}
  host.gate = new Promise((resolve) => {
    open = resolve
  })
  t.add('mx:a.example', addresses(10, 'a.example'))
  await t.start()
  await t.advance(30 * 24 * HOUR_MS, 10 * 24 * HOUR_MS)
  assert.equal(t.rows.count('leased') > 0, true)
  host.gate = null
  open()
  await t.settleDown()
  assert.equal(host.taken.length, 10)
  assert.equal(t.rows.count('delivered'), 10)
})

test('a destination that is at work goes by the settings of this moment', async () => {
  await using t = new TestRunner({ ratePerMinute: 1 })
  t.add('mx:a.example', addresses(60, 'a.example'))
  await t.start()
  await t.advance(2 * MINUTE_MS, 1000)
  const host = t.host('a.example')
  assert.equal(host.taken.length, 3)
  t.outgoing = { ...t.outgoing, ratePerMinute: 60 }
  await t.advance(3 * MINUTE_MS, 1000)
  assert.equal(host.taken.length, 60)
})

test('a destination that is at work has as many connections as it may have at this moment', async () => {
  await using t = new TestRunner({ maxConnectionsPerDestination: 1 })
  const host = t.host('a.example')
  const open: (() => void)[] = []
  Object.defineProperty(host, 'gate', {
    get: () => new Promise<void>((resolve) => open.push(resolve)),
  })
  t.add('mx:a.example', addresses(30, 'a.example'))
  await t.start()
  assert.equal(host.open, 1)
  t.outgoing = { ...t.outgoing, maxConnectionsPerDestination: 3 }
  while (open.length > 0) {
    open.shift()?.()
    await t.settleDown()
  }
  assert.equal(host.peak, 3)
  assert.equal(host.taken.length, 30)
})
