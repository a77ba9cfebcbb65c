/** What a log says of the time that is reported: counted, and the messages that a report tells of. */
import { explainEvent } from '../diagnosis/event-error.ts'
import { type ReasonCount, reasonsOf } from '../diagnosis/reason-counts.ts'
import type { MailServer, Reason } from '../diagnosis/reasons/types.ts'
import type { Zone } from '../journal/zone.ts'
import { NO_FILTERS } from '../trace/search/filters.ts'
import { type Found, search } from '../trace/search/search.ts'
import type { LogInput } from '../trace/source/source.ts'
import type { Gathered } from '../trace/statistics/gather.ts'
import { reportOf, type ReportRow, type StatisticsReport } from '../trace/statistics/report.ts'
import { type HinderedUser, HinderedUsers } from './hindered-users.ts'
import { deliveryOf, isLater, type LastDelivery } from './last-delivery.ts'
import { LogServer } from './log-server.ts'
import { type GuessingNet, netsOf } from './nets.ts'
import { isGoingOn, type OutboundLogin, type Outage, Outages } from './outages.ts'

export interface LogFacts {
  readonly statistics: StatisticsReport
  /** Errors by what they mean, the most frequent first. */
  readonly reasons: readonly ReasonCount[]
  /** What programs complain of, by what it means: the most frequent first. */
  readonly alarms: readonly AlarmReason[]
  /** The last message that reached another server, or else a mailbox: its lines. Null: none did. */
  readonly lastDelivery: LastDelivery | null
  /** Who could not send, the most hindered first. */
  readonly users: readonly HinderedUser[]
  /** Networks from which passwords were guessed, the busiest first. */
  readonly nets: readonly GuessingNet[]
  /** When other servers refused our login; what goes on first. */
  readonly outages: readonly Outage[]
  /** Servers that took our login, as far as the log says it of a delivery; the busiest first. */
  readonly outboundLogins: readonly OutboundLogin[]
  /** When the queue was last gone through, as Exim logs it; null: the log does not say. */
  readonly queueRunMs: number | null
}

/** A program is not well. */
export interface AlarmReason {
  readonly reason: Reason
  /** False: only its own words tell. */
  readonly isKnown: boolean
  readonly count: number
  readonly example: string
}

export interface LogFactsOptions {
  readonly zone: Zone
  /** Whose log it is, where lines do not tell; null: whosever most of it is. */
  readonly server: MailServer | null
}

/** @throws LogFault when the log cannot be read */
export async function logFacts(
  input: LogInput,
  gathered: Gathered,
  { zone, server: given }: LogFactsOptions,
): Promise<LogFacts> {
  const statistics = reportOf(gathered, { zone, top: Number.POSITIVE_INFINITY })
  const failures: readonly ReportRow[] = statistics.tables.loginFailuresByAddress.rows
  const { server: found, ...messages } = await messageFacts(input, given)
  const server = given ?? found
  const reasons = reasonsOf(statistics.errors, server)
  const alarms = alarmsOf(statistics, server)
  return { statistics, reasons, alarms, nets: netsOf(failures), ...messages }
}

type MessageFacts = Pick<
  LogFacts,
  'lastDelivery' | 'users' | 'outages' | 'outboundLogins' | 'queueRunMs'
>

async function messageFacts(
  input: LogInput,
  server: MailServer | null,
): Promise<MessageFacts & { readonly server: MailServer | null }> {
  let last: LastDelivery | null = null
  let queueRunMs: number | null = null
  const logServer = new LogServer()
  const users = new HinderedUsers(server)
  const outages = new Outages(server)
  for await (const some of search(input, { patterns: [], filters: NO_FILTERS }))
    for (const found of some) {
      if (server === null) logServer.take(found)
      if (found.id === null) {
        queueRunMs = queueRunOf(found) ?? queueRunMs
        continue
      }
      const delivery = deliveryOf(found)
      if (delivery !== null && isLater(delivery, last)) last = delivery
      users.take(found.events, found.isComplete)
      outages.take(found.events, found.isComplete)
    }
  const refused = outages.found()
  return {
    ...{ lastDelivery: last, outages: refused, queueRunMs, server: logServer.found() },
    users: users.hindered(refused.find(isGoingOn)),
    outboundLogins: outages.taken(),
  }
}

function queueRunOf({ events }: Found): number | null {
  const run = events.findLast((event) => event.type === 'note' && event.topic === 'queueRun')
  return run?.atMs ?? null
}

function alarmsOf({ sayings }: StatisticsReport, server: MailServer | null): AlarmReason[] {
  const found = new Map<string, AlarmReason>()
  for (const { example, program, count } of sayings.alarms.slice(0, MOST_ALARMS)) {
    // `error dovecot/imap`: how bad it is, and who says it.
    const [, name] = program.split(' ')
    const panic = { ...ALARM, program: name ?? null, text: example }
    const explanation = explainEvent(panic, server)
    if (explanation === null) continue
    const { reason, isKnown } = explanation
    const known = found.get(reason.id) ?? { reason, isKnown, count: 0, example }
    found.set(reason.id, { ...known, count: known.count + count })
  }
  return [...found.values()].sort((one, other) => other.count - one.count)
}

const ALARM = { type: 'panic', atMs: 0, id: null, severity: 'error' } as const
const MOST_ALARMS = 1_000
