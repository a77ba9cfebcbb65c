/**
 * What is counted in a log: tables, sums and histograms. Plain data of bounded size, so that a thread
 * can count a part of a log and hand the result over; {@link mergeStatistics} adds the parts.
 */
import type { Filed, Rejected, Undelivered } from '../../journal/event.ts'
import { type Histogram, mergeHistogram, newHistogram } from './histogram.ts'
import { ATTEMPTS, CONNECTIONS, COUNT_ONLY, REFUSALS, TRAFFIC, VOLUME } from './kinds.ts'
import {
  buffersOf,
  mergeTable,
  newAddressTable,
  newLabelledTable,
  newTable,
  type Table,
} from './table.ts'
import { type Counted, mergeTally, newTally, type Tally } from './tally.ts'

/** The sums; each says what one of it is. Written out: an object made from names is slow to count in. */
const NO_TOTALS = {
  lines: 0,
  unknownLines: 0,
  /** Of programs that are no mail programs, and share the log; not among the unknown ones. */
  otherLines: 0,
  /** Of what Waybill’s doctor tried at its own server; nothing else counts them. */
  doctorLines: 0,
  /** Messages accepted; what Postfix made itself (bounces) is not among them. */
  received: 0,
  receivedOctets: 0,
  /** Of those: the log does not say how large they were. */
  receivedWithoutSize: 0,
  /** Of those: by a network connection, with TLS, after a login. */
  receivedRemote: 0,
  receivedTls: 0,
  receivedAuthenticated: 0,
  /** Came back from a filter on this host: not among the messages received. */
  reinjected: 0,
  /** Accepted, and the client was told that it was not. */
  receivedFakeReject: 0,
  /** Deliveries: `=>` and `>>`; one can be for several addresses on the same host. */
  delivered: 0,
  deliveredAddresses: 0,
  deliveredOctets: 0,
  deliveredRemote: 0,
  deliveredTls: 0,
  /** Of the deliveries: sent on while the message came in, `>>`. */
  cutthrough: 0,
  /** Deliveries to nowhere: a black hole, a discard rule. */
  blackholed: 0,
  /** Postfix: handed to another address as a new message. */
  forwarded: 0,
  /** Postponed attempts, and messages that had at least one. */
  deferrals: 0,
  deferredMessages: 0,
  /** Addresses given up, and messages that had at least one. */
  failures: 0,
  failedMessages: 0,
  /** The same, only of messages whose arrival is in the log. */
  deferredArrivals: 0,
  failedArrivals: 0,
  completed: 0,
  /** Deliveries to another host of what came from one, unchanged; and those of clients not logged in. */
  relayed: 0,
  relayedWithoutLogin: 0,
  rejected: 0,
  temporarilyRejected: 0,
  /** Postfix: would have been rejected, were it not for `warn_if_reject`. */
  rejectWarnings: 0,
  /** By a rule, not by hand. */
  held: 0,
  discarded: 0,
  /** SMTP logins refused, and those of readers. */
  authenticationFailures: 0,
  logins: 0,
  loginsTls: 0,
  noLogins: 0,
  /** Network connections that ended, and how long they were. */
  connections: 0,
  connectionMs: 0,
  warnings: 0,
  errors: 0,
  fatals: 0,
  panics: 0,
  spam: 0,
  ham: 0,
  /** Messages that waited so long, with so many others, that their arrival was forgotten. */
  forgottenMessages: 0,
  /** Steps of messages that began in an earlier part of the log, too many to be joined to them. */
  unjoinedSteps: 0,
  /** Connections whose start could not be kept, or not be joined to their end. */
  unjoinedConnections: 0,
}
export type Total = keyof typeof NO_TOTALS
export type Totals = { [T in Total]: number }
const TOTALS = namesOf(NO_TOTALS)

/** What is counted for each quarter of an hour. */
export const NO_SLOT = {
  received: 0,
  receivedOctets: 0,
  delivered: 0,
  deliveredOctets: 0,
  deferred: 0,
  failed: 0,
  rejected: 0,
  temporarilyRejected: 0,
  authenticationFailures: 0,
  connections: 0,
  connectionMs: 0,
  /** The longest, of those that ended then. */
  longestConnectionMs: 0,
  /** By Dovecot, into mailboxes. */
  saved: 0,
}
export type SlotField = keyof typeof NO_SLOT
export type Slot = { [F in SlotField]: number }

/** Zones differ by quarters of an hour: hours and days of any zone are made of these. */
export const SLOT_MS = 15 * 60_000

export type ErrorType = 'failed' | 'deferred' | 'rejected' | 'temporarilyRejected' | 'notFiled'

export type FaultyEvent = Undelivered | Rejected | Filed

