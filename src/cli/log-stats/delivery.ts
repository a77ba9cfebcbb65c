/** Who sent mail, and where it went. */
import type { ReportRow } from '../../trace/statistics/report.ts'
import {
  fieldOf,
  numberColumn,
  octetsColumn,
  type Section,
  type SectionInput,
  saidBlock,
  sayingBlock,
  tableBlock,
} from './blocks.ts'
import { longestTimeWords, meanTimeWords, numberWords } from './words.ts'

export function deliverySections(input: SectionInput): Section[] {
  const { report } = input
  const { tables, sayings, bounds } = report
  return [
    {
      name: 'senders',
      title: 'Senders',
      blocks: [
        tableBlock('By messages', tables.senders, VOLUME),
        tableBlock('By volume', tables.sendersByOctets, VOLUME),
        tableBlock('Domains', tables.senderDomains, VOLUME),
        tableBlock('Logged in as', tables.authenticatedSenders, VOLUME),
        tableBlock('Users of this host', tables.localUsers, VOLUME),
        tableBlock('Users of this host by volume', tables.localUsersByOctets, VOLUME),
      ],
    },
    {
      name: 'recipients',
      title: 'Recipients',
      blocks: [
        tableBlock('By deliveries', tables.recipients, TRAFFIC),
        tableBlock('By volume', tables.recipientsByOctets, TRAFFIC),
        tableBlock('On this host', tables.localRecipients, TRAFFIC),
        tableBlock('Domains', tables.recipientDomains, [...TRAFFIC, ...DELAYS]),
        tableBlock('Domains that deferred', tables.deferredDomains, [...TRAFFIC, ...DELAYS]),
        tableBlock('Addresses that failed', tables.failedRecipients, TRAFFIC),
      ],
    },
    {
      name: 'hosts',
      title: 'Hosts',
      blocks: [
        tableBlock('Sending hosts', tables.sendingHosts, VOLUME),
        tableBlock('Sending hosts by volume', tables.sendingHostsByOctets, VOLUME),
        tableBlock('Receiving hosts', tables.receivingHosts, [...TRAFFIC, ...DELAYS]),
        tableBlock('Receiving hosts by volume', tables.receivingHostsByOctets, TRAFFIC),
      ],
    },
    {
      name: 'transports',
      title: 'Transports',
      blocks: [
        tableBlock('', tables.transports, [...TRAFFIC, ...DELAYS]),
        tableBlock('Transports that deferred', tables.deferringTransports, TRAFFIC),
        saidBlock('Why it was deferred', input, ['deferred']),
        saidBlock('Why it failed', input, ['failed']),
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
        tableBlock('What Dovecot did', tables.filed, [numberColumn('Messages', 'count')]),
        tableBlock('Saved by Dovecot for', tables.filedBy, VOLUME),
      ],
    },
  ]
}

export const VOLUME = [numberColumn('Messages', 'count'), octetsColumn('Volume', 'octets')]
const TRAFFIC = [
  numberColumn('Deliveries', 'count'),
  numberColumn('Addresses', 'addresses'),
  octetsColumn('Volume', 'octets'),
  numberColumn('Deferred', 'deferred'),
  numberColumn('Failed', 'failed'),
]
export const DELAYS = [['Mean delay', meanDelay] as const, ['Longest', longestDelay] as const]

function meanDelay(row: ReportRow): string {
  return meanTimeWords(fieldOf(row, 'delayMs'), fieldOf(row, 'count'), fieldOf(row, 'maxDelayMs'))
}

function longestDelay(row: ReportRow): string {
  const maxMs = fieldOf(row, 'maxDelayMs')
  if (maxMs === 0 && fieldOf(row, 'count') === 0) return ''
  return longestTimeWords(maxMs, fieldOf(row, 'delayMs'))
}
