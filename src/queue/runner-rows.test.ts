import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Database } from '../db/database.ts'
import type { Write } from '../db/statement.ts'
import { countQueued } from './list.ts'
import type { NoticeRecipient } from './notices.ts'
import { Overdue, type OverdueOptions } from './overdue.ts'
import { bouncer, DatabaseRows } from './rows.ts'
import { QueueRunner } from './runner.ts'
import type { Notices } from './runner-types.ts'
import { resumeQueued, stopQueued } from './steer.ts'
import { acceptMail, bounceQueued, mailTo, mx, settle, TestQueue } from './testing/test-queue.ts'
import { DELIVERED, failure, MINUTE_MS, START_MS, TestRunner } from './testing/test-runner.ts'
import type { QueueId } from './types.ts'

const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** The runner and what watches over long waits, over the tables; hosts are of a table. */
class OverTables implements AsyncDisposable {
  readonly queue = new TestQueue()
  readonly hosts: TestRunner
  readonly alarms: string[] = []
  /** What senders were told: `failed b@x.example`. */
  readonly told: string[] = []
  readonly runner: QueueRunner
  readonly overdue: Overdue

  constructor(outgoing: ConstructorParameters<typeof TestRunner>[0] = {}) {
    this.hosts = new TestRunner(outgoing)
    const { queue } = this
    const database: Pick<Database, 'read' | 'write'> = {
      read: (steps) => queue.read(steps),
      write: async <Args, Result>(write: Write<Args, Result>, args: Args) => {
        await new Promise((resolve) => setImmediate(resolve))
        return queue.write(write, args)
      },
    }
    const effects = {
      database,
      outbox: { committed: () => {} },
      blobs: { remove: async () => {} },
      onDelivered: () => {},
      onRefused: (why: string) => void this.alarms.push(why),
    }
    const rows = new DatabaseRows({ ...effects, settle })
    // Chance that is not always the same.
    let drawn = 0
    const random = { octets: (count: number) => new Uint8Array(count).fill(++drawn * 37) }
    const options = { ...this.hosts.options, random }
    const onWoken = () => this.overdue.changed()
    this.runner = new QueueRunner({ ...options, rows, notices: this.#notices, onWoken })
    this.overdue = new Overdue({
      database,
      rows,
      notices: this.#notices,
      bounce: bouncer({ ...effects, bounceQueued }),
      render: options.render,
      clock: options.clock,
      outgoing: options.outgoing,
      onPulledIn: () => this.runner.changed(),
      alarm: (text) => void this.alarms.push(text),
      report: (text) => void this.alarms.push(text),
    })
  }

  add(addresses: readonly string[], more: Parameters<typeof mailTo>[1] = {}): QueueId {
    const arrivedMs = this.hosts.clock.nowMs()
    const expiresMs = arrivedMs + 5 * DAY_MS
    const delayNoticeMs = arrivedMs + 4 * HOUR_MS
    const mail = mailTo(addresses, { arrivedMs, expiresMs, delayNoticeMs, ...more })
    return this.queue.write(acceptMail, mail)
  }

  async start(): Promise<void> {
    await this.runner.start()
    this.overdue.start()
    await this.#quiet()
  }

  async advance(ms: number, stepMs = MINUTE_MS): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.hosts.clock.advance(Math.min(stepMs, left))
      await this.#quiet()
    }
  }

  marked(mark: string): number {
    return this.queue.log().filter((line) => line.split(' ')[3] === mark).length
  }

  async #quiet(): Promise<void> {
    await this.hosts.settleDown()
    await this.overdue.settled()
    await this.hosts.settleDown()
  }

  readonly #notices: OverdueOptions['notices'] = {
    prepare: async (lease, told) => this.#noticeOf(lease, told),
    prepareDelay: async (lease, told) => this.#noticeOf(lease, told),
  }

  #noticeOf(
    { from }: Parameters<Notices['prepare']>[0],
    told: readonly Omit<NoticeRecipient, 'nextAttemptMs'>[],
  ): Awaited<ReturnType<Notices['prepare']>> {
    const about = told.filter(({ outcome }) => outcome.kind !== 'delivered')
    if (from === null || about.length === 0) return { notices: [], alarms: [] }
    const words = about.map(({ recipient, outcome }) => `${outcome.kind} ${recipient.address}`)
    this.told.push(words.join(', '))
    // Told by a message like any other, to a destination that takes it.
    const arrivedMs = this.hosts.clock.nowMs()
    const mail = mailTo([from], { sender: null, arrivedMs, delayNoticeMs: null })
    return { notices: [{ isDelay: about[0]?.outcome.kind === 'deferred', mail }], alarms: [] }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.overdue[Symbol.asyncDispose]()
    await this.runner[Symbol.asyncDispose]()
    this.queue[Symbol.dispose]()
  }
}

