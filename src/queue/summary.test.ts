import assert from 'node:assert/strict'
import { test } from 'node:test'

import { lease } from './lease.ts'
import { stopQueued } from './steer.ts'
import { type DomainSummary, mergeSummaries, type SummaryPage, summaryPage } from './summary.ts'
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
import type { DestinationName, QueueId } from './types.ts'

const RELAY = 'relay:out' as DestinationName

function whole(queue: TestQueue): { domains: DomainSummary[]; pages: number } {
  let domains: DomainSummary[] = []
  let pages = 0
  for (let after: QueueId | null = null; ; pages++) {
    const page: SummaryPage = queue.read(summaryPage(after))
    domains = mergeSummaries([...domains, ...page.domains])
    if (page.next === null) return { domains, pages: pages + 1 }
    after = page.next
  }
}

test('each domain has its row, whatever goes by one relay; a message counts once, its recipients each', () => {
  using queue = new TestQueue()
  const by = { destination: RELAY }
  const early = { arrivedMs: NOW_MS - 5000, sizeOctets: 100 }
  const both = [recipientAt('a@X.example', by), recipientAt('b@x.example', by)]
  queue.write(acceptMail, mailTo([], { ...early, recipients: both }))
  const two = [recipientAt('c@x.example', by), recipientAt('d@y.example', by)]
  queue.write(acceptMail, mailTo([], { sizeOctets: 11, recipients: two }))
  const held = queue.write(acceptMail, mailTo(['e@x.example', 'f@[192.0.2.1]']))
  const targets = [{ queueId: held, lines: '' }]
  queue.write(stopQueued, { as: 'held', targets, by: null })
  const common = { blockedUntilMs: null, triedMs: null, error: null }
  const atNow = { ...common, oldestMs: NOW_MS, newestMs: NOW_MS }
  assert.deepEqual(whole(queue).domains, [
    {
      ...{ domain: 'x.example', ...by, messages: 2, recipients: 3, volumeOctets: 111 },
      ...{ ...common, oldestMs: NOW_MS - 5000, newestMs: NOW_MS, dueMs: NOW_MS - 5000 },
    },
    {
      ...{ domain: 'y.example', ...by, messages: 1, recipients: 1, volumeOctets: 11 },
      ...{ ...atNow, dueMs: NOW_MS },
    },
    {
      ...{ domain: 'x.example', destination: mx('x.example'), messages: 1, recipients: 1 },
      ...{ volumeOctets: 10, ...atNow, dueMs: null },
    },
    {
      ...{ domain: '[192.0.2.1]', destination: mx('[192.0.2.1]'), messages: 1, recipients: 1 },
      ...{ volumeOctets: 10, ...atNow, dueMs: null },
    },
  ])
})

test('the last error is that of the destination, else of the last that was tried', () => {
  using queue = new TestQueue()
  const destination = mx('x.example')
  queue.write(acceptMail, mailTo(['a@x.example', 'b@x.example']))
  const [leased] = queue.write(lease, {
    ...{ destination, nowMs: NOW_MS, leaseUntilMs: NOW_MS + 9000 },
    ...{ maxMessages: 1, maxRecipients: 10 },
  })
  assert.ok(leased)
  const waiting = settled(leased, 'deferred', NOW_MS + 1, NOW_MS + 5000)
  const results = waiting.results.map((result) => ({
    ...result,
    outcome: { ...outcome('deferred', NOW_MS + result.number), text: `error ${result.number}` },
  }))
  queue.write(settle, { leases: [{ ...waiting, results }], destination: null })
  queue.write(acceptMail, mailTo(['c@x.example']))
  const [row] = whole(queue).domains
  assert.deepEqual([row?.error, row?.triedMs, row?.messages], ['error 2', NOW_MS + 2, 2])
  const blocked = { name: destination, blockedUntilMs: NOW_MS + 99, failures: 3, error: 'refused' }
  queue.write(settle, { leases: [], destination: blocked })
  const [after] = whole(queue).domains
  assert.deepEqual([after?.error, after?.blockedUntilMs], ['refused', NOW_MS + 99])
})

test('pages add up, also around a message with more recipients than a page', () => {
  using queue = new TestQueue()
  const addresses = (count: number) => Array.from({ length: count }, (_, n) => `${n}@x.example`)
  for (const count of [1500, 700, 4500, 1, 2000])
    queue.write(acceptMail, mailTo(addresses(count), { sizeOctets: 10 }))
  const { domains, pages } = whole(queue)
  assert.deepEqual(
    domains.map(({ messages, recipients, volumeOctets }) => [messages, recipients, volumeOctets]),
    [[5, 8701, 50]],
  )
  assert.ok(pages > 3)
})
