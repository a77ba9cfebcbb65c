import { Command } from 'commander'

import type { RouteStep } from '../directory/types.ts'
import { answer, type Cli, withOffice } from './cli.ts'
import { writeTable } from './table.ts'

/** `waybill route ADDRESS`: where it goes and by which rule. Exits with 1 when it is refused. */
export function routeCommand(cli: Cli): Command {
  return new Command('route')
    .argument('<address>', 'such as jane@example.com')
    .option('--sender <address>', 'who sends: relays can be for the mail of one domain')
    .action(async (address: string, { sender }: { sender?: string }, command: Command) => {
      const args = { address, ...(sender === undefined ? {} : { sender }) }
      const route = await withOffice(command, (office) => office.run('route', args))
      answer(cli, command, route, () =>
        writeTable<RouteStep>(
          [
            { heading: 'Address', of: (step) => step.address },
            { heading: 'Rule', of: ({ rule }) => rule },
            { heading: '', of: ({ text }) => text, shrinks: true },
          ],
          route.steps,
          cli.out,
        ),
      )
      if (route.destinations.some(({ kind }) => kind === 'refused')) cli.exit(1)
    })
}
