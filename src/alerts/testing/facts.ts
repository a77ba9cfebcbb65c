/** Facts of a healthy server. */
import { configFrom } from '../../config/load.ts'
import type { Facts } from '../facts.ts'
import { NOON_MS } from './samples.ts'

export const LIMITS = configFrom(null).config.alerts.limits

export const HEALTHY: Facts = {
  nowMs: NOON_MS,
  startedMs: NOON_MS - 86_400_000,
  dataFolder: '/var/lib/waybill',
  queue: {
    ...{ messages: 3, held: 0, frozen: 0, octets: 3000 },
    ...{ oldestMs: NOON_MS - 60_000, oldestUnheldMs: NOON_MS - 60_000 },
  },
  space: { totalOctets: 1e12, freeOctets: 5e11, totalInodes: 1e6, freeInodes: 5e5 },
  leastFreeOctets: 5e10,
  memoryOctets: 2e8,
  memoryMostOctets: null,
  failedLogins: new Map(),
  panic: { lines: 0, last: [] },
  relays: [{ name: 'prov', loginRefused: null }],
  memory: { deliveredMs: NOON_MS - 60_000, failingSinceMs: null, triedMs: NOON_MS - 60_000 },
  failing: [],
  backupMs: NOON_MS - 86_400_000,
  ways: { configured: new Set(['mail']), used: new Map([['mail', null]]) },
}
