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
  const found = ownLogsIn(folder)
  if (found.length === 0) throw new UsageFault(noLogIn(folder))
  return found
}

/** The same of that folder; empty when there are none. */
export function ownLogsIn(folder: string): readonly string[] {
  let names: readonly string[] = []
  try {
    names = readdirSync(folder)
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw unreadable(folder, error)
  }
  const found = [...filesOfLog('mainlog', names), ...filesOfLog('authlog', names)]
  return found.map((name) => join(folder, name))
}

function noLogIn(folder: string): string {
  const [example = '/var/log/mail.log'] = OTHER_LOGS.filter((path) => existsSync(path))
  return (
    `this server has no log yet, in ${folder}: name the log files to read, such as ${example}, ` +
    'or the data folder of another server with --data'
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
    throw new UsageFault(noLogIn(folder))
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
