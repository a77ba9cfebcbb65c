/** The log of this server: its folder, its files, and what is said when there is none. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import type { Command } from 'commander'

import { systemCodeOf, systemReason } from '../../base/faults.ts'
import { filesOfLog } from '../../journal/log-names.ts'
import { configOf } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { becomeOwnerOf } from '../privileges.ts'

/** The folder of this server's log, which from now on is read as its owner. */
export function ownLogFolder(command: Command): string {
  const { dataFolder } = configOf(command).config
  becomeOwnerOf(dataFolder)
  return join(dataFolder, 'log')
}

/** The files of the server's main log and of its logins. @throws UsageFault when it has none */
export function ownLogs(command: Command): readonly string[] {
  const folder = ownLogFolder(command)
  let names: readonly string[] = []
  try {
    names = readdirSync(folder)
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw unreadable(folder, error)
  }
  const found = [...filesOfLog('mainlog', names), ...filesOfLog('authlog', names)]
  if (found.length > 0) return found.map((name) => join(folder, name))
  const others = OTHER_LOGS.filter((path) => existsSync(path))
  const hint = others.length === 0 ? '' : `; this machine has ${others.join(', ')}`
  throw new UsageFault(
    `there is no log in ${folder}: start the server once, name its data folder with --data, ` +
      `or name the log files to read${hint}`,
  )
}

/** @throws UsageFault when the log is not there or cannot be read */
export async function readOwnLog<Result>(
  folder: string,
  read: () => Promise<Result>,
): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw unreadable(folder, error)
    throw new UsageFault(
      `there is no log in ${folder}: start the server once, or name its data folder with --data`,
    )
  }
}

function unreadable(folder: string, error: unknown): UsageFault {
  return new UsageFault(`the log in ${folder} cannot be read: ${systemReason(error)}`)
}

/** Where the usual systems keep the logs of other servers. */
const OTHER_LOGS: readonly string[] = [
  '/var/log/exim4/mainlog',
  '/var/log/exim_mainlog',
  '/var/log/exim/main.log',
  '/var/log/mail.log',
  '/var/log/maillog',
  '/var/log/dovecot.log',
]
