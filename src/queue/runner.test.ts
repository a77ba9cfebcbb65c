import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Result } from '../smtp-client/types.ts'
import { MemoryRows } from './testing/memory-rows.ts'
import { DELIVERED, failure, MINUTE_MS, TestRunner } from './testing/test-runner.ts'

const addresses = (count: number, domain: string) =>
  Array.from({ length: count }, (_, index) => `u${index}@${domain}`)

const HOUR_MS = 60 * MINUTE_MS

/** The runner writes lines of every attempt: how many of them have this mark? */
const marked = (test: TestRunner, mark: string) =>
  test.rows.lines.split('\n').filter((line) => line.split(' ')[3] === mark).length

test('every message goes once, over few connections, and is completed once', async () => {
  await using t = new TestRunner()
  t.add('mx:a.example', addresses(250, 'a.example'))
  await t.start()
  assert.equal(t.rows.count('delivered'), 250)
  assert.equal(marked(t, '=>'), 250)
  assert.equal(marked(t, 'Completed'), 250)
  const host = t.host('a.example')
  assert.equal(new Set(host.taken.flatMap(({ recipients }) => recipients)).size, 250)
  assert.ok(host.tried <= 20, `${host.tried} connections`)
  assert.match(
    t.rows.lines,
    /^2026-11-20 09:00:00 \S+ => u0@a\.example F=<jane@here\.example> R=mx T=smtp S=100 H=a\.example \[\S+.*C="250 2\.0\.0 Ok" QT=0s DT=0s$/m,
  )
})

test('connections are kept two seconds for the next message, and end after a hundred', async () => {
  await using t = new TestRunner({ maxConnectionsPerDestination: 1 })
  t.add('mx:a.example', addresses(100, 'a.example'))
  await t.start()
  const host = t.host('a.example')
  assert.equal(host.open, 1)
  assert.deepEqual(host.perConnection, [100])
  t.add('mx:a.example', ['more@a.example'])
  await t.wake('mx:a.example')
  assert.deepEqual(host.perConnection, [100, 1])
  await t.advance(1000)
  t.add('mx:a.example', ['again@a.example'])
  await t.wake('mx:a.example')
  assert.deepEqual(host.perConnection, [100, 2])
  await t.advance(2000)
  assert.equal(host.open, 0)
  assert.deepEqual(t.runner.status(), [])
})

test('recipients of one message at one destination share a transaction', async () => {
  await using t = new TestRunner()
  t.rows.add('mx:a.example', addresses(250, 'a.example'), { arrivedMs: t.clock.nowMs() })
  await t.start()
  const sizes = t.host('a.example').taken.map(({ recipients }) => recipients.length)
  assert.ok(Math.max(...sizes) <= 100)
  assert.equal(t.rows.count('delivered'), 250)
  assert.equal(marked(t, 'Completed'), 1)
  assert.equal(marked(t, '=>'), sizes.length)
  assert.equal(marked(t, '->'), 250 - sizes.length)
})

test('RFC 5321 §4.5.3.1.10: recipients that a host has no room for go in the next transaction', async () => {
  await using t = new TestRunner()
  const full: Result = failure({
    phase: 'RCPT',
    scope: 'message',
    reply: '452 4.5.3 too many recipients',
    status: '4.5.3',
  })
  t.host('a.example').answer = ({ recipients }) =>
    recipients.map((_, index) => (index < 2 ? DELIVERED : full))
  t.rows.add('mx:a.example', addresses(5, 'a.example'), { arrivedMs: t.clock.nowMs() })
  await t.start()
  assert.deepEqual(
    t.host('a.example').taken.map(({ recipients }) => recipients.length),
    [2, 2, 1],
  )
  assert.equal(marked(t, '=='), 0)
})

test('RFC 9422 §4: recipients over the number that a host announced go at once too, even when it refuses the first', async () => {
  await using t = new TestRunner()
  const notAsked = failure({ phase: 'RCPT', scope: 'message', status: '4.5.3', text: 'too many' })
  const unknown = failure({ kind: 'failed', phase: 'RCPT', scope: 'recipient', reply: '550 no' })
  t.host('a.example').answer = ({ recipients }) =>
    recipients.map((_, index) => (index < 2 ? unknown : notAsked))
  t.rows.add('mx:a.example', addresses(5, 'a.example'), { arrivedMs: t.clock.nowMs() })
  await t.start()
  assert.equal(marked(t, '**'), 5)
  assert.equal(marked(t, '=='), 0)
})

test('connections to one destination: two at first, one more for each success, twenty at most', async () => {
  await using t = new TestRunner()
  const host = t.host('a.example')
  let open = () => {}
  host.gate = new Promise((resolve) => {
    open = resolve
  })
  t.add('mx:a.example', addresses(500, 'a.example'))
  await t.start()
  assert.equal(host.open, 2)
  host.gate = null
  open()
  await t.settleDown()
  assert.equal(t.rows.count('delivered'), 500)
  assert.equal(host.peak, 20)
})

test('all destinations together have no more connections than the configuration allows', async () => {
  await using t = new TestRunner({ maxConnections: 5 })
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const names = Array.from({ length: 12 }, (_, index) => `d${index}.example`)
  for (const name of names) {
    t.host(name).gate = gate
    t.add(`mx:${name}`, addresses(10, name))
  }
  await t.start()
  assert.equal(t.runner.status().length, 5)
  open()
  for (let turn = 0; turn < 5; turn++) await t.advance(2000)
  assert.equal(t.rows.count('delivered'), 120)
})

test('F16: 100,000 messages for a dead destination do not slow another', async () => {
  await using t = new TestRunner()
  t.host('dead.example').refusal = failure()
  t.add('mx:dead.example', addresses(100_000, 'dead.example'))
  await t.start()
  assert.ok(t.host('dead.example').tried <= 2)
  const leasesOfDead = t.rows.leaseCalls.get('mx:dead.example' as never) ?? 0
  assert.ok(leasesOfDead <= 2, `${leasesOfDead} leases`)

  t.add('mx:well.example', addresses(300, 'well.example'))
  await t.wake('mx:well.example')
  assert.equal(t.rows.count('delivered', 'mx:well.example'), 300)
  // Nobody asked the dead one's rows for that.
  assert.equal(t.rows.leaseCalls.get('mx:dead.example' as never), leasesOfDead)
  assert.equal(t.rows.count('leased'), 0)
})

test('a host that has enough of connections is not a dead one', async () => {
  await using t = new TestRunner()
  const host = t.host('a.example')
  host.maxConnections = 3
  t.add('mx:a.example', addresses(200, 'a.example'))
  await t.start()
  assert.equal(t.rows.count('delivered'), 200)
  assert.equal(marked(t, '=='), 0)
  assert.equal(host.peak, 3)
  assert.ok(host.tried < 30, `${host.tried} connections`)
})

test('the next host is tried when one does not answer, and asked later the next time', async () => {
  await using t = new TestRunner({ maxConnectionsPerDestination: 1 })
  t.mx.set('mx:a.example', ['down.example', 'up.example'])
  t.host('down.example').refusal = failure()
  t.add('mx:a.example', addresses(150, 'a.example'))
  await t.start()
  assert.equal(t.host('up.example').taken.length, 150)
  assert.equal(t.host('down.example').tried, 1)
  assert.equal(marked(t, '=='), 0)
})

test('at most five addresses and two sessions are tried', async () => {
  await using t = new TestRunner({ firstConnections: 1 })
  const names = Array.from({ length: 8 }, (_, index) => `h${index}.example`)
  t.mx.set('mx:a.example', names)
  t.mx.set('mx:b.example', ['s0.example', 's1.example', 's2.example'])
  for (const name of names) t.host(name).refusal = failure()
  for (const name of ['s0', 's1', 's2'])
    t.host(`${name}.example`).refusal = failure({ phase: 'EHLO', reply: '451 4.3.0 not now' })
  t.add('mx:a.example', ['x@a.example'])
  t.add('mx:b.example', ['x@b.example'])
  await t.start()
  assert.deepEqual(
    names.map((name) => t.host(name).tried),
    [1, 1, 1, 1, 1, 0, 0, 0],
  )
  assert.deepEqual(
    ['s0', 's1', 's2'].map((name) => t.host(`${name}.example`).tried),
    [1, 1, 0],
  )
})

test('a kept connection that is lost is replaced, and nothing is deferred for it', async () => {
  await using t = new TestRunner({ maxConnectionsPerDestination: 1 })
  const host = t.host('a.example')
  host.answer = ({ recipients }, connection) => {
    if (connection.messagesSent < 5) return recipients.map(() => DELIVERED)
    connection.usable = false
    return recipients.map(() => failure({ phase: 'MAIL', text: 'Connection closed' }))
  }
  t.add('mx:a.example', addresses(20, 'a.example'))
  await t.start()
  assert.equal(t.rows.count('delivered'), 20)
  assert.equal(marked(t, '=='), 0)
})

test('a connection lost after the end of data: the message waits, for it may have arrived', async () => {
  await using t = new TestRunner()
  const host = t.host('a.example')
  host.answer = ({ recipients }, connection) => {
    connection.usable = false
    return recipients.map(() => failure({ phase: 'end of data', text: 'Connection lost' }))
  }
  t.add('mx:a.example', ['x@a.example'])
  await t.start()
  assert.equal(marked(t, '=='), 1)
  host.answer = null
  await t.advance(6 * MINUTE_MS)
  assert.equal(t.rows.count('delivered'), 1)
})

test('one message at which the host hangs up does not stop the others', async () => {
  await using t = new TestRunner()
  const host = t.host('a.example')
  host.answer = ({ recipients }, connection) =>
    recipients.map(({ address }) => {
      if (!address.startsWith('u3@')) return DELIVERED
      connection.usable = false
      return failure({ phase: 'content', text: 'Connection lost' })
    })
  t.add('mx:a.example', addresses(30, 'a.example'))
  await t.start()
  assert.equal(t.rows.count('delivered'), 29)
  assert.equal(t.rows.count('pending'), 1)
})

test('F12: sent and not settled is sent again after a start, and settled once', async () => {
  const rows = new MemoryRows()
  const dies = new TestRunner({}, rows)
  rows.beforeSettle = () => new Promise(() => {})
  dies.add('mx:a.example', ['x@a.example'])
  await dies.start()
  assert.equal(dies.host('a.example').taken.length, 1)
  assert.equal(rows.count('leased'), 1)

  rows.beforeSettle = async () => {}
  await using t = new TestRunner({}, rows)
  await t.start()
  assert.equal(t.host('a.example').taken.length, 1)
  assert.equal(rows.count('delivered'), 1)
  assert.equal(marked(t, 'Completed'), 1)
})

test('the outcome is committed before the connection takes another message', async () => {
  await using t = new TestRunner({ maxConnectionsPerDestination: 1 })
  const seen: number[] = []
  t.rows.beforeSettle = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    seen.push(t.host('a.example').taken.length)
  }
  t.add('mx:a.example', addresses(5, 'a.example'))
  await t.start()
  assert.deepEqual(seen, [1, 2, 3, 4, 5])
})

