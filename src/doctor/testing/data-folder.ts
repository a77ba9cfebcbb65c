/** A data folder without a server, as checks look at it; removed afterwards. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

import type { AlertLimits } from '../../config/alerts.ts'
import { configFrom, type LoadedConfig } from '../../config/load.ts'
import type { Config } from '../../config/types.ts'
import { migrate } from '../../db/migrate.ts'
import { SqliteConnection } from '../../db/sqlite.ts'
import { openWorld } from '../../doctor-world.ts'
import { MIGRATIONS } from '../../migrations.ts'
import { type Office, openOffice } from '../../office.ts'
import type { World } from '../world.ts'

export class DataFolder {
  readonly path: string
  readonly loaded: LoadedConfig
  readonly #t: TestContext

  constructor(t: TestContext, change: Partial<Config> = {}) {
    this.#t = t
    this.path = mkdtempSync(join(tmpdir(), 'waybill-doctor-'))
    t.after(() => rmSync(this.path, { recursive: true }))
    const loaded = configFrom(null)
    const disk = { minFreePercent: 0, minFreeOctets: 1, ballastOctets: 0 }
    const own = { dataFolder: this.path, hostName: 'mail.example.test', listeners: [], disk }
    this.loaded = { ...loaded, config: { ...loaded.config, ...own, ...change } }
  }

  /** Writes into the database itself; it is made first, and left closed. */
  change(work: (connection: SqliteConnection) => void): void {
    using connection = new SqliteConnection(join(this.path, 'mail.db'), { readOnly: false })
    migrate(connection, MIGRATIONS)
    work(connection)
  }

  /** Does what commands do: accounts, domains, relays. */
  async command(work: (office: Office) => Promise<unknown>): Promise<void> {
    await using office = await openOffice(this.loaded.config, null)
    await work(office)
  }

  /** With other limits of alerts, from which on checks warn too. */
  loadedWith(limits: Partial<AlertLimits>): LoadedConfig {
    const { config } = this.loaded
    const alerts = { ...config.alerts, limits: { ...config.alerts.limits, ...limits } }
    return { ...this.loaded, config: { ...config, alerts } }
  }

  /** What a check looks at: this folder, really opened, until it is disposed or the test ends. */
  async world(change: Partial<World> = {}): Promise<World & AsyncDisposable> {
    const world = await openWorld(this.loaded)
    this.#t.after(() => world[Symbol.asyncDispose]())
    return { ...world, ...change }
  }
}
