/** Whose mail did not get through. */
import { explainEvent } from '../diagnosis/event-error.ts'
import type { MailServer } from '../diagnosis/reasons/types.ts'
import type { Event, Undelivered, Unknown } from '../journal/event.ts'
import { isArrival } from './last-delivery.ts'
import type { Outage } from './outages.ts'

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

/** Takes the events of one message after the other. */
export class HinderedUsers {
  readonly #server: MailServer | null
  readonly #byLogin = new Map<string, Hindrances>()

  constructor(server: MailServer | null) {
    this.#server = server
  }

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

const MAX_USERS = 10_000