test('a full disk: what was delivered is marked when there is room, and sent once', async () => {
  await using t = new TestRunner()
  t.rows.settleError = new Error('the disk is full')
  t.add('mx:a.example', ['x@a.example'])
  await t.start()
  assert.equal(t.rows.count('leased'), 1)
  assert.match(t.reports[0] ?? '', /cannot be kept yet: the disk is full/)
  t.rows.settleError = null
  await t.advance(10_000, 10_000)
  assert.equal(t.rows.count('delivered'), 1)
  assert.equal(t.host('a.example').taken.length, 1)
})

test('a relay that refuses our login: said once, nothing is bounced, and said when it takes it again', async () => {
  await using t = new TestRunner()
  const host = t.host('smart')
  host.refusal = failure({
    kind: 'failed',
    phase: 'AUTH',
    scope: 'login',
    reply: '535 5.7.8 no',
    text: 'authentication failed: 535 5.7.8 no',
  })
  t.add('relay:smart', addresses(20, 'a.example'))
  await t.start()
  await t.advance(40 * MINUTE_MS)
  assert.equal(t.rows.count('pending'), 20)
  assert.equal(t.rows.count('failed'), 0)
  const alarms = () => t.events.flatMap((event) => (event.type === 'panic' ? [event.text] : []))
  assert.deepEqual(alarms(), [
    'the relay smart refuses our login, and mail for it waits: authentication failed: 535 5.7.8 no',
  ])
  host.refusal = null
  await t.advance(2 * HOUR_MS, 5 * MINUTE_MS)
  assert.equal(t.rows.count('delivered'), 20)
  assert.deepEqual(alarms().slice(1), ['the relay smart takes our login again'])
})

