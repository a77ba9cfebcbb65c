import { Command } from 'commander'

import type { CommandName, Commands, Status } from '../control/commands.ts'
import { askServer } from '../control/client.ts'
import { answer, type Cli, configOf } from './cli.ts'
import { UsageFault } from './faults.ts'
import { becomeOwnerOf } from './privileges.ts'
import { writeTable } from './table.ts'

/** `waybill who`: what the running server is doing. */
export function whoCommand(cli: Cli): Command {
  return new Command('who').action(async (_options, command: Command) => {
    const status = await ask(command, 'status')
    answer(cli, command, status, () => show(cli, status))
  })
}

/** `waybill reload`: SIGHUP with an answer. */
export function reloadCommand(cli: Cli): Command {
  return new Command('reload').action(async (_options, command: Command) => {
    await ask(command, 'reload')
    answer(cli, command, { reloaded: true }, () => cli.out.write('Reloaded.\n'))
  })
}

/** `waybill stop`: lets work in hand finish. Returns when the server has begun to stop. */
export function stopCommand(cli: Cli): Command {
  return new Command('stop').action(async (_options, command: Command) => {
    await ask(command, 'stop')
    answer(cli, command, { stopping: true }, () => cli.out.write('The server stops.\n'))
  })
}

async function ask<Name extends CommandName>(
  command: Command,
  name: Name,
): Promise<Commands[Name]['result']> {
  const { dataFolder } = configOf(command).config
  becomeOwnerOf(dataFolder)
  const reply = await askServer(dataFolder, name, {})
  if (reply === undefined) throw new UsageFault(`no server runs on ${dataFolder}`)
  return reply.result as Commands[Name]['result']
}

function show(cli: Cli, status: Status): void {
  const { processId, version, startedMs, listeners, writesWaiting, memoryOctets } = status
  const since = new Date(startedMs).toISOString().slice(0, 19).replace('T', ' ')
  cli.out.write(
    `Waybill ${version}, process ${processId}, since ${since} UTC, ` +
      `${Math.round(memoryOctets / 2 ** 20)} MiB, ${writesWaiting} writes waiting\n`,
  )
  writeTable(
    [
      { heading: 'Listener', of: ({ name }) => name },
      { heading: 'Address', of: ({ address }) => address },
      { heading: 'Port', of: ({ port }) => String(port), align: 'right' as const },
      {
        heading: 'Connections',
        of: ({ connections }) => String(connections),
        align: 'right' as const,
      },
    ],
    listeners,
    cli.out,
  )
}
