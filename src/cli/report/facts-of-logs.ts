/** What a report of logs alone is made of, of whichever server. */
import type { Command } from 'commander'

import { systemClock } from '../../base/clock.ts'
import { counted } from '../../base/counted.ts'
import type { ReportFacts } from '../../report/facts.ts'
import { type LogFacts, logFacts } from '../../report/log-facts.ts'
import type { LogInput } from '../../trace/source/source.ts'
import type { Cli } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { countAll } from '../log/counting.ts'
import { inputBy, type LogFormatChoice } from '../log/inputs.ts'
import { withSpooled } from '../log/spool.ts'

export interface LogWishes {
  readonly since: string
  readonly until?: string
  /** Whose logs they are. */
  readonly fromLog: LogFormatChoice
}

export async function factsOfLogs(
  cli: Cli,
  command: Command,
  files: readonly string[],
  { since, until, fromLog }: LogWishes,
): Promise<ReportFacts> {
  // Of a log that was given, all is meant, but for what is asked for.
  const isAsked = command.getOptionValueSource('since') !== 'default'
  const input = await inputBy(cli, command, files, {
    format: fromLog,
    ...(isAsked ? { since } : {}),
    ...(until === undefined ? {} : { until }),
  })
  return await withSpooled(input, async (again) => await factsOfInput(again, fromLog))
}

/** Reads it twice: first what is counted, then its messages. */
async function factsOfInput(input: LogInput, fromLog: LogFormatChoice): Promise<ReportFacts> {
  const server = fromLog === 'auto' ? null : fromLog
  const log = await logFacts(input, await countAll(input), { zone: input.zone, server })
  requireKnownLines(input, log, fromLog)
  const { firstMs, lastMs } = log.statistics
  const nowMs = systemClock.nowMs()
  const sinceMs = input.sinceMs ?? firstMs ?? nowMs
  const untilMs = input.untilMs ?? lastMs ?? Math.max(nowMs, sinceMs)
  const [first = 'a log', ...more] = input.sources.map(({ name }) => name)
  const host = more.length === 0 ? first : `${first} and ${counted(more.length, 'other log')}`
  return { host, zone: input.zone, sinceMs, untilMs, log, own: null }
}

/** Praise of a log that nobody understood would be worse than none. @throws UsageFault */
function requireKnownLines(
  { sources }: LogInput,
  { statistics: { totals, firstMs } }: LogFacts,
  fromLog: LogFormatChoice,
): void {
  const strange = totals.unknownLines + totals.otherLines
  // What seems to go on with a line before is in every file; a time is not.
  if (totals.lines === 0 || (strange < totals.lines && firstMs !== null)) return
  const names = sources.map(({ name }) => name).join(', ')
  const [whose, hint] =
    fromLog === 'auto' ? ['a mail server', ''] : [fromLog, '; try --from-log auto']
  throw new UsageFault(`no line of ${names} is one of ${whose}’s log${hint}`)
}