/** Runs a test, then proves the invariants of the queue. */
function tableTest(
  name: string,
  run: (over: OverTables) => Promise<void>,
  outgoing?: ConstructorParameters<typeof TestRunner>[0],
): void {
  test(name, async () => {
    await using over = new OverTables(outgoing)
    await run(over)
    assert.deepEqual(over.queue.findings(), [])
  })
}

tableTest('over the tables: every message goes once and its rows are gone', async (over) => {
  for (let n = 0; n < 60; n++)
    over.add([`a${n}@x.example`, `b${n}@x.example`, `c@y${n % 5}.example`])
  await over.start()
  assert.equal(over.queue.read(countQueued()), 0)
  assert.equal(over.marked('=>') + over.marked('->'), 180)
  assert.equal(over.marked('Completed'), 60)
  assert.equal(over.hosts.host('x.example').taken.length, 60)
})

tableTest(
  'over the tables: recipients of one message share a transaction, also when all are tried again',
  async (over) => {
    const greylisted = failure({ phase: 'RCPT', scope: 'recipient', reply: '450 4.2.0 later' })
    const host = over.hosts.host('x.example')
    const tried: number[] = []
    host.answer = ({ recipients }) => {
      tried.push(recipients.length)
      return recipients.map(() => (tried.length <= 3 ? greylisted : DELIVERED))
    }
    const to = (count: number) => Array.from({ length: count }, (_, n) => `u${n}@x.example`)
    over.add(to(90))
    over.add(to(60))
    over.add(to(60))
    await over.start()
    assert.deepEqual(tried, [90, 60, 60])
    await over.advance(6 * MINUTE_MS, 1000)
    assert.deepEqual(tried.slice(3).sort(), [60, 60, 90])
    assert.equal(over.marked('Completed'), 3)
  },
)

tableTest('over the tables: each deferred message is tried at its own time', async (over) => {
  const greylisted = failure({ phase: 'RCPT', scope: 'recipient', reply: '450 4.2.0 later' })
  const host = over.hosts.host('x.example')
  let tries = 0
  host.answer = ({ recipients }) => recipients.map(() => (tries++ < 20 ? greylisted : DELIVERED))
  for (let n = 0; n < 20; n++) over.add([`u${n}@x.example`])
  await over.start()
  await over.advance(4 * MINUTE_MS, 1000)
  assert.equal(tries, 20)
  await over.advance(2 * MINUTE_MS, 1000)
  assert.equal(over.marked('Completed'), 20)
  assert.ok(new Set(host.taken.map(({ atMs }) => atMs)).size > 10, 'not all at once')
})

tableTest(
  'over the tables: the one that is to show whether a host is back is whole',
  async (over) => {
    const host = over.hosts.host('x.example')
    host.refusal = failure()
    over.add(Array.from({ length: 90 }, (_, n) => `u${n}@x.example`))
    await over.start()
    host.refusal = null
    await over.advance(6 * MINUTE_MS)
    assert.deepEqual(
      host.taken.map(({ recipients }) => recipients.length),
      [90],
    )
  },
)

tableTest(
  'over the tables: what is deferred comes again at its time, and a new start loses nothing',
  async (over) => {
    const host = over.hosts.host('x.example')
    host.answer = ({ recipients }) =>
      recipients.map(() => failure({ phase: 'RCPT', scope: 'recipient', reply: '450 4.2.0 busy' }))
    over.add(['a@x.example'])
    await over.start()
    assert.equal(over.marked('=='), 1)
    host.answer = null
    await over.advance(4 * MINUTE_MS)
    assert.equal(host.taken.length, 0)
    await over.advance(2 * MINUTE_MS)
    assert.equal(host.taken.length, 1)
    assert.equal(over.queue.read(countQueued()), 0)
  },
)

tableTest(
  'mail behind a block: told once after four hours, given back after five days',
  async (over) => {
    over.hosts.host('dead.example').refusal = failure()
    for (let n = 0; n < 250; n++) over.add([`u${n}@dead.example`])
    await over.start()
    await over.advance(4 * HOUR_MS - MINUTE_MS, 30 * MINUTE_MS)
    assert.equal(over.told.length, 0)
    await over.advance(20 * MINUTE_MS)
    assert.equal(over.told.length, 250)
    assert.ok(over.told.every((words) => words.startsWith('deferred u')))
    await over.advance(4 * DAY_MS, 4 * HOUR_MS)
    assert.equal(over.told.length, 250)
    assert.equal(over.marked('**'), 0)
    await over.advance(DAY_MS, 2 * HOUR_MS)
    assert.equal(over.marked('**'), 250)
    assert.equal(over.told.length, 500)
    assert.ok(over.told.slice(250).every((words) => words.startsWith('failed u')))
    // And the two messages that told each sender so.
    assert.equal(over.marked('Completed'), 750)
    assert.equal(over.queue.read(countQueued()), 0)
    assert.match(over.queue.log().join('\n'), /\*\* u9@dead\.example .*retry timeout exceeded/)
    assert.deepEqual(over.alarms, [])
  },
)

