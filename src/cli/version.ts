import { Command } from 'commander'

import { VERSION } from '../version.ts'
import { answer, type Cli } from './cli.ts'

/** `waybill version`. */
export function versionCommand(cli: Cli): Command {
  return new Command('version').action((_options, command: Command) =>
    answer(cli, command, { version: VERSION }, () => cli.out.write(`waybill ${VERSION}\n`)),
  )
}
