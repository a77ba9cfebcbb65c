/**
 * What commands print: aligned columns, measured in terminal cells, safe to show on a terminal.
 */
import { printable } from '../journal/exim/escape.ts'

/** Where output goes, and what it may look like. */
export interface Terminal {
  write(text: string): void
  /** Octets of a log that are no UTF-8, as they are; a terminal of a test can be without. */
  writeOctets?(octets: Uint8Array): void
  /** Cells in a line; undefined when the output is not a terminal, and then nothing is cut. */
  readonly columns: number | undefined
  readonly colours: boolean
}

/** Colours only on a terminal, and never when NO_COLOR is set: Node's `hasColors` looks at it. */
export function terminalOf(stream: NodeJS.WriteStream): Terminal {
  const isTerminal = stream.isTTY === true
  return {
    write: (text) => void stream.write(text),
    writeOctets: (octets) => void stream.write(octets),
    // A terminal that was never given a size says 0, as one of `script` or a serial line.
    columns: isTerminal ? stream.columns || USUAL_COLUMNS : undefined,
    colours: isTerminal && stream.hasColors(),
  }
}

const USUAL_COLUMNS = 80

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow'

/** Text in a colour, when the terminal has colours. */
export function paint(terminal: Terminal, colour: Colour, text: string): string {
  return terminal.colours ? `\x1b[${SGR[colour]}m${text}\x1b[0m` : text
}

const SGR: { readonly [C in Colour]: number } = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 }

export interface Column<Row> {
  /** Empty for a table whose every heading is empty: then no heading is printed. */
  readonly heading: string
  readonly of: (row: Row) => string
  /** Numbers align right. */
  readonly align?: 'left' | 'right'
  /** The column that gives way when the line is too long for the terminal. */
  readonly shrinks?: boolean
  readonly colour?: (row: Row) => Colour | undefined
}

/** The lines of a table. Text from outside is made printable; nothing in it reaches the terminal raw. */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  terminal: Terminal,
): string[] {
  const cells = rows.map((row) => columns.map((column) => printable(column.of(row))))
  const widths = columns.map(({ heading }, index) => widest(heading, cells, index))
  shrink(columns, widths, terminal.columns)
  const line = (texts: readonly string[], colourOf: (index: number) => Colour | undefined) =>
    texts
      .map((text, index) => {
        const width = widths[index] ?? 0
        const fitted = fit(text, width)
        const gap = ' '.repeat(Math.max(0, width - cellWidth(fitted)))
        const colour = colourOf(index)
        const painted = colour === undefined ? fitted : paint(terminal, colour, fitted)
        if (columns[index]?.align === 'right') return gap + painted
        return index === texts.length - 1 ? painted : painted + gap
      })
      .join('  ')
      .trimEnd()
  const headings = columns.map((column) => column.heading)
  const lines = headings.every((heading) => heading === '') ? [] : [line(headings, () => 'bold')]
  for (const [at, row] of rows.entries())
    lines.push(line(cells[at] ?? [], (index) => columns[index]?.colour?.(row)))
  return lines
}

/** A loop, for a call takes only so many arguments. */
function widest(heading: string, cells: readonly (readonly string[])[], index: number): number {
  let width = cellWidth(heading)
  for (const line of cells) width = Math.max(width, cellWidth(line[index] ?? ''))
  return width
}

/** Writes {@link tableLines}. */
export function writeTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  terminal: Terminal,
): void {
  for (const line of tableLines(columns, rows, terminal)) terminal.write(`${line}\n`)
}

/** Terminal cells the text takes: 2 for East Asian wide and emoji, 0 for marks that combine. */
export function cellWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const char of text) width += charWidth(char)
  return width
}

function charWidth(char: string): number {
  if (/^[\p{Mn}\p{Me}\u200b-\u200f\u2060\ufeff]/u.test(char)) return 0
  return WIDE.test(char) ? 2 : 1
}

/** Unicode's East_Asian_Width W and F in broad strokes, and emoji. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u

/** Cuts the text to a width in cells, with an ellipsis when something is missing. */
export function fit(text: string, width: number): string {
  if (cellWidth(text) <= width) return text
  let kept = ''
  let used = 0
  for (const char of text) {
    const more = charWidth(char)
    if (used + more > width - 1) break
    kept += char
    used += more
  }
  return `${kept}…`
}

function shrink<Row>(
  columns: readonly Column<Row>[],
  widths: number[],
  available: number | undefined,
): void {
  if (available === undefined) return
  for (const [index, column] of columns.entries()) {
    if (!column.shrinks) continue
    const total = widths.reduce((sum, width) => sum + width + 2, -2)
    if (total <= available) return
    widths[index] = Math.max(MIN_SHRUNK, (widths[index] ?? 0) - (total - available))
  }
}

/** Cells that a shrinking column keeps, however narrow the terminal. */
const MIN_SHRUNK = 8
