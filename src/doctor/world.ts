/**
 * What checks of this server may look at. Passed in, so that a test makes each of them fail by a
 * cause of its own: a resolver with other answers, files in a folder of its own, a server it started.
 */
import type { Clock } from '../base/clock.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { CommandName, Commands } from '../control/commands.ts'
import type { SqliteConnection } from '../db/sqlite.ts'
import type { Resolver } from '../dns/resolver.ts'
import type { Zone } from '../journal/zone.ts'
import type { Outside } from './outside.ts'

export interface World extends Outside {
  readonly clock: Clock
  /** Of the times in the log. */
  readonly zone: Zone
  /** The configuration that the next start would use, and where each value comes from. */
  readonly loaded: LoadedConfig
  readonly resolver: Resolver
  /** What the running server says of itself; null: none answers. */
  readonly status: Commands['status']['result'] | null
  /**
   * The running server, or the data folder itself without one.
   * @throws Refusal, or ControlFault from a running server; CannotLook when it does not answer
   */
  ask<Name extends CommandName>(
    name: Name,
    args: Commands[Name]['args'],
  ): Promise<Commands[Name]['result']>
  /** The database, to be read only; null: there is none yet, or it is of another version. */
  readonly store: SqliteConnection | null
  /** Of this program; a running server has its own. */
  readonly version: string
  /** Of the domains here only this one is looked at; null: all. As A-label. */
  readonly domain: string | null
  /** An account whose password was typed, to log in with; null: none. Never to be printed. */
  readonly login: TestLogin | null
}

export interface TestLogin {
  readonly address: string
  readonly password: string
}
