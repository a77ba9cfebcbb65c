import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { findDestination } from './destinations.ts'
import { lease } from './lease.ts'
import { queuedMessages } from './list.ts'
import { type Moved, Routing } from './routing.ts'
import { rerouteQueued, stopQueued } from './steer.ts'
import {
  acceptMail,
  mailTo,
  mx,
  NOW_MS,
  recipientAt,
  settle,
  settled,
  TestQueue,
} from './testing/test-queue.ts'
import type { DestinationName, NewRecipient, QueueId } from './types.ts'

const relay = (name: string) => `relay:${name}` as DestinationName

/** A queue, and rules that a test changes: a domain's way, or that of mail in a domain's name. */
function open(t: TestContext) {
  const queue = new TestQueue()
  t.after(() => queue[Symbol.dispose]())
  const clock = new ManualClock(NOW_MS)
  const rules = new Map<string, string>()
  const woken: string[] = []
  const writes: number[] = []
  const routing = new Routing({
    clock,
    database: {
      read: (steps) => queue.read(steps),
      async write(write, args) {
        writes.push(Reflect.get(args as object, 'moves')?.length ?? 0)
        return queue.write(write, args)
      },
    },
    wayNow: (address, inNameOf) => {
      const domain = address.slice(address.indexOf('@') + 1)
      return rules.get(domain) ?? rules.get(`from ${inNameOf}`) ?? `mx:${domain}`
    },
    wake: (destinations) => void woken.push(...destinations),
    report: (text) => assert.fail(text),
  })
  const put = (...recipients: NewRecipient[]) =>
    queue.write(acceptMail, mailTo([], { recipients })) as QueueId
  const waysOf = (id: QueueId) =>
    queue.read(queuedMessages([id]))[0]?.recipients.map(({ destination }) => destination)
  return { queue, clock, rules, woken, writes, routing, put, waysOf }
}

test('what waits goes by the new rules, at once; each message counts once', async (t) => {
  const { queue, rules, woken, routing, put, waysOf } = open(t)
  const both = put(
    recipientAt('a@x.example'),
    recipientAt('b@x.example'),
    recipientAt('c@y.example'),
  )
  const other = put(recipientAt('d@x.example', { inNameOf: null }))
  const [leased] = queue.write(lease, {
    ...{ destination: mx('y.example'), nowMs: NOW_MS, leaseUntilMs: NOW_MS + 9000 },
    ...{ maxMessages: 9, maxRecipients: 9 },
  })
  assert.ok(leased)
  const later = settled(leased, 'deferred', NOW_MS + 5, NOW_MS + 600_000)
  queue.write(settle, { leases: [later], destination: null })
  rules.set('x.example', 'relay:new')
  rules.set('from here.example', 'relay:own')
  const moved: readonly Moved[] = await routing.rulesChanged()
  assert.deepEqual(moved, [
    { destination: 'relay:new', messages: 2 },
    { destination: 'relay:own', messages: 1 },
  ])
  assert.deepEqual(waysOf(both), ['relay:new', 'relay:new', 'relay:own'])
  assert.deepEqual(waysOf(other), ['relay:new'])
  assert.deepEqual(woken.toSorted(), ['relay:new', 'relay:own'])
  const own = queue.read(findDestination(relay('own')))
  assert.ok(own?.dueMs && own.dueMs <= NOW_MS + 5, 'it does not wait for its plan')
  assert.equal(queue.read(findDestination(mx('x.example'))), undefined)
  assert.deepEqual(await routing.rulesChanged(), [])
  assert.deepEqual(queue.findings(), [])
})

test('one that is being tried goes the new way the next time; one that is held stays held', async (t) => {
  const { queue, rules, routing, put, waysOf } = open(t)
  const tried = put(recipientAt('a@x.example'))
  const [leased] = queue.write(lease, {
    ...{ destination: mx('x.example'), nowMs: NOW_MS, leaseUntilMs: NOW_MS + 9000 },
    ...{ maxMessages: 9, maxRecipients: 9 },
  })
  assert.ok(leased)
  const held = put(recipientAt('b@x.example'))
  queue.write(stopQueued, { as: 'held', targets: [{ queueId: held, lines: '' }], by: 'jo' })
  rules.set('x.example', 'relay:new')
  assert.deepEqual(await routing.rulesChanged(), [{ destination: 'relay:new', messages: 2 }])
  assert.equal(queue.read(findDestination(relay('new')))?.dueMs, null)
  const later = settled(leased, 'deferred', NOW_MS + 5, NOW_MS + 600_000)
  assert.deepEqual(queue.write(settle, { leases: [later], destination: null }).stale, [])
  assert.deepEqual([waysOf(tried), waysOf(held)], [['relay:new'], ['relay:new']])
  assert.equal(queue.read(findDestination(relay('new')))?.dueMs, NOW_MS + 600_000)
  assert.deepEqual(queue.findings(), [])
})

test('what a person sent another way stays there', async (t) => {
  const { queue, rules, routing, put, waysOf } = open(t)
  const id = put(recipientAt('a@x.example'))
  const targets = [{ queueId: id, lines: '' }]
  queue.write(rerouteQueued, { targets, destination: relay('byhand'), from: null })
  rules.set('x.example', 'relay:new')
  assert.deepEqual(await routing.rulesChanged(), [])
  assert.deepEqual(waysOf(id), ['relay:byhand'])
})

test('many move in pieces, and none is missed', async (t) => {
  const { queue, rules, routing, put, writes } = open(t)
  for (let n = 0; n < 1100; n++) put(recipientAt(`${n}@x.example`))
  rules.set('x.example', 'relay:new')
  assert.deepEqual(await routing.rulesChanged(), [{ destination: 'relay:new', messages: 1100 }])
  assert.deepEqual(writes, [500, 500, 100])
  assert.deepEqual(queue.findings(), [])
})

test('what came by the old rules while they changed is looked at once more', async (t) => {
  const { clock, rules, routing, put, waysOf, writes } = open(t)
  put(recipientAt('a@x.example'))
  rules.set('x.example', 'relay:new')
  await routing.rulesChanged()
  const late = put(recipientAt('b@x.example'))
  routing.arrived()
  await routing[Symbol.asyncDispose]()
  await new Promise(setImmediate)
  assert.deepEqual(waysOf(late), ['relay:new'])
  assert.deepEqual(writes, [1, 1], 'the first was not looked at again')
  clock.advance(3_600_001)
  const old = put(recipientAt('c@x.example'))
  routing.arrived()
  await new Promise(setImmediate)
  assert.deepEqual(waysOf(old), ['mx:x.example'])
})

test('what waits for a domain that came here, also by another way before, is to be held', async (t) => {
  const { rules, routing, put, waysOf } = open(t)
  rules.set('x.example', 'relay:old')
  const first = put(recipientAt('a@x.example', { destination: relay('old') }))
  const second = put(recipientAt('b@x.example'), recipientAt('b2@x.example'))
  put(recipientAt('c@y.example'))
  rules.set('x.example', 'mx:x.example')
  const asked: QueueId[] = []
  const hold = async (ids: readonly QueueId[]) => asked.push(...ids)
  assert.deepEqual(await routing.domainCame('x.example', hold), { held: 2 })
  assert.deepEqual(asked, [first, second])
  assert.deepEqual(waysOf(first), ['mx:x.example'])
})
