import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'

import { fc } from '../../test/support/properties.ts'
import { ManualClock } from '../base/clock.ts'
import { type Database, openDatabaseInline } from '../db/database.ts'
import { writeTable } from '../db/group-commit.ts'
import { all, defineWrite } from '../db/statement.ts'
import { filesOfLog } from '../journal/log-names.ts'
import { UTC } from '../journal/zone.ts'
import { init } from '../migration/001-init.ts'
import { EventCounters } from './counters.ts'
import { type Logs, openLogs } from './logs.ts'
import { addToOutbox, forgetOutbox, Outbox } from './outbox.ts'
import { noteOf } from '../journal/plain.ts'

const add = defineWrite('add', (lines: string) => addToOutbox(lines))
const START = Date.UTC(2026, 10, 20, 9, 0, 6)

/** A server that can be killed and started again on the same folder. */
class Server {
  readonly folder: string
  readonly reports: string[] = []
  readonly clock = new ManualClock(START)
  readonly #maxOctets: number
  #database: Database | undefined
  #logs: Logs | undefined
  #outbox: Outbox | undefined
  #forgets = true

  constructor(maxOctets = 1e9) {
    this.folder = mkdtempSync(join(tmpdir(), 'waybill-outbox-'))
    this.#maxOctets = maxOctets
  }

  readonly counters = new EventCounters({ zone: UTC, reasonOf: () => 'unknown' })

  get outbox(): Outbox {
    return this.#outbox ?? assert.fail('the server is not running')
  }

  get logs(): Logs {
    return this.#logs ?? assert.fail('the server is not running')
  }

  get database(): Database {
    return this.#database ?? assert.fail('the server is not running')
  }

  /** Opens everything; gives the number of lines that recovery wrote. */
  async start(): Promise<number> {
    const database = openDatabaseInline({
      file: join(this.folder, 'mail.db'),
      migrations: [init],
      writes: writeTable([add, forgetOutbox]),
    })
    this.#database = database
    const { clock } = this
    const report = (message: string) => void this.reports.push(message)
    const rotation = { maxOctets: this.#maxOctets, daily: false, keep: 1000, compress: true }
    const folder = join(this.folder, 'log')
    this.#logs = await openLogs({ folder, clock, rotation, zone: UTC, report })
    const failing: Database = {
      failure: null,
      read: (steps) => database.read(steps),
      readAlone: (steps) => database.readAlone(steps),
      write: (write, args) =>
        this.#forgets ? database.write(write, args) : Promise.reject(new Error('killed here')),
      waiting: 0,
      commits: database.commits,
      fail: () => {},
      onFailure: () => {},
      [Symbol.asyncDispose]: async () => {},
    }
    const log = this.#logs.mainlog
    const { counters } = this
    this.#outbox = new Outbox({
      ...{ database: failing, log, folder, zone: UTC, clock, report, counters },
    })
    return await this.#outbox.recover()
  }

  /** As if killed between two instructions: what is in memory is gone. */
  async kill(): Promise<void> {
    await this.#database?.[Symbol.asyncDispose]()
    this.#database = undefined
    this.#logs = undefined
    this.#outbox = undefined
  }

  /** The transaction that forgets does not happen from now on. */
  killBeforeForget(value: boolean): void {
    this.#forgets = !value
  }

  accept(lines: string): Promise<number> {
    return this.database.write(add, lines)
  }

  /** Every line of every file of the log. */
  logged(): string[] {
    const folder = join(this.folder, 'log')
    return filesOfLog('mainlog', readdirSync(folder)).flatMap((name) => {
      const octets = readFileSync(join(folder, name))
      const text = (name.endsWith('.gz') ? gunzipSync(octets) : octets).toString()
      assert.ok(text === '' || text.endsWith('\n'), `${name} ends in a whole line`)
      return text.split('\n').slice(0, -1)
    })
  }

  waitingRows(): number {
    return this.database.read(all('SELECT id FROM outbox')).length
  }

  tear(octets: number): void {
    const path = join(this.folder, 'log', 'mainlog')
    truncateSync(path, Math.max(0, statSync(path).size - octets))
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true })
  }
}

function linesOf(mail: number): string {
  return `2026-11-20 09:00:06 m${mail} <= a\n2026-11-20 09:00:06 m${mail} => b\n2026-11-20 09:00:06 m${mail} Completed\n`
}

