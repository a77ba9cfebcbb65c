/** `waybill queue`: mail that waits for other servers. */
import { Command } from 'commander'

import type { Cli } from '../cli.ts'
import { addChanges } from './change.ts'
import { addList } from './list.ts'
import { addShow } from './show.ts'
import { addDeeds, addRun } from './steer.ts'
import { addSummary } from './summary.ts'
import { addWhy } from './why.ts'

export function queueCommand(cli: Cli): Command {
  const queue = new Command('queue')
  addList(cli, queue)
  addSummary(cli, queue)
  addShow(cli, queue)
  addWhy(cli, queue)
  addRun(cli, queue)
  addDeeds(cli, queue)
  addChanges(cli, queue)
  return queue
}