/** Errors of one shape, with one of them whole: what it means is looked up for the example alone. */
export interface ErrorShape extends Counted {
  readonly type: ErrorType
  /** The transport that met it, or the phase of the session; '' when nothing says. */
  readonly at: string
  readonly shape: string
  readonly example: FaultyEvent
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
  readonly senders: Table
  readonly sendingHosts: Table
  /** Of messages handed in on this host: by user. */
  readonly localUsers: Table
  /** By the name with which they logged in. */
  readonly authenticatedSenders: Table
  readonly recipients: Table
  readonly receivingHosts: Table
  readonly transports: Table
  /** `from host[ip] address\nto host[ip] address`, of clients that were not logged in. */
  readonly relays: Table
  readonly protocols: Table
  readonly tlsIn: Table
  readonly tlsOut: Table
  readonly errors: Tally<ErrorShape>
  /** `relay\nshape` of failures. */
  readonly failuresByRelay: Table
  readonly rejectedHosts: Table
  readonly rejectedRecipients: Table
  readonly rejectedSenders: Table
  readonly attemptsByAddress: Table
  readonly attemptsByAccount: Table
  readonly services: Table
  /** Sessions of readers that ended: how many, and the octets read and written. */
  readonly connectedUsers: Table
  /** By address, with the name that a look-up confirmed as its label, '' where none did. */
  readonly connectedHosts: Table
  readonly warnings: Tally<Saying>
  readonly alarms: Tally<Saying>
  readonly masterMessages: Tally<Saying>
  readonly connectFailures: Tally<Saying>
  /** What rules and people did with messages; the word for it stands as the program. */
  readonly queueActions: Tally<Saying>
  readonly filed: Table
  readonly filedBy: Table
  readonly topics: Table
  /** Whose lines share the log, by the tag. */
  readonly otherPrograms: Table
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
    totals: { ...NO_TOTALS },
    slots: new Map(),
    senders: newAddressTable(VOLUME),
    sendingHosts: newTable(VOLUME),
    localUsers: newTable(VOLUME, FEW_ROWS),
    authenticatedSenders: newTable(VOLUME),
    recipients: newAddressTable(TRAFFIC),
    receivingHosts: newTable(TRAFFIC),
    transports: newTable(TRAFFIC, FEW_ROWS),
    relays: newTable(COUNT_ONLY, RELAY_ROWS),
    protocols: newTable(COUNT_ONLY, FEW_ROWS),
    tlsIn: newTable(COUNT_ONLY, FEW_ROWS),
    tlsOut: newTable(COUNT_ONLY, FEW_ROWS),
    errors: newTally(),
    failuresByRelay: newTable(COUNT_ONLY, RELAY_ROWS),
    rejectedHosts: newTable(REFUSALS),
    rejectedRecipients: newTable(COUNT_ONLY),
    rejectedSenders: newTable(COUNT_ONLY),
    attemptsByAddress: newTable(ATTEMPTS),
    attemptsByAccount: newTable(ATTEMPTS),
    services: newTable(ATTEMPTS, FEW_ROWS),
    connectedUsers: newTable(VOLUME),
    connectedHosts: newLabelledTable(CONNECTIONS),
    warnings: newTally(),
    alarms: newTally(),
    masterMessages: newTally(),
    connectFailures: newTally(),
    queueActions: newTally(),
    filed: newTable(COUNT_ONLY, FEW_ROWS),
    filedBy: newTable(VOLUME),
    topics: newTable(COUNT_ONLY, FEW_ROWS),
    otherPrograms: newTable(COUNT_ONLY, FEW_ROWS),
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
    if (own !== undefined) addSlot(own, slot)
  }
  for (const name of TABLES) mergeTable(into[name], from[name])
  for (const name of SAYINGS) mergeTally(into[name], from[name])
  mergeTally(into.errors, from.errors)
  for (const name of HISTOGRAMS) mergeHistogram(into[name], from[name])
  for (const name of ['queueAll', 'queueRemote'] as const)
    for (const [index, count] of from[name].entries())
      into[name][index] = (into[name][index] ?? 0) + count
  for (const line of from.unknownExamples) addExample(into, line)
}

/** What can be handed to another thread without a copy: nearly all of it. */
export function statisticsBuffers(statistics: Statistics): ArrayBuffer[] {
  return TABLES.flatMap((name) => buffersOf(statistics[name]))
}

/** Adds the counts of one time to those of another. Written out: names are slow to go through. */
export function addSlot(into: Slot, from: Slot): void {
  into.received += from.received
  into.receivedOctets += from.receivedOctets
  into.delivered += from.delivered
  into.deliveredOctets += from.deliveredOctets
  into.deferred += from.deferred
  into.failed += from.failed
  into.rejected += from.rejected
  into.temporarilyRejected += from.temporarilyRejected
  into.authenticationFailures += from.authenticationFailures
  into.connections += from.connections
  into.connectionMs += from.connectionMs
  into.longestConnectionMs = Math.max(into.longestConnectionMs, from.longestConnectionMs)
  into.saved += from.saved
}

export function addExample({ unknownExamples }: Statistics, line: string): void {
  if (unknownExamples.length < MAX_EXAMPLES) unknownExamples.push(line)
}

/** The quarter of this number; undefined when there are too many: then only the sums have it. */
export function slotAt({ slots }: Statistics, number: number): Slot | undefined {
  const known = slots.get(number)
  if (known !== undefined || slots.size >= MAX_SLOTS) return known
  const slot = { ...NO_SLOT }
  slots.set(number, slot)
  return slot
}

function namesOf<Name extends string>(of: { readonly [N in Name]: number }): readonly Name[] {
  return Object.keys(of) as Name[]
}

const TABLES = [
  ...(['senders', 'sendingHosts', 'localUsers', 'authenticatedSenders'] as const),
  ...(['recipients', 'receivingHosts', 'transports', 'relays', 'protocols'] as const),
  ...(['tlsIn', 'tlsOut', 'failuresByRelay'] as const),
  ...(['rejectedHosts', 'rejectedRecipients', 'rejectedSenders'] as const),
  ...(['attemptsByAddress', 'attemptsByAccount', 'services'] as const),
  ...(['connectedHosts', 'connectedUsers', 'filed', 'filedBy', 'topics'] as const),
  'otherPrograms' as const,
]
const SAYINGS = [
  ...(['warnings', 'alarms', 'masterMessages', 'connectFailures', 'queueActions'] as const),
]
const HISTOGRAMS = ['sizes', 'localDelays', 'remoteDelays', 'transferTimes', 'queueTimes'] as const

const FEW_ROWS = 10_000
const RELAY_ROWS = 50_000
/** Five years: of more, only the sums have it. */
export const MAX_SLOTS = 175_000
/** Of lines that no rule knows. */
export const MAX_EXAMPLES = 3
