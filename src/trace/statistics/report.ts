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
  MAX_SLOTS,
  QUEUE_BOUNDS_MS,
  type Saying,
  type Statistics,
  type Totals,
} from './statistics.ts'
import { hostDomain } from './keys.ts'
import { byDomain, keyAt, labelAt, numberAt, rekeyed, rowCount, topRows } from './rows.ts'
import type { Table } from './table.ts'
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
  /** How many keys have anything of what the table is sorted by; at least, when some were dropped. */
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

/** `atLeast`: what was too much to be kept is missing. `about`: besides, some may count twice. */
export type Exactness = 'exact' | 'atLeast' | 'about'

/** Figures that depend on how much can be kept; tables say it themselves, all others are exact. */
export interface Bounds {
  readonly waiting: Exactness
  readonly deferredMessages: Exactness
  readonly failedMessages: Exactness
  /** How many, and how long they were. */
  readonly connections: Exactness
  /** Counts by day, by hour and in the timeline. */
  readonly times: Exactness
  /** Counts of errors by shape and by reason. */
  readonly errors: Exactness
  readonly sayings: { readonly [Name in SayingName]: Exactness }
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
  readonly bounds: Bounds
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
  const { connectedHosts } = statistics
  const connectedNames = rekeyed(
    connectedHosts,
    (row) => labelAt(connectedHosts, row).toLowerCase() || NO_NAME,
  )
  const sources = {
    ...statistics,
    senderDomains: byDomain(statistics.senders),
    recipientDomains: byDomain(statistics.recipients),
    connectedNames,
    connectedDomains: rekeyed(connectedNames, (row) => hostDomain(keyAt(connectedNames, row))),
  }
  return {
    firstMs: isEmpty ? null : statistics.firstMs,
    lastMs: isEmpty ? null : statistics.lastMs,
    totals: statistics.totals,
    waiting,
    bounds: boundsOf(statistics),
    unknownExamples: statistics.unknownExamples,
    leftOut,
    hours: hoursOf(statistics, zone),
    days: daysOf(statistics, zone),
    timeline: timelineOf(statistics),
    tables: each(TABLE_NAMES, (name) => {
      const [source, field] = TABLES[name]
      return reportTable(sources[source], field, WHOLE.has(name) ? KINDS : top)
    }),
    errors: sorted(statistics.errors, Number.POSITIVE_INFINITY),
    sayings: each(SAYINGS, (name) => sorted(statistics[name], top)),
    sizes: distribution(statistics.sizes),
    localDelays: distribution(statistics.localDelays),
    remoteDelays: distribution(statistics.remoteDelays),
    transferTimes: distribution(statistics.transferTimes),
    queueTimes: distribution(statistics.queueTimes),
    timeOnQueue: timeOnQueue(statistics),
  }
}

function boundsOf(statistics: Statistics): Bounds {
  const { totals, slots, errors } = statistics
  const { forgottenMessages, unjoinedSteps, unjoinedConnections } = totals
  // A message that was forgotten, and is deferred again, is taken for another one.
  const messages = (count: number) =>
    count > 0 && forgottenMessages + unjoinedSteps > 0 ? 'about' : 'exact'
  return {
    // A step that was not joined can be the end of a message.
    waiting: unjoinedSteps > 0 ? 'about' : atLeast(forgottenMessages > 0),
    deferredMessages: messages(totals.deferredMessages),
    failedMessages: messages(totals.failedMessages),
    connections: atLeast(unjoinedConnections > 0),
    times: atLeast(slots.size >= MAX_SLOTS),
    errors: atLeast(errors.missingAtMost > 0),
    sayings: each(SAYINGS, (name) => atLeast(statistics[name].missingAtMost > 0)),
  }
}

function atLeast(isCut: boolean): Exactness {
  return isCut ? 'atLeast' : 'exact'
}

/** Every table: what it is made of, and the field by which its rows are sorted. */
const TABLES = {
  senders: ['senders', COUNT],
  sendersByOctets: ['senders', OCTETS],
  senderDomains: ['senderDomains', COUNT],
  sendingHosts: ['sendingHosts', COUNT],
  sendingHostsByOctets: ['sendingHosts', OCTETS],
  localUsers: ['localUsers', COUNT],
  localUsersByOctets: ['localUsers', OCTETS],
  authenticatedSenders: ['authenticatedSenders', COUNT],
  recipients: ['recipients', ADDRESSES],
  recipientsByOctets: ['recipients', OCTETS],
  localRecipients: ['recipients', LOCAL],
  recipientDomains: ['recipientDomains', ADDRESSES],
  deferredDomains: ['recipientDomains', DEFERRED],
  failedRecipients: ['recipients', FAILED],
  receivingHosts: ['receivingHosts', COUNT],
  receivingHostsByOctets: ['receivingHosts', OCTETS],
  transports: ['transports', ADDRESSES],
  deferringTransports: ['transports', DEFERRED],
  relays: ['relays', COUNT],
  protocols: ['protocols', COUNT],
  tlsIn: ['tlsIn', COUNT],
  tlsOut: ['tlsOut', COUNT],
  failuresByRelay: ['failuresByRelay', COUNT],
  rejectedHosts: ['rejectedHosts', COUNT],
  temporarilyRejectedHosts: ['rejectedHosts', TEMPORARILY],
  rejectedRecipients: ['rejectedRecipients', COUNT],
  rejectedSenders: ['rejectedSenders', COUNT],
  loginFailuresByAddress: ['attemptsByAddress', COUNT],
  loginFailuresByAccount: ['attemptsByAccount', COUNT],
  loginsByAccount: ['attemptsByAccount', SUCCESSES],
  services: ['services', COUNT],
  successfulServices: ['services', SUCCESSES],
  connectedUsers: ['connectedUsers', OCTETS],
  connectedHosts: ['connectedHosts', COUNT],
  connectedHostsByTime: ['connectedHosts', CONNECTION_MS],
  connectedNames: ['connectedNames', COUNT],
  connectedDomains: ['connectedDomains', COUNT],
  filed: ['filed', COUNT],
  filedBy: ['filedBy', COUNT],
  otherPrograms: ['otherPrograms', COUNT],
} as const
const SAYINGS = [
  ...(['warnings', 'alarms', 'masterMessages', 'connectFailures', 'queueActions'] as const),
]

/** Addresses without a confirmed name. */
const NO_NAME = '(unknown)'

/** A row for each kind of thing that can happen: never cut. */
const WHOLE: ReadonlySet<TableName> = new Set(['filed'])
const KINDS = 100

const TABLE_NAMES = Object.keys(TABLES) as TableName[]

function each<Name extends string, Value>(
  names: readonly Name[],
  make: (name: Name) => Value,
): { readonly [N in Name]: Value } {
  const pairs = names.map((name) => [name, make(name)])
  return Object.fromEntries(pairs) as { readonly [N in Name]: Value }
}

function reportTable(table: Table, field: number, top: number): ReportTable {
  const { kind, missingAtMost } = table
  const rows = topRows(table, field, top).map((row) => ({
    key: keyAt(table, row),
    ...Object.fromEntries(kind.fields.map((name, at) => [name, numberAt(table, row, at)])),
  }))
  let count = 0
  for (let row = 0; row < rowCount(table); row++) if (numberAt(table, row, field) > 0) count++
  return { keys: count, missingAtMost, rows }
}

function sorted<Row extends Saying | ErrorShape>(tally: Tally<Row>, top: number): Row[] {
  return [...tally.rows.values()]
    .sort((one, other) => other.count - one.count || (one.key < other.key ? -1 : 1))
    .slice(0, top)
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
