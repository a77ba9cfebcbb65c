/**
 * Random walks: whatever happens in whatever order, a process that is killed anywhere included, the
 * invariants hold after each step, and in the end each recipient has one fate and each message one
 * `Completed` line.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { lease, recoverLeases, voidLeases } from './lease.ts'
import { ALL_QUEUED, type QueuedMessage, queuedMessages, queuePage } from './list.ts'
import { removeQueued, rerouteQueued, resumeQueued, runQueued, stopQueued } from './steer.ts'
import {
  acceptMail,
  bounceQueued,
  mailTo,
  mx,
  NOW_MS,
  outcome,
  settle,
  settled,
  TestQueue,
} from './testing/test-queue.ts'
import type { Lease, Outcome } from './types.ts'

const DOMAINS = ['x.example', 'y.example', 'z.example']

/** Mulberry32: the same walk for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

class Walk {
  readonly queue = new TestQueue()
  readonly #random: (below: number) => number
  /** What the runner holds in memory, stale leases too. */
  #leases: Lease[] = []
  #nowMs = NOW_MS

  constructor(seed: number) {
    this.#random = randomOf(seed)
  }

  step(): void {
    this.#nowMs += this.#random(1000)
    const steps = [
      () => this.#accept(),
      () => this.#lease(),
      () => this.#lease(),
      () => this.#settle(),
      () => this.#settle(),
      () => this.#steer(),
      () => this.queue.write(recoverLeases, { nowMs: this.#nowMs, limit: 2 }),
      () => this.#die(),
    ]
    this.#oneOf(steps)?.()
  }

  /** Lets everything go, and delivers it. */
  finish(): void {
    this.#leases = []
    this.queue.write(voidLeases, undefined)
    for (let rounds = 0; ; rounds++) {
      assert.ok(rounds < 1000, 'it ends')
      const waiting = this.#messages()
      if (waiting.length === 0) return
      const targets = waiting.map(({ queueId }) => ({ queueId, lines: '', unblock: true }))
      const nowMs = this.#nowMs
      for (const from of ['held', 'frozen'] as const)
        this.queue.write(resumeQueued, { from, targets, nowMs })
      this.queue.write(runQueued, { targets, nowMs })
      for (const domain of DOMAINS)
        this.#leases.push(...this.queue.write(lease, this.#args(domain)))
      const leases = this.#leases.map((held) => settled(held, 'delivered', nowMs))
      this.queue.write(settle, { leases, destination: null })
      this.#leases = []
    }
  }

  #accept(): void {
    const addresses = Array.from(
      { length: 1 + this.#random(4) },
      (_, n) => `${n}@${this.#domain()}`,
    )
    this.#maybeDie(acceptMail, mailTo(addresses, { arrivedMs: this.#nowMs }))
  }

  #lease(): void {
    this.#leases.push(...this.queue.write(lease, this.#args(this.#domain())))
  }

  #args(domain: string) {
    const leaseUntilMs = this.#nowMs + 1 + this.#random(4000)
    const some = { maxMessages: 1 + this.#random(3), maxRecipients: 1 + this.#random(5) }
    return { destination: mx(domain), nowMs: this.#nowMs, leaseUntilMs, ...some }
  }

  /** Some leases at once, in one or two transactions that may race for the same message. */
  #settle(): void {
    const taken = this.#leases.splice(0, 1 + this.#random(3))
    const leases = taken.map((held) => {
      const kind = this.#oneOf(['delivered', 'failed', 'deferred'] as const) ?? 'failed'
      const nextDueMs = this.#nowMs + this.#random(2000)
      const results = settled(held, kind, this.#nowMs, kind === 'deferred' ? nextDueMs : undefined)
      return kind === 'deferred' ? { ...results, lines: '' } : results
    })
    const state = { name: mx(this.#domain()), blockedUntilMs: null, failures: 1, error: 'words' }
    const settlement = { leases, destination: this.#random(2) === 0 ? state : null }
    this.#maybeDie(settle, settlement)
    if (this.#random(4) === 0) this.queue.write(settle, settlement) // an answer was lost
  }

  #steer(): void {
    const message = this.#oneOf(this.#messages())
    if (message === undefined) return
    const { queueId, messageId, recipients } = message
    const open = recipients.filter(({ state }) => state === 'pending' || state === 'leased')
    const some = recipients.filter(() => this.#random(2) === 0)
    const numbersOf = (kind: Outcome['kind']) =>
      (kind === 'cancelled' ? open : some).map(({ number }) => number)
    const target = (kind: Outcome['kind'], numbers = numbersOf(kind)) => ({
      ...{ queueId, numbers, outcome: outcome(kind, this.#nowMs), notice: null, unblock: true },
      lines: numbers.map((number) => `${messageId} ${kind} ${number}\n`).join(''),
      completedLine: `${messageId} Completed\n`,
    })
    const plain = [{ queueId, lines: '', unblock: true }]
    const as = this.#oneOf(['held', 'frozen'] as const) ?? 'held'
    const nowMs = this.#nowMs
    this.#oneOf([
      () => this.queue.write(stopQueued, { as, targets: plain, by: 'root' }),
      () => this.queue.write(resumeQueued, { from: as, targets: plain, nowMs }),
      () => this.queue.write(runQueued, { targets: plain, nowMs }),
      () => this.#maybeDie(removeQueued, { targets: [target('cancelled')] }),
      () => this.#maybeDie(bounceQueued, { targets: [target('failed')] }),
      () =>
        this.#maybeDie(rerouteQueued, {
          ...{ targets: plain, destination: mx(this.#domain()), from: null },
        }),
    ])?.()
  }

  #maybeDie<Args>(write: Parameters<typeof this.queue.dieDuring<Args>>[0], args: Args): void {
    if (this.#random(5) > 0) this.queue.write(write, args)
    else {
      this.queue.dieDuring(write, args, this.#random(8))
      this.#start()
    }
  }

  #die(): void {
    this.queue.die()
    this.#start()
  }

  /** What was in memory is gone; what was leased is void. */
  #start(): void {
    this.#leases = []
    this.queue.write(voidLeases, undefined)
  }

  #messages(): readonly QueuedMessage[] {
    const { ids } = this.queue.read(queuePage(ALL_QUEUED, null))
    return this.queue.read(queuedMessages(ids))
  }

  #domain(): string {
    return this.#oneOf(DOMAINS) ?? ''
  }

  #oneOf<Item>(items: readonly Item[]): Item | undefined {
    return items[this.#random(items.length)]
  }
}

/** What the log says against the promise: one fate for each recipient, one end for each message. */
function wrongFates(log: readonly string[]): string[] {
  const lines = new Map<string, number>()
  const accepted = new Map<string, number>()
  for (const line of log) {
    const [id = '', word, count] = line.split(' ')
    if (word === '<=') accepted.set(id, Number(count))
    const key = word === 'Completed' ? `${id} ${word}` : `${id} ${count}`
    if (word !== '<=') lines.set(key, (lines.get(key) ?? 0) + 1)
  }
  const wrong: string[] = []
  for (const [id, recipients] of accepted)
    for (const what of ['Completed', ...Array.from({ length: recipients }, (_, n) => n + 1)])
      if (lines.get(`${id} ${what}`) !== 1)
        wrong.push(`${id} ${what}: ${lines.get(`${id} ${what}`)}`)
  return wrong
}

for (const seed of [1, 2, 3, 4, 5, 6, 7, 8])
  test(`random walk ${seed}: the invariants hold after each step`, () => {
    const walk = new Walk(seed)
    using queue = walk.queue
    for (let step = 0; step < 150; step++) {
      walk.step()
      assert.deepEqual(queue.findings(), [], `after step ${step}`)
    }
    walk.finish()
    assert.deepEqual(queue.findings(), [])
    const log = queue.log()
    assert.ok(log.filter((line) => line.includes(' <= ')).length > 4, 'something happened')
    assert.deepEqual(wrongFates(log), [])
  })

test('the account of fates sees what is missing and what is twice', () => {
  const log = ['a <= 2', 'a delivered 1', 'a failed 1', 'a Completed']
  assert.deepEqual(wrongFates(log), ['a 1: 2', 'a 2: undefined'])
})
