/** `waybill log stats`: what a log adds up to. */
import { Command, InvalidArgumentError, Option } from 'commander'

import type { LogInput } from '../../trace/source/source.ts'
import { type Cli, commonOptions, configOf } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { countAll } from '../log/counting.ts'
import { count } from '../log/numbers.ts'
import { inputOf, withInputOptions } from '../log/inputs.ts'
import type { Terminal } from '../table.ts'
import { refuseToReplace } from './output.ts'
import { SECTION_NAMES, type SectionName } from './section-names.ts'
import { watchServers } from './servers.ts'
import { octetsWords } from './words.ts'

export interface StatsOptions {
  readonly all?: boolean
  readonly top?: number
  readonly only?: readonly SectionName[]
  readonly html?: boolean
  readonly ascii?: boolean
  readonly output?: string
}

export function statsCommand(cli: Cli): Command {
  const command = new Command('stats')
    .description('Add up a log: mail, errors by reason, logins, times, sizes, by day and hour')
    .argument('[files...]', 'logs, also packed ones; - is standard input; none: the own log')
    .option('-a, --all', 'every table, days and hours, examples, unknown lines')
    .option(
      '-n, --top <count>',
      'rows of each table (default: 3 to 5; with --all and --only 10, with --json 100)',
      count,
    )
    .addOption(
      new Option('--only <sections>', `of: ${SECTION_NAMES.join(', ')}`).argParser(sectionList),
    )
    .option('--html', 'a page with plots, to be opened by a browser')
    .option('-o, --output <file>', 'write there instead of printing')
    .option('--ascii', 'bars of letters that every terminal has')
    .action((files: string[], options: StatsOptions) => stats(cli, command, files, options))
  return withInputOptions(command)
}

async function stats(
  cli: Cli,
  command: Command,
  files: readonly string[],
  options: StatsOptions,
): Promise<void> {
  const { output } = options
  if (output !== undefined)
    refuseToReplace(output, files, files.length > 0 ? null : configOf(command).config.dataFolder)
  const isJson = commonOptions(command).json === true
  if (isJson && options.html === true) throw new UsageFault('--html and --json: give one of them')
  const { input, seen } = watchServers(await inputOf(cli, command, files))
  const stopProgress = progressOn(cli.errors, input)
  const counting = countAll(input).finally(stopProgress)
  // Reasons and tables are loaded while the threads count.
  const [gathered, { printStatistics }] = await Promise.all([counting, import('./print.ts')])
  const whose = { isOwn: files.length === 0, seen: await seen }
  printStatistics(cli.out, gathered, { ...options, ...whose, isJson, zone: input.zone })
}

/** On a terminal, how long it has been going on, every second; gives what ends it. */
export function progressOn(errors: Terminal, { sources }: Pick<LogInput, 'sources'>): () => void {
  if (errors.columns === undefined) return () => {}
  const octets = sources.reduce((sum, { sizeOctets }) => sum + (sizeOctets ?? 0), 0)
  const what = octets === 0 ? 'counting' : `counting ${octetsWords(octets)}`
  let seconds = 0
  const timer = setInterval(() => errors.write(`\r${what}: ${++seconds} s `), 1000)
  return () => {
    clearInterval(timer)
    if (seconds > 0) errors.write('\r\x1b[K')
  }
}

function sectionList(text: string): SectionName[] {
  return text.split(',').map((word) => {
    const name = SECTION_NAMES.find((one) => one === word.trim())
    if (name === undefined)
      throw new InvalidArgumentError(`sections are ${SECTION_NAMES.join(', ')}.`)
    return name
  })
}
