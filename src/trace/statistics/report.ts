/** What was counted, as the tables and figures that are printed: sorted, cut to the top rows. */
import type { Zone } from '../../journal/zone.ts'
import type { Gathered } from './gather.ts'
import { filledBuckets, type Histogram, meanOf, percentile } from './histogram.ts'
import {
  ADDRESSES,
  CONNECTION_MS,
  COUNT,
  DEFERRED,
  FAILED,
  LOCAL,
  OCTETS,
  SUCCESSES,
  TEMPORARILY,
} from './kinds.ts'
import {
  type ErrorShape,
  QUEUE_BOUNDS_MS,
  type Saying,
  type Statistics,
  type Totals,
} from './statistics.ts'
import { byDomain, numberAt, type Table, topRows } from './table.ts'
import type { Tally } from './tally.ts'
import {
  type DayCounts,
  daysOf,
  type HourCounts,
  hoursOf,
  type Timeline,
  timelineOf,
} from './time.ts'

export interface ReportOptions {
  readonly zone: Zone
  /** How many rows a table has at most. */
  readonly top: number
}

/** One row of a table: its key, and a number for each name of a field. */
export type ReportRow = { readonly key: string } & { readonly [field: string]: string | number }

export interface ReportTable {
  /** How many keys there were; at least, when some were dropped. */
  readonly keys: number
  /** By how much any count may be too low; 0: all are exact. */
  readonly missingAtMost: number
  readonly rows: readonly ReportRow[]
}

/** In milliseconds or octets, within an eighth; nulls when there was nothing. */
export interface Distribution {
  readonly count: number
  readonly mean: number | null
  readonly median: number | null
  readonly p90: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly max: number | null
  readonly buckets: readonly {
    readonly from: number
    readonly to: number
    readonly count: number
  }[]
}

export interface QueueTimes {
  /** Messages that were completed in less; null: in no matter how much more. */
  readonly underMs: number | null
  readonly messages: number
  /** Of those: with a delivery to another host. */
  readonly remote: number
}

export interface StatisticsReport {
  /** Of the lines with a time; null when there is none. */
  readonly firstMs: number | null
  readonly lastMs: number | null
  readonly totals: Totals
  /** Messages in the queue where the log ends. */
  readonly waiting: number
  readonly unknownExamples: readonly string[]
  /** Logs not read, since the main log has the same lines. */
  readonly leftOut: readonly string[]
  readonly hours: readonly HourCounts[]
  readonly days: readonly DayCounts[]
  readonly timeline: Timeline
  readonly tables: { readonly [Name in TableName]: ReportTable }
  readonly errors: readonly ErrorShape[]
  readonly sayings: { readonly [Name in SayingName]: readonly Saying[] }
  readonly sizes: Distribution
  readonly localDelays: Distribution
  readonly remoteDelays: Distribution
  readonly transferTimes: Distribution
  readonly queueTimes: Distribution
  readonly timeOnQueue: readonly QueueTimes[]
}

export type TableName = keyof typeof TABLES
export type SayingName = (typeof SAYINGS)[number]

/** `errors` are all of them: reasons are found by looking at each. */
export function reportOf(gathered: Gathered, { zone, top }: ReportOptions): StatisticsReport {
  const { statistics, waiting, leftOut } = gathered
  const isEmpty = statistics.firstMs > statistics.lastMs
  const tables = Object.fromEntries(
    Object.entries(TABLES).map(([name, { table, field }]) => [
      name,
      reportTable(table(statistics), field, top),
    ]),
  )
  const sayings = Object.fromEntries(SAYINGS.map((name) => [name, sorted(statistics[name], top)]))
  return {
    firstMs: isEmpty ? null : statistics.firstMs,
    lastMs: isEmpty ? null : statistics.lastMs,
    totals: statistics.totals,
    waiting,
    unknownExamples: statistics.unknownExamples,
    leftOut,
    hours: hoursOf(statistics, zone),
    days: daysOf(statistics, zone),
    timeline: timelineOf(statistics),
    tables: tables as StatisticsReport['tables'],
    errors: sorted(statistics.errors, Number.POSITIVE_INFINITY),
    sayings: sayings as StatisticsReport['sayings'],
    sizes: distribution(statistics.sizes),
    localDelays: distribution(statistics.localDelays),
    remoteDelays: distribution(statistics.remoteDelays),
    transferTimes: distribution(statistics.transferTimes),
    queueTimes: distribution(statistics.queueTimes),
    timeOnQueue: timeOnQueue(statistics),
  }
}

