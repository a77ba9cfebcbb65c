/** Who sent mail, and where it went. */
import type { ReportRow } from '../../trace/statistics/report.ts'
import {
  fieldOf,
  numberColumn,
  octetsColumn,
  type Section,
  type SectionInput,
  sayingBlock,
  tableBlock,
} from './blocks.ts'
import { durationWords, numberWords } from './words.ts'

export function deliverySections({ report }: SectionInput): Section[] {
  const { tables, sayings, bounds } = report
  return [
    {
      name: 'senders',
      title: 'Senders',
      blocks: [
        tableBlock('By messages', tables.senders, VOLUME),
        tableBlock('By octets', tables.sendersByOctets, VOLUME),
        tableBlock('Domains', tables.senderDomains, VOLUME),
        tableBlock('Logged in as', tables.authenticatedSenders, VOLUME),
        tableBlock('Users of this host', tables.localUsers, VOLUME),
      ],
    },
    {
      name: 'recipients',
      title: 'Recipients',
      blocks: [
        tableBlock('By deliveries', tables.recipients, TRAFFIC),
        tableBlock('By octets', tables.recipientsByOctets, TRAFFIC),
        tableBlock('On this host', tables.localRecipients, TRAFFIC),
        tableBlock('Domains', tables.recipientDomains, [...TRAFFIC, ...DELAYS]),
        tableBlock('Domains that put mail off', tables.deferredDomains, [...TRAFFIC, ...DELAYS]),
        tableBlock('Addresses that failed', tables.failedRecipients, TRAFFIC),
      ],
    },
    {
      name: 'hosts',
      title: 'Hosts',
      blocks: [
        tableBlock('They sent', tables.sendingHosts, VOLUME),
        tableBlock('They sent, by octets', tables.sendingHostsByOctets, VOLUME),
        tableBlock('They were sent', tables.receivingHosts, [...TRAFFIC, ...DELAYS]),
        tableBlock('They were sent, by octets', tables.receivingHostsByOctets, TRAFFIC),
      ],
    },
    {
      name: 'transports',
      title: 'Transports',
      blocks: [
        tableBlock('', tables.transports, [...TRAFFIC, ...DELAYS]),
        {
          ...tableBlock('Failures by host', tables.failuresByRelay, [
            numberColumn('Failed', 'count'),
          ]),
          headings: ['', 'Error', 'Failed'],
          rows: tables.failuresByRelay.rows.map((row) => {
            const [relay = '', shape = ''] = row.key.split('\n')
            return { cells: [relay, shape, numberWords(fieldOf(row, 'count'))] }
          }),
        },
        sayingBlock(
          'Connections that failed',
          sayings.connectFailures,
          bounds.sayings.connectFailures,
        ),
      ],
    },
    {
      name: 'queue',
      title: 'Done to messages by rules and by hand',
      blocks: [
        sayingBlock('', sayings.queueActions, bounds.sayings.queueActions),
        tableBlock('Filed by Dovecot', tables.filed, [numberColumn('Messages', 'count')]),
        tableBlock('Filed for', tables.filedBy, VOLUME),
      ],
    },
  ]
}

const VOLUME = [numberColumn('Messages', 'count'), octetsColumn('Volume', 'octets')]
const TRAFFIC = [
  numberColumn('Deliveries', 'count'),
  numberColumn('Addresses', 'addresses'),
  octetsColumn('Volume', 'octets'),
  numberColumn('Put off', 'deferred'),
  numberColumn('Failed', 'failed'),
]
const DELAYS = [
  ['Mean delay', meanDelay] as const,
  ['Longest', (row: ReportRow) => delayWords(fieldOf(row, 'maxDelayMs'))] as const,
]

function meanDelay(row: ReportRow): string {
  const count = fieldOf(row, 'count')
  return count === 0 ? '' : durationWords(fieldOf(row, 'delayMs') / count)
}

function delayWords(ms: number): string {
  return ms === 0 ? '' : durationWords(ms)
}
