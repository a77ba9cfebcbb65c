import { Command } from 'commander'

import type { RouteStep } from '../directory/types.ts'
import { answer, type Cli, withOffice } from './cli.ts'
import { writeTable } from './table.ts'

/** `waybill route ADDRESS`: where it goes and by which rule. Exits with 1 when it is refused. */
export function routeCommand(cli: Cli): Command {
  return new Command('route')
    .argument('<address>', 'such as jane@example.com')
    .action(async (address: string, _options, command: Command) => {
      const route = await withOffice(command, (office) => office.run('route', { address }))
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
