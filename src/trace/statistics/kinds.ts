/** What the tables count: the kinds of rows, and the place of each number in them. */
import type { TableKind } from './table.ts'

export const COUNT_ONLY: TableKind = { fields: ['count'], weights: [0], maxima: 0 }
/** Mail from somebody: messages, octets. */
export const VOLUME: TableKind = { fields: ['count', 'octets'], weights: [0], maxima: 0 }
/** Mail to somebody: messages, octets, addresses, attempts put off and given up. */
export const TRAFFIC: TableKind = {
  fields: [
    ...['count', 'octets', 'addresses', 'deferred', 'failed', 'local'],
    ...['delayMs', 'maxDelayMs'],
  ],
  weights: [2, 3, 4],
  maxima: 1,
}
/** Who was rejected: for good, and for now. */
export const REFUSALS: TableKind = {
  fields: ['count', 'temporarily'],
  weights: [0, 1],
  maxima: 0,
}
/** Who logged in, tried to, or did not even try. */
export const ATTEMPTS: TableKind = {
  fields: ['failures', 'successes', 'withoutTrying', 'lastFailureMs'],
  weights: [0, 1, 2],
  maxima: 1,
}
/** Who connected: how often, for how long, and the longest. */
export const CONNECTIONS: TableKind = {
  fields: ['count', 'connectionMs', 'maxMs'],
  weights: [0],
  maxima: 1,
}

/** Of every kind: messages, failures, connections. */
export const COUNT = 0

export const OCTETS = 1
export const ADDRESSES = 2
export const DEFERRED = 3
export const FAILED = 4
/** Of the messages: those that stayed on this host. */
export const LOCAL = 5
/** Summed over the deliveries, and the longest. */
export const DELAY_MS = 6
export const MAX_DELAY_MS = 7

export const TEMPORARILY = 1

export const SUCCESSES = 1
export const WITHOUT_TRYING = 2
export const LAST_FAILURE_MS = 3

export const CONNECTION_MS = 1
export const MAX_CONNECTION_MS = 2
