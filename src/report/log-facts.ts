/** What a log says of the time that is reported: counted, and the messages that a report tells of. */
import type { MailServer } from '../diagnosis/reasons/types.ts'
import { type ReasonCount, reasonsOf } from '../diagnosis/reason-counts.ts'
import { explainEvent } from '../diagnosis/event-error.ts'
import type { Event, Undelivered, Unknown } from '../journal/event.ts'
import type { Zone } from '../journal/zone.ts'
import { search, type Found } from '../trace/search/search.ts'
import { NO_FILTERS } from '../trace/search/filters.ts'
import type { LogInput } from '../trace/source/source.ts'
import type { Gathered } from '../trace/statistics/gather.ts'
import { reportOf, type ReportRow, type StatisticsReport } from '../trace/statistics/report.ts'
import { type GuessingNet, netsOf } from './nets.ts'

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
}

export interface LastDelivery {
  readonly atMs: number
  readonly isRemote: boolean
  /** From its arrival to its end, as the log has them. */
  readonly lines: readonly string[]
}

/** A user whose mail to somebody failed or waits. */
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
  const { lastDelivery, users } = await messageFacts(input, server)
  const failures: readonly ReportRow[] = statistics.tables.loginFailuresByAddress.rows
  const reasons = reasonsOf(statistics.errors, server)
  return { statistics, reasons, lastDelivery, users, nets: netsOf(failures) }
}

async function messageFacts(
  input: LogInput,
  server: MailServer | null,
): Promise<Pick<LogFacts, 'lastDelivery' | 'users'>> {
  let last: LastDelivery | null = null
  const users = new Users(server)
  for await (const some of search(input, { patterns: [], filters: NO_FILTERS }))
    for (const found of some) {
      if (found.id === null) continue
      const delivery = deliveryOf(found)
      if (delivery !== null && isLater(delivery, last)) last = delivery
      users.take(found.events)
    }
  return { lastDelivery: last, users: users.hindered() }
}

function deliveryOf({ events, lines }: Found): LastDelivery | null {
  const delivered = events.filter((event) => event.type === 'delivered')
  const remote = delivered.findLast(({ host }) => host !== null)
  const found = remote ?? delivered.at(-1)
  if (found === undefined) return null
  return { atMs: found.atMs, isRemote: remote !== undefined, lines: lines.slice(0, MAX_LINES) }
}

/** One to another server says more: it needed the network, and a login. */
function isLater(one: LastDelivery, other: LastDelivery | null): boolean {
  if (other === null) return true
  return one.isRemote === other.isRemote ? one.atMs >= other.atMs : one.isRemote
}

class Users {
  readonly #server: MailServer | null
  readonly #byLogin = new Map<string, Hindrances>()

  constructor(server: MailServer | null) {
    this.#server = server
  }

  /** The events of one message. */
  take(events: readonly (Event | Unknown)[]): void {
    const arrival = events.find((event) => event.type === 'arrival' || event.type === 'arrivalPart')
    const login = arrival?.login ?? null
    if (login === null) return
    const last = new Map<string, Undelivered>()
    for (const event of events) {
      if (event.type === 'delivered') last.delete(event.recipient.address)
      if (event.type === 'failed' || event.type === 'deferred')
        last.set(event.recipient.address, event)
    }
    if (last.size === 0) return
    const user = this.#byLogin.get(login) ?? {
      messages: 0,
      failed: 0,
      waiting: 0,
      reasons: new Map(),
    }
    if (!this.#byLogin.has(login) && this.#byLogin.size >= MAX_USERS) return
    this.#byLogin.set(login, user)
    user.messages++
    for (const event of last.values()) this.#count(user, event)
  }

  #count(user: Hindrances, event: Undelivered): void {
    if (event.type === 'failed') user.failed++
    else user.waiting++
    const title = explainEvent(event, this.#server)?.reason.title ?? 'unknown'
    const known = user.reasons.get(title)
    user.reasons.set(title, { count: (known?.count ?? 0) + 1, example: event.reason })
  }

  hindered(): HinderedUser[] {
    return [...this.#byLogin]
      .map(([login, { messages, failed, waiting, reasons }]) => {
        const [first] = [...reasons].sort(([, one], [, other]) => other.count - one.count)
        const [reason = '', { example } = { example: '' }] = first ?? []
        return { login, messages, failed, waiting, reason, example }
      })
      .sort((one, other) => other.messages - one.messages || (one.login < other.login ? -1 : 1))
  }
}

interface Hindrances {
  messages: number
  failed: number
  waiting: number
  readonly reasons: Map<string, { readonly count: number; readonly example: string }>
}

const MAX_LINES = 30
const MAX_USERS = 10_000