function expected(...mails: number[]): string[] {
  return mails.flatMap((mail) => linesOf(mail).trimEnd().split('\n'))
}

/** A server that has settled mail 1 and committed mails 2 and 3, and what happens to it then. */
const crashes: readonly [name: string, before: (server: Server, ids: number[]) => Promise<void>][] =
  [
    ['before the lines were appended', async () => {}],
    [
      'while the lines waited in memory',
      async ({ outbox }, [id2 = 0, id3 = 0]) => {
        outbox.committed(id2, linesOf(2))
        outbox.committed(id3, linesOf(3))
      },
    ],
    [
      'after some were appended',
      async ({ outbox, logs }, [id2 = 0]) => {
        outbox.committed(id2, linesOf(2))
        await logs.flush()
      },
    ],
    [
      'after all were appended, in another order',
      async ({ outbox, logs }, [id2 = 0, id3 = 0]) => {
        outbox.committed(id3, linesOf(3))
        outbox.committed(id2, linesOf(2))
        await logs.flush()
      },
    ],
    [
      'after the log was synced, before the rows were forgotten',
      async (server, [id2 = 0, id3 = 0]) => {
        server.outbox.committed(id2, linesOf(2))
        server.outbox.committed(id3, linesOf(3))
        server.killBeforeForget(true)
        await server.outbox.settle()
        server.killBeforeForget(false)
      },
    ],
    [
      'after the rows were forgotten',
      async ({ outbox }, [id2 = 0, id3 = 0]) => {
        outbox.committed(id2, linesOf(2))
        outbox.committed(id3, linesOf(3))
        await outbox.settle()
      },
    ],
    [
      'after one was forgotten without being reported',
      async ({ outbox }, [, id3 = 0]) => {
        outbox.committed(id3, linesOf(3))
        await outbox.settle()
      },
    ],
  ]

for (const rotation of ['no rotation', 'a rotation before every write'])
  for (const [name, before] of crashes) {
    test(`killed ${name} (${rotation}): each line is logged once`, async () => {
      using server = new Server(rotation === 'no rotation' ? 1e9 : 1)
      await server.start()
      server.outbox.committed(await server.accept(linesOf(1)), linesOf(1))
      await server.outbox.settle()
      await before(server, [await server.accept(linesOf(2)), await server.accept(linesOf(3))])
      await server.kill()
      await server.start()
      assert.deepEqual(server.logged().sort(), expected(1, 2, 3).sort())
      assert.equal(server.waitingRows(), 0)
      await server.kill()
      assert.equal(await server.start(), 0)
      await server.kill()
    })
  }

test('killed in the middle of an append, at every octet: each line is logged once', async () => {
  const octets = linesOf(2).length + linesOf(3).length
  for (let torn = 1; torn <= octets; torn += 7) {
    using server = new Server()
    await server.start()
    server.outbox.committed(await server.accept(linesOf(1)), linesOf(1))
    await server.outbox.settle()
    server.outbox.committed(await server.accept(linesOf(2)), linesOf(2))
    server.outbox.committed(await server.accept(linesOf(3)), linesOf(3))
    await server.logs.flush()
    await server.kill()
    server.tear(torn)
    await server.start()
    assert.deepEqual(server.logged(), expected(1, 2, 3))
    await server.kill()
  }
})

test('killed in the middle of recovery, it is done again and each line is logged once', async () => {
  using server = new Server()
  await server.start()
  await server.accept(linesOf(1))
  await server.kill()
  server.killBeforeForget(true)
  await assert.rejects(server.start(), /killed here/)
  await server.kill()
  server.killBeforeForget(false)
  assert.equal(await server.start(), 0)
  assert.deepEqual(server.logged(), expected(1))
  await server.kill()
})

test('two rows with the same line have it logged twice', async () => {
  using server = new Server()
  await server.start()
  server.outbox.committed(await server.accept('same\n'), 'same\n')
  await server.logs.flush()
  await server.accept('same\n')
  await server.kill()
  assert.equal(await server.start(), 1)
  assert.deepEqual(server.logged(), ['same', 'same'])
  await server.kill()
})

test('once a second the rows are forgotten, without anybody asking', async () => {
  using server = new Server()
  await server.start()
  server.outbox.committed(await server.accept(linesOf(1)), linesOf(1))
  server.clock.advance(999)
  assert.equal(server.waitingRows(), 1)
  server.clock.advance(1)
  await server.outbox.settle()
  assert.equal(server.waitingRows(), 0)
  await server.kill()
})

