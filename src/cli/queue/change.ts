/** `waybill queue reroute` and `edit`: another way, another envelope. */
import type { Command } from 'commander'

import { counted } from '../../base/counted.ts'
import type { MessageId } from '../../journal/event.ts'
import { isMessageId } from '../../journal/message-id.ts'
import { type Cli, withOffice } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { confirm } from '../password.ts'
import { collect } from '../repeated.ts'
import { type FilterOptions, withFilters } from './filters.ts'
import { choose, inBatches, named, operator, report } from './steer.ts'

interface RerouteOptions extends FilterOptions {
  readonly by: string
  readonly instead?: string
  readonly all?: boolean
}

interface EditOptions {
  readonly addRcpt?: readonly string[]
  readonly dropRcpt?: readonly string[]
  readonly sender?: string
  readonly yes?: boolean
}

/** Adds `reroute` and `edit`. */
export function addChanges(cli: Cli, queue: Command): void {
  const reroute = queue
    .command('reroute')
    .description('Send messages another way: by a relay, or to the MX of another domain')
    .argument('[ids...]', 'messages; or say which with the options')
    .requiredOption('--by <destination>', 'relay:NAME, mx:example.net or mx:[192.0.2.1]')
    .option('--instead <destination>', 'only recipients that go there now')
    .option('--all', 'everything that waits')
    .addHelpText('after', REROUTE_HELP)
    .action((ids: string[], options: RerouteOptions, self: Command) =>
      rerouteAll(cli, self, ids, options),
    )
  withFilters(reroute)
  queue
    .command('edit')
    .description('Change the envelope of one message')
    .argument('<id>')
    .option('--add-rcpt <address>', 'send it there, too', collect)
    .option('--drop-rcpt <address>', 'do not send it there; nobody is told', collect)
    .option('--sender <address>', 'who is told when it fails; "<>" is nobody')
    .option('--yes', 'do not ask')
    .addHelpText('after', EDIT_HELP)
    .action((id: string, options: EditOptions, self: Command) => edit(cli, self, id, options))
}

const REROUTE_HELP = `
  waybill queue reroute --domain example.net --by relay:provider       by a relay
  waybill queue reroute --domain relay:provider --by mx:example.net    past it, to the MX of a domain
  waybill queue reroute 1vnYk2-00000000BQ5-1EaB --by mx:[192.0.2.1]    to one host`

const EDIT_HELP = `
  waybill queue edit 1vnYk2-00000000BQ5-1EaB --add-rcpt bob@example.net --drop-rcpt bbo@example.net`

async function rerouteAll(
  cli: Cli,
  command: Command,
  texts: readonly string[],
  options: RerouteOptions,
): Promise<void> {
  const by = operator()
  await withOffice(command, async (office) => {
    const chosen = await choose(office, texts, options)
    const way = { to: options.by, from: options.instead ?? null, by }
    // Without any message the way is checked all the same.
    if (chosen.count === 0) await office.run('queue.reroute', { ids: [], ...way })
    const tally = await inBatches(cli, command, chosen, (ids) =>
      office.run('queue.reroute', { ids, ...way }),
    )
    report(cli, command, { done: 'Rerouted', later: 'rerouted' }, tally)
  })
}

async function edit(cli: Cli, command: Command, text: string, options: EditOptions) {
  const { addRcpt: add = [], dropRcpt: drop = [], sender = null } = options
  if (!isMessageId(text)) throw new UsageFault(`"${text}" is no id of a message`)
  const id: MessageId = text
  if (add.length === 0 && drop.length === 0 && sender === null)
    throw new UsageFault('say what to change: --add-rcpt, --drop-rcpt or --sender')
  const by = operator()
  if (drop.length > 0) {
    const whom = counted(drop.length, 'recipient')
    await confirm(
      cli,
      options.yes,
      `This takes ${whom} away (${drop.join(', ')}), and tells nobody.`,
    )
  }
  await withOffice(command, async (office) => {
    const change = { id, by, add, drop, from: sender }
    const tally = await inBatches(cli, command, named([id]), () => office.run('queue.edit', change))
    report(cli, command, { done: 'Changed', later: 'changed' }, tally)
  })
}
