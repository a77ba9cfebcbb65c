/** How the doctor looks, whatever server it looks at: which checks, for how long, and how it is said. */
import { systemClock } from '../../base/clock.ts'
import { examine } from '../../doctor/examine.ts'
import type { Check, Examination } from '../../doctor/types.ts'
import type { Cli } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { jsonText } from '../json.ts'
import { plainChecks, writeExplanations, writeList } from './list.ts'
import { progressOn } from './progress.ts'

/** @param startedMs  monotonic: when the command began, which the whole time counts from */
export async function lookAround<World>(
  cli: Pick<Cli, 'errors'>,
  checks: readonly Check<World>[],
  world: World,
  startedMs: number,
): Promise<Examination> {
  using progress = progressOn(cli.errors)
  return await examine(checks, world, {
    clock: systemClock,
    checkMs: CHECK_MS,
    wholeMs: WHOLE_MS - (systemClock.monotonicMs() - startedMs),
    atOnce: AT_ONCE,
    pauseMs: PAUSE_MS,
    onProgress: progress.show,
  })
}

/**
 * Those of some groups or names; undefined: all.
 * @throws UsageFault when no check is called so
 */
export function chosenOf<World>(
  all: readonly Check<World>[],
  only: readonly string[] | undefined,
): readonly Check<World>[] {
  if (only === undefined) return all
  const isFor = (word: string, { id, group }: Check<World>) => word === group || word === id
  const unknown = only.find((word) => !all.some((check) => isFor(word, check)))
  if (unknown !== undefined)
    throw new UsageFault(
      `there is no check ${unknown || '(none)'} here: --list names them; groups are ${groupsOf(all)}`,
    )
  return all.filter((check) => only.some((word) => isFor(word, check)))
}

function groupsOf<World>(checks: readonly Check<World>[]): string {
  return [...new Set(checks.map(({ group }) => group))].join(', ')
}

export interface NamingOptions {
  readonly list?: boolean
  readonly explain?: boolean
}

/** `--list` and `--explain`. @returns whether that is all that was wanted */
export function nameChecks(
  { out }: Pick<Cli, 'out'>,
  checks: readonly Check<never>[],
  { list, explain }: NamingOptions,
  isJson: boolean,
): boolean {
  if (list !== true && explain !== true) return false
  if (isJson) out.write(`${jsonText(plainChecks(checks), 2)}\n`)
  else if (list === true) writeList(out, checks)
  else writeExplanations(out, checks)
  return true
}

/** It finishes in 30 s whatever hangs, with what comes before and after. */
const WHOLE_MS = 26_000
const CHECK_MS = 12_000
const PAUSE_MS = 1_000
const AT_ONCE = 12
