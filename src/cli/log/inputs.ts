/** What every `waybill log` command reads, and the options by which it is told. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { type Command, Option } from 'commander'

import { printable } from '../../journal/exim/escape.ts'
import type { LogFormat } from '../../journal/reader.ts'
import { localZone } from '../../local-zone.ts'
import { type LogInput, type LogSource, openSources } from '../../trace/source/source.ts'
import { TRACE_FILE } from '../../trace/index/place.ts'
import { type Cli, configOf } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { runFilter } from './filter-program.ts'
import { type MomentEnd, momentOf } from './moment.ts'
import { ownLogFolder, ownLogs, ownLogsIn } from './own-log.ts'

export type LogFormatChoice = LogFormat | 'auto'

/** `--format`. */
export function formatOption(): Option {
  return new Option('--format <server>', 'whose log it is; auto looks at each line')
    .choices(['auto', 'exim', 'postfix', 'dovecot'])
    .default('auto')
}

export interface InputOptions {
  readonly format: LogFormat | 'auto'
  readonly since?: string
  readonly until?: string
}

/** Adds `--format`, `--since` and `--until`. */
export function withInputOptions(command: Command): Command {
  return command
    .addOption(formatOption())
    .option('--since <time>', 'only lines from then on: 2h, 3d, yesterday, "2026-01-08 14:30"')
    .option('--until <time>', 'only lines before; a day counts whole')
}

/**
 * The logs that are meant: the files, else the server's own.
 * @param files  as named by the user; `-` is standard input
 * @param standardInput  all of it, when some was read before
 * @throws UsageFault or LogFault, one sentence for whatever is wrong with them
 */
export async function inputOf(
  cli: Cli,
  command: Command,
  files: readonly string[],
  standardInput: AsyncIterable<Uint8Array> = cli.input,
): Promise<LogInput> {
  return await inputBy(cli, command, files, command.opts<InputOptions>(), standardInput)
}

/** As {@link inputOf}, for a command whose options of these names mean something else. */
export async function inputBy(
  cli: Cli,
  command: Command,
  files: readonly string[],
  { format, since, until }: InputOptions,
  standardInput: AsyncIterable<Uint8Array> = cli.input,
): Promise<LogInput> {
  const zone = localZone()
  const nowMs = Date.now()
  const moment = (text: string | undefined, end: MomentEnd) => {
    if (text === undefined) return null
    const atMs = momentOf(text, nowMs, zone, end)
    if (atMs === null) throw new UsageFault(`--${end} ${JSON.stringify(text)} ${NO_TIME}`)
    return atMs
  }
  const sinceMs = moment(since, 'since')
  const untilMs = moment(until, 'until')
  if (sinceMs !== null && untilMs !== null && sinceMs >= untilMs)
    throw new UsageFault('--since is not before --until: no line can be between them')
  const world = { format, zone, nowMs, input: standardInput, run: runFilter }
  const indexed = files.length > 0 ? [] : await ownIndexed(cli, command, { sinceMs, untilMs })
  const sources = indexed.length > 0 ? indexed : await openSources(pathsOf(command, files), world)
  return { sources, format, zone, sinceMs, untilMs }
}

/** Where was looked, for a person: `this server’s log`, `mainlog and mainlog.1`, `mainlog and 30 others`. */
export function placeWords(files: readonly string[], { sources }: LogInput): string {
  if (files.length === 0) return 'this server’s log'
  const [first = 'it', second, ...more] = sources.map(({ name }) => printable(name))
  if (second === undefined) return first
  return more.length === 0 ? `${first} and ${second}` : `${first} and ${more.length + 1} others`
}

const NO_TIME = 'is no time; give 2h, 3d, today, 2026-01-08 or "2026-01-08 14:30"'

/**
 * The lines of the index: the server's own, and those of files that were taken into it. Empty when
 * it has none or cannot be used. Where nothing was ever logged or taken, none is made.
 * @throws UsageFault there
 */
async function ownIndexed(
  cli: Cli,
  command: Command,
  range: Pick<LogInput, 'sinceMs' | 'untilMs'>,
): Promise<readonly LogSource[]> {
  const { config } = configOf(command)
  if (ownLogsIn(ownLogFolder(command)).length === 0 && !hasIndex(command)) ownLogs(command)
  const { ownIndex } = await import('./own-index.ts')
  return (await ownIndex(cli, config, range)) ?? []
}

function pathsOf(command: Command, files: readonly string[]): readonly string[] {
  if (files.length > 0) return files
  // An index of other logs, of which none is of the time that is asked for.
  return hasIndex(command) ? ownLogsIn(ownLogFolder(command)) : ownLogs(command)
}

function hasIndex(command: Command): boolean {
  return existsSync(join(configOf(command).config.dataFolder, TRACE_FILE))
}
