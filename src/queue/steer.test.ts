/** What a person does with mail that waits. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { findDestination } from './destinations.ts'
import { lease } from './lease.ts'
import { queuedMessages } from './list.ts'
import {
  editQueued,
  removeQueued,
  rerouteQueued,
  resumeQueued,
  runDestination,
  runQueued,
  stopQueued,
} from './steer.ts'
import {
  acceptMail,
  bounceQueued,
  mailTo,
  mx,
  NOW_MS,
  outcome,
  recipientAt,
  settle,
  settled,
  TestQueue,
} from './testing/test-queue.ts'
import type { QueueId } from './types.ts'

const UNTIL_MS = NOW_MS + 1000
const LATER_MS = NOW_MS + 500
const CANCELLED = outcome('cancelled', LATER_MS)

function leaseOne(queue: TestQueue, domain: string, nowMs = NOW_MS) {
  const args = { destination: mx(domain), nowMs, leaseUntilMs: nowMs + 1000 }
  const [found] = queue.write(lease, { ...args, maxMessages: 1, maxRecipients: 9 })
  assert.ok(found)
  return found
}

function shown(queue: TestQueue, id: QueueId) {
  const [message] = queue.read(queuedMessages([id]))
  return message?.recipients.map(
    ({ address, state, dueMs, destination }) => `${address} ${state} ${dueMs} ${destination}`,
  )
}

const target = (queueId: QueueId, lines = 'line\n') => ({ queueId, lines })
const ending = (queueId: QueueId, numbers: readonly number[], lines = 'removed\n') => ({
  ...{ queueId, numbers, lines, outcome: CANCELLED, completedLine: 'Completed\n' },
})

test('hold stops a message, and only release lets it go', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example']))
  const hold = { as: 'held', targets: [target(id, 'held by root\n')], by: 'root' } as const
  assert.deepEqual(queue.write(stopQueued, hold).steered, ['changed'])
  assert.deepEqual(queue.write(stopQueued, hold).steered, ['unchanged'])
  assert.deepEqual(queue.log().slice(1), ['held by root'])
  assert.deepEqual(shown(queue, id), ['a@x.example pending null mx:x.example'])
  assert.equal(queue.read(findDestination(mx('x.example')))?.dueMs, null)
  const [message] = queue.read(queuedMessages([id]))
  assert.deepEqual([message?.stopped, message?.stoppedBy], ['held', 'root'])
  const run = { targets: [{ ...target(id), unblock: true }], nowMs: LATER_MS }
  assert.deepEqual(queue.write(runQueued, run).steered, ['unchanged'])
  const resume = { targets: [target(id)], nowMs: LATER_MS }
  assert.deepEqual(queue.write(resumeQueued, { from: 'frozen', ...resume }).steered, ['unchanged'])
  const released = queue.write(resumeQueued, { from: 'held', ...resume })
  assert.deepEqual(released.destinations, ['mx:x.example'])
  assert.deepEqual(shown(queue, id), [`a@x.example pending ${LATER_MS} mx:x.example`])
  assert.deepEqual(queue.findings(), [])
})

test('a frozen message can be held, and then thawing does nothing', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example']))
  queue.write(stopQueued, { as: 'frozen', targets: [target(id)], by: null })
  queue.write(stopQueued, { as: 'held', targets: [target(id)], by: 'root' })
  const thaw = { from: 'frozen', targets: [target(id)], nowMs: NOW_MS } as const
  assert.deepEqual(queue.write(resumeQueued, thaw).steered, ['unchanged'])
  assert.deepEqual(queue.findings(), [])
})

test('removing some leaves the others; removing all completes the message', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example', 'b@x.example', 'c@y.example']))
  const drop = { ...ending(id, []), drop: [1, 3], add: [] }
  const some = queue.write(editQueued, { target: drop })
  assert.deepEqual(some.steered, ['changed'])
  assert.doesNotMatch(some.lines, /Completed/)
  assert.equal(queue.read(findDestination(mx('y.example'))), undefined)
  assert.deepEqual(queue.findings(), [])
  const rest = queue.write(removeQueued, { targets: [ending(id, [2])] })
  assert.equal(rest.lines, 'removed\nCompleted\n')
  assert.deepEqual(queue.write(removeQueued, { targets: [ending(id, [2])] }).steered, ['gone'])
  assert.deepEqual(queue.findings(), [])
})

test('what is being tried is not taken away, and nothing else of the message is', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example', 'b@y.example']))
  const leased = leaseOne(queue, 'x.example')
  const remove = { targets: [ending(id, [1, 2])] }
  const refused = queue.write(removeQueued, remove)
  assert.deepEqual([refused.steered, refused.lines], [['busy'], ''])
  assert.deepEqual(shown(queue, id), [
    `a@x.example leased ${UNTIL_MS} mx:x.example`,
    `b@y.example pending ${NOW_MS} mx:y.example`,
  ])
  queue.write(settle, {
    leases: [settled(leased, 'deferred', NOW_MS, LATER_MS)],
    destination: null,
  })
  assert.match(queue.write(removeQueued, remove).lines, /^Completed$/m)
  assert.deepEqual(queue.findings(), [])
})

test('a bounce and its notice are one', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example']))
  const failed = { ...ending(id, [1], '** a\n'), outcome: outcome('failed', LATER_MS) }
  const notice = mailTo(['jane@there.example'], { sender: null })
  const first = queue.write(bounceQueued, { targets: [{ ...failed, notice }] })
  assert.deepEqual([first.steered, first.delivered.length], [['changed'], 1])
  assert.match(first.lines, /^Completed$/m)
  const again = queue.write(bounceQueued, { targets: [{ ...failed, notice }] })
  assert.deepEqual([again.steered, again.delivered], [['gone'], []])
  assert.deepEqual(queue.findings(), [])
})

test('another way is taken at once; who is being tried takes it the next time', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example', 'b@y.example', 'c@z.example']))
  const leased = leaseOne(queue, 'x.example')
  const relay = 'relay:big' as typeof leased.destination
  const { destinations } = queue.write(rerouteQueued, {
    ...{ targets: [target(id)], destination: relay, from: null },
  })
  assert.ok(destinations.includes(relay))
  assert.equal(queue.read(findDestination(mx('x.example'))), undefined)
  assert.deepEqual(queue.findings(), [])
  const outcomes = settled(leased, 'deferred', NOW_MS, LATER_MS)
  assert.deepEqual(queue.write(settle, { leases: [outcomes], destination: null }).stale, [])
  assert.deepEqual(shown(queue, id), [
    `a@x.example pending ${LATER_MS} relay:big`,
    `b@y.example pending ${NOW_MS} relay:big`,
    `c@z.example pending ${NOW_MS} relay:big`,
  ])
  const back = { targets: [target(id)], destination: mx('q.example'), from: mx('x.example') }
  assert.deepEqual(queue.write(rerouteQueued, back).steered, ['unchanged'])
  assert.deepEqual(queue.findings(), [])
})

test('an envelope is changed: recipients added and dropped, another sender', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example']))
  const edit = {
    ...{ queueId: id, lines: 'changed\n', completedLine: 'Completed\n', outcome: CANCELLED },
    ...{ drop: [1], add: [recipientAt('new@y.example')], sender: null },
  }
  const edited = queue.write(editQueued, { target: edit })
  assert.deepEqual([edited.steered, edited.lines], [['changed'], 'changed\n'])
  assert.deepEqual(shown(queue, id), [
    'a@x.example cancelled null mx:x.example',
    `new@y.example pending ${NOW_MS} mx:y.example`,
  ])
  assert.equal(leaseOne(queue, 'y.example').from, null)
  assert.deepEqual(queue.findings(), [])
})

test('dropping the last recipient completes the message', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example']))
  const drop = { ...ending(id, [1]), drop: [1], add: [] }
  assert.match(queue.write(editQueued, { target: drop }).lines, /^Completed$/m)
  assert.deepEqual(queue.findings(), [])
})

test('who is added to a stopped message waits as the others', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example']))
  queue.write(stopQueued, { as: 'held', targets: [target(id)], by: 'root' })
  const add = { ...ending(id, []), drop: [], add: [recipientAt('b@x.example')] }
  queue.write(editQueued, { target: add })
  assert.deepEqual(shown(queue, id)?.[1], 'b@x.example pending null mx:x.example')
  assert.deepEqual(queue.findings(), [])
})

test('run makes due now what is due later, and opens a blocked destination, whose waits begin anew', () => {
  using queue = new TestQueue()
  const ids = [1, 2, 3].map((n) => queue.write(acceptMail, mailTo([`${n}@x.example`])))
  const block = { name: mx('x.example'), blockedUntilMs: NOW_MS * 2, failures: 7, error: 'down' }
  for (const _ of ids) {
    const leases = [settled(leaseOne(queue, 'x.example'), 'deferred', NOW_MS, NOW_MS + 9999)]
    queue.write(settle, { leases, destination: block })
  }
  const [first] = ids
  assert.ok(first)
  const targets = [{ ...target(first), unblock: true }]
  queue.write(runQueued, { targets, nowMs: LATER_MS })
  const { dueMs, blockedUntilMs, failures } = queue.read(findDestination(block.name)) ?? {}
  assert.deepEqual([dueMs, blockedUntilMs, failures], [LATER_MS, null, 1])
  const all = { destination: block.name, nowMs: LATER_MS, limit: 1 }
  assert.deepEqual(
    [1, 2, 3].map(() => queue.write(runDestination, all)),
    [1, 1, 0],
  )
  assert.equal(queue.write(runDestination, { ...all, destination: mx('nowhere') }), 0)
  assert.deepEqual(queue.findings(), [])
})
