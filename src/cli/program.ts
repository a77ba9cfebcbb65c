/** All commands: what `waybill --help` lists, and the one file that each needs. */
import { Command, CommanderError } from 'commander'

import { nearest } from '../config/suggest.ts'
import { printable } from '../journal/exim/escape.ts'
import { VERSION } from '../version.ts'
import type { Cli } from './cli.ts'
import { isExplained, MendedFault, UsageFault } from './faults.ts'
import type { Terminal } from './table.ts'

interface Entry {
  readonly name: string
  readonly summary: string
  /** Loads the command's file. Only the command that is called is ever loaded. */
  readonly load: (cli: Cli, words?: readonly string[]) => Promise<Command>
}

const GROUPS: readonly (readonly [heading: string, entries: readonly Entry[]])[] = [
  [
    'Run',
    [
      {
        name: 'dev',
        summary: 'Try it here and now: everything on this machine, nothing leaves it',
        load: async (cli) => (await import('./dev.ts')).devCommand(cli),
      },
      {
        name: 'serve',
        summary: 'Serve mail, as configured',
        load: async (cli) => (await import('./serve.ts')).serveCommand(cli),
      },
      {
        name: 'reload',
        summary: 'Make the running server read its configuration again',
        load: async (cli) => (await import('./who.ts')).reloadCommand(cli),
      },
      {
        name: 'stop',
        summary: 'Stop the running server; work in hand is finished',
        load: async (cli) => (await import('./who.ts')).stopCommand(cli),
      },
    ],
  ],
  [
    'Set up',
    [
      {
        name: 'config',
        summary: 'Show the configuration, its defaults, its mistakes',
        load: async (cli) => (await import('./config.ts')).configCommand(cli),
      },
      {
        name: 'domain',
        summary: 'Domains that mail is kept for',
        load: async (cli) => (await import('./domain.ts')).domainCommand(cli),
      },
      {
        name: 'account',
        summary: 'Who has mail here',
        load: async (cli) => (await import('./account.ts')).accountCommand(cli),
      },
      {
        name: 'alias',
        summary: 'Addresses that lead to others',
        load: async (cli) => (await import('./alias.ts')).aliasCommand(cli),
      },
      {
        name: 'dkim',
        summary: 'Keys that sign outgoing mail',
        load: async (cli) => (await import('./dkim.ts')).dkimCommand(cli),
      },
      {
        name: 'dns',
        summary: 'What belongs in DNS',
        load: async (cli) => (await import('./dns.ts')).dnsCommand(cli),
      },
      {
        name: 'relay',
        summary: 'Smarthosts that take mail to other servers',
        load: async (cli) => (await import('./relay/relay.ts')).relayCommand(cli),
      },
    ],
  ],
  [
    'Ask',
    [
      {
        name: 'doctor',
        summary: 'Look at everything: what is wrong, why, and what to do',
        load: async (cli) => (await import('./doctor/doctor.ts')).doctorCommand(cli),
      },
      {
        name: 'alerts',
        summary: 'What the server tells of by itself: list, test, snooze',
        load: async (cli) => (await import('./alerts/alerts.ts')).alertsCommand(cli),
      },
      {
        name: 'report',
        summary: 'How the server is, what became of its mail, and what to do next',
        load: async (cli) => (await import('./report/report.ts')).reportCommand(cli),
      },
      {
        name: 'log',
        summary: 'What became of the last messages, or of one',
        load: async (cli, words) => (await import('./log/log.ts')).logCommand(cli, words),
      },
      {
        name: 'queue',
        summary: 'Mail that waits for other servers: see it, steer it',
        load: async (cli) => (await import('./queue/queue.ts')).queueCommand(cli),
      },
      {
        name: 'sendmail',
        summary: 'Send a message as programs do that know no SMTP',
        load: async (cli) => (await import('./sendmail/sendmail.ts')).sendmailCommand(cli),
      },
      {
        name: 'route',
        summary: 'Where an address goes, and by which rule',
        load: async (cli) => (await import('./route.ts')).routeCommand(cli),
      },
      {
        name: 'who',
        summary: 'What the running server is doing',
        load: async (cli) => (await import('./who.ts')).whoCommand(cli),
      },
      {
        name: 'check',
        summary: 'Prove that nothing in the store is damaged or lost',
        load: async (cli) => (await import('./check.ts')).checkCommand(cli),
      },
      {
        name: 'support-bundle',
        summary: 'What somebody who helps needs to see, with pseudonyms',
        load: async (cli) =>
          (await import('./support-bundle/support-bundle.ts')).supportBundleCommand(cli),
      },
      {
        name: 'version',
        summary: 'Print the version',
        load: async (cli) => (await import('./version.ts')).versionCommand(cli),
      },
    ],
  ],
]

const NAMES = GROUPS.flatMap(([, entries]) => entries.map(({ name }) => name))

