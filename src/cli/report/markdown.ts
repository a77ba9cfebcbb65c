/** A report as Markdown (CommonMark, with tables), to be mailed, kept or put into a ticket. */
import { printable } from '../../journal/exim/escape.ts'
import type { Bars, Block, Report } from '../../report/types.ts'
import { pieces, STATUS_WORDS } from './words.ts'

export function markdownOf({ title, period, status, sections }: Report): string {
  const parts = [
    `# ${inline(title)}`,
    inline(period),
    `**${STATUS_WORDS[status]}**`,
    ...sections.flatMap(({ title: heading, blocks }) => [
      `## ${inline(heading)}`,
      ...blocks.map(blockText).filter((text) => text !== ''),
    ]),
  ]
  return `${parts.join('\n\n')}\n`
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'text':
      return inline(block.text)
    case 'table':
      return tableText(block.headings, block.rows)
    case 'steps':
      return block.steps
        .map(({ text, command }, index) => {
          const step = `${index + 1}. ${withCode(text)}`
          return command === null ? step : `${step}\n\n${indented(fenced([command]))}`
        })
        .join('\n')
    case 'lines':
      return fenced(block.lines)
    case 'bars':
      return barsText(block.bars)
    default:
      return block satisfies never
  }
}

function tableText(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(inline).join(' | ')} |`
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Only what is not nothing: most hours of a night are. */
function barsText({ title, parts, bars, isOnlyDrawn }: Bars): string {
  if (isOnlyDrawn) return ''
  const rows = bars
    .filter(({ values }) => values.some((value) => value > 0))
    .map(({ label, values }) => [label, ...values.map(String)])
  if (rows.length === 0) return ''
  return tableText([title, ...parts.map(({ name }) => name)], rows)
}

/** What stands between backticks is to be typed; it is shown as it is. */
function withCode(text: string): string {
  return pieces(text)
    .map(({ words, isCode }) => (isCode ? `\`${printable(words)}\`` : inline(words)))
    .join('')
}

/** Nothing in a text is markup: addresses and servers' words are full of it. */
function inline(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]<>#|~!&]/g, (char) => `\\${char}`)
    .replace(/^(\s*)([-+])(?=\s)/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])(?=\s)/, '$1\\$2')
}

/** A fence longer than any in the lines. */
function fenced(lines: readonly string[]): string {
  const shown = lines.map(printable)
  const longest = Math.max(2, ...shown.map((line) => /`{3,}/.exec(line)?.[0].length ?? 0))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}text`, ...shown, fence].join('\n')
}

function indented(text: string): string {
  return text.replace(/^/gm, '   ')
}
