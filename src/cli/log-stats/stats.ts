/** `waybill log stats`: what a log adds up to. */
import { availableParallelism } from 'node:os'

import { Command, InvalidArgumentError, Option } from 'commander'

import { gatherStatistics } from '../../trace/statistics/gather.ts'
import type { LogInput } from '../../trace/source/source.ts'
import { reportOf, type StatisticsReport } from '../../trace/statistics/report.ts'
import { type Cli, commonOptions, configOf } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { jsonText } from '../json.ts'
import { paint, type Terminal } from '../table.ts'
import { inputOf, withInputOptions } from '../log/inputs.ts'
import { count } from '../log/numbers.ts'
import { SECTION_NAMES, type Section, type SectionInput, type SectionName } from './blocks.ts'
import { briefOf } from './brief.ts'
import { htmlOf } from './html.ts'
import { refuseToReplace, replaceFile } from './output.ts'
import { errorText, type ReasonCount, reasonsOf } from './reasons.ts'
import { sectionsOf } from './sections.ts'
import { serverWords, watchServers } from './servers.ts'
import type { BarStyle } from './strips.ts'
import { writeHeadline, writeSections } from './text.ts'
import { octetsWords } from './words.ts'
import { wrap } from '../log/wrap.ts'

interface StatsOptions {
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
  const top = options.top ?? (isJson ? JSON_ROWS : ROWS)
  const { input, seen } = await watchServers(await inputOf(cli, command, files))
  const { zone } = input
  const stopProgress = progressOn(cli.errors, input)
  const gathered = await gatherStatistics(input, {
    zoneName: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    threads: Math.min(MAX_THREADS, availableParallelism()),
  }).finally(stopProgress)
  const report = reportOf(gathered, { zone, top })
  const reasons = reasonsOf(report.errors)
  const page = outputTo(cli.out, output)
  const figures: SectionInput = { report, reasons, zone, top }
  const servers = serverWords(seen, report)
  if (isJson) page.out.write(`${jsonText(jsonOf(report, reasons, top), 2)}\n`)
  else if (options.html === true)
    page.out.write(htmlOf({ report, sections: sectionsFor(figures, options), zone, servers }))
  else {
    if (options.only === undefined) writeHeadline(page.out, report, zone, servers)
    writeText(page.out, figures, options)
  }
  page.close()
}

function sectionsFor(figures: SectionInput, { only }: StatsOptions): readonly Section[] {
  const all = sectionsOf(figures)
  return only === undefined ? all : chosen(all, only)
}

/** The sections that were asked for, all, or the brief and how to have more. */
function writeText(out: Terminal, figures: SectionInput, options: StatsOptions): void {
  const { only, all, top, ascii } = options
  const style: BarStyle = ascii === true ? 'ascii' : 'blocks'
  const sections = sectionsFor(figures, options)
  if (only !== undefined || all === true) {
    writeSections(out, sections, style)
    return
  }
  writeSections(out, briefOf(figures, { style, top }), style)
  const names = sections.map(({ name }) => name).join(', ')
  if (names === '') return
  const more = `--all adds more tables, examples and rows, --only the parts by name: ${names}`
  out.write('\n')
  for (const line of wrap(more, out.columns ?? Number.POSITIVE_INFINITY, true))
    out.write(`${paint(out, 'dim', line)}\n`)
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
