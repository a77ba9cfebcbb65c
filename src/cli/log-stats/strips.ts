/** Counts by hour and by day as one line each: a mark for each hour or day, as high as its count. */
import type { StatisticsReport } from '../../trace/statistics/report.ts'
import type { Slot } from '../../trace/statistics/statistics.ts'
import type { Block } from './blocks.ts'
import { calendarDays, hourWords, lastDays, TRAFFIC } from './time.ts'
import { numberWords } from './words.ts'

/** Bars of blocks, in eighths of a cell, or of the letters that every terminal has. */
export type BarStyle = 'blocks' | 'ascii'

/** One mark for each value; what is 0 is told from what is little. */
export function stripOf(values: readonly number[], style: BarStyle): string {
  const most = Math.max(0, ...values)
  const marks = MARKS[style]
  return values
    .map((value) => {
      if (value === 0) return marks[0]
      return marks[Math.max(1, Math.round((value / most) * (marks.length - 1)))]
    })
    .join('')
}

const MARKS: { readonly [S in BarStyle]: string } = {
  blocks: '·▁▂▃▄▅▆▇█',
  ascii: '.123456789',
}

/** Every count that has any; the last days when there are many. */
export function stripBlocks({ hours, days }: StatisticsReport, style: BarStyle): Block[] {
  const shown = lastDays(days, MOST_DAYS)
  const dayCount = calendarDays(days)
  const [first, last] = [shown[0], shown.at(-1)]
  const ofDays = dayCount > shown.length ? `, last ${shown.length} of ${numberWords(dayCount)}` : ''
  const byHour = strips(hours, ({ hour }) => hourWords(hour), style)
  const byDay = strips(shown, ({ day }) => day, style)
  const all: Block[] = []
  // Of one hour alone the totals say as much.
  const hoursUsed = hours.filter((hour) => TRAFFIC.some(([, of]) => of(hour) > 0))
  if (hoursUsed.length > 1)
    all.push({ title: '', headings: ['By hour of day', HOURS, 'Most'], rows: byHour })
  if (shown.length > 1 && first !== undefined && last !== undefined)
    all.push({
      title: '',
      headings: ['By day', `${first.day.slice(5)} to ${last.day.slice(5)}${ofDays}`, 'Most'],
      rows: byDay.slice(0, 1),
    })
  return all
}

function strips<Of extends Slot>(
  slots: readonly Of[],
  nameOf: (slot: Of) => string,
  style: BarStyle,
) {
  return TRAFFIC.flatMap(([name, of]) => {
    const values = slots.map(of)
    const most = Math.max(0, ...values)
    const peak = slots[values.indexOf(most)]
    if (most === 0 || peak === undefined) return []
    return [{ cells: [name, stripOf(values, style), `${numberWords(most)} at ${nameOf(peak)}`] }]
  })
}

const HOURS = '0     6     12    18    '
const MOST_DAYS = 31
