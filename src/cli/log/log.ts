/** `waybill log`: what happened to mail, from the log of this server or of any other. */
import { Command } from 'commander'

import type { Cli } from '../cli.ts'
import { explainCommand } from './explain.ts'
import { indexCommand } from './index.ts'
import { listCommand } from './list.ts'
import { searchCommand } from './search.ts'
import { statsCommand } from './stats.ts'
import { tailCommand } from './tail.ts'
import { traceCommand } from './trace.ts'

export function logCommand(cli: Cli): Command {
  const log = new Command('log')
  log.addCommand(listCommand(cli), { isDefault: true })
  for (const make of [
    traceCommand,
    searchCommand,
    explainCommand,
    statsCommand,
    tailCommand,
    indexCommand,
  ])
    log.addCommand(make(cli))
  return log
}
