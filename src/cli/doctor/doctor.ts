/** `waybill doctor`: looks at everything, says what is wrong, what it means and what to do. */
import { Command, InvalidArgumentError, Option } from 'commander'

import { examine } from '../../doctor/examine.ts'
import type { Check, Examination } from '../../doctor/types.ts'
import { GROUPS } from '../../doctor/types.ts'
import type { World } from '../../doctor/world.ts'
import { systemClock } from '../../base/clock.ts'
import { type Cli, commonOptions, configOf } from '../cli.ts'
import { jsonText } from '../json.ts'
import { exitCodeOf, plainOf, writeExamination } from './output.ts'
import { progressOn } from './progress.ts'

interface DoctorOptions {
  readonly only?: readonly string[]
  readonly all?: boolean
}

export function doctorCommand(cli: Cli): Command {
  const command = new Command('doctor')
    .addOption(
      new Option('--only <what…>', `groups or checks: ${GROUPS.join(', ')}`).argParser(selection),
    )
    .option('-a, --all', 'also what is well, with its evidence')
    .addHelpText(
      'after',
      '\nExits with 0 when all is well, 1 with warnings, 2 when something fails.',
    )
    .action((options: DoctorOptions) => doctor(cli, command, options))
  return command
}

async function doctor(cli: Cli, command: Command, options: DoctorOptions): Promise<void> {
  const loaded = configOf(command)
  const { OWN_CHECKS } = await import('../../doctor/own-checks.ts')
  const { openWorld } = await import('../../doctor-world.ts')
  await using world = await openWorld(loaded)
  const examination = await examineHere(cli, chosen(OWN_CHECKS, options.only), world)
  if (commonOptions(command).json === true) cli.out.write(`${jsonText(plainOf(examination), 2)}\n`)
  else writeExamination(cli.out, examination, { isAll: options.all === true })
  const code = exitCodeOf(examination)
  if (code !== 0) cli.exit(code)
}

async function examineHere(
  cli: Cli,
  checks: readonly Check<World>[],
  world: World,
): Promise<Examination> {
  using progress = progressOn(cli.errors)
  return await examine(checks, world, {
    clock: systemClock,
    checkMs: CHECK_MS,
    wholeMs: WHOLE_MS,
    atOnce: AT_ONCE,
    pauseMs: PAUSE_MS,
    onProgress: progress.show,
  })
}

function chosen(
  checks: readonly Check<World>[],
  only: readonly string[] | undefined,
): readonly Check<World>[] {
  if (only === undefined) return checks
  return checks.filter(({ id, group }) => only.includes(group) || only.includes(id))
}

/** Groups, or checks as a finding names them. */
function selection(text: string, before: readonly string[] = []): readonly string[] {
  const words = text.split(',').map((word) => word.trim())
  for (const word of words)
    if (!GROUPS.some((group) => word === group || word.startsWith(`${group}.`)))
      throw new InvalidArgumentError(`groups are ${GROUPS.join(', ')}.`)
  return [...before, ...words]
}

/** It finishes in 30 s whatever hangs. */
const WHOLE_MS = 28_000
const CHECK_MS = 12_000
const PAUSE_MS = 1_000
const AT_ONCE = 12
