import type { Command } from 'commander'

import { localZone } from '../local-zone.ts'
import { type Cli, configOf } from './cli.ts'
import { logCommand } from './log.ts'
import { becomeOwnerOf } from './privileges.ts'

/** `waybill log`, on the log of the server that is meant. */
export function loggedCommand(cli: Cli): Command {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const command: Command = logCommand({
    terminal: cli.out,
    errors: cli.errors,
    zone: localZone(),
    exit: cli.exit,
    signal: stop.signal,
    dataFolder: (): string => {
      const { dataFolder } = configOf(command).config
      becomeOwnerOf(dataFolder)
      return dataFolder
    },
  })
  return command
}
