/** `waybill doctor`: looks at everything, says what is wrong, what it means and what to do. */
import { Command, Option } from 'commander'

import { systemClock } from '../../base/clock.ts'
import { messageOf } from '../../base/faults.ts'
import type { LoadedConfig } from '../../config/load.ts'
import { type Check, type Examination, GROUPS } from '../../doctor/types.ts'
import type { TestLogin, World } from '../../doctor/world.ts'
import { type Cli, commonOptions, configOf } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { jsonText } from '../json.ts'
import { knownPassword } from '../password.ts'
import { becomeServerAfterLooking } from './as-root.ts'
import { type Fixed, type FixOptions, mend } from './fix.ts'
import { chosenOf, lookAround, nameChecks, type NamingOptions } from './looking.ts'
import { type NagiosLine, nagiosOf, nagiosUnknown } from './nagios.ts'
import { exitCodeOf, plainOf, writeExamination } from './output.ts'
import { changeSince, keepResult } from './results.ts'

interface DoctorOptions extends FixOptions, NamingOptions {
  readonly only?: readonly string[]
  readonly all?: boolean
  readonly domain?: string
  readonly account?: string
  readonly passwordStdin?: boolean
  readonly fix?: boolean
  readonly nagios?: boolean
  readonly server?: string
  readonly root?: string
}

export function doctorCommand(cli: Cli): Command {
  const command = new Command('doctor')
    .addOption(
      new Option('--only <what…>', `groups or checks: ${GROUPS.join(', ')}`).argParser(selection),
    )
    .option('-a, --all', 'also what is well, with its evidence')
    .option('--domain <domain>', 'of the domains here, look at this one only')
    .option('--account <address>', 'log in to this account as a test; asks for its password')
    .option('--password-stdin', 'read that password from standard input')
    .option('--fix', 'do what is safe, after showing it and asking')
    .addOption(new Option('--dry-run', 'show what --fix would do, and stop there').implies(FIX))
    .addOption(new Option('--yes', 'do what --fix would do without asking').implies(FIX))
    .addOption(new Option('--list', 'name all checks; nothing is looked at').conflicts('fix'))
    .addOption(
      new Option('--explain', 'say what each check runs and asks; nothing is looked at').conflicts([
        'fix',
        'list',
      ]),
    )
    .addOption(
      new Option('--nagios', 'one line with figures, and exit codes of Nagios').conflicts([
        ...['fix', 'list', 'explain'],
      ]),
    )
    .addOption(
      new Option(
        '--server <server…>',
        'look at another mail server: exim, postfix, dovecot, or several with commas; nothing is changed',
      ).conflicts(['fix', 'domain', 'account']),
    )
    .option('--root <folder>', 'with --server: the root in which it is installed (default: /)')
    .addHelpText(
      'after',
      '\nExits with 0 when all is well, 1 with warnings, 2 when something fails; --nagios with 3 when nothing is known.',
    )
    .action((options: DoctorOptions) => doctor(cli, command, options))
  return command
}

async function doctor(cli: Cli, command: Command, options: DoctorOptions): Promise<void> {
  const isJson = commonOptions(command).json === true
  if (isJson && options.nagios === true)
    throw new UsageFault(
      '--nagios prints one line for Nagios, --json all for programs: give one of them',
    )
  if (options.server !== undefined) {
    const { foreignDoctor } = await import('./foreign.ts')
    return await foreignDoctor(cli, options, isJson)
  }
  if (options.root !== undefined) throw new UsageFault('--root says where; --server says what')
  if (options.nagios === true) return await sayLine(cli, command, options)
  const checks = await chosen(options.only)
  if (nameChecks(cli, checks, options, isJson)) return
  const loaded = configOf(command)
  const login = await loginOf(cli, options)
  const startedMs = systemClock.monotonicMs()
  await using world = await open(loaded, options, login)
  const first = await lookAround(cli, checks, world, startedMs)
  const say = (examination: Examination, fixed: readonly Fixed[] | null) => {
    const change = isWhole(options) ? changeSince(world, examination) : null
    if (isJson) cli.out.write(`${jsonText(plainOf(examination, { fixed, change }), 2)}\n`)
    else writeExamination(cli.out, examination, { isAll: options.all === true, change })
  }
  if (options.fix !== true) return await end(cli, world, options, first, () => say(first, null))
  if (!isJson) say(first, null)
  const fixed = await mend(cli, first.findings, options)
  // What was mended is looked at again: it is not believed.
  const second =
    fixed === null || fixed.length === 0
      ? first
      : await lookAround(cli, checks, world, systemClock.monotonicMs())
  await end(cli, world, options, second, () => {
    if (isJson || second !== first) say(second, fixed)
  })
}

/** As {@link doctor}, for a program that reads one line. */
async function sayLine(cli: Cli, command: Command, options: DoctorOptions): Promise<void> {
  let said: NagiosLine
  try {
    const login = await loginOf(cli, options)
    const startedMs = systemClock.monotonicMs()
    await using world = await open(configOf(command), options, login)
    const silent = { ...cli, errors: { ...cli.errors, columns: undefined } }
    said = nagiosOf(await lookAround(silent, await chosen(options.only), world, startedMs))
  } catch (error) {
    said = nagiosUnknown(messageOf(error))
  }
  cli.out.write(`${said.line}\n`)
  if (said.code !== 0) cli.exit(said.code)
  cli.leave?.()
}

async function end(
  cli: Cli,
  world: World,
  options: DoctorOptions,
  examination: Examination,
  say: () => void,
): Promise<void> {
  say()
  if (isWhole(options)) await keepResult(world, examination)
  const code = exitCodeOf(examination)
  if (code !== 0) cli.exit(code)
  // What hung may hang on.
  cli.leave?.()
}

/** What all of it found is compared with the last time. */
function isWhole({ only, domain }: DoctorOptions): boolean {
  return only === undefined && domain === undefined
}

async function open(
  loaded: LoadedConfig,
  { domain }: DoctorOptions,
  login: TestLogin | null,
): Promise<World & AsyncDisposable> {
  const { openWorld } = await import('../../doctor-world.ts')
  const asRoot = await becomeServerAfterLooking(loaded)
  const world = await openWorld(loaded, { asRoot, domain: domain?.toLowerCase() ?? null, login })
  if (domain === undefined) return world
  const domains = await world.ask('domain.list', {})
  if (domains.some(({ name }) => name === world.domain)) return world
  await world[Symbol.asyncDispose]()
  const known = domains.map(({ name }) => name).join(', ')
  throw new UsageFault(`${domain} is no domain of this server; it has ${known || 'none'}`)
}

async function loginOf(
  cli: Cli,
  { account, ...options }: DoctorOptions,
): Promise<TestLogin | null> {
  if (account === undefined) return null
  return { address: account, password: await knownPassword(cli, options, 'Its password: ') }
}

async function chosen(only: readonly string[] | undefined): Promise<readonly Check<World>[]> {
  const { OWN_CHECKS } = await import('../../doctor/own-checks.ts')
  return chosenOf(OWN_CHECKS, only)
}

/** Groups, or checks as a finding names them. */
function selection(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').map((word) => word.trim())]
}

const FIX = { fix: true }
