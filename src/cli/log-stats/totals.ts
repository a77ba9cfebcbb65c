/** The sums of a report, and what went wrong. */
import {
  type Block,
  blankZero,
  CUT_NOTE,
  type Fact,
  fieldOf,
  keysWords,
  factRows,
  type Section,
  type SectionInput,
  sayingBlock,
} from './blocks.ts'
import type { ReportTable, StatisticsReport } from '../../trace/statistics/report.ts'
import { ACTOR_WORDS } from '../log/actors.ts'
import { boundedWords, countWords, numberWords, octetsWords, shareWords } from './words.ts'

export function firstSections(input: SectionInput): Section[] {
  return [
    { name: 'totals', title: 'Totals', blocks: [totals(input)] },
    { name: 'problems', title: 'Problems', blocks: problems(input) },
  ]
}

/** What a report of a page begins with, and the short one has alone: the sums that matter most. */
export function mainFacts(report: StatisticsReport): Fact[] {
  const { totals: t, tables, waiting, bounds } = report
  const known = (table: ReportTable, word: string) =>
    table.keys === 0 ? '' : `, ${countWords(keysWords(table), word)}`
  const offered = t.received + t.rejected + t.temporarilyRejected
  const filed = (action: string) => filedBy(report, action)
  return [
    [
      'received',
      t.received,
      `${octetsWords(t.receivedOctets)}${known(tables.senders, 'sender')}${known(tables.sendingHosts, 'host')}`,
    ],
    [
      'delivered',
      t.delivered,
      `${octetsWords(t.deliveredOctets)}${known(tables.recipients, 'recipient')}${known(tables.receivingHosts, 'host')}`,
    ],
    ['saved by Dovecot', filed('saved'), `for ${countWords(keysWords(tables.filedBy), 'account')}`],
    ['not saved', filed('failed') + filed('rejected')],
    [
      'deferred',
      t.deferredMessages,
      `${share(t.deferredMessages, t.received, 'of the messages, ')}${countWords(numberWords(t.deferrals), 'attempt')}`,
      bounds.deferredMessages,
    ],
    [
      'failed',
      t.failedMessages,
      `${share(t.failedMessages, t.received, 'of the messages, ')}${countWords(numberWords(t.failures), 'address')}`,
      bounds.failedMessages,
    ],
    ['in the queue', waiting, 'where the log ends', bounds.waiting],
    ['rejected', t.rejected, share(t.rejected, offered, 'of what was offered')],
    [
      'temporarily rejected',
      t.temporarilyRejected,
      share(t.temporarilyRejected, offered, 'of what was offered'),
    ],
    ...sessionFacts(report),
  ]
}

/** Messages with which Dovecot did this: `saved`, `failed`, … */
export function filedBy({ tables }: StatisticsReport, action: string): number {
  const row = tables.filed.rows.find(({ key }) => key === action)
  return row === undefined ? 0 : fieldOf(row, 'count')
}

function sessionFacts({ totals: t, tables }: StatisticsReport): Fact[] {
  const spam = t.ham > 0 ? `and ${numberWords(t.ham)} clean` : ''
  return [
    ['spam found', t.spam, spam],
    [
      'received with TLS',
      t.receivedTls,
      share(t.receivedTls, t.receivedRemote, 'from other hosts'),
    ],
    [
      'delivered with TLS',
      t.deliveredTls,
      share(t.deliveredTls, t.deliveredRemote, 'to other hosts'),
    ],
    ['logins', t.logins, share(t.loginsTls, t.logins, 'with TLS')],
    [
      'failed logins',
      t.authenticationFailures,
      `from ${countWords(keysWords(tables.loginFailuresByAddress), 'address')}`,
    ],
    ['warnings', t.warnings],
    ['errors', t.errors],
    ['fatal errors', t.fatals],
    ['panics', t.panics],
    [
      'unknown lines',
      t.unknownLines,
      share(t.unknownLines, t.lines - t.otherLines, 'of the lines'),
    ],
    ['lines of other programs', t.otherLines, programsWords(tables.otherPrograms)],
  ]
}