/** Runs the command line. Never throws: whatever goes wrong is a sentence and an exit code. */
export async function runProgram(cli: Cli, args: readonly string[]): Promise<void> {
  let hasPrinted = false
  const out = noticed(cli.out, () => {
    hasPrinted = true
  })
  try {
    try {
      await runOnce({ ...cli, out }, args)
    } catch (error) {
      if (!(error instanceof MendedFault) || hasPrinted) throw error
      cli.errors.write(`waybill: ${error.message}\n`)
      await runOnce(cli, args)
    }
  } catch (error) {
    cli.exit(explain(cli, error))
  }
}

async function runOnce(cli: Cli, args: readonly string[]): Promise<void> {
  const words = helpAsOption(args)
  const program = await buildProgram(cli, words)
  await program.parseAsync(words, { from: 'user' })
}

/** The same terminal; `notice` is called before something is written. */
function noticed(terminal: Terminal, notice: () => void): Terminal {
  const write = (text: string) => {
    notice()
    terminal.write(text)
  }
  const writeOctets = (octets: Uint8Array) => {
    notice()
    terminal.writeOctets?.(octets)
  }
  return { ...terminal, write, ...(terminal.writeOctets === undefined ? {} : { writeOctets }) }
}

/** Every command with all its options, for the reference. */
export async function wholeProgram(cli: Cli): Promise<Command> {
  return await assemble(cli, () => true)
}

async function buildProgram(cli: Cli, args: readonly string[]): Promise<Command> {
  const wanted = wantedCommand(args)
  if (wanted !== undefined && !NAMES.includes(wanted)) throw new UsageFault(unknownCommand(wanted))
  return await assemble(cli, (name) => name === wanted, args)
}

async function assemble(
  cli: Cli,
  isWanted: (name: string) => boolean,
  words?: readonly string[],
): Promise<Command> {
  const program = new Command('waybill')
    .description('A complete mail server that can say where every message went, and why.')
    .option('--config <file>', 'the configuration file ($WAYBILL_CONFIG)')
    .option('--data <folder>', 'the data folder ($WAYBILL_DATA)')
    .option('--json', 'print JSON')
    .version(VERSION, '--version', 'print the version')
    .addHelpText('after', '\nMore about one: waybill COMMAND --help')
    .helpCommand(false)
  for (const [heading, entries] of GROUPS)
    for (const { name, summary, load } of entries) {
      const command = isWanted(name) ? await load(cli, words) : new Command(name)
      program.addCommand(command.summary(summary).description(summary).helpGroup(`${heading}:`))
    }
  prepare(program, cli)
  program.action(() => program.outputHelp())
  return program
}

/** Sentences instead of commander's own output, in every command. */
function prepare(command: Command, cli: Cli): void {
  // Every command takes --config, --data and --json, so its help names them.
  command.configureHelp({ showGlobalOptions: true })
  command.exitOverride().configureOutput({
    writeOut: (text) => cli.out.write(text),
    // Help that was not asked for goes there; errors are worded below.
    writeErr: (text) => cli.errors.write(text),
    outputError: () => {},
  })
  if (command.commands.length > 0 && command.parent !== null) command.helpCommand(false)
  for (const inner of command.commands) prepare(inner, cli)
}

/** `waybill help log` is `waybill log --help`. */
function helpAsOption(args: readonly string[]): readonly string[] {
  if (wantedCommand(args) !== 'help') return args
  const at = args.indexOf('help')
  return [...args.slice(0, at), ...args.slice(at + 1), '--help']
}

/** The first word that is not an option or the value of one. */
function wantedCommand(args: readonly string[]): string | undefined {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--config' || arg === '--data') at++
    else if (!arg.startsWith('-')) return arg
  }
  return undefined
}

function unknownCommand(name: string): string {
  const meant = nearest(name, NAMES)
  const hint = meant === undefined ? 'see waybill --help' : `did you mean ${meant}?`
  return `there is no command "${name}"; ${hint}`
}

function explain(cli: Cli, error: unknown): 0 | 2 {
  if (error instanceof CommanderError) {
    // Help and version end this way too.
    if (error.exitCode === 0) return 0
    if (error.code === 'commander.help') return 2
    cli.errors.write(`waybill: ${shown(commanderSentence(error))}\n`)
  } else if (error instanceof MendedFault) {
    cli.errors.write(`waybill: ${error.message}; what was printed is not all: run it again\n`)
  } else if (isExplained(error)) {
    cli.errors.write(`waybill: ${shown(sentenceOf(error))}\n`)
  } else {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    cli.errors.write(`waybill: this is a bug: ${text}\n`)
  }
  return 2
}

/** `error: unknown option '--jason'\n(Did you mean --json?)` in one line. */
function commanderSentence({ message }: CommanderError): string {
  return message
    .replace(/^error: /, '')
    .replace(/' is invalid\. /, "' is not possible here; ")
    .replace(/\s*\n\s*/g, ' ')
    .trim()
}

/** A sentence can quote what somebody else wrote: of that, only line ends reach the terminal. */
function shown(sentence: string): string {
  return sentence.split('\n').map(printable).join('\n')
}

/** A refusal of our own has a sentence besides its reason. */
function sentenceOf(error: Error): string {
  return 'detail' in error && typeof error.detail === 'string' ? error.detail : error.message
}
