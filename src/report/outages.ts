/**
 * When another server refused our login, from the first refusal to the first mail that it took again.
 * A log tells it by the attempts; what waited behind them untried is counted too.
 */
import { explainEvent } from '../diagnosis/event-error.ts'
import type { MailServer } from '../diagnosis/reasons/types.ts'
import { relayOf } from '../diagnosis/server.ts'
import type { Event, Host, Undelivered, Unknown } from '../journal/event.ts'

export interface Outage {
  /** The name of the server that refused, else its address; lower case. */
  readonly host: string
  /** Whether it is a relay of ours; else it is the server of a recipient. */
  readonly isOfRelay: boolean
  /** Of the first refusal and of the last one. */
  readonly sinceMs: number
  readonly untilMs: number
  /** Attempts that were refused. */
  readonly refusals: number
  /** When it took mail again; null: not before the log ends. */
  readonly resumedMs: number | null
  /** That waited for it; and what became of them. Those that wait still are what is left. */
  readonly messages: number
  readonly delivered: number
  readonly failed: number
  /** Its words, of the last refusal. */
  readonly answer: string
  /** What the reason of it is called. */
  readonly title: string
}

/** A server that we log in at to send by it. */
export interface OutboundLogin {
  readonly host: string
  readonly deliveries: number
}

export function isGoingOn({ resumedMs }: Outage): boolean {
  return resumedMs === null
}

/** Takes the events of one message after the other. */
export class Outages {
  readonly #server: MailServer | null
  readonly #hosts = new Map<string, Attempt[]>()
  /** When messages came of which nothing was tried, and that are not done. */
  readonly #untried: number[] = []
  /** By the words of the other server. */
  readonly #titles = new Map<string, string | null>()
  /** Deliveries by host, after a login there. */
  readonly #taken = new Map<string, number>()
  #attempts = 0
  #messages = 0

  constructor(server: MailServer | null) {
    this.#server = server
  }