function programsWords({ rows, keys }: ReportTable): string {
  const names = rows.slice(0, MAX_NAMED).map(({ key }) => key)
  return keys > names.length ? `${names.join(', ')} …` : names.join(', ')
}
const MAX_NAMED = 3

function share(part: number, whole: number, words: string): string {
  return whole === 0 ? '' : `${shareWords(part, whole)} ${words}`
}

function totals({ report }: SectionInput): Block {
  const { totals: t, tables, bounds } = report
  const domains = ({ keys }: ReportTable) =>
    keys === 0 ? '' : countWords(numberWords(keys), 'domain')
  const facts: Fact[] = [
    ...mainFacts(report),
    ['received after a login', t.receivedAuthenticated],
    ['received without a size', t.receivedWithoutSize, 'the log does not say it'],
    ['received from domains', tables.senderDomains.keys],
    ['pretended to be rejected', t.receivedFakeReject],
    ['back from a filter', t.reinjected, 'not counted as received again'],
    ['addresses delivered to', t.deliveredAddresses, domains(tables.recipientDomains)],
    ['sent on while received', t.cutthrough],
    ['forwarded', t.forwarded],
    ['delivered to nowhere', t.blackholed, 'by a rule'],
    ['completed', t.completed],
    ['relayed', t.relayed, `${numberWords(t.relayedWithoutLogin)} without a login`],
    ['would be rejected', t.rejectWarnings, 'only a warning so far'],
    ['held', t.held],
    ['discarded', t.discarded],
    ['connections without a login', t.noLogins],
    ['connections', t.connections, '', bounds.connections],
    ['lines', t.lines],
    ['lines of the doctor’s own tries', t.doctorLines, 'not counted elsewhere'],
  ]
  return { title: '', headings: [], rows: factRows(facts) }
}

/** The first reasons, with who acts. */
export function reasonsBlock({ report, reasons, top }: SectionInput): Block {
  const shown = reasons.slice(0, top)
  const all = reasons.reduce((sum, { count }) => sum + count, 0)
  const { errors } = report.bounds
  const notes = errors === 'exact' ? [] : [CUT_NOTE]
  if (reasons.length > shown.length)
    notes.unshift(
      `${shown.length} of ${reasons.length} reasons, ${boundedWords(all, errors)} errors`,
    )
  return {
    title: '',
    headings: ['Errors by reason', 'Count', 'Who acts'],
    rows: shown.map(({ reason, count }) => ({
      cells: [reason.title, numberWords(count), ACTOR_WORDS[reason.actor].short],
    })),
    note: [...notes, COUNTED].join('; '),
  }
}

/** `log explain` counts lines, whatever they are about. */
const COUNTED =
  'deliveries and rejections are counted here; log explain counts failed logins and warnings too'

function problems(input: SectionInput): Block[] {
  const { report, reasons, top } = input
  const { totals: t, unknownExamples, sayings } = report
  const shown = reasons.slice(0, top)
  const short = reasonsBlock(input)
  return [
    {
      ...short,
      title: 'Errors by reason',
      headings: ['Reason', 'Count', 'Failed', 'Deferred', 'Rejected', 'Who acts'],
      rows: shown.map(({ reason, count, counts }) => ({
        cells: [
          reason.title,
          numberWords(count),
          blankZero(counts.failed + counts.notFiled),
          blankZero(counts.deferred),
          blankZero(counts.rejected + counts.temporarilyRejected),
          ACTOR_WORDS[reason.actor].short,
        ],
      })),
    },
    {
      title: 'What they say',
      headings: ['Reason', 'Example'],
      rows: shown.map(({ reason, example }) => ({ cells: [reason.title, example] })),
      note: 'what to do about one: waybill log explain, and the text',
    },
    sayingBlock('Alarms', sayings.alarms, report.bounds.sayings.alarms),
    {
      title: 'Unknown lines',
      headings: ['', 'Line'],
      rows: unknownExamples.map((line) => ({ cells: ['', line] })),
      note: `${numberWords(t.unknownLines)} of ${numberWords(t.lines - t.otherLines)}; nothing else counts them`,
    },
  ]
}
