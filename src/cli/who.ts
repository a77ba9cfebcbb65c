import { Command } from 'commander'

import type { Commands, SessionShown, Status } from '../control/commands.ts'
import { askServer } from '../control/client.ts'
import type { RunnerStatus } from '../queue/runner-types.ts'
import { answer, type Cli, configOf } from './cli.ts'
import { UsageFault } from './faults.ts'
import { durationWords } from './log-stats/words.ts'
import { becomeOwnerOf } from './privileges.ts'
import { writeTable } from './table.ts'

/** `waybill who`: what the running server is doing. */
export function whoCommand(cli: Cli): Command {
  return new Command('who')
    .addHelpText('after', HELP)
    .action(async (_options, command: Command) => {
      const status = await ask(command, 'status')
      const sessions = await ask(command, 'sessions')
      const sending = await ask(command, 'queue.attempts')
      answer(cli, command, { ...status, sessions, sending }, () => {
        show(cli, status)
        showSessions(cli, sessions)
        showSending(cli, sending ?? [])
      })
    })
}

const HELP = `
Its listeners and memory; each client, how long it is connected and what it does; each connection
to another server. What waits and is not being sent is in waybill queue list.`

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

async function ask<Name extends 'status' | 'sessions' | 'reload' | 'stop' | 'queue.attempts'>(
  command: Command,
  name: Name,
): Promise<Commands[Name]['result']> {
  const { dataFolder } = configOf(command).config
  becomeOwnerOf(dataFolder)
  const reply = await askServer(dataFolder, name, {})
  if (reply === undefined)
    throw new UsageFault(`no server runs on ${dataFolder}; start it: waybill serve`)
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

/** Who is connected, the longest first. */
function showSessions(cli: Cli, sessions: readonly SessionShown[]): void {
  if (sessions.length === 0) return
  const nowMs = Date.now()
  cli.out.write('\n')
  writeTable<SessionShown>(
    [
      { heading: 'Client', of: ({ remote }) => remote.address },
      { heading: 'By', of: ({ listener, isTls }) => `${listener}${isTls ? ', TLS' : ''}` },
      { heading: 'Login', of: ({ login }) => login ?? '-' },
      {
        heading: 'For',
        of: ({ sinceMs }) => durationWords(Math.max(0, nowMs - sinceMs)),
        align: 'right',
      },
      { heading: 'Doing', of: ({ words }) => words, shrinks: true },
    ],
    sessions.toSorted((a, b) => a.sinceMs - b.sinceMs),
    cli.out,
  )
}

/** Each connection to another server, and what it does at this moment. */
function showSending(cli: Cli, attempts: readonly RunnerStatus[]): void {
  cli.out.write('\n')
  if (attempts.length === 0) {
    cli.out.write('Nothing is being sent.\n')
    return
  }
  const nowMs = Date.now()
  writeTable<RunnerStatus>(
    [
      { heading: 'Sending to', of: ({ destination }) => destination },
      { heading: 'Host', of: ({ host }) => host ?? '-' },
      {
        heading: 'For',
        of: ({ sinceMs }) => durationWords(Math.max(0, nowMs - sinceMs)),
        align: 'right',
      },
      { heading: 'Sent', of: ({ messagesSent }) => String(messagesSent), align: 'right' },
      { heading: 'Doing', of: ({ doing }) => doing, shrinks: true },
    ],
    attempts,
    cli.out,
  )
}
