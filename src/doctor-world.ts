/** Wiring: what the checks of this server look at, on this machine. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { systemClock } from './base/clock.ts'
import { OperatorFault, Refusal, systemCodeOf } from './base/faults.ts'
import { systemRandom } from './base/random.ts'
import type { LoadedConfig } from './config/load.ts'
import { askServer, SilentServer } from './control/client.ts'
import type { CommandName, Commands, Status } from './control/commands.ts'
import { SqliteConnection } from './db/sqlite.ts'
import { one } from './db/statement.ts'
import { systemResolver } from './dns/system.ts'
import { CannotLook } from './doctor/cannot-look.ts'
import type { Outside } from './doctor/outside.ts'
import { systemOutside } from './doctor/reach/system.ts'
import type { TestLogin, World } from './doctor/world.ts'
import { localZone } from './local-zone.ts'
import { MIGRATIONS } from './migrations.ts'
import { type Office, openOffice } from './office.ts'
import { VERSION } from './version.ts'

export interface WorldOptions {
  /** What programs said that only root may run; asked first, while this still was root. */
  readonly asRoot?: Outside['run']
  readonly domain?: string | null
  readonly login?: TestLogin | null
}

/**
 * Opens what is there, for as long as it is used. Without a running server the folder is locked
 * only once a check asks for accounts or the queue.
 */
export async function openWorld(
  loaded: LoadedConfig,
  { asRoot = systemOutside.run, domain = null, login = null }: WorldOptions = {},
): Promise<World & AsyncDisposable> {
  const { dataFolder, outgoing } = loaded.config
  await using opening = new AsyncDisposableStack()
  const status = await statusOf(dataFolder)
  const file = join(dataFolder, 'mail.db')
  const hasMail = existsSync(file)
  const store = hasMail ? storeOf(file, opening) : null
  const office = new SharedOffice(loaded)
  // A server that hangs must not hold up the end.
  opening.defer(async () => await soon(office.idle()))
  const trusted = () => outgoing.trustedResolvers
  const open = opening.move()
  return {
    ...systemOutside,
    run: asRoot,
    clock: systemClock,
    zone: localZone(),
    loaded,
    resolver: systemResolver({ clock: systemClock, random: systemRandom, trusted }),
    status: status === 'silent' ? null : status,
    async ask(name, args) {
      if (status === 'silent')
        throw new CannotLook('the server does not answer: see services.running')
      // To ask a folder without mail would make one.
      if (status === null && !hasMail) return nothingOf(name)
      return await office.run(name, args)
    },
    store,
    version: VERSION,
    ...{ domain, login },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/**
 * Open for as long as somebody asks, and no longer: without a server it holds the folder's lock, and
 * a server that is started meanwhile could not have it.
 */
class SharedOffice {
  readonly #loaded: LoadedConfig
  #users = 0
  #open: Promise<Office> | null = null
  /** Null: it is not open, or could not be opened; then it is not tried again and again. */
  #opened: Office | null = null
  #closing: Promise<unknown> = Promise.resolve()

  constructor(loaded: LoadedConfig) {
    this.#loaded = loaded
  }

  /** @throws as {@link World.ask} */
  async run<Name extends CommandName>(
    name: Name,
    args: Commands[Name]['args'],
  ): Promise<Commands[Name]['result']> {
    this.#users++
    try {
      this.#open ??= this.#closing.then(async () => await openOffice(this.#loaded.config, null))
      this.#opened = await this.#open.catch(cannotLook)
      return await this.#opened.run(name, args)
    } finally {
      if (--this.#users === 0) this.#close()
    }
  }

  /** Until what was opened is closed again. */
  async idle(): Promise<void> {
    await this.#closing
  }

  #close(): void {
    const office = this.#opened
    if (office === null) return
    this.#open = this.#opened = null
    this.#closing = Promise.resolve(office[Symbol.asyncDispose]())
  }
}

/** Null: none runs. `silent`: one is there that takes the question and says nothing. */
async function statusOf(dataFolder: string): Promise<Status | null | 'silent'> {
  const patience = { silentMs: PATIENCE_MS / 2, answerMs: PATIENCE_MS / 2 }
  try {
    const answer = await askServer(dataFolder, 'status', {}, patience)
    return answer === undefined ? null : (answer.result as Status)
  } catch (error) {
    if (error instanceof SilentServer) return 'silent'
    throw error
  }
}

/**
 * Null while its tables are not those of this version: who opens it to write brings it up to date.
 * Null also when SQLite cannot read it: `storage.integrity` says that.
 */
function storeOf(file: string, opening: AsyncDisposableStack): SqliteConnection | null {
  try {
    const store = opening.use(new SqliteConnection(file, { readOnly: true }))
    const version = store.run(one<{ user_version: number }>('PRAGMA user_version'))?.user_version
    return version === MIGRATIONS.at(-1)?.version ? store : null
  } catch (error) {
    if (isOfSqlite(error)) return null
    throw error
  }
}

function isOfSqlite(error: unknown): error is Error {
  return systemCodeOf(error) === 'ERR_SQLITE_ERROR'
}

/** Another program works on the folder, or may not: checks say nothing of what they cannot see. */
function cannotLook(error: unknown): never {
  if (error instanceof OperatorFault) throw new CannotLook(error.message, { cause: error })
  if (isOfSqlite(error))
    throw new CannotLook(`the database cannot be used (${error.message}): see storage.integrity`, {
      cause: error,
    })
  throw error
}

/** What a server without accounts, domains and mail says. @throws Refusal when it has no answer */
function nothingOf<Name extends CommandName>(name: Name): Commands[Name]['result'] {
  if (LISTS.has(name)) return [] as unknown as Commands[Name]['result']
  throw new Refusal(
    'notFound',
    'there is no mail on this server yet: begin with waybill domain add',
  )
}

/** Undefined when it does not come to an end. */
async function soon<T>(work: Promise<T>): Promise<T | undefined> {
  const end = new AbortController()
  const late = sleep(PATIENCE_MS, undefined, { signal: end.signal }).catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    end.abort()
  }
}

const LISTS: ReadonlySet<CommandName> = new Set<CommandName>([
  ...(['domain.list', 'account.list', 'alias.list', 'relay.list', 'dkim.list'] as const),
])
const PATIENCE_MS = 3_000
