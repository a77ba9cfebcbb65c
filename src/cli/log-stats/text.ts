/** The sections of a report on a terminal. */
import { printable } from '../../journal/exim/escape.ts'
import { formatTime, type Zone } from '../../journal/zone.ts'
import type { StatisticsReport } from '../../trace/statistics/report.ts'
import { type Column, paint, type Terminal, writeTable } from '../table.ts'
import type { Block, BlockRow, Section } from './blocks.ts'
import { boundedWords, FIGURE, numberWords, octetsWords } from './words.ts'

/** Bars of blocks, in eighths of a cell, or of the letters that every terminal has. */
export type BarStyle = 'blocks' | 'ascii'

/** The line that says it all, first. */
export function writeHeadline(out: Terminal, report: StatisticsReport, zone: Zone): void {
  const { totals: t, bounds, firstMs, lastMs, leftOut } = report
  if (firstMs === null || lastMs === null) {
    out.write('Not one line with a time in it.\n')
    return
  }
  const parts = [
    `${numberWords(t.received)} received (${octetsWords(t.receivedOctets)})`,
    `${numberWords(t.delivered)} delivered`,
    `${boundedWords(t.deferredMessages, bounds.deferredMessages)} put off`,
    `${boundedWords(t.failedMessages, bounds.failedMessages)} failed`,
    `${numberWords(t.rejected + t.temporarilyRejected)} rejected`,
  ]
  const logins = `${numberWords(t.logins)} logins, ${numberWords(t.authenticationFailures)} failed`
  const isMail = t.received + t.delivered + t.rejected > 0
  const words = isMail ? parts.join(', ') : logins
  out.write(`${paint(out, 'bold', words)}\n`)
  out.write(`from ${formatTime(firstMs, zone)} to ${formatTime(lastMs, zone)}\n`)
  if (leftOut.length > 0)
    out.write(
      `not counted, since the main log has the same lines: ${printable(leftOut.join(', '))}\n`,
    )
}

export function writeSections(out: Terminal, sections: readonly Section[], style: BarStyle): void {
  for (const { title, blocks } of sections) {
    out.write(`\n${paint(out, 'bold', title)}\n`)
    for (const [index, block] of blocks.entries()) {
      if (index > 0) out.write('\n')
      if (block.title !== '') out.write(`${paint(out, 'dim', block.title)}\n`)
      writeBlock(out, block, style)
      if (block.note !== undefined) out.write(`${paint(out, 'dim', `(${block.note})`)}\n`)
    }
  }
}

function writeBlock(out: Terminal, { headings, rows }: Block, style: BarStyle): void {
  const width = Math.max(...rows.map(({ cells }) => cells.length))
  const longest = Math.max(...rows.map(({ bar = 0 }) => bar))
  const columns: Column<BlockRow>[] = Array.from({ length: width }, (_, index) => ({
    heading: headings[index] ?? '',
    of: ({ cells }) => cells[index] ?? '',
    align: index > 0 && rows.every(({ cells }) => isFigure(cells[index] ?? '')) ? 'right' : 'left',
    shrinks: rows.some(({ cells }) => (cells[index] ?? '').length > LONG_CHARS),
  }))
  if (longest > 0) columns.push({ heading: '', of: ({ bar = 0 }) => barOf(bar / longest, style) })
  writeTable(columns, rows, out)
}

/** Nothing at all is one too. */
function isFigure(cell: string): boolean {
  return cell === '' || FIGURE.test(cell)
}

const LONG_CHARS = 30

/** @param share  0 to 1 */
export function barOf(share: number, style: BarStyle): string {
  if (style === 'ascii') return '#'.repeat(Math.round(share * BAR_CELLS))
  const eighths = Math.round(share * BAR_CELLS * 8)
  return FULL.repeat(Math.floor(eighths / 8)) + (PARTS[eighths % 8] ?? '')
}

const BAR_CELLS = 24
const FULL = '█'
const PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
