/** Who connected, logged in, was rejected; and what programs warned of. */
import type { ReportRow } from '../../trace/statistics/report.ts'
import type { Slot } from '../../trace/statistics/statistics.ts'
import { formatTime, type Zone } from '../../journal/zone.ts'
import {
  type Block,
  factRows,
  fieldOf,
  numberColumn,
  octetsColumn,
  type Section,
  type SectionInput,
  saidBlock,
  sayingBlock,
  type TableColumn,
  tableBlock,
} from './blocks.ts'
import { hourWords } from './time.ts'
import { longestTimeWords, meanTimeWords, numberWords, shareWords } from './words.ts'

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

function rejections(input: SectionInput): Block[] {
  const { tables } = input.report
  const hosts = [numberColumn('Rejected', 'count'), numberColumn('Temporarily', 'temporarily')]
  const times = [numberColumn('Times', 'count')]
  return [
    saidBlock('What was said', input, ['rejected', 'temporarilyRejected']),
    tableBlock('Clients', tables.rejectedHosts, hosts),
    tableBlock('Clients rejected temporarily', tables.temporarilyRejectedHosts, [
      numberColumn('Temporarily', 'temporarily'),
      numberColumn('Rejected', 'count'),
    ]),
    tableBlock('Recipients', tables.rejectedRecipients, times),
    tableBlock('Senders', tables.rejectedSenders, times),
  ]
}

function connections({ report }: SectionInput): Block[] {
  const { tables, totals: t, bounds } = report
  const spent = (row: ReportRow) => fieldOf(row, 'connectionMs')
  const longest = (row: ReportRow) => fieldOf(row, 'maxMs')
  const columns = [
    numberColumn('Connections', 'count'),
    [
      'Mean',
      (row: ReportRow) => meanTimeWords(spent(row), fieldOf(row, 'count'), longest(row)),
    ] as const,
    ['Longest', (row: ReportRow) => longestTimeWords(longest(row), spent(row))] as const,
  ]
  const most = report.days.reduce(
    (soFar, day) => Math.max(soFar, day.longestConnectionMs),
    Math.max(0, ...tables.connectedHostsByTime.rows.map(longest)),
  )
  const mean = meanTimeWords(t.connectionMs, t.connections, most)
  const all = longestTimeWords(t.connectionMs, t.connectionMs)
  const atMost = longestTimeWords(most, t.connectionMs)
  const more = most === 0 ? `${mean} each` : `${mean} each, ${atMost} the longest, ${all} in all`
  return [
    {
      title: '',
      headings: [],
      rows: factRows([['connections', t.connections, more, bounds.connections]]),
    },
    tableBlock('By address', tables.connectedHosts, columns),
    tableBlock('By host name', tables.connectedNames, columns),
    tableBlock('By domain', tables.connectedDomains, columns),
    tableBlock('By time', tables.connectedHostsByTime, columns),
    connectionTimes(
      'By day',
      report.days.map((day) => [day.day, day] as const),
    ),
    connectionTimes(
      'By hour of the day',
      report.hours.map((hour) => [hourWords(hour.hour), hour] as const),
    ),
  ]
}

function connectionTimes(title: string, slots: readonly (readonly [string, Slot])[]): Block {
  return {
    title,
    headings: ['', 'Connections', 'Mean', 'Longest'],
    rows: slots
      .filter(([, slot]) => slot.connections > 0)
      .map(([label, slot]) => {
        const mean = meanTimeWords(slot.connectionMs, slot.connections, slot.connectionMs)
        const longest = longestTimeWords(slot.longestConnectionMs, slot.connectionMs)
        return { cells: [label, numberWords(slot.connections), mean, longest] }
      }),
  }
}

function attempts(zone: Zone): TableColumn[] {
  return [
    numberColumn('Failed', 'failures'),
    numberColumn('Logins', 'successes'),
    numberColumn('Did not try', 'withoutTrying'),
    lastFailureColumn(zone),
  ]
}

export function lastFailureColumn(zone: Zone): TableColumn {
  return [
    'Last failure',
    (row) => {
      const atMs = fieldOf(row, 'lastFailureMs')
      return atMs === 0 ? '' : formatTime(atMs, zone)
    },
  ]
}
