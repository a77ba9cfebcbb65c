/** Days, hours of the day, and how long things took. */
import type { Distribution } from '../../trace/statistics/report.ts'
import type { Slot } from '../../trace/statistics/statistics.ts'
import { type Block, blankZero, type Section, type SectionInput } from './blocks.ts'
import { durationWords, numberWords, octetsWords, shareWords } from './words.ts'

export function timeSections({ report }: SectionInput): Section[] {
  const { days, hours, bounds } = report
  const isCut = bounds.times !== 'exact'
  const dayRows = days.map((day) => trafficRow(day.day, day))
  const hourRows = hours.map((hour) => trafficRow(hourWords(hour.hour), hour))
  const notes = isCut ? [CUT] : []
  if (days.length > MAX_DAYS)
    notes.push(`the last ${MAX_DAYS} of ${days.length} days; --json has all`)
  const hasMail = days.some((day) => TRAFFIC.some(([, of]) => of(day) > 0))
  return [
    {
      name: 'days',
      title: 'By day',
      blocks: [
        {
          title: '',
          headings: HEADINGS,
          rows: hasMail ? dayRows.slice(-MAX_DAYS) : [],
          ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
        },
      ],
    },
    {
      name: 'hours',
      title: days.length > 1 ? `By hour of the day, sum of ${days.length} days` : 'By hour',
      blocks: [
        {
          ...{ title: '', headings: HEADINGS, rows: hasMail ? hourRows : [] },
          ...(isCut ? { note: CUT } : {}),
        },
      ],
    },
    { name: 'times', title: 'How long it took', blocks: times(report) },
    {
      name: 'sizes',
      title: 'Size of messages received',
      blocks: [distributionBlock('', [['size', report.sizes]], octetsWords)],
    },
  ]
}

const TRAFFIC: readonly (readonly [string, (slot: Slot) => number])[] = [
  ['Received', ({ received }) => received],
  ['Delivered', ({ delivered }) => delivered],
  ['Put off', ({ deferred }) => deferred],
  ['Failed', ({ failed }) => failed],
  ['Rejected', ({ rejected, temporarilyRejected }) => rejected + temporarilyRejected],
  ['Login failures', ({ authenticationFailures }) => authenticationFailures],
]
const CUT = 'too many days for all: a number means at least so many'
const HEADINGS = ['', ...TRAFFIC.map(([heading]) => heading)]

function trafficRow(label: string, slot: Slot) {
  const bar = Math.max(slot.received, slot.delivered) || slot.authenticationFailures
  return { cells: [label, ...TRAFFIC.map(([, of]) => blankZero(of(slot)))], bar }
}

function hourWords(hour: number): string {
  return `${String(hour).padStart(2, '0')}–${String(hour + 1).padStart(2, '0')}`
}

function times({
  localDelays,
  remoteDelays,
  transferTimes,
  queueTimes,
  timeOnQueue,
}: SectionInput['report']): Block[] {
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
    distributionBlock(
      '',
      [
        ['until delivered here', localDelays],
        ['until delivered to another host', remoteDelays],
        ['the delivery alone', transferTimes],
        ['until completed', queueTimes],
      ],
      durationWords,
    ),
    {
      title: 'Time in the queue',
      headings: ['', 'Messages', 'Share', 'So far', 'To other hosts'],
      rows: completed === 0 ? [] : rows.filter((row) => row.bar > 0),
    },
  ]
}

/** Percentiles of several distributions; those without values are left out. */
function distributionBlock(
  title: string,
  distributions: readonly (readonly [string, Distribution])[],
  words: (value: number) => string,
): Block {
  const say = (value: number | null) => (value === null ? '' : words(value))
  return {
    title,
    headings: ['', 'Count', 'Mean', 'Half', '90 %', '95 %', '99 %', 'Most'],
    rows: distributions
      .filter(([, { count }]) => count > 0)
      .map(([label, { count, mean, median, p90, p95, p99, max }]) => ({
        cells: [label, numberWords(count), ...[mean, median, p90, p95, p99, max].map(say)],
      })),
  }
}

/** Two months in a report that is read. */
const MAX_DAYS = 62