/** Every table, and the field by which its rows are sorted. */
const TABLES = {
  senders: { table: (all: Statistics) => all.senders, field: COUNT },
  sendersByOctets: { table: (all: Statistics) => all.senders, field: OCTETS },
  senderDomains: { table: (all: Statistics) => byDomain(all.senders), field: COUNT },
  sendingHosts: { table: (all: Statistics) => all.sendingHosts, field: COUNT },
  sendingHostsByOctets: { table: (all: Statistics) => all.sendingHosts, field: OCTETS },
  localUsers: { table: (all: Statistics) => all.localUsers, field: COUNT },
  authenticatedSenders: { table: (all: Statistics) => all.authenticatedSenders, field: COUNT },
  recipients: { table: (all: Statistics) => all.recipients, field: ADDRESSES },
  recipientsByOctets: { table: (all: Statistics) => all.recipients, field: OCTETS },
  localRecipients: { table: (all: Statistics) => all.recipients, field: LOCAL },
  recipientDomains: { table: (all: Statistics) => byDomain(all.recipients), field: ADDRESSES },
  deferredDomains: { table: (all: Statistics) => byDomain(all.recipients), field: DEFERRED },
  failedRecipients: { table: (all: Statistics) => all.recipients, field: FAILED },
  receivingHosts: { table: (all: Statistics) => all.receivingHosts, field: COUNT },
  receivingHostsByOctets: { table: (all: Statistics) => all.receivingHosts, field: OCTETS },
  transports: { table: (all: Statistics) => all.transports, field: ADDRESSES },
  deferringTransports: { table: (all: Statistics) => all.transports, field: DEFERRED },
  relays: { table: (all: Statistics) => all.relays, field: COUNT },
  protocols: { table: (all: Statistics) => all.protocols, field: COUNT },
  tlsIn: { table: (all: Statistics) => all.tlsIn, field: COUNT },
  tlsOut: { table: (all: Statistics) => all.tlsOut, field: COUNT },
  failuresByRelay: { table: (all: Statistics) => all.failuresByRelay, field: COUNT },
  rejectedHosts: { table: (all: Statistics) => all.rejectedHosts, field: COUNT },
  putOffHosts: { table: (all: Statistics) => all.rejectedHosts, field: TEMPORARILY },
  rejectedRecipients: { table: (all: Statistics) => all.rejectedRecipients, field: COUNT },
  rejectedSenders: { table: (all: Statistics) => all.rejectedSenders, field: COUNT },
  loginFailuresByAddress: { table: (all: Statistics) => all.attemptsByAddress, field: COUNT },
  loginFailuresByAccount: { table: (all: Statistics) => all.attemptsByAccount, field: COUNT },
  loginsByAccount: { table: (all: Statistics) => all.attemptsByAccount, field: SUCCESSES },
  services: { table: (all: Statistics) => all.services, field: COUNT },
  successfulServices: { table: (all: Statistics) => all.services, field: SUCCESSES },
  connectedUsers: { table: (all: Statistics) => all.connectedUsers, field: OCTETS },
  connectedHosts: { table: (all: Statistics) => all.connectedHosts, field: COUNT },
  connectedHostsByTime: { table: (all: Statistics) => all.connectedHosts, field: CONNECTION_MS },
  filed: { table: (all: Statistics) => all.filed, field: COUNT },
  filedBy: { table: (all: Statistics) => all.filedBy, field: COUNT },
}
const SAYINGS = [
  ...(['warnings', 'alarms', 'masterMessages', 'connectFailures', 'queueActions'] as const),
]

function reportTable(table: Table, field: number, top: number): ReportTable {
  const { keys, kind, missingAtMost } = table
  const rows = topRows(table, field, top).map((row) => ({
    key: keys[row] ?? '',
    ...Object.fromEntries(kind.fields.map((name, at) => [name, numberAt(table, row, at)])),
  }))
  return { keys: keys.length, missingAtMost, rows }
}

function sorted<Row extends Saying | ErrorShape>(tally: Tally<Row>, top: number): Row[] {
  return [...tally.rows.values()].sort((one, other) => other.count - one.count).slice(0, top)
}

function distribution(histogram: Histogram): Distribution {
  return {
    count: histogram.count,
    mean: meanOf(histogram),
    median: percentile(histogram, 0.5),
    p90: percentile(histogram, 0.9),
    p95: percentile(histogram, 0.95),
    p99: percentile(histogram, 0.99),
    max: histogram.count === 0 ? null : histogram.max,
    buckets: filledBuckets(histogram),
  }
}

function timeOnQueue({ queueAll, queueRemote }: Statistics): QueueTimes[] {
  return queueAll.map((messages, bin) => ({
    underMs: QUEUE_BOUNDS_MS[bin] ?? null,
    messages,
    remote: queueRemote[bin] ?? 0,
  }))
}
