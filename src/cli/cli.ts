/** What every command is given, and what they have in common. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

import type { Command } from 'commander'

import { systemReason } from '../base/faults.ts'
import { type ConfigOptions, environment, type LoadedConfig, loadConfig } from '../config/load.ts'
import type { Office } from '../office.ts'
import { UsageFault } from './faults.ts'
import { jsonText } from './json.ts'
import { becomeServer } from './privileges.ts'
import type { Terminal } from './table.ts'

/** The outside of a command. A test gives its own. */
export interface Cli {
  readonly out: Terminal
  readonly errors: Terminal
  readonly input: NodeJS.ReadStream
  /** 1: found a problem. 2: could not run. Of `sendmail` alone: 64 to 78, as in sysexits.h. */
  exit(code: number): void
  /** The process ends soon, although something of it is still open; undefined in a test. */
  leave?(): void
}

export interface CommonOptions {
  readonly config?: string
  readonly data?: string
  readonly json?: boolean
}

export function commonOptions(command: Command): CommonOptions {
  return command.optsWithGlobals()
}

/**
 * The configuration of the server that is meant: the one named, else that of our own dev server when
 * the current folder has one, else the usual file. @throws ConfigFault
 */
export function configOf(command: Command): LoadedConfig {
  const { config, data } = commonOptions(command)
  const named: ConfigOptions = { configFile: config, dataFolder: data }
  const env = environment()
  const isNamed = [config, data, env.configFile, env.dataFolder].some((name) => name !== undefined)
  if (!isNamed && isOwnFile(join(DEV_FOLDER, DEV_FILE)))
    return loadConfig({ ...named, dataFolder: DEV_FOLDER }, env)
  return loadConfig(named, env)
}

/** In a folder for all, such as /tmp, anybody could have made one, and mail would go there. */
function isOwnFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.()
  } catch {
    return false // Not for us to see.
  }
}

/** Where `waybill dev` keeps its data, and what marks such a folder. */
export const DEV_FOLDER = 'var'
export const DEV_FILE = 'dev.json'
/** The account that gets all mail to other domains in `waybill dev`. */
export const DEV_OUTBOX = 'outbox@example.test'

/**
 * Opens the accounts, by the running server or on the folder itself, and closes them after `use`.
 * @param folder  `mayBeMade` where the command may be the first one: others make no folder for a typo
 */
export async function withOffice<Result>(
  command: Command,
  use: (office: Office) => Promise<Result>,
  folder: 'mayBeMade' | 'isThere' = 'isThere',
): Promise<Result> {
  const { config } = configOf(command)
  if (folder === 'isThere') requireData(config.dataFolder)
  // Most of the server is behind it: commands that only read logs do not wait for that to be loaded.
  const { openOffice } = await import('../office.ts')
  becomeServer(config)
  const isDev = existsSync(join(config.dataFolder, DEV_FILE))
  await using office = await openOffice(config, isDev ? DEV_OUTBOX : null)
  return await use(office)
}

/** @throws UsageFault when there is nothing of Waybill in the folder, or it may not be read */
function requireData(folder: string): void {
  try {
    // A server that starts for the first time has its lock before its database.
    if (['mail.db', 'lock'].some((name) => isThere(join(folder, name)))) return
  } catch (error) {
    throw new UsageFault(`the data folder ${folder} cannot be used: ${systemReason(error)}`, {
      cause: error,
    })
  }
  throw new UsageFault(
    `there is no Waybill data in ${folder}: begin with waybill domain add example.com, ` +
      'or name the data folder with --data',
  )
}

/** Unlike `existsSync`, throws when the system will not say. */
function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Prints the value as JSON when that was asked for, else what `say` prints. */
export function answer(cli: Cli, command: Command, value: unknown, say: () => void): void {
  if (commonOptions(command).json) cli.out.write(`${jsonText(value, 2)}\n`)
  else say()
}
