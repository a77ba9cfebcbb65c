/** What is printed without `--all`: a screen or two, with what somebody may have to do first. */
import type { ReportTable } from '../../trace/statistics/report.ts'
import {
  type Block,
  factRows,
  fieldOf,
  keysWords,
  numberColumn,
  type Section,
  type SectionInput,
  saidBlock,
  sayingBlock,
  type TableColumn,
  tableBlock,
} from './blocks.ts'
import { DELAYS, VOLUME } from './delivery.ts'
import { lastFailureColumn } from './sessions.ts'
import { type BarStyle, stripBlocks } from './strips.ts'
import { delayBlock } from './time.ts'
import { mainFacts, reasonsBlock } from './totals.ts'

export interface BriefOptions {
  readonly style: BarStyle
  /** Rows of each table; undefined: few. */
  readonly top: number | undefined
}

export type BriefSection = Pick<Section, 'title' | 'blocks'>

/** @param input  with as many rows as the whole report has */
export function briefOf(input: SectionInput, { style, top }: BriefOptions): BriefSection[] {
  const { report } = input
  const delays = delayBlock(report)
  const sections: BriefSection[] = [
    { title: '', blocks: [{ title: '', headings: [], rows: factRows(mainFacts(report)) }] },
    { title: 'Needs attention', blocks: troubles(input, top ?? FEWEST, top ?? FEW) },
    { title: '', blocks: stripBlocks(report, style) },
    {
      title: '',
      blocks: [{ ...delays, headings: ['How long it took', ...delays.headings.slice(1)] }],
    },
    { title: '', blocks: leagues(input, top ?? FEW) },
  ]
  return sections
    .map(({ title, blocks }) => ({ title, blocks: blocks.filter(({ rows }) => rows.length > 0) }))
    .filter(({ blocks }) => blocks.length > 0)
}

function troubles(input: SectionInput, fewest: number, few: number): Block[] {
  const { tables, sayings, bounds } = input.report
  const { note: _, ...alarms } = sayingBlock('', sayings.alarms.slice(0, fewest), bounds.errors)
  const domains = {
    ...tables.deferredDomains,
    rows: tables.deferredDomains.rows.filter((row) => fieldOf(row, 'deferred') > 0),
  }
  const attackers = tables.loginFailuresByAddress
  const rejected = saidBlock('', { ...input, top: fewest }, ['rejected', 'temporarilyRejected'])
  return [
    { ...alarms, headings: ['Alarms', 'Count', 'For example'] },
    reasonsBlock({ ...input, top: few }),
    league('Deferring domains', domains, fewest, [
      numberColumn('Deferred', 'deferred'),
      numberColumn('Delivered', 'addresses'),
      numberColumn('Failed', 'failed'),
    ]),
    { ...rejected, headings: ['Rejected at', ...rejected.headings.slice(1)] },
    league('Failed logins from', attackers, fewest, [
      numberColumn('Failed', 'failures'),
      numberColumn('Logins', 'successes'),
      lastFailureColumn(input.zone),
    ]),
  ]
}

function leagues({ report: { tables } }: SectionInput, few: number): Block[] {
  const deliveries = [numberColumn('Deliveries', 'addresses'), ...VOLUME.slice(1)]
  return [
    league('Senders', tables.senders, few, VOLUME),
    league('Recipients', tables.recipients, few, deliveries),
    league('Sending hosts', tables.sendingHosts, few, VOLUME),
    league('Receiving hosts', tables.receivingHosts, few, [...deliveries, ...DELAYS]),
    league('Saved by Dovecot for', tables.filedBy, few, VOLUME),
  ]
}

/** The first rows of a table; its heading says of how many. */
function league(
  title: string,
  table: ReportTable,
  few: number,
  columns: readonly TableColumn[],
): Block {
  const rows = table.rows.slice(0, few)
  const block = tableBlock('', { ...table, rows, keys: 0 }, columns)
  const heading =
    table.keys > rows.length ? `${title}, ${rows.length} of ${keysWords(table)}` : title
  return { ...block, headings: [heading, ...block.headings.slice(1)] }
}

/** Of what is a hint alone, and of the other tables. */
const FEWEST = 3
const FEW = 5