test('a relay that wants another login at MAIL: mail waits; of an MX that is final', async () => {
  await using t = new TestRunner()
  const text = 'SMTP error from remote mail server after MAIL FROM:<s@x>: 530 5.7.0 log in'
  const refusal = failure({ kind: 'failed', phase: 'MAIL', reply: '530 5.7.0 log in', text })
  for (const name of ['smart', 'mx.example'])
    t.host(name).answer = ({ recipients }) => recipients.map(() => refusal)
  t.add('mx:mx.example', addresses(2, 'mx.example'))
  t.add('relay:smart', addresses(3, 'a.example'))
  await t.start()
  await t.advance(40 * MINUTE_MS, 5 * MINUTE_MS)
  assert.equal(t.rows.count('failed'), 2)
  assert.equal(t.rows.count('pending'), 3)
  const alarms = () => t.events.flatMap((event) => (event.type === 'panic' ? [event.text] : []))
  assert.deepEqual(alarms(), [`the relay smart refuses our login, and mail for it waits: ${text}`])
  t.host('smart').answer = null
  await t.advance(2 * HOUR_MS, 5 * MINUTE_MS)
  assert.equal(t.rows.count('delivered'), 3)
  assert.deepEqual(alarms().slice(1), ['the relay smart takes our login again'])
})

