/** The life of a server process: until a signal, a command or its own failure ends it. */
import { once } from 'node:events'

import { messageOf } from '../base/faults.ts'
import type { Config } from '../config/types.ts'
import { type Diagnostics, type Server, startServer, type World } from '../server.ts'

export interface RunOptions {
  readonly config: Config
  readonly world: Partial<World>
  readonly diagnostics: Diagnostics
  /** Called when every port is open. */
  readonly onReady: (server: Server) => void
  readonly onStopping: () => void
  /** SIGHUP asked for it: called before, and after, whatever came of it. */
  readonly onReloading?: () => void
  readonly onReloaded?: () => void
  /** Reads the configuration anew; undefined when there is nothing to read. */
  readonly readConfig: (() => Config) | undefined
}

/**
 * Runs until SIGTERM or SIGINT. A second one ends at once what the first one lets finish.
 * @returns the exit code
 */
export async function runServer(options: RunOptions): Promise<number> {
  const { config, diagnostics, readConfig } = options
  const end = new AbortController()
  let exitCode = 0
  const fail = (code: number) => {
    exitCode = code
    end.abort()
  }
  const ending = once(end.signal, 'abort')
  guardAgainstBugs(diagnostics, fail)
  catchSignals(diagnostics, () => end.abort())

  const server = await startServer(config, {
    ...options.world,
    diagnostics,
    onStop: () => end.abort(),
    onFailure: () => fail(EXIT_STORE),
    ...(readConfig === undefined ? {} : { readConfig }),
  })
  if (readConfig !== undefined) process.on('SIGHUP', () => void reload(server, readConfig, options))
  options.onReady(server)

  await ending
  options.onStopping()
  // Listeners cut what takes too long; this is for whatever else might hang.
  setTimeout(() => {
    diagnostics.error('stopping took too long and was cut off')
    process.exit(exitCode || EXIT_STORE)
  }, config.stopTimeoutMs).unref()
  await server[Symbol.asyncDispose]()
  return exitCode
}

async function reload(
  server: Server,
  readConfig: () => Config,
  { diagnostics, onReloading, onReloaded }: RunOptions,
): Promise<void> {
  onReloading?.()
  try {
    await server.reload(readConfig())
  } catch (error) {
    diagnostics.error(`the configuration was not reloaded, the old one stays: ${messageOf(error)}`)
  } finally {
    onReloaded?.()
  }
}

function catchSignals(diagnostics: Diagnostics, stop: () => void): void {
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (stopping && signal === 'SIGINT') process.exit(130)
      if (!stopping) diagnostics.info(`${signal}: stopping`)
      stopping = true
      stop()
    })
}

/**
 * After an exception nobody expected, nothing in memory can be trusted: say it, stop taking work,
 * end within seconds, and let the supervisor start anew.
 */
function guardAgainstBugs(diagnostics: Diagnostics, fail: (code: number) => void): void {
  let failing = false
  const onBug = (error: unknown) => {
    diagnostics.error('a bug in Waybill: the server stops', error)
    if (failing) process.exit(EXIT_BUG)
    failing = true
    setTimeout(() => process.exit(EXIT_BUG), BUG_GRACE_MS).unref()
    fail(EXIT_BUG)
  }
  process.on('uncaughtException', onBug)
  process.on('unhandledRejection', onBug)
}

/** sysexits.h: EX_SOFTWARE, EX_IOERR. */
const EXIT_BUG = 70
const EXIT_STORE = 74
const BUG_GRACE_MS = 5000