test('a commit that is reported after its row was found in the table is not logged again', async () => {
  using server = new Server()
  await server.start()
  const [first, second] = [await server.accept(linesOf(1)), await server.accept(linesOf(2))]
  server.outbox.committed(second, linesOf(2))
  await server.outbox.settle()
  server.outbox.committed(first, linesOf(1))
  await server.outbox.settle()
  assert.deepEqual(server.logged().sort(), expected(1, 2))
  await server.kill()
})

test('each line counts once, whoever tells of it, and those of the last run do not', async () => {
  using server = new Server()
  await server.start()
  const line = (id: string) => `2026-11-20 09:00:06 1vnYk2-0000${id}BQ5-1EaB Completed\n`
  const first = await server.accept(line('0001'))
  const second = await server.accept(line('0002'))
  const third = await server.accept(line('0003'))
  // The first is never told of: it is found in the table.
  server.outbox.committed(third, line('0003'))
  await server.outbox.settle()
  server.outbox.committed(second, line('0002'))
  assert.equal(server.counters.snapshot().completed, 3)
  assert.ok(first < second)
  await server.accept(line('0004'))
  await server.kill()
  assert.equal(await server.start(), 1)
  assert.equal(server.counters.snapshot().completed, 3)
  await server.kill()
})

test('rows stay while they cannot be forgotten, and it is said once', async () => {
  using server = new Server()
  await server.start()
  server.killBeforeForget(true)
  for (const mail of [1, 2]) {
    server.outbox.committed(await server.accept(linesOf(mail)), linesOf(mail))
    await server.outbox.settle()
  }
  assert.equal(server.waitingRows(), 2)
  assert.equal(server.reports.length, 1)
  server.killBeforeForget(false)
  await server.outbox.settle()
  assert.equal(server.waitingRows(), 0)
  assert.match(server.reports[1] ?? '', /no line of accepted mail is lost/)
  await server.kill()
})

type Step =
  | { readonly do: 'accept' | 'flush' | 'settle' | 'note' | 'kill' }
  | { readonly do: 'report'; readonly which: number }
  | { readonly do: 'cut power'; readonly lost: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('accept' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('report' as const), which: fc.nat(3) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('flush', 'settle', 'note') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('cut power' as const), lost: fc.nat(400) }),
  },
)

test('whatever happens, and whenever it is killed: each line of accepted mail is logged once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.constantFrom(1e9, 150, 400), play),
    { numRuns: Number(process.env['RUNS'] ?? 60) },
  )
})

async function play(steps: readonly Step[], maxOctets: number): Promise<void> {
  using server = new Server(maxOctets)
  await server.start()
  let accepted = 0
  const unreported: { id: number; lines: string }[] = []
  let durable = { inode: 0, size: 0 }
  for (const happens of steps)
    switch (happens.do) {
      case 'accept': {
        const lines = linesOf(++accepted)
        unreported.push({ id: await server.accept(lines), lines })
        break
      }
      case 'report': {
        const [row] = unreported.splice(happens.which % (unreported.length || 1), 1)
        if (row !== undefined) server.outbox.committed(row.id, row.lines)
        break
      }
      case 'note':
        server.logs.record(noteOf(START, 'process', 'pid noise'))
        break
      case 'flush':
        await server.logs.flush()
        break
      case 'settle':
        await server.outbox.settle()
        await server.logs.flush()
        durable = sizeOf(server)
        break
      case 'kill':
      case 'cut power': {
        await server.logs.flush()
        await server.kill()
        unreported.length = 0
        const now = sizeOf(server)
        const safe = now.inode === durable.inode ? durable.size : 0
        if (happens.do === 'cut power' && now.size > 0)
          server.tear(Math.min(happens.lost, now.size - safe))
        await server.start()
        durable = sizeOf(server)
      }
    }
  await server.outbox.settle()
  await server.kill()
  await server.start()
  const mails = Array.from({ length: accepted }, (_, index) => index + 1)
  const logged = server.logged().filter((line) => !line.endsWith('noise'))
  assert.deepEqual(logged.sort(), expected(...mails).sort())
  await server.kill()
}

function sizeOf(server: Server): { inode: number; size: number } {
  const log = statSync(join(server.folder, 'log', 'mainlog'), { throwIfNoEntry: false })
  return { inode: log?.ino ?? 0, size: log?.size ?? 0 }
}
