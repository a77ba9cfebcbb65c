/** A report as one page: no script, nothing loaded from anywhere, light or dark as the reader has it. */
import type { Block, Report, ReportStep, Section, Status } from '../../report/types.ts'
import { escaped } from '../log-stats/escape.ts'
import { PAGE_STYLE } from '../log-stats/page-style.ts'
import { stackPlot } from '../log-stats/plots.ts'
import { pieces, STATUS_WORDS } from './words.ts'

export function htmlOf({ title, period, status, sections }: Report): string {
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    // Whatever got into it: nothing is loaded and nothing runs.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escaped(title)}</title>`,
    `<style>${PAGE_STYLE}${STYLE}</style></head><body><main>`,
    `<header><h1>${escaped(title)}</h1><p>${escaped(period)}</p>`,
    `<p class="status ${TONES[status]}">${STATUS_WORDS[status]}</p></header>`,
    `<nav>${sections.map(({ name, title: heading }) => `<a href="#${escaped(name)}">${escaped(heading)}</a>`).join(' ')}</nav>`,
    ...sections.map(sectionHtml),
    '</main></body></html>',
    '',
  ].join('\n')
}

function sectionHtml({ name, title, blocks }: Section): string {
  const body = blocks.map(blockHtml).join('\n')
  return `<section id="${escaped(name)}"><h2>${escaped(title)}</h2>\n${body}</section>`
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${escaped(block.text)}</p>`
    case 'table':
      return tableHtml(block.headings, block.rows)
    case 'steps':
      return `<ol>${block.steps.map(stepHtml).join('\n')}</ol>`
    case 'lines':
      return `<pre>${block.lines.map(escaped).join('\n')}</pre>`
    case 'bars': {
      const { title, parts, bars } = block.bars
      const series = parts.map(({ name, tone }, index) => ({
        name,
        tone,
        of: ({ values }: (typeof bars)[number]) => values[index] ?? 0,
      }))
      return stackPlot(title, bars, series)
    }
    default:
      return block satisfies never
  }
}

function stepHtml({ text, command }: ReportStep): string {
  const words = pieces(text)
    .map((piece) => (piece.isCode ? `<code>${escaped(piece.words)}</code>` : escaped(piece.words)))
    .join('')
  return `<li>${words}${command === null ? '' : `<pre>${escaped(command)}</pre>`}</li>`
}

function tableHtml(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const kinds = headings.map((_, index) =>
    index > 0 && rows.every((cells) => /^\d*$/.test(cells[index] ?? '')) ? ' class="figure"' : '',
  )
  const cell = (tag: string) => (text: string, index: number) =>
    `<${tag}${kinds[index] ?? ''}>${escaped(text)}</${tag}>`
  const head = headings.map(cell('th')).join('')
  const body = rows.map((cells) => `<tr>${cells.map(cell('td')).join('')}</tr>`)
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`
}

const TONES: Readonly<Record<Status, string>> = { well: 'good', attention: 'warn', trouble: 'bad' }

const STYLE = `
main{max-width:60rem}
.status{display:inline-block;margin-top:.75rem;padding:.2rem .9rem;border-radius:1rem;font-weight:600;color:var(--paper)}
.status.good{background:var(--good)}.status.warn{background:var(--warn)}.status.bad{background:var(--bad)}
pre{background:var(--wash);border-radius:.4rem;padding:.6rem .8rem;font-size:.85rem;margin:.4rem 0;
white-space:pre-wrap;overflow-wrap:anywhere}
code{background:var(--wash);border-radius:.2rem;padding:.1rem .3rem;font-size:.9em}
li{margin:.5rem 0}
p,li,td{overflow-wrap:anywhere}
.scroll,figure{margin:1rem 0}
figure{max-width:44rem}
`
