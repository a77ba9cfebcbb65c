/** What a report of statistics is made of: sections of tables and bars, for a terminal and for a page. */
import type { Zone } from '../../journal/zone.ts'
import type {
  Exactness,
  ReportRow,
  ReportTable,
  StatisticsReport,
} from '../../trace/statistics/report.ts'
import type { ErrorType } from '../../trace/statistics/statistics.ts'
import { errorText, type ReasonCount } from '../../diagnosis/reason-counts.ts'
import type { SectionName } from './section-names.ts'
import { boundedWords, numberWords, octetsWords } from './words.ts'

/** A table of words; the first column is what it is about. Cells are as the log has them. */
export interface Block {
  readonly title: string
  readonly headings: readonly string[]
  readonly rows: readonly BlockRow[]
  /** A sentence about it. */
  readonly note?: string
}

export interface BlockRow {
  readonly cells: readonly string[]
  /** How long its bar is; undefined: it has none. */
  readonly bar?: number
}

export interface Section {
  readonly name: SectionName
  readonly title: string
  readonly blocks: readonly Block[]
}

/** What sections are made of. */
export interface SectionInput {
  readonly report: StatisticsReport
  readonly reasons: readonly ReasonCount[]
  readonly zone: Zone
  readonly top: number
}

export type TableColumn = readonly [heading: string, of: (row: ReportRow) => string]

/**
 * A table of the report as a block: its key, then the columns that are named; without those, after
 * the first, that have nothing in any row.
 */
export function tableBlock(
  title: string,
  table: ReportTable,
  columns: readonly TableColumn[],
): Block {
  const { keys, rows, missingAtMost } = table
  const used = columns.filter(
    ([, of], index) => index === 0 || rows.some((row) => !NOTHING.test(of(row))),
  )
  const notes: string[] = []
  if (keys > rows.length) notes.push(`the first ${rows.length} of ${keysWords(table)}`)
  if (missingAtMost > 0)
    notes.push(
      `too many to count each: a number may be up to ${numberWords(missingAtMost)} too low`,
    )
  return {
    title,
    headings: ['', ...used.map(([heading]) => heading)],
    rows: rows.map((row) => ({ cells: [row.key, ...used.map(([, of]) => of(row))] })),
    ...(notes.length === 0 ? {} : { note: notes.join('; ') }),
  }
}

const NOTHING = /^(0( B)?)?$/

/** How many keys; those that were dropped are missing. */
export function keysWords({ keys, missingAtMost }: ReportTable): string {
  return boundedWords(keys, missingAtMost > 0 ? 'atLeast' : 'exact')
}

/** A number of a row; a field that the row has not is 0. */
export function fieldOf(row: ReportRow, field: string): number {
  const value = row[field]
  return typeof value === 'number' ? value : 0
}

export function numberColumn(heading: string, field: string) {
  return [heading, (row: ReportRow) => numberWords(fieldOf(row, field))] as const
}

export function octetsColumn(heading: string, field: string) {
  return [heading, (row: ReportRow) => octetsWords(fieldOf(row, field))] as const
}

export type Fact = readonly [label: string, value: number, more?: string, exactness?: Exactness]

/** Rows of a label and words; those without a number are left out. */
export function factRows(facts: readonly Fact[]): BlockRow[] {
  return facts
    .filter(([, value]) => value > 0)
    .map(([label, value, more = '', exactness = 'exact']) => ({
      cells: [label, boundedWords(value, exactness), more],
    }))
}

export function sayingBlock(
  title: string,
  sayings: StatisticsReport['sayings']['warnings'],
  exactness: Exactness,
): Block {
  return {
    title,
    ...(exactness === 'exact' ? {} : { note: CUT_NOTE }),
    headings: ['By', 'Count', 'For example'],
    rows: sayings.map(({ program, count, example }) => ({
      cells: [program, numberWords(count), example],
    })),
  }
}

/** Errors of some types in the words of the log, those that are the same but for names and numbers once. */
export function saidBlock(
  title: string,
  { report, top }: SectionInput,
  types: readonly ErrorType[],
): Block {
  const { errors, bounds } = report
  const chosen = errors.filter(({ type }) => types.includes(type))
  const isMixed = types.length > 1
  return {
    title,
    headings: ['At', 'Count', ...(isMixed ? [''] : []), 'For example'],
    rows: chosen.slice(0, top).map(({ type, at, count, example }) => ({
      cells: [
        at,
        numberWords(count),
        ...(isMixed ? [type === 'temporarilyRejected' ? 'temporarily' : ''] : []),
        errorText(example),
      ],
    })),
    ...(bounds.errors === 'exact' ? {} : { note: CUT_NOTE }),
  }
}

/** Of kinds of errors and sayings. */
export const CUT_NOTE = 'too many kinds to count each: a number means at least so many'

export function blankZero(value: number): string {
  return value === 0 ? '' : numberWords(value)
}