test('a relay that took our login refuses one sender: the mail of others goes; all: mail waits', async () => {
  await using t = new TestRunner({ maxConnectionsPerDestination: 1 })
  t.login = 'plain'
  const refused = new Set(['bob@here.example'])
  const text = 'SMTP error from remote mail server after MAIL FROM:<x>: 535 5.7.8 not you'
  const refusal = failure({ kind: 'failed', phase: 'MAIL', reply: '535 5.7.8 not you', text })
  t.host('smart').answer = ({ from, recipients }) =>
    recipients.map(() => (refused.has(from ?? '') ? refusal : DELIVERED))
  for (const from of ['bob@here.example', 'jane@here.example'])
    t.add('relay:smart', addresses(3, 'a.example'), { from })
  await t.start()
  const counts = () => (['delivered', 'pending', 'failed'] as const).map((one) => t.rows.count(one))
  const alarms = () => t.events.filter(({ type }) => type === 'panic').length
  assert.deepEqual([counts(), alarms()], [[3, 3, 0], 0])
  refused.add('jane@here.example')
  t.add('relay:smart', addresses(3, 'b.example'), { from: 'jane@here.example' })
  await t.wake('relay:smart')
  await t.advance(10 * MINUTE_MS)
  assert.deepEqual([counts(), alarms()], [[3, 6, 0], 1])
  refused.clear()
  await t.advance(4 * HOUR_MS, 5 * MINUTE_MS)
  assert.deepEqual([counts(), alarms()], [[9, 0, 0], 2])
})

