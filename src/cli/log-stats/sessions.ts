/** Who connected, logged in, was rejected; and what programs warned of. */
import type { ReportRow } from '../../trace/statistics/report.ts'
import { formatTime, type Zone } from '../../journal/zone.ts'
import {
  type Block,
  CUT_NOTE,
  factRows,
  fieldOf,
  numberColumn,
  octetsColumn,
  type Section,
  type SectionInput,
  sayingBlock,
  tableBlock,
} from './blocks.ts'
import { errorText } from './reasons.ts'
import { durationWords, numberWords, shareWords } from './words.ts'

export function sessionSections(input: SectionInput): Section[] {
  const { report, zone } = input
  const { tables, sayings, bounds } = report
  const messages = [numberColumn('Messages', 'count')]
  return [
    { name: 'tls', title: 'TLS', blocks: tls(input) },
    { name: 'rejections', title: 'Rejections', blocks: rejections(input) },
    {
      name: 'logins',
      title: 'Logins',
      blocks: [
        tableBlock('Failures by address', tables.loginFailuresByAddress, attempts(zone)),
        tableBlock('Failures by account', tables.loginFailuresByAccount, attempts(zone)),
        tableBlock('Accounts', tables.loginsByAccount, attempts(zone)),
        tableBlock('Services', tables.services, attempts(zone)),
        tableBlock('Read and written', tables.connectedUsers, [
          numberColumn('Sessions', 'count'),
          octetsColumn('Volume', 'octets'),
        ]),
      ],
    },
    {
      name: 'relays',
      title: 'Relayed for clients that were not logged in',
      blocks: [
        {
          ...tableBlock('', tables.relays, messages),
          headings: ['From', 'To', 'Messages'],
          rows: tables.relays.rows.map((row) => {
            const [from = '', to = ''] = row.key.split('\n')
            return { cells: [from, to, numberWords(fieldOf(row, 'count'))] }
          }),
        },
      ],
    },
    { name: 'connections', title: 'Connections', blocks: connections(input) },
    {
      name: 'warnings',
      title: 'Warnings',
      blocks: [
        sayingBlock('', sayings.warnings, bounds.sayings.warnings),
        sayingBlock('Of the master daemon', sayings.masterMessages, bounds.sayings.masterMessages),
      ],
    },
  ]
}

function tls({ report }: SectionInput): Block[] {
  const { totals: t, tables } = report
  const versions = [numberColumn('Messages', 'count')]
  return [
    {
      title: '',
      headings: [],
      rows: factRows([
        ['received from other hosts', t.receivedRemote],
        ['of those with TLS', t.receivedTls, shareWords(t.receivedTls, t.receivedRemote)],
        ['delivered to other hosts', t.deliveredRemote],
        ['of those with TLS ', t.deliveredTls, shareWords(t.deliveredTls, t.deliveredRemote)],
      ]),
    },
    tableBlock('Received by', tables.protocols, versions),
    tableBlock('Received with', tables.tlsIn, versions),
    tableBlock('Delivered with', tables.tlsOut, versions),
  ]
}

function rejections({ report, top }: SectionInput): Block[] {
  const { errors, tables } = report
  const rejected = errors.filter(
    ({ type }) => type === 'rejected' || type === 'temporarilyRejected',
  )
  const hosts = [numberColumn('For good', 'count'), numberColumn('For now', 'temporarily')]
  const times = [numberColumn('Times', 'count')]
  return [
    {
      title: 'What was said',
      headings: ['At', 'Count', '', 'For example'],
      rows: rejected.slice(0, top).map(({ type, at, count, example }) => ({
        cells: [at, numberWords(count), type === 'rejected' ? '' : 'for now', errorText(example)],
      })),
      ...(report.bounds.errors === 'exact' ? {} : { note: CUT_NOTE }),
    },
    tableBlock('Clients', tables.rejectedHosts, hosts),
    tableBlock('Clients rejected for now', tables.putOffHosts, hosts),
    tableBlock('Recipients', tables.rejectedRecipients, times),
    tableBlock('Senders', tables.rejectedSenders, times),
  ]
}

function connections({ report }: SectionInput): Block[] {
  const { tables, totals: t, bounds } = report
  const columns = [
    numberColumn('Connections', 'count'),
    [
      'Mean',
      (row: ReportRow) => durationWords(fieldOf(row, 'connectionMs') / fieldOf(row, 'count')),
    ] as const,
    ['Longest', (row: ReportRow) => durationWords(fieldOf(row, 'maxMs'))] as const,
  ]
  const mean = t.connections === 0 ? '' : durationWords(t.connectionMs / t.connections)
  return [
    {
      title: '',
      headings: [],
      rows: factRows([
        [
          'connections',
          t.connections,
          `${mean} each, ${durationWords(t.connectionMs)} in all`,
          bounds.connections,
        ],
      ]),
    },
    tableBlock('By address', tables.connectedHosts, columns),
    tableBlock('By time', tables.connectedHostsByTime, columns),
  ]
}

function attempts(zone: Zone) {
  return [
    numberColumn('Failed', 'failures'),
    numberColumn('Logged in', 'successes'),
    numberColumn('Did not try', 'withoutTrying'),
    [
      'Last failure',
      (row: ReportRow) => {
        const atMs = fieldOf(row, 'lastFailureMs')
        return atMs === 0 ? '' : formatTime(atMs, zone)
      },
    ] as const,
  ]
}
