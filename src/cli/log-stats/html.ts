/** The report as one page: no script, nothing loaded from anywhere, light or dark as the reader has it. */
import { DAY_MS } from '../../base/durations.ts'
import { formatTime, type Zone } from '../../journal/zone.ts'
import type { Exactness, StatisticsReport } from '../../trace/statistics/report.ts'
import { escaped } from './escape.ts'
import { bucketBars, timeBars } from './bucket-bars.ts'
import { PAGE_STYLE } from './page-style.ts'
import { barPlot, stackPlot } from './plots.ts'
import type { Block, BlockRow, Section } from './blocks.ts'
import { filedBy } from './totals.ts'
import { boundedWords, countWords, FIGURE, numberWords, octetsWords } from './words.ts'

/** What a page is made of. */
export interface PageInput {
  readonly report: StatisticsReport
  readonly sections: readonly Section[]
  readonly zone: Zone
  /** Whose logs; '' when nobody knows. */
  readonly servers: string
}

export function htmlOf({ report, sections, zone, servers }: PageInput): string {
  const { firstMs, lastMs, leftOut, totals } = report
  const whose = servers === '' ? '' : `${servers}: `
  const lines = `${whose}${countWords(numberWords(totals.lines), 'line')}, `
  const period =
    firstMs === null || lastMs === null
      ? 'not one line with a time in it'
      : `${formatTime(firstMs, zone)} to ${formatTime(lastMs, zone)}`
  const left = leftOut.length === 0 ? '' : `; not counted: ${leftOut.join(', ')}`
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>Mail statistics, ${escaped(period)}</title>`,
    `<style>${PAGE_STYLE}</style></head><body><main>`,
    `<header><h1>Mail statistics</h1><p>${escaped(lines + period + left)}</p></header>`,
    tiles(report),
    plots(report, zone),
    `<nav>${sections.map(({ name, title }) => `<a href="#${name}">${escaped(title)}</a>`).join(' ')}</nav>`,
    ...sections.map(sectionHtml),
    '</main></body></html>',
    '',
  ].join('\n')
}

function tiles(report: StatisticsReport): string {
  const { totals: t, waiting, bounds } = report
  const isMail = t.received + t.delivered + t.rejected > 0
  const all: readonly (readonly [string, number, string, string, Exactness?])[] = [
    ['received', t.received, octetsWords(t.receivedOctets), ''],
    ['delivered', t.delivered, octetsWords(t.deliveredOctets), ''],
    [
      'deferred',
      t.deferredMessages,
      `${numberWords(t.deferrals)} attempts`,
      'warn',
      bounds.deferredMessages,
    ],
    [
      'failed',
      t.failedMessages,
      `${numberWords(t.failures)} addresses`,
      'bad',
      bounds.failedMessages,
    ],
    [
      'rejected',
      t.rejected + t.temporarilyRejected,
      `${numberWords(t.temporarilyRejected)} temporarily`,
      'warn',
    ],
    [
      'saved by Dovecot',
      filedBy(report, 'saved'),
      `${numberWords(filedBy(report, 'failed'))} not saved`,
      '',
    ],
    ['failed logins', t.authenticationFailures, `${numberWords(t.logins)} logins`, 'bad'],
    ['in the queue', waiting, 'where the log ends', '', bounds.waiting],
  ]
  const shown = all.filter(
    ([label, value]) => value > 0 || (isMail && label !== 'saved by Dovecot'),
  )
  const tile = ([label, value, more, tone, exactness = 'exact']: (typeof all)[number]) =>
    `<div class="tile ${value > 0 ? tone : ''}"><b>${boundedWords(value, exactness)}</b><span>${label}</span><small>${more}</small></div>`
  return `<section class="tiles">${shown.map(tile).join('')}</section>`
}

function plots(report: StatisticsReport, zone: Zone): string {
  const { timeline, hours, localDelays, remoteDelays, sizes } = report
  const points = timeline.points.map((point) => ({
    ...point,
    label: formatTime(point.atMs, zone).slice(0, timeline.stepMs >= DAY_MS ? 10 : 16),
  }))
  const rejected = (slot: (typeof points)[number]) => slot.rejected + slot.temporarilyRejected
  const all = [
    stackPlot('Mail', points, [
      { name: 'delivered', tone: 'good', of: ({ delivered }) => delivered },
      { name: 'received', tone: 'plain', of: ({ received }) => received },
    ]),
    stackPlot('Trouble', points, [
      { name: 'deferred', tone: 'warn', of: ({ deferred }) => deferred },
      { name: 'failed', tone: 'bad', of: ({ failed }) => failed },
      { name: 'rejected', tone: 'plain', of: rejected },
      {
        name: 'failed logins',
        tone: 'other',
        of: ({ authenticationFailures }) => authenticationFailures,
      },
    ]),
    barPlot(
      'Received by hour of the day',
      hours.map(({ hour, received }) => ({ label: String(hour), value: received })),
    ),
    barPlot('Until delivered here', timeBars(localDelays)),
    barPlot('Until delivered to another host', timeBars(remoteDelays)),
    barPlot('Size of messages', bucketBars(sizes.buckets, 1, octetsWords)),
  ]
  return `<section class="plots">${all.join('\n')}</section>`
}

function sectionHtml({ name, title, blocks }: Section): string {
  return `<section id="${name}"><h2>${escaped(title)}</h2>${blocks.map(blockHtml).join('\n')}</section>`
}

function blockHtml({ title, headings, rows, note }: Block): string {
  const longest = Math.max(...rows.map(({ bar = 0 }) => bar))
  const head = headings.some((heading) => heading !== '')
    ? `<thead><tr>${headings.map((heading) => `<th>${escaped(heading)}</th>`).join('')}${longest > 0 ? '<th></th>' : ''}</tr></thead>`
    : ''
  const heading = title === '' ? '' : `<h3>${escaped(title)}</h3>`
  const foot = note === undefined ? '' : `<p class="note">${escaped(note)}</p>`
  const body = rows.map((row) => rowHtml(row, longest)).join('\n')
  return `<div class="block">${heading}<div class="scroll"><table>${head}<tbody>${body}</tbody></table></div>${foot}</div>`
}

function rowHtml({ cells, bar }: BlockRow, longest: number): string {
  const all = cells.map((cell) => {
    const isFigure = FIGURE.test(cell)
    return `<td${isFigure ? ' class="figure"' : ''}>${escaped(cell)}</td>`
  })
  if (longest > 0 && bar !== undefined)
    all.push(`<td class="bar"><i style="width:${((bar / longest) * 100).toFixed(1)}%"></i></td>`)
  return `<tr>${all.join('')}</tr>`
}
