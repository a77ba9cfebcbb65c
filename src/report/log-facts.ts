/** What a log says of the time that is reported: counted, and the messages that a report tells of. */
import type { MailServer } from '../diagnosis/reasons/types.ts'
import { type ReasonCount, reasonsOf } from '../diagnosis/reason-counts.ts'
import { explainEvent } from '../diagnosis/event-error.ts'
import type {
  Arrival,
  ArrivalPart,
  Delivered,
  Event,
  Undelivered,
  Unknown,
} from '../journal/event.ts'
import type { Zone } from '../journal/zone.ts'
import { search, type Found } from '../trace/search/search.ts'
import { NO_FILTERS } from '../trace/search/filters.ts'
import type { LogInput } from '../trace/source/source.ts'
import type { Gathered } from '../trace/statistics/gather.ts'
import { reportOf, type ReportRow, type StatisticsReport } from '../trace/statistics/report.ts'
import { type GuessingNet, netsOf } from './nets.ts'
import { isGoingOn, type OutboundLogin, type Outage, Outages } from './outages.ts'

export interface LogFacts {
  readonly statistics: StatisticsReport
  /** Errors by what they mean, the most frequent first. */
  readonly reasons: readonly ReasonCount[]
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

export interface LastDelivery {
  readonly atMs: number
  /** `machine`: to a program on this machine, a filter or a tunnel, that took it by SMTP. */
  readonly where: 'elsewhere' | 'machine' | 'mailbox'
  /** Null: the log does not say. */
  readonly arrivedMs: number | null
  /** Null is `<>`; undefined: the log does not say. */
  readonly from: string | null | undefined
  readonly to: string
  /** The other server; null: it was put into a mailbox, or the log does not say. */
  readonly host: string | null
  /** What the other server said. */
  readonly confirmation: string | null
  /** From its arrival to its end, as the log has them. */
  readonly lines: readonly string[]
}

/** A user whose mail to somebody failed or waits where the log ends. */
export interface HinderedUser {
  readonly login: string
  readonly messages: number
  /** Recipients given up, and put off at last. */
  readonly failed: number
  readonly waiting: number
  /** The reason of most of them: what it is called, and the other server's words. */
  readonly reason: string
  readonly example: string
}

export interface LogFactsOptions {
  readonly zone: Zone
  /** Whose log it is, where lines do not tell. */
  readonly server: MailServer | null
}

/** @throws LogFault when the log cannot be read */
export async function logFacts(
  input: LogInput,
  gathered: Gathered,
  { zone, server }: LogFactsOptions,
): Promise<LogFacts> {
  const statistics = reportOf(gathered, { zone, top: Number.POSITIVE_INFINITY })
  const failures: readonly ReportRow[] = statistics.tables.loginFailuresByAddress.rows
  const reasons = reasonsOf(statistics.errors, server)
  return { statistics, reasons, nets: netsOf(failures), ...(await messageFacts(input, server)) }
}

async function messageFacts(
  input: LogInput,
  server: MailServer | null,
): Promise<Pick<LogFacts, 'lastDelivery' | 'users' | 'outages' | 'outboundLogins' | 'queueRunMs'>> {
  let last: LastDelivery | null = null
  const users = new Users(server)
  const outages = new Outages(server)
  let queueRunMs: number | null = null
  for await (const some of search(input, { patterns: [], filters: NO_FILTERS }))
    for (const found of some) {
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
  const hindered = users.hindered(refused.find(isGoingOn))
  const outboundLogins = outages.taken()
  return { lastDelivery: last, users: hindered, outages: refused, outboundLogins, queueRunMs }
}

function queueRunOf({ events }: Found): number | null {
  const run = events.findLast((event) => event.type === 'note' && event.topic === 'queueRun')
  return run?.atMs ?? null
}

function deliveryOf({ events, lines }: Found): LastDelivery | null {
  const delivered = events.filter((event) => event.type === 'delivered')
  const found =
    delivered.findLast((event) => whereOf(event) === 'elsewhere') ??
    delivered.findLast(({ host }) => host !== null) ??
    delivered.at(-1)
  if (found === undefined) return null
  const arrivals = events.filter(isArrival)
  const { atMs, recipient, host, confirmation } = found
  const senders = [recipient.from, ...arrivals.map(({ from }) => from)]
  return {
    ...{ atMs, where: whereOf(found), confirmation },
    arrivedMs: arrivals[0]?.atMs ?? null,
    from: senders.find((from) => typeof from === 'string') ?? senders.find((from) => from === null),
    to: recipient.parents.at(-1) ?? recipient.address,
    host: host?.name ?? host?.address ?? null,
    // Of one that was tried for days the beginning and the end.
    lines: lines.length > MAX_LINES ? [...lines.slice(0, 5), ...lines.slice(5 - MAX_LINES)] : lines,
  }
}

function whereOf({ host }: Delivered): LastDelivery['where'] {
  if (host === null) return 'mailbox'
  return LOOPBACK.test(host.address ?? host.name ?? '') ? 'machine' : 'elsewhere'
}

/** One to another server says more: it needed the network, and perhaps a login. */
function isLater(one: LastDelivery, other: LastDelivery | null): boolean {
  if (other === null) return true
  if (one.where === other.where) return one.atMs >= other.atMs
  return WHERE.indexOf(one.where) < WHERE.indexOf(other.where)
}

const WHERE: readonly LastDelivery['where'][] = ['elsewhere', 'machine', 'mailbox']
const LOOPBACK = /^(?:127\.|::1$|localhost$)/

function isArrival(event: Event | Unknown): event is Arrival | ArrivalPart {
  return event.type === 'arrival' || event.type === 'arrivalPart'
}

class Users {
  readonly #server: MailServer | null
  readonly #byLogin = new Map<string, Hindrances>()

  constructor(server: MailServer | null) {
    this.#server = server
  }

  /** The events of one message. */
  take(events: readonly (Event | Unknown)[], isComplete: boolean): void {
    // Postfix says it in several lines, of which one has the login.
    const arrival = events.filter(isArrival).find((event) => event.login !== null)
    const login = arrival?.login ?? null
    if (arrival === undefined || login === null) return
    const last = new Map<string, Undelivered>()
    for (const event of events) {
      if (event.type === 'delivered') last.delete(event.recipient.address)
      if (event.type === 'failed' || event.type === 'deferred')
        last.set(event.recipient.address, event)
    }
    const isUntried = !isComplete && !events.some(({ type }) => type === 'delivered')
    if (last.size === 0 && !isUntried) return
    const user = this.#userOf(login)
    if (user === null) return
    if (last.size === 0) {
      if (user.untried.length < MAX_USERS) user.untried.push(arrival.atMs)
      return
    }
    user.messages++
    for (const event of last.values()) this.#count(user, event)
  }

  /** Null: there are too many. */
  #userOf(login: string): Hindrances | null {
    const known = this.#byLogin.get(login)
    if (known !== undefined) return known
    if (this.#byLogin.size >= MAX_USERS) return null
    const user = { messages: 0, failed: 0, waiting: 0, reasons: new Map(), untried: [] }
    this.#byLogin.set(login, user)
    return user
  }

  #count(user: Hindrances, event: Undelivered): void {
    if (event.type === 'failed') user.failed++
    else user.waiting++
    const title = explainEvent(event, this.#server)?.reason.title ?? 'unknown'
    add(user.reasons, title, 1, event.reason)
  }

  /**
   * What was not tried is on its way, as far as is known; but not where a server refuses our login:
   * then it waits behind what was tried.
   */
  hindered(outage: Outage | undefined): HinderedUser[] {
    return [...this.#byLogin]
      .map(([login, { reasons, failed, untried, ...counts }]) => {
        const behind =
          outage === undefined ? 0 : untried.filter((atMs) => atMs >= outage.sinceMs).length
        const messages = counts.messages + behind
        const waiting = counts.waiting + behind
        if (behind > 0 && outage !== undefined) add(reasons, outage.title, behind, outage.answer)
        const [first] = [...reasons].sort(([, one], [, other]) => other.count - one.count)
        const [reason = '', { example } = { example: '' }] = first ?? []
        return { login, messages, failed, waiting, reason, example }
      })
      .filter(({ messages }) => messages > 0)
      .sort((one, other) => other.messages - one.messages || (one.login < other.login ? -1 : 1))
  }
}

type Reasons = Map<string, { readonly count: number; readonly example: string }>

function add(reasons: Reasons, title: string, count: number, example: string): void {
  reasons.set(title, { count: (reasons.get(title)?.count ?? 0) + count, example })
}

interface Hindrances {
  messages: number
  failed: number
  waiting: number
  readonly reasons: Reasons
  /** When messages came that nobody tried to send yet. */
  readonly untried: number[]
}

const MAX_LINES = 30
const MAX_USERS = 10_000
