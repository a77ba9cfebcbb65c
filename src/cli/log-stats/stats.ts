/** `waybill log stats`: what a log adds up to. */
import { availableParallelism } from 'node:os'

import { Command, InvalidArgumentError, Option } from 'commander'

import { gatherStatistics } from '../../trace/statistics/gather.ts'
import type { LogInput } from '../../trace/source/source.ts'
import { reportOf, type StatisticsReport } from '../../trace/statistics/report.ts'
import { type Cli, commonOptions, configOf } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { jsonText } from '../json.ts'
import type { Terminal } from '../table.ts'
import { inputOf, withInputOptions } from '../log/inputs.ts'
import { count } from '../log/numbers.ts'
import { SECTION_NAMES, type Section, type SectionName } from './blocks.ts'
import { htmlOf } from './html.ts'
import { refuseToReplace, replaceFile } from './output.ts'
import { errorText, type ReasonCount, reasonsOf } from './reasons.ts'
import { sectionsOf } from './sections.ts'
import { type BarStyle, writeHeadline, writeSections } from './text.ts'
import { octetsWords } from './words.ts'

interface StatsOptions {
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
    .option('-n, --top <count>', 'rows of each table (default: 10; with --json 100)', count)
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
  const top = options.top ?? (isJson ? JSON_ROWS : ROWS)
  const input = await inputOf(cli, command, files)
  const stopProgress = progressOn(cli.errors, input)
  const gathered = await gatherStatistics(input, {
    zoneName: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    threads: Math.min(MAX_THREADS, availableParallelism()),
  }).finally(stopProgress)
  const report = reportOf(gathered, { zone: input.zone, top })
  const reasons = reasonsOf(report.errors)
  const page = outputTo(cli.out, output)
  const all = sectionsOf({ report, reasons, zone: input.zone, top })
  const sections = options.only === undefined ? all : chosen(all, options.only)
  if (isJson) page.out.write(`${jsonText(jsonOf(report, reasons, top), 2)}\n`)
  else if (options.html === true) page.out.write(htmlOf(report, sections, input.zone))
  else {
    const style: BarStyle = options.ascii === true ? 'ascii' : 'blocks'
    if (options.only === undefined) writeHeadline(page.out, report, input.zone)
    writeSections(page.out, sections, style)
  }
  page.close()
}

/** Everything, with each error's reason. */
function jsonOf(report: StatisticsReport, reasons: readonly ReasonCount[], top: number): unknown {
  const errors = report.errors.slice(0, top).map(({ type, at, shape, count: times, example }) => ({
    ...{ type, at, shape, count: times },
    example: errorText(example),
  }))
  return { ...report, errors, reasons }
}

function chosen(all: readonly Section[], names: readonly SectionName[]): readonly Section[] {
  return names.flatMap((name) => all.filter((section) => section.name === name))
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

/** Standard output, or a file that is written at the end. */
function outputTo(
  out: Terminal,
  file: string | undefined,
): { readonly out: Terminal; close(): void } {
  if (file === undefined) return { out, close: () => {} }
  const texts: string[] = []
  return {
    out: { write: (text) => void texts.push(text), columns: undefined, colours: false },
    close: () => replaceFile(file, texts.join('')),
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

const ROWS = 10
const JSON_ROWS = 100
/** More have nothing to do: the disk is slower. */
const MAX_THREADS = 8
