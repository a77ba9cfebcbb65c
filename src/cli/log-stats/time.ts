/** Days, hours of the day, and how long things took. */
import { DAY_MS } from '../../base/durations.ts'
import type { Distribution, StatisticsReport } from '../../trace/statistics/report.ts'
import { NO_SLOT, type Slot } from '../../trace/statistics/statistics.ts'
import type { DayCounts } from '../../trace/statistics/time.ts'
import { formatTime, UTC } from '../../journal/zone.ts'
import { type Block, blankZero, type Section, type SectionInput } from './blocks.ts'
import {
  type DistributionWords,
  durationWords,
  numberWords,
  shareWords,
  sizesIn,
  timesIn,
} from './words.ts'

export function timeSections({ report }: SectionInput): Section[] {
  const { days, hours, bounds } = report
  const isCut = bounds.times !== 'exact'
  const columns = TRAFFIC.filter(([, of]) => days.some((day) => of(day) > 0))
  const headings = ['', ...columns.map(([heading]) => heading)]
  const row = (label: string, slot: Slot) => trafficRow(label, slot, columns)
  const dayRows = days.map((day) => row(day.day, day))
  const hourRows = hours.map((hour) => row(hourWords(hour.hour), hour))
  const notes = isCut ? [CUT] : []
  if (days.length > MAX_DAYS)
    notes.push(`the last ${MAX_DAYS} of ${days.length} days; --json has all`)
  const hasAny = columns.length > 0
  return [
    {
      name: 'days',
      title: 'By day',
      blocks: [
        {
          title: '',
          headings,
          rows: hasAny ? dayRows.slice(-MAX_DAYS) : [],
          ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
        },
      ],
    },
    {
      name: 'hours',
      title: days.length > 1 ? `By hour of the day, sum of ${days.length} days` : 'By hour',
      blocks: [
        {
          ...{ title: '', headings, rows: hasAny ? hourRows : [] },
          ...(isCut ? { note: CUT } : {}),
        },
      ],
    },
    { name: 'times', title: 'How long it took', blocks: times(report) },
    {
      name: 'sizes',
      title: 'Size of messages received',
      blocks: [distributionBlock([['size', report.sizes, sizesIn]])],
    },
  ]
}

/** What is counted by day and by hour. */
export const TRAFFIC: readonly (readonly [name: string, of: (slot: Slot) => number])[] = [
  ['Received', ({ received }) => received],
  ['Delivered', ({ delivered }) => delivered],
  ['Saved', ({ saved }) => saved],
  ['Deferred', ({ deferred }) => deferred],
  ['Failed', ({ failed }) => failed],
  ['Rejected', ({ rejected, temporarilyRejected }) => rejected + temporarilyRejected],
  ['Failed logins', ({ authenticationFailures }) => authenticationFailures],
]
const CUT = 'too many days for all: a number means at least so many'

function trafficRow(label: string, slot: Slot, columns: typeof TRAFFIC) {
  const bar = Math.max(slot.received, slot.delivered) || slot.authenticationFailures
  return { cells: [label, ...columns.map(([, of]) => blankZero(of(slot)))], bar }
}

/** From the first day to the last, with those between of which the log has nothing. */
export function calendarDays(days: readonly DayCounts[]): number {
  const [first, last] = [days[0], days.at(-1)]
  if (first === undefined || last === undefined) return 0
  return (Date.parse(last.day) - Date.parse(first.day)) / DAY_MS + 1
}

/** The last days up to the last that has anything, so many at most, none left out. */
export function lastDays(days: readonly DayCounts[], most: number): DayCounts[] {
  const known = new Map(days.map((day) => [day.day, day]))
  const count = Math.min(most, calendarDays(days))
  const end = Date.parse(days.at(-1)?.day ?? '')
  return Array.from({ length: count }, (_, index) => {
    const day = formatTime(end - (count - 1 - index) * DAY_MS, UTC).slice(0, 10)
    return known.get(day) ?? { ...NO_SLOT, day }
  })
}

export function hourWords(hour: number): string {
  return `${String(hour).padStart(2, '0')}–${String(hour + 1).padStart(2, '0')}`
}

function times(report: StatisticsReport): Block[] {
  const { timeOnQueue } = report
  const completed = timeOnQueue.reduce((sum, { messages }) => sum + messages, 0)
  let seen = 0
  const rows = timeOnQueue.map(({ underMs, messages, remote }) => {
    seen += messages
    const label = underMs === null ? 'longer' : `under ${durationWords(underMs)}`
    const cells = [
      label,
      numberWords(messages),
      shareWords(messages, completed),
      shareWords(seen, completed),
      blankZero(remote),
    ]
    return { cells, bar: messages }
  })
  return [
    delayBlock(report),
    {
      title: 'Time in the queue',
      headings: ['', 'Messages', 'Share', 'So far', 'To other hosts'],
      rows: completed === 0 ? [] : rows.filter((row) => row.bar > 0),
    },
  ]
}

/** How long deliveries took. */
export function delayBlock(report: StatisticsReport): Block {
  const { localDelays, remoteDelays, transferTimes, queueTimes } = report
  return distributionBlock([
    ['to a mailbox', localDelays, timesIn],
    ['to another host', remoteDelays, timesIn],
    ['delivery alone', transferTimes, timesIn],
    ['until completed', queueTimes, timesIn],
  ])
}

/** Percentiles of several distributions; those without values are left out. */
function distributionBlock(
  distributions: readonly (readonly [
    string,
    Distribution,
    (distribution: Distribution) => DistributionWords,
  ])[],
): Block {
  return {
    title: '',
    headings: ['', 'Count', 'Mean', '50 %', '90 %', '95 %', '99 %', 'Most'],
    rows: distributions
      .filter(([, { count }]) => count > 0)
      .map(([label, distribution, wordsOf]) => {
        const { count, median, p90, p95, p99 } = distribution
        const words = wordsOf(distribution)
        const percentiles = [median, p90, p95, p99].map(words.percentile)
        return { cells: [label, numberWords(count), words.mean(), ...percentiles, words.most()] }
      }),
  }
}

/** Two months in a report that is read. */
const MAX_DAYS = 62
