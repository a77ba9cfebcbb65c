/**
 * What is counted in a log: tables, sums and histograms. Plain data of bounded size, so that a thread
 * can count a part of a log and hand the result over; {@link mergeStatistics} adds the parts.
 */
import type { RejectPhase } from '../../journal/event.ts'
import { type Histogram, mergeHistogram, newHistogram } from './histogram.ts'
import { type Counted, mergeCounts, mergeTally, newTally, type Tally } from './tally.ts'

/** The sums; each says what one of it is. */
export const TOTALS = [
  'lines',
  'unknownLines',
  /** Messages accepted; what Postfix made itself (bounces) is not among them. */
  'received',
  'receivedOctets',
  /** Of those: by a network connection, with TLS, after a login. */
  'receivedRemote',
  'receivedTls',
  'receivedAuthenticated',
  /** Accepted, and the client was told that it was not. */
  'receivedFakeReject',
  /** Deliveries: `=>` and `>>`; one can be for several addresses on the same host. */
  'delivered',
  'deliveredAddresses',
  'deliveredOctets',
  'deliveredRemote',
  'deliveredTls',
  /** Of the deliveries: sent on while the message came in, `>>`. */
  'cutthrough',
  /** Deliveries to nowhere: a black hole, a discard rule. */
  'blackholed',
  /** Postfix: handed to another address as a new message. */
  'forwarded',
  /** Postponed attempts, and messages that had at least one. */
  'deferrals',
  'deferredMessages',
  /** Addresses given up, and messages that had at least one. */
  'failures',
  'failedMessages',
  /** The same, only of messages whose arrival is in the log. */
  'deferredArrivals',
  'failedArrivals',
  'completed',
  /** Deliveries to another host of what came from one, unchanged; and those of clients not logged in. */
  'relayed',
  'relayedWithoutLogin',
  'rejected',
  'temporarilyRejected',
  'rejectWarnings',
  /** SMTP logins refused, and those of readers. */
  'authenticationFailures',
  'logins',
  'loginsTls',
  'noLogins',
  /** Network connections that ended, and how long they were. */
  'connections',
  'connectionMs',
  'warnings',
  'errors',
  'fatals',
  'panics',
  'spam',
  'ham',
  /** Messages that waited so long, with so many others, that their arrival was forgotten. */
  'forgottenMessages',
] as const
export type Total = (typeof TOTALS)[number]
export type Totals = { [T in Total]: number }

/** What is counted for each quarter of an hour. */
export const SLOT_FIELDS = [
  'received',
  'receivedOctets',
  'delivered',
  'deliveredOctets',
  'deferred',
  'failed',
  'rejected',
  'temporarilyRejected',
  'authenticationFailures',
  'connections',
  'connectionMs',
] as const
export type SlotField = (typeof SLOT_FIELDS)[number]
export type Slot = { [F in SlotField]: number }

/** Zones differ by quarters of an hour: hours and days of any zone are made of these. */
export const SLOT_MS = 15 * 60_000

/** Mail from or to somebody. `count` is messages. */
export interface Traffic extends Counted {
  addresses: number
  octets: number
  deferred: number
  failed: number
  /** Summed over the deliveries, and the longest. */
  delayMs: number
  maxDelayMs: number
  /** Of the messages: those that stayed on this host. */
  local: number
}

/** Who tried to log in. `count` is failures. */
export interface Attempts extends Counted {
  successes: number
  /** Connections that never tried. */
  withoutTrying: number
  /** Of the last failure. */
  lastMs: number
}

/** Who connected. */
export interface Connections extends Counted {
  connectionMs: number
  maxMs: number
}

export type ErrorType = 'failed' | 'deferred' | 'rejected' | 'temporarilyRejected' | 'notFiled'

/** Errors of one shape, with one of them whole. */
export interface ErrorShape extends Counted {
  readonly type: ErrorType
  /** The transport that met it, or the phase of the session. */
  readonly at: string | null
  readonly phase: RejectPhase | null
  readonly example: string
  readonly host: string | null
  readonly recipient: string | null
}

/** A line of one shape of some program. */
export interface Saying extends Counted {
  readonly program: string
  readonly example: string
}

/** Bounds in ms for {@link Statistics.queueTimes}: eximstats has the same. */
export const QUEUE_BOUNDS_MS = [1, 5, 15, 30, 60, 180, 360, 720, 1440].map((m) => m * 60_000)

