/** Enqueue, lease and settle: every transition of a recipient, and what stays after each. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { dueDestinations, findDestination, nextDueMs } from './destinations.ts'
import { lease, recoverLeases, voidLeases } from './lease.ts'
import { dueDelayNotices, findQueued, nextDelayNoticeMs, queuedMessages } from './list.ts'
import { stopQueued } from './steer.ts'
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
import type { Lease, QueueId } from './types.ts'

const LEASE_MS = 40 * 60_000
const MANY = { maxMessages: 100, maxRecipients: 100 }

function leaseAt(queue: TestQueue, domain: string, nowMs = NOW_MS): readonly Lease[] {
  const leaseUntilMs = nowMs + LEASE_MS
  return queue.write(lease, { destination: mx(domain), nowMs, leaseUntilMs, ...MANY })
}

function states(queue: TestQueue, id: QueueId): string[] {
  const [message] = queue.read(queuedMessages([id]))
  return (message?.recipients ?? []).map(({ state, dueMs }) => `${state} ${dueMs}`)
}

function isSound(queue: TestQueue): void {
  assert.deepEqual(queue.findings(), [])
}

test('a queued message is due at once, at each of its destinations', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example', 'b@y.example', 'c@x.example']))
  assert.deepEqual(states(queue, id), Array(3).fill(`pending ${NOW_MS}`))
  const due = queue.read(dueDestinations(NOW_MS, 10))
  assert.deepEqual(due.map(({ name }) => name).sort(), ['mx:x.example', 'mx:y.example'])
  assert.deepEqual(queue.read(dueDestinations(NOW_MS - 1, 10)), [])
  assert.equal(queue.read(nextDueMs(0)), NOW_MS)
  isSound(queue)
})

test('a message for nobody is not queued', () => {
  using queue = new TestQueue()
  assert.throws(() => queue.write(acceptMail, mailTo([])), /for nobody/)
  assert.deepEqual(queue.log(), [])
})

test('one lease for each message and reverse-path, with all an attempt needs', () => {
  using queue = new TestQueue()
  const forwarded = recipientAt('c@x.example', {
    reversePath: 'srs@here.example',
    parents: ['p@h'],
  })
  const recipients = [recipientAt('a@x.example', { notify: 'NEVER' }), forwarded]
  const mail = mailTo([], { recipients: [...recipients, recipientAt('b@x.example')], ret: 'HDRS' })
  queue.write(acceptMail, mail)
  const [first, second, ...none] = leaseAt(queue, 'x.example')
  assert.deepEqual(none, [])
  assert.equal(first?.from, 'jane@here.example')
  assert.equal(first?.ret, 'HDRS')
  assert.equal(first?.leasedUntilMs, NOW_MS + LEASE_MS)
  assert.deepEqual(
    first?.recipients.map(({ address, notify, number }) => [address, notify, number]),
    [
      ['a@x.example', 'NEVER', 1],
      ['b@x.example', null, 3],
    ],
  )
  assert.equal(second?.from, 'srs@here.example')
  assert.deepEqual(
    second?.recipients.map(({ parents }) => parents),
    [['p@h']],
  )
  assert.deepEqual(leaseAt(queue, 'x.example'), [], 'nobody is leased twice')
  isSound(queue)
})

test('the longest due are leased first, and no more than asked for', () => {
  using queue = new TestQueue()
  for (const late of [3, 1, 2]) {
    const arrivedMs = NOW_MS - late * 1000
    queue.write(acceptMail, mailTo([`${late}@x.example`, `b${late}@x.example`], { arrivedMs }))
  }
  const args = { destination: mx('x.example'), nowMs: NOW_MS, leaseUntilMs: NOW_MS + LEASE_MS }
  const first = queue.write(lease, { ...args, maxMessages: 1, maxRecipients: 3 })
  assert.deepEqual(addresses(first), ['3@x.example', 'b3@x.example'])
  const second = queue.write(lease, { ...args, maxMessages: 9, maxRecipients: 3 })
  assert.deepEqual(addresses(second), ['2@x.example', 'b2@x.example', '1@x.example'])
  isSound(queue)
})

function addresses(leases: readonly Lease[]): string[] {
  return leases.flatMap(({ recipients }) => recipients.map(({ address }) => address))
}

test('with its last recipient a message goes, its blob and its destination too', () => {
  using queue = new TestQueue()
  const mail = mailTo(['a@x.example', 'b@y.example'])
  const id = queue.write(acceptMail, mail)
  const [x] = leaseAt(queue, 'x.example')
  const [y] = leaseAt(queue, 'y.example')
  assert.ok(x && y)
  const first = queue.write(settle, {
    leases: [settled(x, 'delivered', NOW_MS)],
    destination: null,
  })
  assert.equal(first.lines, `${mail.queued.messageId} delivered 1\n`)
  assert.deepEqual(states(queue, id), ['delivered null', `leased ${NOW_MS + LEASE_MS}`])
  assert.equal(queue.read(findDestination(mx('x.example'))), undefined)
  isSound(queue)
  const last = queue.write(settle, { leases: [settled(y, 'failed', NOW_MS)], destination: null })
  assert.match(last.lines, / Completed$/m)
  assert.equal(queue.read(findQueued(mail.queued.messageId)), undefined)
  assert.equal(queue.log().filter((line) => line.endsWith('Completed')).length, 1)
  isSound(queue)
})

test('a deferral waits for its time, with what came of it', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example']))
  const [leased] = leaseAt(queue, 'x.example')
  assert.ok(leased)
  const later = NOW_MS + 300_000
  const block = { name: mx('x.example'), blockedUntilMs: later + 1, failures: 2, error: 'no host' }
  const leases = [settled(leased, 'deferred', NOW_MS, later)]
  queue.write(settle, { leases, destination: block })
  assert.deepEqual(states(queue, id), [`pending ${later}`])
  assert.deepEqual({ ...queue.read(findDestination(block.name)) }, { ...block, dueMs: later })
  assert.deepEqual(queue.read(dueDestinations(later, 10)), [], 'it is blocked a moment longer')
  assert.equal(queue.read(nextDueMs(NOW_MS)), later + 1)
  const [again] = leaseAt(queue, 'x.example', later)
  assert.equal(again?.recipients[0]?.attempts, 1)
  isSound(queue)
})

test('a recipient that was not tried waits as before', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example']))
  const [leased] = leaseAt(queue, 'x.example')
  assert.ok(leased)
  const results = [{ number: 1, outcome: null, nextDueMs: null }]
  const back = { ...settled(leased, 'delivered', 0), results, lines: '' }
  const { outboxId } = queue.write(settle, { leases: [back], destination: null })
  assert.equal(outboxId, null)
  assert.deepEqual(states(queue, id), [`pending ${NOW_MS}`])
  isSound(queue)
})

test('an outcome that comes too late changes nothing, and that is said', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example', 'b@x.example']))
  const [old] = leaseAt(queue, 'x.example')
  const afterMs = NOW_MS + LEASE_MS + 1
  assert.equal(queue.write(recoverLeases, { nowMs: afterMs - 1, limit: 10 }), 0)
  assert.equal(queue.write(recoverLeases, { nowMs: afterMs, limit: 10 }), 2)
  const [redone] = leaseAt(queue, 'x.example', afterMs)
  assert.ok(old && redone)
  const late = settled(old, 'delivered', afterMs)
  const result = queue.write(settle, { leases: [late], destination: null })
  assert.deepEqual(result.stale, [0])
  assert.equal(result.lines, '')
  assert.deepEqual(states(queue, id), Array(2).fill(`leased ${afterMs + LEASE_MS}`))
  const timely = settled(redone, 'delivered', afterMs)
  assert.match(queue.write(settle, { leases: [timely], destination: null }).lines, / Completed$/m)
  assert.deepEqual(queue.write(settle, { leases: [timely], destination: null }).stale, [0])
  assert.equal(queue.log().filter((line) => line.endsWith('Completed')).length, 1)
  isSound(queue)
})

test('a start voids every lease, whenever it would end', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example', 'b@y.example']))
  leaseAt(queue, 'x.example')
  queue.die()
  assert.equal(queue.write(voidLeases, undefined), 1)
  assert.deepEqual(states(queue, id), Array(2).fill(`pending ${NOW_MS}`))
  assert.equal(leaseAt(queue, 'x.example').length, 1)
  isSound(queue)
})

test('a failure and its notice are one', () => {
  using queue = new TestQueue()
  queue.write(acceptMail, mailTo(['a@x.example']))
  const [leased] = leaseAt(queue, 'x.example')
  assert.ok(leased)
  const notice = { isDelay: false, mail: mailTo(['jane@there.example'], { sender: null }) }
  const failed = { ...settled(leased, 'failed', NOW_MS), notices: [notice] }
  const { delivered, refused } = queue.write(settle, { leases: [failed], destination: null })
  assert.equal(delivered.length, 1)
  assert.deepEqual(refused, [])
  assert.deepEqual(queue.write(settle, { leases: [failed], destination: null }).delivered, [])
  isSound(queue)
})

test('a notice that delivery refuses is undone alone, and is said', () => {
  using queue = new TestQueue()
  queue.write(acceptMail, mailTo(['a@x.example']))
  const [leased] = leaseAt(queue, 'x.example')
  assert.ok(leased)
  const mail = mailTo(['jane@there.example'], { isRefused: true })
  const failed = { ...settled(leased, 'failed', NOW_MS), notices: [{ isDelay: false, mail }] }
  const result = queue.write(settle, { leases: [failed], destination: null })
  assert.match(result.lines, / Completed$/m)
  assert.equal(result.refused.length, 1)
  assert.equal(queue.read(findDestination(mx('there.example'))), undefined)
  isSound(queue)
})

test('a sender is told once that mail waits', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example']))
  const atMs = queue.read(nextDelayNoticeMs()) ?? 0
  assert.deepEqual(queue.read(dueDelayNotices(atMs - 1, 10)), [])
  assert.deepEqual(queue.read(dueDelayNotices(atMs, 10)), [id])
  const told = {
    ...{ queueId: id, leasedUntilMs: 0, results: [], lines: '', completedLine: 'never\n' },
    notices: [{ isDelay: true, mail: mailTo(['jane@there.example'], { delayNoticeMs: null }) }],
  }
  assert.equal(queue.write(settle, { leases: [told], destination: null }).delivered.length, 1)
  const mail = mailTo(['jane@there.example'])
  const again = { ...told, notices: [{ isDelay: true, mail }] }
  assert.equal(queue.write(settle, { leases: [again], destination: null }).delivered.length, 0)
  assert.equal(queue.read(nextDelayNoticeMs()), null)
  isSound(queue)
})

test('a message that was held during an attempt is not tried after it', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example']))
  const [leased] = leaseAt(queue, 'x.example')
  assert.ok(leased)
  const targets = [{ queueId: id, lines: 'held\n' }]
  queue.write(stopQueued, { as: 'held', targets, by: 'root' })
  assert.deepEqual(states(queue, id), [`leased ${NOW_MS + LEASE_MS}`])
  const leases = [settled(leased, 'deferred', NOW_MS, NOW_MS + 1)]
  queue.write(settle, { leases, destination: null })
  assert.deepEqual(states(queue, id), ['pending null'])
  isSound(queue)
})

test('a final outcome with a time, or a deferral without, is a bug and changes nothing', () => {
  using queue = new TestQueue()
  const id = queue.write(acceptMail, mailTo(['a@x.example']))
  const [leased] = leaseAt(queue, 'x.example')
  assert.ok(leased)
  const before = states(queue, id)
  for (const leases of [[settled(leased, 'deferred', 0)], [settled(leased, 'failed', 0, 1)]])
    assert.throws(() => queue.write(settle, { leases, destination: null }), /next at/)
  assert.deepEqual(states(queue, id), before)
})

test('the checker finds each kind of damage', async (t) => {
  const damages: readonly (readonly [rule: string, sql: string, says: RegExp])[] = [
    ['Q1', 'UPDATE queued_message SET size_octets = 4', /not that of its prefix and blob/],
    ['Q2', "UPDATE queued_recipient SET state = 'failed', due_ms = NULL", /nobody of it waits/],
    ['Q3', 'UPDATE queued_recipient SET due_ms = NULL', /pending without a time/],
    ['Q3', "UPDATE queued_message SET stopped = 'held'", /its message is held/],
    ['Q4', 'DELETE FROM queued_message', /message is not there/],
    ['Q4', 'DELETE FROM queued_recipient WHERE number = 1', /2 recipients, and has 1/],
    ['Q5', 'DELETE FROM queue_destination', /has no row/],
    ['Q5', "INSERT INTO queue_destination (name) VALUES ('mx:z')", /nobody waits for it/],
    ['Q5', 'UPDATE queue_destination SET due_ms = 7', /its time is 7/],
    ['Q6', 'UPDATE queued_recipient SET attempts = 1', /tried 1 times/],
    ['I4', 'DELETE FROM queued_message', /no message refers to it/],
  ]
  for (const [rule, sql, says] of damages)
    await t.test(sql, () => {
      using queue = new TestQueue()
      queue.write(acceptMail, mailTo(['a@x.example', 'b@x.example']))
      queue.damage(sql)
      const findings = queue.findings()
      assert.ok(
        findings.some((finding) => finding.rule === rule && says.test(finding.text)),
        JSON.stringify(findings),
      )
    })
})

test('outcomes are kept as they are', () => {
  using queue = new TestQueue()
  const mail = mailTo(['a@x.example', 'b@y.example'])
  queue.write(acceptMail, mail)
  const [leased] = leaseAt(queue, 'x.example')
  assert.ok(leased)
  const leases = [settled(leased, 'delivered', NOW_MS)]
  queue.write(settle, { leases, destination: null })
  const [first] = queue.read(findQueued(mail.queued.messageId))?.recipients ?? []
  assert.deepEqual(first?.outcome, outcome('delivered', NOW_MS))
  assert.equal(first?.triedMs, NOW_MS)
})
