/** The report before, and a week ago, beside this one. */
import { durationWords } from '../doctor/words.ts'
import { text } from './blocks.ts'
import { figuresOf, type ReportFacts, type ReportFigures } from './facts.ts'
import type { Section } from './types.ts'
import { minuteText } from './words.ts'

export function comparison(facts: ReportFacts): Section | null {
  const { own, zone } = facts
  if (own === null || (own.previous === null && own.weekAgo === null)) return null
  const { previous, weekAgo } = own
  const now = figuresOf(facts)
  const columns = [
    ['Now', now] as const,
    ...(previous === null
      ? []
      : [[`Report of ${minuteText(previous.untilMs, zone)}`, previous] as const]),
    ...(weekAgo === null ? [] : [['A week ago', weekAgo] as const]),
  ]
  const rows = COMPARED.map(([name, field]) => [
    name,
    ...columns.map(([, figures]) => String(figures[field] ?? '')),
  ])
  const other =
    previous === null || isAlike(previous, now)
      ? []
      : [
          text(
            `The report before was of ${durationWords(previous.untilMs - previous.sinceMs)}, this one is of ${durationWords(now.untilMs - now.sinceMs)}.`,
          ),
        ]
  return {
    name: 'comparison',
    title: 'Compared',
    blocks: [
      { kind: 'table', headings: ['What', ...columns.map(([heading]) => heading)], rows },
      ...other,
    ],
  }
}

/** About as long: then their figures can be compared. */
function isAlike(one: ReportFigures, other: ReportFigures): boolean {
  const ratio = (one.untilMs - one.sinceMs) / Math.max(1, other.untilMs - other.sinceMs)
  return ratio > 0.9 && ratio < 1.1
}

const COMPARED = [
  ['Received', 'received'],
  ['Delivered', 'delivered'],
  ['Put off', 'deferred'],
  ['Given up', 'failed'],
  ['Refused', 'rejected'],
  ['Failed logins', 'failedLogins'],
  ['Waiting', 'waiting'],
] as const