export interface Statistics {
  firstMs: number
  lastMs: number
  readonly totals: Totals
  /** By the number of the quarter since 1970. */
  readonly slots: Map<number, Slot>
  readonly senders: Tally<Traffic>
  readonly senderDomains: Tally<Traffic>
  readonly sendingHosts: Tally<Traffic>
  /** Of messages handed in on this host: by user. */
  readonly localUsers: Tally<Traffic>
  /** By the name with which they logged in. */
  readonly authenticatedSenders: Tally<Traffic>
  readonly recipients: Tally<Traffic>
  readonly recipientDomains: Tally<Traffic>
  readonly receivingHosts: Tally<Traffic>
  readonly transports: Tally<Traffic>
  /** `from host[ip] address\nto host[ip] address`. */
  readonly relays: Tally
  readonly protocols: Tally
  readonly tlsIn: Tally
  readonly tlsOut: Tally
  readonly errors: Tally<ErrorShape>
  /** `relay\nshape` of failures. */
  readonly failuresByRelay: Tally
  readonly rejectedHosts: Tally<Traffic>
  readonly rejectedRecipients: Tally
  readonly rejectedSenders: Tally
  readonly attemptsByAddress: Tally<Attempts>
  readonly attemptsByAccount: Tally<Attempts>
  readonly services: Tally<Attempts>
  /** Sessions of readers that ended: how many, and the octets read and written. */
  readonly connectedUsers: Tally<Traffic>
  readonly connectedHosts: Tally<Connections>
  readonly warnings: Tally<Saying>
  readonly alarms: Tally<Saying>
  readonly masterMessages: Tally<Saying>
  readonly connectFailures: Tally<Saying>
  readonly queueActions: Tally<Saying>
  readonly filed: Tally
  readonly filedBy: Tally<Traffic>
  readonly topics: Tally
  readonly sizes: Histogram
  /** From arrival to delivery: to this host's mailboxes, and to others. */
  readonly localDelays: Histogram
  readonly remoteDelays: Histogram
  /** The delivery alone: `DT=`; Postfix: connecting and sending. */
  readonly transferTimes: Histogram
  /** From arrival to completion; counts in {@link QUEUE_BOUNDS_MS}, the last above all bounds. */
  readonly queueTimes: Histogram
  readonly queueAll: number[]
  readonly queueRemote: number[]
  readonly unknownExamples: string[]
}

export function newStatistics(): Statistics {
  return {
    firstMs: Number.POSITIVE_INFINITY,
    lastMs: Number.NEGATIVE_INFINITY,
    totals: zeros(TOTALS),
    slots: new Map(),
    senders: newTally(),
    senderDomains: newTally(),
    sendingHosts: newTally(),
    localUsers: newTally(FEW_ROWS),
    authenticatedSenders: newTally(),
    recipients: newTally(),
    recipientDomains: newTally(),
    receivingHosts: newTally(),
    transports: newTally(FEW_ROWS),
    relays: newTally(RELAY_ROWS),
    protocols: newTally(FEW_ROWS),
    tlsIn: newTally(FEW_ROWS),
    tlsOut: newTally(FEW_ROWS),
    errors: newTally(SHAPE_ROWS),
    failuresByRelay: newTally(RELAY_ROWS),
    rejectedHosts: newTally(),
    rejectedRecipients: newTally(),
    rejectedSenders: newTally(),
    attemptsByAddress: newTally(),
    attemptsByAccount: newTally(),
    services: newTally(FEW_ROWS),
    connectedUsers: newTally(),
    connectedHosts: newTally(),
    warnings: newTally(SHAPE_ROWS),
    alarms: newTally(SHAPE_ROWS),
    masterMessages: newTally(SHAPE_ROWS),
    connectFailures: newTally(SHAPE_ROWS),
    queueActions: newTally(SHAPE_ROWS),
    filed: newTally(FEW_ROWS),
    filedBy: newTally(),
    topics: newTally(FEW_ROWS),
    sizes: newHistogram(),
    localDelays: newHistogram(),
    remoteDelays: newHistogram(),
    transferTimes: newHistogram(),
    queueTimes: newHistogram(),
    queueAll: new Array(QUEUE_BOUNDS_MS.length + 1).fill(0),
    queueRemote: new Array(QUEUE_BOUNDS_MS.length + 1).fill(0),
    unknownExamples: [],
  }
}

