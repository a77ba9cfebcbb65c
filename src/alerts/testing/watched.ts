/** The alerts of a server, minute by minute. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

import { ManualClock } from '../../base/clock.ts'
import type { AlertsConfig } from '../../config/alerts.ts'
import { configFrom } from '../../config/load.ts'
import { type Database, openDatabaseInline } from '../../db/database.ts'
import type { Finding } from '../../doctor/types.ts'
import { UTC } from '../../journal/zone.ts'
import { MIGRATIONS } from '../../migrations.ts'
import { writes } from '../../writes.ts'
import type { Facts } from '../facts.ts'
import { type Notice, subjectOf } from '../message.ts'
import { Watch } from '../watch.ts'
import type { Way } from '../ways/way.ts'
import { HEALTHY } from './facts.ts'
import { NOON_MS } from './samples.ts'

export const MINUTE = 60_000

/** A server's alerts on a real database, with a clock, facts and ways of the test. */
export class Watched {
  readonly clock = new ManualClock(NOON_MS)
  readonly database: Database
  /** What was told, `WAY KIND TITLE`. */
  readonly told: string[] = []
  readonly notices: Notice[] = []
  readonly reports: string[] = []
  readonly pings: string[] = []
  facts: Partial<Facts> = {}
  findings: readonly Finding[] = []
  examined = 0
  config: AlertsConfig
  /** By way: why it fails. */
  broken: Record<string, string | undefined> = {}
  /** Called before each way takes a notice. */
  beforeSending: () => Promise<void> = async () => {}
  watch: Watch

  constructor(t: TestContext, given: Partial<AlertsConfig> = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-watch-'))
    this.config = { ...configFrom(null).config.alerts, dailyAt: 'never', ...given }
    this.database = openDatabaseInline({
      file: join(folder, 'mail.db'),
      migrations: MIGRATIONS,
      writes,
    })
    this.watch = this.#start()
    t.after(async () => {
      await this.watch[Symbol.asyncDispose]()
      await this.database[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    })
  }

  /** Time goes on, a minute at a time, and all that is due is done. */
  async minutes(count: number): Promise<void> {
    for (let minute = 0; minute < count; minute++) {
      this.clock.advance(MINUTE)
      await settled()
    }
  }

  async restart(): Promise<void> {
    await this.watch[Symbol.asyncDispose]()
    this.watch = this.#start()
  }

  /** What an operating system leaves of a process that is killed: the database. */
  killed(): void {
    this.watch = this.#start()
  }

  ways: readonly Way[] = [this.way('mail', true), this.way('hook', false)]

  way(name: string, isOwnQueue: boolean): Way {
    return {
      ...{ name, isOwnQueue },
      send: async (notice) => {
        await this.beforeSending()
        const why = this.broken[name]
        if (why !== undefined) throw new Error(why)
        this.notices.push(notice)
        this.told.push(`${name} ${subjectOf(notice).replace(' mail.example.com:', '')}`)
      },
    }
  }

  #start(): Watch {
    const watch = new Watch({
      ...{ database: this.database, clock: this.clock, zone: UTC },
      config: () => this.config,
      hostName: () => 'mail.example.com',
      sameServer: '',
      ways: () => this.ways,
      gather: async (inMind) => ({ ...HEALTHY, ...AGELESS, ...inMind, ...this.facts }),
      examine: async () => {
        this.examined++
        return this.findings
      },
      ping: async (url) => void this.pings.push(url),
      isAccount: () => true,
      note: () => {},
      report: (text) => void this.reports.push(text),
    })
    watch.start()
    return watch
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** What does not become wrong by itself. */
const AGELESS: Partial<Facts> = {
  backupMs: null,
  queue: { ...HEALTHY.queue, oldestUnheldMs: null },
}
export const PANIC: Partial<Facts> = { panic: { lines: 1, last: ['2026-11-21 12:00:00 PANIC: x'] } }
export const RELAY: Partial<Facts> = {
  relays: [{ name: 'prov', loginRefused: { atMs: NOON_MS, text: '535 no' } }],
}
