/** A destination with 100,000 recipients costs another one nothing: every step goes by an index. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { dueDestinations, findDestination, nextDueMs } from './destinations.ts'
import { lease, recoverLeases, voidLeases } from './lease.ts'
import { dueDelayNotices, findQueued, nextDelayNoticeMs, queuedMessages } from './list.ts'
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
  mailTo,
  mx,
  NOW_MS,
  outcome,
  recipientAt,
  settle,
  settled,
  TestQueue,
} from './testing/test-queue.ts'

const MANY = 100_000
const queue = new TestQueue()
after(() => queue[Symbol.dispose]())

function fill(): void {
  const first = queue.write(acceptMail, mailTo(['a@dead.example']))
  queue.damage(`
    WITH RECURSIVE n(n) AS (SELECT ${first} + 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${MANY})
    INSERT INTO queued_message SELECT n, 'many' || n, blob_id, prefix, size_octets, sender, login,
      eight_bit, smtputf8, require_tls, ret, envelope_id, arrived_ms, expires_ms,
      delay_notice_ms + n, stopped, stopped_by FROM n, queued_message WHERE id = ${first};
    INSERT INTO queued_recipient (queue_id, number, address, parents, destination, state, due_ms)
      SELECT id, 1, 'a@dead.example', '[]', 'mx:dead.example', 'pending', arrived_ms + id
      FROM queued_message WHERE id > ${first};`)
}

test('no step reads more rows because many others wait', () => {
  fill()
  const { queueId, messageId } = enqueueAlive()
  queue.statements = []
  everyStep(queueId, messageId)
  const plans = queue.plans()
  assert.ok(plans.some((plan) => /USING (COVERING )?INDEX queued_recipient_by_dest/.test(plan)))
  assert.ok(plans.some((plan) => /USING (COVERING )?INDEX queue_destination_by_due/.test(plan)))
  const bad = plans.filter((plan) => /\bSCAN\b|TEMP B-TREE/.test(plan) && !isOrderedSearch(plan))
  assert.deepEqual(bad, [])
  assert.deepEqual(queue.findings(), [])
})

/** A walk along an index that a condition and a LIMIT end. */
function isOrderedSearch(plan: string): boolean {
  return /SCAN queue(_destination|d_message) USING (COVERING )?INDEX .*LIMIT/.test(plan)
}

test('the statements of a lease and of a start do not grow with what waits', () => {
  const count = (run: () => unknown) => {
    queue.statements = []
    run()
    return queue.statements.length
  }
  const start = () => {
    queue.write(voidLeases, undefined)
    queue.read(dueDestinations(NOW_MS, 100))
    queue.read(nextDueMs(NOW_MS))
  }
  assert.ok(count(start) <= 3)
  assert.ok(count(() => leaseAt('dead.example', 10)) <= 1 + 2 * 10 + 3)
  assert.equal(queue.write(voidLeases, undefined), 10)
  assert.deepEqual(queue.findings(), [])
})

function enqueueAlive() {
  const mail = mailTo(['a@alive.example', 'b@alive.example'])
  return { queueId: queue.write(acceptMail, mail), messageId: mail.queued.messageId }
}

function leaseAt(domain: string, maxMessages: number) {
  const args = { destination: mx(domain), nowMs: NOW_MS + MANY, leaseUntilMs: NOW_MS + 2 * MANY }
  return queue.write(lease, { ...args, maxMessages, maxRecipients: maxMessages })
}

function everyStep(queueId: ReturnType<typeof enqueueAlive>['queueId'], messageId: string): void {
  queue.write(acceptMail, mailTo(['c@dead.example', 'c@alive.example']))
  queue.read(dueDestinations(NOW_MS, 100))
  queue.read(nextDueMs(NOW_MS))
  queue.read(findDestination(mx('alive.example')))
  queue.read(dueDelayNotices(NOW_MS, 10))
  queue.read(nextDelayNoticeMs())
  queue.read(queuedMessages([queueId]))
  queue.read(findQueued(messageId as Parameters<typeof findQueued>[0]))
  const [dead] = leaseAt('dead.example', 1)
  const [alive] = leaseAt('alive.example', 1)
  assert.ok(dead && alive)
  queue.write(recoverLeases, { nowMs: NOW_MS, limit: 10 })
  const later = settled(dead, 'deferred', NOW_MS, NOW_MS + 9 * MANY)
  const block = { name: mx('dead.example'), blockedUntilMs: NOW_MS + 1, failures: 1, error: 'x' }
  queue.write(settle, { leases: [later], destination: block })
  queue.write(settle, { leases: [settled(alive, 'delivered', NOW_MS)], destination: null })
  const own = { lines: '', completedLine: '', outcome: outcome('cancelled', NOW_MS) }
  const targets = [{ ...own, queueId, unblock: true, numbers: [2] }]
  queue.write(stopQueued, { as: 'held', targets, by: 'root' })
  queue.write(resumeQueued, { from: 'held', targets, nowMs: NOW_MS })
  queue.write(runQueued, { targets, nowMs: NOW_MS })
  queue.write(runDestination, { destination: mx('dead.example'), nowMs: NOW_MS + MANY, limit: 5 })
  const edit = { ...own, queueId, drop: [], add: [recipientAt('d@alive.example')] }
  queue.write(editQueued, { target: edit })
  queue.write(rerouteQueued, { targets, destination: mx('other.example'), from: null })
  queue.write(removeQueued, { targets })
}