/** Adds a later part of the same log. */
export function mergeStatistics(into: Statistics, from: Statistics): void {
  into.firstMs = Math.min(into.firstMs, from.firstMs)
  into.lastMs = Math.max(into.lastMs, from.lastMs)
  for (const name of TOTALS) into.totals[name] += from.totals[name]
  for (const [number, slot] of from.slots) {
    const own = slotAt(into, number)
    if (own !== undefined) for (const field of SLOT_FIELDS) own[field] += slot[field]
  }
  for (const name of TRAFFIC_TALLIES) mergeTally(into[name], from[name], newTraffic, addTraffic)
  for (const name of COUNT_TALLIES) mergeCounts(into[name], from[name])
  for (const name of ATTEMPT_TALLIES) mergeTally(into[name], from[name], newAttempts, addAttempts)
  for (const name of SAYING_TALLIES) mergeShapes(into[name], from[name])
  mergeShapes(into.errors, from.errors)
  mergeTally(into.connectedHosts, from.connectedHosts, newConnections, addConnections)
  for (const name of HISTOGRAMS) mergeHistogram(into[name], from[name])
  for (const name of ['queueAll', 'queueRemote'] as const)
    for (const [index, count] of from[name].entries())
      into[name][index] = (into[name][index] ?? 0) + count
  for (const line of from.unknownExamples) addExample(into, line)
}

export function addExample({ unknownExamples }: Statistics, line: string): void {
  if (unknownExamples.length < MAX_EXAMPLES) unknownExamples.push(line)
}

/** The quarter of this number; undefined when there are too many: then only the sums have it. */
export function slotAt({ slots }: Statistics, number: number): Slot | undefined {
  const known = slots.get(number)
  if (known !== undefined || slots.size >= MAX_SLOTS) return known
  const slot = zeros(SLOT_FIELDS)
  slots.set(number, slot)
  return slot
}

export function newTraffic(key: string): Traffic {
  const sums = { count: 0, addresses: 0, octets: 0, deferred: 0, failed: 0 }
  return { key, ...sums, delayMs: 0, maxDelayMs: 0, local: 0 }
}

export function newAttempts(key: string): Attempts {
  return { key, count: 0, successes: 0, withoutTrying: 0, lastMs: 0 }
}

export function newConnections(key: string): Connections {
  return { key, count: 0, connectionMs: 0, maxMs: 0 }
}

function zeros<Name extends string>(names: readonly Name[]): { [N in Name]: number } {
  return Object.fromEntries(names.map((name) => [name, 0])) as { [N in Name]: number }
}

function addTraffic(into: Traffic, from: Traffic): void {
  into.count += from.count
  into.addresses += from.addresses
  into.octets += from.octets
  into.deferred += from.deferred
  into.failed += from.failed
  into.delayMs += from.delayMs
  into.maxDelayMs = Math.max(into.maxDelayMs, from.maxDelayMs)
  into.local += from.local
}

function addAttempts(into: Attempts, from: Attempts): void {
  into.count += from.count
  into.successes += from.successes
  into.withoutTrying += from.withoutTrying
  into.lastMs = Math.max(into.lastMs, from.lastMs)
}

function addConnections(into: Connections, from: Connections): void {
  into.count += from.count
  into.connectionMs += from.connectionMs
  into.maxMs = Math.max(into.maxMs, from.maxMs)
}

/** The example of the earlier part stays. */
function mergeShapes<Row extends Counted>(into: Tally<Row>, from: Tally<Row>): void {
  for (const [key, row] of from.rows) {
    const own = into.rows.get(key)
    if (own === undefined && into.rows.size < into.maxRows) into.rows.set(key, { ...row })
    else if (own === undefined) into.missingAtMost = Math.max(into.missingAtMost, row.count)
    else own.count += row.count
  }
  into.missingAtMost += from.missingAtMost
}

const TRAFFIC_TALLIES = [
  'senders',
  'senderDomains',
  'sendingHosts',
  'localUsers',
  'authenticatedSenders',
  'connectedUsers',
  'recipients',
  'recipientDomains',
  'receivingHosts',
  'transports',
  'rejectedHosts',
  'filedBy',
] as const
const COUNT_TALLIES = [
  'relays',
  'protocols',
  'tlsIn',
  'tlsOut',
  'failuresByRelay',
  'rejectedRecipients',
  'rejectedSenders',
  'filed',
  'topics',
] as const
const ATTEMPT_TALLIES = ['attemptsByAddress', 'attemptsByAccount', 'services'] as const
const SAYING_TALLIES = [
  'warnings',
  'alarms',
  'masterMessages',
  'connectFailures',
  'queueActions',
] as const
const HISTOGRAMS = ['sizes', 'localDelays', 'remoteDelays', 'transferTimes', 'queueTimes'] as const

const FEW_ROWS = 10_000
const RELAY_ROWS = 50_000
const SHAPE_ROWS = 5_000
/** Five years. */
const MAX_SLOTS = 175_000
const MAX_EXAMPLES = 3
