/** Prints what `waybill log stats` counted: text, a page, or JSON. */
import type { LogFormat } from '../../journal/reader.ts'
import type { Zone } from '../../journal/zone.ts'
import type { Gathered } from '../../trace/statistics/gather.ts'
import { reportOf, type StatisticsReport } from '../../trace/statistics/report.ts'
import { jsonText } from '../json.ts'
import { wrap } from '../log/wrap.ts'
import { paint, type Terminal } from '../table.ts'
import type { Section, SectionInput } from './blocks.ts'
import { briefOf } from './brief.ts'
import { htmlOf } from './html.ts'
import { replaceFile } from './output.ts'
import { errorText, type ReasonCount, reasonsOf } from '../../diagnosis/reason-counts.ts'
import type { SectionName } from './section-names.ts'
import { sectionsOf } from './sections.ts'
import { serverWords } from './servers.ts'
import type { StatsOptions } from './stats.ts'
import type { BarStyle } from './strips.ts'
import { writeHeadline, writeSections } from './text.ts'

export interface PrintOptions extends StatsOptions {
  readonly isJson: boolean
  readonly zone: Zone
  /** The log of this server, not files that somebody named. */
  readonly isOwn: boolean
  /** Whose lines were at the start of the logs. */
  readonly seen: ReadonlySet<LogFormat>
}

/** @throws UsageFault when the file that `-o` names cannot be written */
export function printStatistics(to: Terminal, gathered: Gathered, options: PrintOptions): void {
  const { isJson, zone, isOwn, seen } = options
  const top = options.top ?? (isJson ? JSON_ROWS : ROWS)
  const report = reportOf(gathered, { zone, top })
  const reasons = reasonsOf(report.errors)
  const { out, close } = outputTo(to, options.output)
  const figures: SectionInput = { report, reasons, zone, top }
  const servers = isOwn ? 'Waybill' : serverWords(seen, report)
  if (isJson) out.write(`${jsonText(jsonOf(report, reasons, top), 2)}\n`)
  else if (options.html === true)
    out.write(htmlOf({ report, sections: sectionsFor(figures, options), zone, servers }))
  else {
    if (options.only === undefined) writeHeadline(out, report, zone, servers)
    writeText(out, figures, options)
  }
  close()
}

function sectionsFor(figures: SectionInput, { only }: StatsOptions): readonly Section[] {
  const all = sectionsOf(figures)
  return only === undefined ? all : chosen(all, only)
}

/** The sections that were asked for, all, or the brief and how to have more. */
function writeText(out: Terminal, figures: SectionInput, options: PrintOptions): void {
  const { only, all, ascii } = options
  const style: BarStyle = ascii === true ? 'ascii' : 'blocks'
  const sections = sectionsFor(figures, options)
  if (only !== undefined || all === true) {
    writeSections(out, sections, style)
    return
  }
  writeSections(out, briefOf(figures, { style, top: options.top }), style)
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

const ROWS = 10
const JSON_ROWS = 100
