/** Text and tables that keep to the width of the terminal. */
import { printable } from '../../journal/exim/escape.ts'
import { type Colour, cellWidth, paint, type Terminal } from '../table.ts'

/** Cells of a line of prose: those of the terminal, and no more than are good to read. */
export function proseWidth({ columns }: Terminal): number {
  return Math.max(LEAST_CELLS, Math.min(columns ?? DEFAULT_CELLS, MOST_CELLS))
}

/**
 * A text in lines of at most so many cells, made printable.
 * @param breaks  whether a word that is longer is cut; else it has a line of its own
 */
export function wrap(text: string, cells: number, breaks = false): string[] {
  const lines: string[] = []
  let line = ''
  let width = 0
  for (const whole of printable(text).split(' '))
    for (const [index, word] of (breaks ? pieces(whole, cells) : [whole]).entries()) {
      const wordWidth = cellWidth(word)
      const isFirst = lines.length === 0 && line === ''
      if (index === 0 && !isFirst && width + 1 + wordWidth <= cells) {
        line += ` ${word}`
        width += 1 + wordWidth
        continue
      }
      if (!isFirst) lines.push(line)
      line = word
      width = wordWidth
    }
  return [...lines, line]
}

/** What may be coloured in {@link writeHanging}. */
export interface HangingColours {
  readonly start?: Colour | undefined
  readonly text?: Colour | undefined
}

/**
 * A text after a start such as a time or a label; on a terminal, what does not fit goes on below the
 * text. Both are made printable.
 */
export function writeHanging(
  out: Terminal,
  start: string,
  text: string,
  colours: HangingColours = {},
): void {
  const { columns } = out
  const before = printable(start)
  const cells = cellWidth(before)
  const lines =
    columns === undefined
      ? [printable(text)]
      : wrap(text, Math.max(LEAST_TEXT, columns - cells), true)
  const coloured = (colour: Colour | undefined, part: string) =>
    colour === undefined ? part : paint(out, colour, part)
  for (const [index, line] of lines.entries()) {
    const first = index === 0 ? coloured(colours.start, before) : ' '.repeat(cells)
    out.write(`${first}${coloured(colours.text, line)}\n`)
  }
}

/** A word in pieces that fit. */
function pieces(word: string, cells: number): readonly string[] {
  if (cellWidth(word) <= cells) return [word]
  const parts: string[] = []
  let part = ''
  let width = 0
  for (const char of word) {
    const more = cellWidth(char)
    if (width + more > cells && part !== '') {
      parts.push(part)
      part = ''
      width = 0
    }
    part += char
    width += more
  }
  return [...parts, part]
}

/** A column whose texts go on in the lines below. */
export interface WrappedColumn<Row> {
  readonly heading: string
  readonly of: (row: Row) => string
  readonly colour?: (row: Row) => Colour | undefined
}

/** A table as wide as prose; the columns after the first share what the first leaves. */
export function writeWrapped<Row>(
  columns: readonly WrappedColumn<Row>[],
  rows: readonly Row[],
  out: Terminal,
): void {
  const natural = columns.map(({ heading, of }) =>
    Math.max(cellWidth(heading), ...rows.map((row) => cellWidth(printable(of(row))))),
  )
  const widths = shared(natural, proseWidth(out))
  const write = (texts: readonly string[], colourOf: (at: number) => Colour | undefined) => {
    const cells = texts.map((text, at) => wrap(text, widths[at] ?? 1, true))
    const height = Math.max(...cells.map(({ length }) => length))
    for (let line = 0; line < height; line++)
      out.write(
        `${cells
          .map((lines, at) => cell(lines[line] ?? '', at))
          .join('  ')
          .trimEnd()}\n`,
      )

    function cell(text: string, at: number): string {
      const gap = at === texts.length - 1 ? 0 : (widths[at] ?? 0) - cellWidth(text)
      const colour = text === '' ? undefined : colourOf(at)
      return (colour === undefined ? text : paint(out, colour, text)) + ' '.repeat(Math.max(0, gap))
    }
  }
  write(
    columns.map(({ heading }) => heading),
    () => 'bold',
  )
  for (const row of rows)
    write(
      columns.map(({ of }) => of(row)),
      (at) => columns[at]?.colour?.(row),
    )
}

/** The first column has what it needs, the narrow ones too; the wide ones share the rest. */
function shared(natural: readonly number[], available: number): number[] {
  const widths = [...natural]
  const [first = 0] = natural
  let rest = available - first - GAP * (natural.length - 1)
  const wide = natural.map((_, at) => at).slice(1)
  wide.sort((one, other) => (natural[one] ?? 0) - (natural[other] ?? 0))
  for (const [index, at] of wide.entries()) {
    const part = Math.max(LEAST_COLUMN, Math.floor(rest / (wide.length - index)))
    widths[at] = Math.min(natural[at] ?? 0, part)
    rest -= widths[at] ?? 0
  }
  return widths
}

const GAP = 2
/** Narrower, a column has a syllable a line. */
const LEAST_COLUMN = 10
const LEAST_CELLS = 40
/** Cells of a text after its start, however narrow the terminal. */
const LEAST_TEXT = 20
const DEFAULT_CELLS = 100
/** Longer lines are hard to read. */
const MOST_CELLS = 120