  take(events: readonly (Event | Unknown)[], isComplete: boolean): void {
    const tries = events.filter(isTry)
    const arrivedMs = events.find(({ type }) => type === 'arrival' || type === 'arrivalPart')?.atMs
    if (tries.length === 0) {
      if (!isComplete && arrivedMs != null && this.#untried.length < MOST_ATTEMPTS)
        this.#untried.push(arrivedMs)
      return
    }
    const last = tries.at(-1)
    const fate = last === undefined || last.type === 'deferred' ? 'waiting' : last.type
    const message: Message = { number: this.#messages++, arrivedMs: arrivedMs ?? null, fate }
    for (const event of tries) this.#try(event, message)
  }

  #try(event: Try, message: Message): void {
    const host = hostOf(event)
    if (event.type === 'delivered' && event.authenticator !== null && host !== null)
      this.#count(host)
    if (host === null || this.#attempts >= MOST_ATTEMPTS) return
    const title = event.type === 'delivered' ? null : this.#refusal(event)
    if (event.type !== 'delivered' && title === null && !IN_SESSION.test(event.reason)) return
    this.#attempts++
    const refused = event.type === 'delivered' || title === null ? null : event.reason
    const isOfRelay = event.type !== 'delivered' && relayOf(event) !== null
    const attempt = { atMs: event.atMs, refused, title, message, isOfRelay }
    const known = this.#hosts.get(host)
    if (known === undefined) this.#hosts.set(host, [attempt])
    else known.push(attempt)
  }

  #count(host: string): void {
    const known = this.#taken.get(host)
    if (known !== undefined || this.#taken.size < MOST_TEXTS)
      this.#taken.set(host, (known ?? 0) + 1)
  }

  /** Who took our login, the busiest first. */
  taken(): OutboundLogin[] {
    return [...this.#taken]
      .map(([host, deliveries]) => ({ host, deliveries }))
      .sort((one, other) => other.deliveries - one.deliveries || (one.host < other.host ? -1 : 1))
  }

  /** What its refusal is called; null: it is none of a login. */
  #refusal(event: Undelivered): string | null {
    if (!MAYBE.test(event.reason)) return null
    const known = this.#titles.get(event.reason)
    if (known !== undefined) return known
    const reason = explainEvent(event, this.#server)?.reason
    const title = reason !== undefined && LOGIN.has(reason.category) ? reason.title : null
    if (this.#titles.size < MOST_TEXTS) this.#titles.set(event.reason, title)
    return title
  }

  /** What goes on first, then the last one first. */
  found(): Outage[] {
    const all = [...this.#hosts].flatMap(([host, attempts]) => this.#outagesOf(host, attempts))
    return all.sort(
      (one, other) =>
        Number(isGoingOn(other)) - Number(isGoingOn(one)) || other.untilMs - one.untilMs,
    )
  }

  #outagesOf(host: string, attempts: Attempt[]): Outage[] {
    attempts.sort((one, other) => one.atMs - other.atMs)
    const found: Outage[] = []
    for (let at = 0; at < attempts.length; ) {
      const first = attempts.findIndex(({ refused }, index) => index >= at && refused !== null)
      if (first < 0) break
      const end = attempts.findIndex(({ refused }, index) => index > first && refused === null)
      at = end < 0 ? attempts.length : end
      const refused = attempts.slice(first, at)
      found.push(this.#outage(host, refused, attempts.slice(at)))
    }
    return found
  }

  #outage(host: string, refused: readonly Attempt[], later: readonly Attempt[]): Outage {
    const sinceMs = refused[0]?.atMs ?? 0
    const resumedMs = later[0]?.atMs ?? null
    const came = (arrivedMs: number | null) =>
      arrivedMs !== null && arrivedMs >= sinceMs && (resumedMs === null || arrivedMs < resumedMs)
    const waited = new Map<number, Message>()
    for (const { message } of refused) waited.set(message.number, message)
    for (const { message } of later)
      if (came(message.arrivedMs)) waited.set(message.number, message)
    const untried = resumedMs === null ? this.#untried.filter(came).length : 0
    const fates = [...waited.values()]
    return {
      ...{ host, sinceMs, resumedMs, refusals: refused.length },
      isOfRelay: refused.some((attempt) => attempt.isOfRelay),
      untilMs: refused.at(-1)?.atMs ?? sinceMs,
      messages: fates.length + untried,
      delivered: fates.filter(({ fate }) => fate === 'delivered').length,
      failed: fates.filter(({ fate }) => fate === 'failed').length,
      answer: refused.at(-1)?.refused ?? '',
      title: refused.at(-1)?.title ?? '',
    }
  }
}

type Try = Extract<Event, { readonly type: 'delivered' | 'failed' | 'deferred' }>

function isTry(event: Event | Unknown): event is Try {
  return event.type === 'delivered' || event.type === 'failed' || event.type === 'deferred'
}

function hostOf({ host }: { readonly host: Host | null }): string | null {
  return (host?.name ?? host?.address)?.toLowerCase() ?? null
}

interface Attempt {
  readonly atMs: number
  /** The words of the refusal; null: it took the mail. */
  readonly refused: string | null
  readonly title: string | null
  readonly message: Message
  readonly isOfRelay: boolean
}

interface Message {
  readonly number: number
  readonly arrivedMs: number | null
  /** Of its last recipient that was tried. */
  readonly fate: 'waiting' | 'delivered' | 'failed'
}

const LOGIN: ReadonlySet<string> = new Set(['loginFailed', 'authenticationRequired'])
/** It spoke of the mail, so it had taken the login: Exim's words and ours, and Postfix'. */
const IN_SESSION =
  /after (?:pipelined |sending )?(?:MAIL|RCPT|DATA|BDAT|end of data)|in reply to (?:MAIL|RCPT|DATA|end of DATA)/i
/** Most errors are none of a login, and to explain one costs more than to look. */
const MAYBE = /auth|\b53[0-9]\b|password|credential/i
/** With more, the report tells of the first ones. */
const MOST_ATTEMPTS = 200_000
const MOST_TEXTS = 1_000
