/** `waybill log`: what happened to mail, from the log of this server or of any other. */
import { Command } from 'commander'

import type { Cli } from '../cli.ts'

/** What loads one command's file: the tables of reasons and rules are only loaded where they are used. */
const COMMANDS: Readonly<Record<string, (cli: Cli) => Promise<Command>>> = {
  search: async (cli) => (await import('./search.ts')).searchCommand(cli),
  trace: async (cli) => (await import('./trace.ts')).traceCommand(cli),
  explain: async (cli) => (await import('./explain.ts')).explainCommand(cli),
  stats: async (cli) => (await import('../log-stats/stats.ts')).statsCommand(cli),
  tail: async (cli) => (await import('./tail.ts')).tailCommand(cli),
  index: async (cli) => (await import('./index.ts')).indexCommand(cli),
}

/**
 * @param words  what stands on the command line: only a command that is named there is loaded;
 *   undefined for all of them
 */
export async function logCommand(cli: Cli, words?: readonly string[]): Promise<Command> {
  const log = new Command('log')
  const isHelp = words?.some((word) => word === '--help' || word === '-h') ?? true
  const isMeant = (name: string) => isHelp || words?.includes(name) === true
  const meant = Object.entries(COMMANDS).filter(([name]) => isMeant(name))
  // Without any, or with a word that is none, it is `list`.
  if (isHelp || meant.length === 0 || isMeant('list'))
    log.addCommand((await import('./list.ts')).listCommand(cli), { isDefault: true })
  for (const [, load] of meant) log.addCommand(await load(cli))
  return log
}
