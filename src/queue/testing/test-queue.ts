/** The tables of the queue in a file of their own, one connection, and every statement seen. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Refusal } from '../../base/faults.ts'
import { migrate } from '../../db/migrate.ts'
import { SqliteConnection } from '../../db/sqlite.ts'
import { all, defineWrite, type Statement, type Steps, type Write } from '../../db/statement.ts'
import type { MessageId } from '../../journal/event.ts'
import { addToOutbox, readOutbox } from '../../log/outbox.ts'
import { MIGRATIONS } from '../../migrations.ts'
import { insertBlob } from '../../store/blobs.ts'
import { checkDatabase, type Finding } from '../../store/check.ts'
import { checkQueue } from '../check.ts'
import { enqueue } from '../enqueue.ts'
import { defineSettle } from '../settle.ts'
import { defineBounceQueued } from '../steer.ts'
import type { DestinationName, Lease, NewQueued, NewRecipient, Outcome, QueueId } from '../types.ts'

/** A message that comes in; a notice to a sender is one. */
export interface TestMail {
  readonly queued: NewQueued
  /** Delivery does not take it. */
  readonly isRefused: boolean
}

function* accept({ queued, isRefused }: TestMail): Steps<QueueId> {
  const blobId = yield* insertBlob({
    hash: new Uint8Array(32),
    sizeOctets: queued.sizeOctets - queued.prefix.length,
    createdMs: queued.arrivedMs,
    skeleton: '',
    octets: new Uint8Array(queued.sizeOctets - queued.prefix.length),
    file: null,
  })
  const id = yield* enqueue(queued, blobId)
  yield* addToOutbox(`${queued.messageId} <= ${queued.recipients.length}\n`)
  if (isRefused) throw new Refusal('overQuota')
  return id
}

export const acceptMail = defineWrite('acceptMail', accept)
export const settle = defineSettle(accept)
export const bounceQueued = defineBounceQueued(accept)

export class TestQueue implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'waybill-queue-'))
  #connection = this.#open()
  /** Since the last time it was emptied. */
  statements: Statement[] = []

  write<Args, Result>(write: Write<Args, Result>, args: Args): Result {
    return this.#connection.transact('write', this.#watched(write.run(args)))
  }

  read<Result>(steps: Steps<Result>): Result {
    return this.#connection.transact('read', this.#watched(steps))
  }

  /** Starts a write, and ends with the process after so many statements; false: it was done before. */
  dieDuring<Args>(write: Write<Args, unknown>, args: Args, statements: number): boolean {
    this.#connection.exec('BEGIN IMMEDIATE')
    let left = statements
    function* cut(steps: Steps<unknown>): Steps<void> {
      for (let next = steps.next(); !next.done; ) {
        if (left-- === 0) return
        next = steps.next(yield next.value)
      }
    }
    this.#connection.run(cut(write.run(args)))
    const isCut = left < 0
    this.#connection.exec(isCut ? 'ROLLBACK' : 'COMMIT')
    this.die()
    return isCut
  }

  /** What a kill leaves is what is committed. */
  die(): void {
    this.#connection[Symbol.dispose]()
    this.#connection = this.#open()
  }

  damage(sql: string): void {
    this.#connection.exec('PRAGMA foreign_keys=OFF')
    this.#connection.exec(sql)
    this.#connection.exec('PRAGMA foreign_keys=ON')
  }

  /** How SQLite does what was done since `statements` was emptied: the lines of its plans. */
  plans(): string[] {
    return this.statements.flatMap(({ text, values }) =>
      /^(SAVEPOINT|RELEASE|ROLLBACK)/.test(text)
        ? []
        : this.#connection
            .run(all<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, ...values))
            .map(({ detail }) => `${detail} | ${text.replace(/\s+/g, ' ')}`),
    )
  }

  /** What is wrong with the queue and the store; skeletons are not looked at. */
  findings(): Finding[] {
    return this.read(
      (function* () {
        return [...(yield* checkDatabase()), ...(yield* checkQueue())]
      })(),
    )
  }

  /** Everything that was logged, in its order. */
  log(): string[] {
    return this.read(readOutbox()).flatMap(({ lines }) => lines.split('\n').slice(0, -1))
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]()
    rmSync(this.#folder, { recursive: true })
  }

  #open(): SqliteConnection {
    const connection = new SqliteConnection(join(this.#folder, 'mail.db'), { readOnly: false })
    connection.exec('PRAGMA synchronous=OFF')
    migrate(connection, MIGRATIONS)
    return connection
  }

  *#watched<Result>(steps: Steps<Result>): Steps<Result> {
    let next = steps.next()
    while (!next.done) {
      this.statements.push(next.value)
      let answer: unknown
      try {
        answer = yield next.value
      } catch (error) {
        next = steps.throw(error)
        continue
      }
      next = steps.next(answer)
    }
    return next.value
  }
}

export const NOW_MS = Date.UTC(2026, 10, 20)
let messages = 0

/** A message to these addresses, which arrived at NOW_MS; each goes to the MX of its domain. */
export function mailTo(
  addresses: readonly string[],
  more: Partial<NewQueued> & { readonly isRefused?: boolean } = {},
): TestMail {
  const { isRefused = false, ...given } = more
  const queued: NewQueued = {
    messageId: `1vnYk2-${String(++messages).padStart(11, '0')}-1EaB` as MessageId,
    prefix: new Uint8Array(3),
    sizeOctets: 10,
    sender: 'jane@here.example',
    login: null,
    eightBit: false,
    smtputf8: false,
    requireTls: false,
    ret: null,
    envelopeId: null,
    arrivedMs: NOW_MS,
    expiresMs: NOW_MS + 5 * 86_400_000,
    delayNoticeMs: NOW_MS + 4 * 3_600_000,
    recipients: addresses.map((address) => recipientAt(address)),
    ...given,
  }
  return { queued, isRefused }
}

export function recipientAt(address: string, more: Partial<NewRecipient> = {}): NewRecipient {
  const destination = mx(address.slice(address.indexOf('@') + 1))
  const own = { reversePath: null, notify: null, original: null, inNameOf: 'here.example' }
  return { address, parents: [], ...own, destination, ...more }
}

export function mx(domain: string): DestinationName {
  return `mx:${domain}` as DestinationName
}

export function outcome(kind: Outcome['kind'], atMs: number): Outcome {
  const nobody = { status: null, reply: null, host: null, tls: null, authenticator: null }
  return { kind, atMs, text: kind, ...nobody, deliverTimeMs: null, relaysNotices: false }
}

/** A lease of which every recipient had the same outcome. */
export function settled(lease: Lease, kind: Outcome['kind'], atMs: number, nextDueMs?: number) {
  return {
    queueId: lease.queueId,
    leasedUntilMs: lease.leasedUntilMs,
    results: lease.recipients.map(({ number }) => ({
      number,
      outcome: outcome(kind, atMs),
      nextDueMs: nextDueMs ?? null,
    })),
    lines: lease.recipients.map(({ number }) => `${lease.messageId} ${kind} ${number}\n`).join(''),
    completedLine: `${lease.messageId} Completed\n`,
    notices: [],
  }
}
