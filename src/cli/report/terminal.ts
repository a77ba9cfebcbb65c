/** A report on a terminal. */
import { printable } from '../../journal/exim/escape.ts'
import type { Bars, Block, Report, Status } from '../../report/types.ts'
import { proseWidth, wrap } from '../log/wrap.ts'
import { type Colour, paint, type Terminal, writeTable } from '../table.ts'
import { STATUS_WORDS } from './words.ts'

export function writeReport(out: Terminal, { title, period, status, sections }: Report): void {
  out.write(`${paint(out, 'bold', printable(title))}\n${printable(period)}\n`)
  out.write(`${paint(out, COLOURS[status], STATUS_WORDS[status])}\n`)
  for (const { title: heading, blocks } of sections) {
    out.write(`\n${paint(out, 'bold', printable(heading))}\n`)
    const shown = blocks.filter((block) => block.kind !== 'bars' || barsOf(block.bars).length > 0)
    for (const [index, block] of shown.entries()) {
      const before = shown[index - 1]
      if (before !== undefined && before.kind !== 'text') out.write('\n')
      writeBlock(out, block)
    }
  }
}

function writeBlock(out: Terminal, block: Block): void {
  switch (block.kind) {
    case 'text':
      writeProse(out, '', block.text)
      break
    case 'table':
      writeTable(
        block.headings.map((heading, index) => ({
          heading: printable(heading),
          of: (row: readonly string[]) => row[index] ?? '',
          shrinks: index === 0,
        })),
        block.rows,
        out,
      )
      break
    case 'steps':
      for (const [index, { text, command }] of block.steps.entries()) {
        writeProse(out, `${index + 1}. `, text)
        // Never wrapped: it is to be copied.
        if (command !== null) out.write(`     ${printable(command)}\n`)
      }
      break
    case 'lines':
      for (const line of block.lines) writeProse(out, '  ', line)
      break
    case 'bars':
      writeBars(out, block.bars)
      break
    default:
      block satisfies never
  }
}

function writeProse(out: Terminal, start: string, text: string): void {
  const lines = wrap(text, proseWidth(out) - start.length, true)
  for (const [index, line] of lines.entries())
    out.write(`${index === 0 ? start : ' '.repeat(start.length)}${line}\n`)
}

function barsOf({ bars, isOnlyDrawn }: Bars): Bars['bars'] {
  return isOnlyDrawn ? [] : bars.filter(({ values }) => values.some((value) => value > 0))
}

/** A line for each bar that is not nothing. */
function writeBars(out: Terminal, all: Bars): void {
  const { title, parts } = all
  const shown = barsOf(all)
  const most = Math.max(...shown.map(({ values }) => values.reduce((sum, value) => sum + value)))
  out.write(`${printable(title)} (${parts.map(({ name }) => name).join(', ')})\n`)
  const width = Math.max(...shown.map(({ label }) => label.length))
  for (const { label, values } of shown) {
    const strips = values.map((value) => '█'.repeat(Math.round((value / most) * BAR_CELLS)))
    const painted = strips.map((strip, index) => paint(out, toneOf(parts[index]?.tone), strip))
    out.write(`  ${printable(label).padEnd(width)} ${painted.join('')} ${values.join(' ')}\n`)
  }
}

function toneOf(tone: string | undefined): Colour {
  if (tone === 'good') return 'green'
  if (tone === 'warn') return 'yellow'
  return tone === 'bad' ? 'red' : 'dim'
}

const COLOURS: Readonly<Record<Status, Colour>> = {
  well: 'green',
  attention: 'yellow',
  trouble: 'red',
}
const BAR_CELLS = 40
