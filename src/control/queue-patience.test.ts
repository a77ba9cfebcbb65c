import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Write } from '../db/statement.ts'
import { countQueued } from '../queue/list.ts'
import { DatabaseRows } from '../queue/rows.ts'
import { QueueRunner } from '../queue/runner.ts'
import { acceptMail, mailTo, settle, TestQueue } from '../queue/testing/test-queue.ts'
import { failure, TestRunner } from '../queue/testing/test-runner.ts'
import { QueueDesk, type QueueDeskOptions } from './queue-desk.ts'
import { steer } from './queue-steer.ts'

/** A queue at work over the tables, and the desk that steers it; hosts are of a table. */
function open(stack: AsyncDisposableStack) {
  const queue = stack.use(new TestQueue())
  const hosts = new TestRunner({ firstConnections: 1 })
  const database = {
    read: queue.read.bind(queue),
    write: async <Args, Result>(write: Write<Args, Result>, args: Args) => {
      await new Promise((resolve) => setImmediate(resolve))
      return queue.write(write, args)
    },
  }
  const effects = {
    database,
    blobs: { remove: async () => {} },
    onDelivered: () => {},
    onRefused: (why: string) => assert.fail(why),
  }
  const { render } = hosts.options
  const outbox = { render, committed: () => {} }
  const rows = new DatabaseRows({ ...effects, outbox, settle })
  const runner = stack.use(new QueueRunner({ ...hosts.options, rows }))
  const options = { ...effects, outbox, clock: hosts.clock, runner, relays: () => [] }
  const desk = new QueueDesk(options as unknown as QueueDeskOptions)
  return { queue, hosts, runner, desk }
}

test('a message with many recipients is removed whole when its host does not take it', async () => {
  await using stack = new AsyncDisposableStack()
  const { queue, hosts, runner, desk } = open(stack)
  const { promise, resolve: goOn } = Promise.withResolvers<void>()
  const host = hosts.host('x.example')
  Object.assign(host, { gate: promise, isAnswering: true })
  host.answer = ({ recipients }) =>
    recipients.map(() => failure({ phase: 'end of data', scope: 'message', reply: '451 later' }))
  const arrivedMs = hosts.clock.nowMs()
  const to = Array.from({ length: 250 }, (_, n) => `u${n}@x.example`)
  const mail = mailTo(to, { arrivedMs, expiresMs: arrivedMs + 86_400_000 })
  queue.write(acceptMail, mail)
  await runner.start()
  await hosts.settleDown()
  const { messageId } = mail.queued
  const answer = steer(desk, 'remove', { ids: [messageId], by: 'jo' })
  await hosts.settleDown()
  hosts.clock.advance(1000)
  await hosts.settleDown()
  const { results } = await answer
  assert.deepEqual(
    results.map(({ became }) => became),
    ['underway'],
  )
  goOn()
  await hosts.settleDown()
  assert.equal(queue.read(countQueued()), 0)
  assert.match(queue.log().join('\n'), /held by jo[\s\S]*removed by jo\n.* Completed/)
  assert.deepEqual(queue.findings(), [])
})
