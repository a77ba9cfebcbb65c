/** All that a report is made of, before it is put into words. */
import type { Status as ServerStatus } from '../control/commands.ts'
import type { Relay } from '../directory/types.ts'
import type { QueueFigures } from '../doctor/queue/figures.ts'
import type { Finding } from '../doctor/types.ts'
import type { Zone } from '../journal/zone.ts'
import type { DomainSummary } from '../queue/summary.ts'
import type { LogFacts } from './log-facts.ts'

export interface ReportFacts {
  /** Of the server; of logs alone, what they are called. */
  readonly host: string
  readonly zone: Zone
  readonly sinceMs: number
  readonly untilMs: number
  readonly log: LogFacts
  /** Null: a report of logs alone, of whichever server. */
  readonly own: OwnFacts | null
}

/** What only the server itself knows. */
export interface OwnFacts {
  /** Null: it does not run, or does not answer. */
  readonly status: ServerStatus | null
  /** Null: not known, the database cannot be read. */
  readonly queue: QueueFigures | null
  /** Where it waits for, the most messages first. */
  readonly destinations: readonly DomainSummary[]
  /** Null: not known. */
  readonly relays: readonly Relay[] | null
  /** What to type so that a command means this server: ` --config FILE`, or nothing. */
  readonly sameServer: string
  /** Of the doctor, all of them. */
  readonly findings: readonly Finding[]
  /** The report before this one; null: this is the first. */
  readonly previous: ReportFigures | null
  /** The same stretch of time a week ago; null: not known. */
  readonly weekAgo: Partial<ReportFigures> | null
}

/** What a report is compared by. */
export interface ReportFigures {
  readonly sinceMs: number
  readonly untilMs: number
  readonly received: number
  readonly delivered: number
  readonly deferred: number
  readonly failed: number
  readonly rejected: number
  readonly failedLogins: number
  readonly waiting: number
}

export function figuresOf({ log, own, sinceMs, untilMs }: ReportFacts): ReportFigures {
  const { totals, waiting } = log.statistics
  return {
    sinceMs,
    untilMs,
    received: totals.received,
    delivered: totals.deliveredAddresses,
    deferred: totals.deferrals,
    failed: totals.failures,
    rejected: totals.rejected + totals.temporarilyRejected,
    failedLogins: totals.authenticationFailures,
    waiting: own?.queue?.messages ?? waiting,
  }
}