tableTest('senders are told of a delay at its time, whenever their mail came', async (over) => {
  over.hosts.host('dead.example').refusal = failure()
  await over.start()
  await over.advance(3 * MINUTE_MS)
  over.add(['a@dead.example'])
  over.runner.wake([mx('dead.example')])
  await over.advance(4 * HOUR_MS - 1000, 10 * MINUTE_MS)
  assert.deepEqual(over.told, [])
  await over.advance(1000, 1000)
  assert.deepEqual(over.told, ['deferred a@dead.example'])
})

tableTest(
  'who is being tried for the first time when it is time is told of once, when that has failed',
  async (over) => {
    const host = over.hosts.host('slow.example')
    const { promise, resolve } = Promise.withResolvers<void>()
    host.gate = promise
    host.answer = () => [failure({ phase: 'RCPT', scope: 'message', reply: '450 no' })]
    over.add(['a@slow.example'], { delayNoticeMs: START_MS + 2 * MINUTE_MS })
    await over.start()
    await over.advance(5 * MINUTE_MS)
    assert.deepEqual(over.told, [])
    resolve()
    await over.advance(MINUTE_MS)
    assert.deepEqual(over.told, ['deferred a@slow.example'])
    await over.advance(5 * HOUR_MS, 10 * MINUTE_MS)
    assert.equal(over.told.length, 1)
  },
)

tableTest('of held mail nobody is told until it is let go, and then at once', async (over) => {
  over.hosts.host('dead.example').refusal = failure()
  const queueId = over.add(['a@dead.example'])
  await over.start()
  const targets = [{ queueId, lines: '' }]
  over.queue.write(stopQueued, { as: 'held', targets, by: 'root' })
  await over.advance(5 * HOUR_MS, 30 * MINUTE_MS)
  assert.deepEqual(over.told, [])
  const nowMs = over.hosts.clock.nowMs()
  const { destinations } = over.queue.write(resumeQueued, { from: 'held', targets, nowMs })
  over.runner.wake(destinations)
  await over.advance(1000, 1000)
  assert.deepEqual(over.told, ['deferred a@dead.example'])
})

tableTest('a server that was off for a week tries before it gives anything back', async (over) => {
  over.add(['a@x.example'], {
    arrivedMs: START_MS - 7 * DAY_MS,
    expiresMs: START_MS - 2 * DAY_MS,
    delayNoticeMs: null,
  })
  await over.start()
  assert.equal(over.marked('=>'), 1)
  assert.deepEqual(over.told, [])
})

tableTest(
  'I7: mail that came while the clock was a month ahead goes when it is set right',
  async (over) => {
    over.add(['a@x.example'], { arrivedMs: START_MS + 30 * DAY_MS })
    over.add(['b@y.example'], { arrivedMs: START_MS + 3 * HOUR_MS })
    await over.start()
    assert.equal(over.hosts.host('x.example').taken.length, 1)
    assert.equal(over.hosts.host('y.example').taken.length, 0)
    await over.advance(3 * HOUR_MS, 10 * MINUTE_MS)
    assert.equal(over.hosts.host('y.example').taken.length, 1)
  },
)

tableTest(
  'a slow rate: no message waits for its turn longer than its lease, and none goes twice',
  async (over) => {
    for (let n = 0; n < 150; n++) over.add([`u${n}@x.example`])
    await over.start()
    await over.advance(155 * MINUTE_MS)
    const { taken } = over.hosts.host('x.example')
    assert.equal(taken.length, 150)
    assert.equal(new Set(taken.flatMap(({ recipients }) => recipients)).size, 150)
    assert.deepEqual(over.hosts.reports, [])
    assert.equal(over.marked('Completed'), 150)
  },
  { ratePerMinute: 1 },
)

tableTest(
  'a slow host: what waited too long in a lease is leased anew, and none goes twice',
  async (over) => {
    const host = over.hosts.host('x.example')
    const tooMany = failure({ phase: 'RCPT', scope: 'message', reply: '452 more', status: '4.5.3' })
    const wait = () =>
      new Promise<void>((resolve) => void over.hosts.clock.after(15 * MINUTE_MS, resolve))
    Object.defineProperty(host, 'gate', { get: wait })
    for (let n = 0; n < 6; n++) over.add([`u${n}@x.example`])
    // A host that takes few at once: one message, many transactions.
    host.answer = ({ recipients }) =>
      recipients.map((_, index) => (index < 25 ? DELIVERED : tooMany))
    over.add(Array.from({ length: 100 }, (_, n) => `v${n}@x.example`))
    await over.start()
    await over.advance(4 * HOUR_MS)
    assert.equal(host.taken.length, 10)
    assert.deepEqual(over.hosts.reports, [])
    assert.equal(over.marked('Completed'), 7)
  },
  { maxConnectionsPerDestination: 1 },
)
