/** The sections of a report on a terminal. */
import { printable } from '../../journal/exim/escape.ts'
import { formatTime, type Zone } from '../../journal/zone.ts'
import type { StatisticsReport } from '../../trace/statistics/report.ts'
import { cellWidth, type Column, paint, type Terminal, writeTable } from '../table.ts'
import type { Block, BlockRow } from './blocks.ts'
import type { BriefSection } from './brief.ts'
import type { BarStyle } from './strips.ts'
import { calendarDays } from './time.ts'
import { FIGURE, numberWords } from './words.ts'
import { wrap } from '../log/wrap.ts'

/** Whose log, how much of it, and of when: first. @param servers  '' when nobody knows */
export function writeHeadline(
  out: Terminal,
  report: StatisticsReport,
  zone: Zone,
  servers: string,
): void {
  const { totals, firstMs, lastMs, leftOut, days } = report
  if (firstMs === null || lastMs === null) {
    out.write('Not one line with a time in it.\n')
    return
  }
  const period = `from ${formatTime(firstMs, zone)} to ${formatTime(lastMs, zone)}`
  const dayCount = calendarDays(days)
  const length = dayCount > 1 ? ` (${numberWords(dayCount)} days)` : ''
  const whose = servers === '' ? '' : `${servers}: `
  const lines = totals.lines === 1 ? 'line' : 'lines'
  const words = `${whose}${numberWords(totals.lines)} ${lines}, ${period}${length}`
  out.write(`${paint(out, 'bold', words)}\n`)
  if (leftOut.length > 0)
    out.write(
      `not counted, since the main log has the same lines: ${printable(leftOut.join(', '))}\n`,
    )
}

export function writeSections(
  out: Terminal,
  sections: readonly BriefSection[],
  style: BarStyle,
): void {
  for (const { title, blocks } of sections) {
    out.write(title === '' ? '\n' : `\n${paint(out, 'bold', title)}\n`)
    for (const [index, block] of blocks.entries()) {
      if (index > 0) out.write('\n')
      if (block.title !== '') out.write(`${paint(out, 'dim', block.title)}\n`)
      writeBlock(out, block, style)
      if (block.note !== undefined)
        for (const line of wrap(`(${block.note})`, out.columns ?? Number.POSITIVE_INFINITY, true))
          out.write(`${paint(out, 'dim', line)}\n`)
    }
  }
}

/** A line of a row: a cell that is too long for the terminal goes on in the lines after it. */
interface ShownLine {
  readonly cells: readonly string[]
  readonly bar: string
}

function writeBlock(out: Terminal, { headings, rows }: Block, style: BarStyle): void {
  const count = Math.max(headings.length, ...rows.map(({ cells }) => cells.length))
  const indices = Array.from({ length: count }, (_, index) => index)
  const texts = rows.map(({ cells }) => indices.map((index) => printable(cells[index] ?? '')))
  const natural = indices.map((index) =>
    Math.max(
      cellWidth(headings[index] ?? ''),
      ...texts.map((cells) => cellWidth(cells[index] ?? '')),
    ),
  )
  const figures = indices.map((index) => index > 0 && texts.every((row) => isFigure(row[index])))
  const widths = fitted(natural, figures, out.columns)
  const bars = barsOf(rows, roomIn(widths, out.columns), style)
  const lines = texts.flatMap((cells, at) => linesOf(cells, widths, bars[at] ?? ''))
  const columns: Column<ShownLine>[] = indices.map((index) => ({
    heading: headings[index] ?? '',
    of: ({ cells }) => cells[index] ?? '',
    align: figures[index] === true ? 'right' : 'left',
  }))
  if (bars.some((bar) => bar !== '')) columns.push({ heading: '', of: ({ bar }) => bar })
  writeTable(columns, lines, out)
}

function linesOf(cells: readonly string[], widths: readonly number[], bar: string): ShownLine[] {
  const parts = cells.map((cell, index) => wrap(cell, widths[index] ?? cell.length, true))
  const height = Math.max(1, ...parts.map(({ length }) => length))
  return Array.from({ length: height }, (_, line) => ({
    cells: parts.map((part) => part[line] ?? ''),
    bar: line === 0 ? bar : '',
  }))
}

/**
 * The widths of columns that a terminal has room for: the longest texts give way first. Nothing is
 * cut; a terminal too narrow for the figures has lines that are too long.
 */
function fitted(
  natural: readonly number[],
  isFigures: readonly boolean[],
  available: number | undefined,
): number[] {
  const widths = [...natural]
  if (available === undefined) return widths
  for (let over = -roomIn(widths, available); over > 0; ) {
    const texts = widths.filter((width, index) => !isFigures[index] && width > NARROWEST)
    const longest = Math.max(0, ...texts)
    if (longest === 0) break
    const at = widths.findIndex((width, index) => !isFigures[index] && width === longest)
    const second = Math.max(NARROWEST, ...texts.filter((width) => width < longest))
    const less = Math.min(over, Math.max(1, longest - second))
    widths[at] = longest - less
    over -= less
  }
  return widths
}

/** Cells that are left of a line; below zero when they do not suffice. */
function roomIn(widths: readonly number[], available: number | undefined): number {
  if (available === undefined) return Number.POSITIVE_INFINITY
  return available - widths.reduce((sum, width) => sum + width + GAP, -GAP)
}

/** Nothing at all is one too. */
function isFigure(cell: string | undefined): boolean {
  return cell === undefined || cell === '' || FIGURE.test(cell)
}

function barsOf(rows: readonly BlockRow[], room: number, style: BarStyle): string[] {
  const longest = Math.max(...rows.map(({ bar = 0 }) => bar))
  const cells = Math.min(BAR_CELLS, room - GAP)
  if (longest <= 0 || cells < FEWEST_BAR_CELLS) return []
  return rows.map(({ bar = 0 }) => barOf(bar / longest, style, cells))
}

/** @param share  0 to 1 */
export function barOf(share: number, style: BarStyle, cells: number = BAR_CELLS): string {
  if (style === 'ascii') return '#'.repeat(Math.round(share * cells))
  const eighths = Math.round(share * cells * 8)
  return FULL.repeat(Math.floor(eighths / 8)) + (PARTS[eighths % 8] ?? '')
}

const BAR_CELLS = 24
/** A shorter bar tells nothing. */
const FEWEST_BAR_CELLS = 6
/** Of a column of words. */
const NARROWEST = 16
/** Between columns. */
const GAP = 2
const FULL = '█'
const PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
