/** The sums of a report, and what went wrong. */
import {
  type Block,
  blankZero,
  CUT_NOTE,
  type Fact,
  keysWords,
  factRows,
  type Section,
  type SectionInput,
  sayingBlock,
} from './blocks.ts'
import type { ReportTable } from '../../trace/statistics/report.ts'
import type { ReasonCount } from './reasons.ts'
import { boundedWords, numberWords, octetsWords, shareWords } from './words.ts'

export function firstSections(input: SectionInput): Section[] {
  return [
    { name: 'totals', title: 'Totals', blocks: [totals(input)] },
    { name: 'problems', title: 'Problems', blocks: problems(input) },
  ]
}

function totals({ report }: SectionInput): Block {
  const { totals: t, tables, waiting, bounds } = report
  const share = (part: number, whole: number, words: string) =>
    whole === 0 ? '' : `${shareWords(part, whole)} ${words}`
  const known = (table: ReportTable, word: string) =>
    table.keys === 0 ? '' : `, ${keysWords(table)} ${word}`
  const offered = t.received + t.rejected + t.temporarilyRejected
  const deferredMessages = t.deferredMessages
  const facts: Fact[] = [
    [
      'messages received',
      t.received,
      `${octetsWords(t.receivedOctets)}${known(tables.senders, 'senders')}${known(tables.sendingHosts, 'hosts')}`,
    ],
    [
      'deliveries',
      t.delivered,
      `${octetsWords(t.deliveredOctets)}, to ${numberWords(t.deliveredAddresses)} addresses${known(tables.recipients, 'recipients')}${known(tables.receivingHosts, 'hosts')}`,
    ],
    ['back from a filter', t.reinjected, 'not counted as received again'],
    ['forwarded', t.forwarded],
    ['thrown away', t.blackholed, 'delivered to nowhere, by a rule'],
    [
      'messages put off',
      deferredMessages,
      `${share(deferredMessages, t.received, 'of the messages')}, ${numberWords(t.deferrals)} attempts`,
      bounds.deferredMessages,
    ],
    [
      'messages that failed',
      t.failedMessages,
      `${share(t.failedMessages, t.received, 'of the messages')}, ${numberWords(t.failures)} addresses`,
      bounds.failedMessages,
    ],
    ['messages in the queue', waiting, 'where the log ends', bounds.waiting],
    ['rejected', t.rejected, share(t.rejected, offered, 'of what was offered')],
    [
      'rejected for now',
      t.temporarilyRejected,
      share(t.temporarilyRejected, offered, 'of what was offered'),
    ],
    ['would be rejected', t.rejectWarnings, 'only a warning so far'],
    ['held', t.held],
    ['discarded', t.discarded],
    ['spam found', t.spam, t.ham > 0 ? `and ${numberWords(t.ham)} found clean` : ''],
    ['logins', t.logins, share(t.loginsTls, t.logins, 'with TLS')],
    ['failed logins', t.authenticationFailures],
    ['connections without a login', t.noLogins],
    ['connections', t.connections, '', bounds.connections],
    ['warnings', t.warnings],
    ['errors', t.errors],
    ['fatal errors', t.fatals],
    ['panics', t.panics],
    ['lines', t.lines],
    ['lines not understood', t.unknownLines, share(t.unknownLines, t.lines, 'of the lines')],
  ]
  return { title: '', headings: [], rows: factRows(facts) }
}

function problems({ report, reasons, top }: SectionInput): Block[] {
  const { totals: t, unknownExamples, sayings } = report
  const shown = reasons.slice(0, top)
  const all = reasons.reduce((sum, { count }) => sum + count, 0)
  const { errors } = report.bounds
  const notes = errors === 'exact' ? [] : [CUT_NOTE]
  if (reasons.length > shown.length)
    notes.unshift(
      `the first ${shown.length} of ${reasons.length} reasons, ${boundedWords(all, errors)} errors`,
    )
  return [
    {
      title: 'Errors by reason',
      headings: ['Reason', 'Count', 'Failed', 'Put off', 'Rejected', 'Who acts'],
      rows: shown.map(({ reason, count, counts }) => ({
        cells: [
          reason.title,
          numberWords(count),
          blankZero(counts.failed + counts.notFiled),
          blankZero(counts.deferred),
          blankZero(counts.rejected + counts.temporarilyRejected),
          ACTORS[reason.actor],
        ],
      })),
      ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
    },
    {
      title: 'What they say',
      headings: ['Reason', 'Example'],
      rows: shown.map(({ reason, example }) => ({ cells: [reason.title, example] })),
      note: 'what to do about one: waybill log explain, and the text',
    },
    sayingBlock('Alarms', sayings.alarms, report.bounds.sayings.alarms),
    {
      title: 'Lines not understood',
      headings: ['', 'Line'],
      rows: unknownExamples.map((line) => ({ cells: ['', line] })),
      note: `${numberWords(t.unknownLines)} of ${numberWords(t.lines)}; nothing else counts them`,
    },
  ]
}

const ACTORS: { readonly [A in ReasonCount['reason']['actor']]: string } = {
  you: 'you',
  sender: 'the sender',
  recipient: 'the recipient',
  recipientProvider: 'their provider',
  nobody: 'nobody',
}
