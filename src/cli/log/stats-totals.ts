/** The sums of a report, and what went wrong. */
import {
  type Block,
  blankZero,
  factRows,
  type Section,
  type SectionInput,
  sayingBlock,
} from './stats-blocks.ts'
import type { ReasonCount } from './stats-reasons.ts'
import { numberWords, octetsWords, shareWords } from './stats-words.ts'

export function firstSections(input: SectionInput): Section[] {
  return [
    { name: 'totals', title: 'Totals', blocks: [totals(input)] },
    { name: 'problems', title: 'Problems', blocks: problems(input) },
  ]
}

function totals({ report }: SectionInput): Block {
  const { totals: t, tables, waiting } = report
  const share = (part: number, whole: number, words: string) =>
    whole === 0 ? '' : `${shareWords(part, whole)} ${words}`
  const known = (count: number, word: string) =>
    count === 0 ? '' : `, ${numberWords(count)} ${word}`
  const offered = t.received + t.rejected + t.temporarilyRejected
  const deferredMessages = t.deferredMessages
  const facts: [string, number, string?][] = [
    [
      'messages received',
      t.received,
      `${octetsWords(t.receivedOctets)}${known(tables.senders.keys, 'senders')}${known(tables.sendingHosts.keys, 'hosts')}`,
    ],
    [
      'deliveries',
      t.delivered,
      `${octetsWords(t.deliveredOctets)}, to ${numberWords(t.deliveredAddresses)} addresses${known(tables.recipients.keys, 'recipients')}${known(tables.receivingHosts.keys, 'hosts')}`,
    ],
    ['back from a filter', t.reinjected, 'not counted as received again'],
    ['forwarded', t.forwarded],
    ['thrown away', t.blackholed, 'delivered to nowhere, by a rule'],
    [
      'messages put off',
      deferredMessages,
      `${share(deferredMessages, t.received, 'of the messages')}, ${numberWords(t.deferrals)} attempts`,
    ],
    [
      'messages that failed',
      t.failedMessages,
      `${share(t.failedMessages, t.received, 'of the messages')}, ${numberWords(t.failures)} addresses`,
    ],
    ['messages in the queue', waiting, 'where the log ends'],
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
    ['connections', t.connections],
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
      ...(reasons.length > shown.length
        ? {
            note: `the first ${shown.length} of ${reasons.length} reasons, ${numberWords(all)} errors`,
          }
        : {}),
    },
    {
      title: 'What they say',
      headings: ['Reason', 'Example'],
      rows: shown.map(({ reason, example }) => ({ cells: [reason.title, example] })),
      note: 'what to do about one: waybill log explain, and the text',
    },
    sayingBlock('Alarms', sayings.alarms),
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