test('a relay that took our login takes nothing of the only sender: that is said once, after half an hour', async () => {
  await using t = new TestRunner({ maxConnectionsPerDestination: 1 })
  t.login = 'plain'
  const text = 'SMTP error from remote mail server after MAIL FROM:<x>: 535 5.7.8 not you'
  const refusal = failure({ kind: 'failed', phase: 'MAIL', reply: '535 5.7.8 not you', text })
  t.host('smart').answer = ({ recipients }) => recipients.map(() => refusal)
  t.add('relay:smart', addresses(3, 'a.example'), { from: 'bob@here.example' })
  await t.start()
  const alarms = () => t.events.flatMap((event) => (event.type === 'panic' ? [event.text] : []))
  await t.advance(25 * MINUTE_MS)
  assert.deepEqual(alarms(), [])
  await t.advance(4 * HOUR_MS, 5 * MINUTE_MS)
  const told = `the relay smart takes our login, but has taken no mail for 35 min; that of <bob@here.example> waits: ${text}`
  assert.deepEqual(alarms(), [told])
  assert.deepEqual([...t.refusedLogins], [])
  // Another sender is not held up by it.
  t.host('smart').answer = ({ from, recipients }) =>
    recipients.map(() => (from === 'bob@here.example' ? refusal : DELIVERED))
  t.add('relay:smart', addresses(1, 'b.example'), { from: 'jane@here.example' })
  await t.wake('relay:smart')
  assert.equal(t.rows.count('delivered'), 1)
  assert.equal(t.rows.count('pending'), 3)
  assert.deepEqual(alarms(), [told, 'the relay smart takes mail again'])
})

test('a domain that does not exist fails each message, and no connection is made', async () => {
  await using t = new TestRunner()
  t.wayFaults.set(
    'mx:none.example',
    failure({ kind: 'failed', phase: 'dns', status: '5.1.2', text: 'Unrouteable address' }),
  )
  t.add('mx:none.example', addresses(30, 'none.example'))
  await t.start()
  assert.equal(t.rows.count('failed'), 30)
  assert.equal(t.told.length, 30)
  assert.match(t.rows.lines, /\*\* u0@none\.example .*R=mx T=smtp: Unrouteable address/)
})

test('no more recipients are in memory than the configuration allows', async () => {
  await using t = new TestRunner({ maxRecipientsInMemory: 100 })
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  for (let index = 0; index < 20; index++) {
    t.host(`d${index}.example`).gate = gate
    t.add(`mx:d${index}.example`, addresses(40, `d${index}.example`))
  }
  await t.start()
  assert.ok(t.rows.count('leased') <= 100, `${t.rows.count('leased')} are leased`)
  open()
  for (let turn = 0; turn < 10; turn++) await t.advance(2000)
  assert.equal(t.rows.count('delivered'), 800)
})

test('a stop waits for messages under way, and takes no new ones', async () => {
  const t = new TestRunner({ maxConnectionsPerDestination: 1 })
  const host = t.host('a.example')
  let open = () => {}
  host.gate = new Promise((resolve) => {
    open = resolve
  })
  t.add('mx:a.example', addresses(10, 'a.example'))
  await t.start()
  const stopped = t[Symbol.asyncDispose]()
  open()
  await stopped
  assert.equal(host.taken.length, 1)
  assert.equal(t.rows.count('delivered'), 1)
  assert.equal(host.open, 0)
})

test('a stop that takes too long closes connections; the messages are sent after the next start', async () => {
  const t = new TestRunner()
  t.host('a.example').gate = new Promise(() => {})
  t.add('mx:a.example', ['x@a.example'])
  await t.start()
  const stopped = t[Symbol.asyncDispose]()
  await t.advance(10_000, 10_000)
  await stopped
  assert.equal(t.rows.count('leased'), 1)
  assert.equal(t.rows.lines, '')
})

test('who: what each connection does, since when', async () => {
  await using t = new TestRunner()
  let open = () => {}
  t.host('a.example').gate = new Promise((resolve) => {
    open = resolve
  })
  t.add('mx:a.example', ['x@a.example'])
  await t.start()
  assert.deepEqual(t.runner.status(), [
    {
      destination: 'mx:a.example',
      host: 'a.example [address of a.example]:25',
      doing: 'sending',
      sinceMs: t.clock.nowMs(),
      messagesSent: 0,
    },
  ])
  open()
  await t.settleDown()
})
