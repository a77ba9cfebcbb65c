/**
 * How often each kind of event happened since the start: for samples and metrics. What is committed
 * with a message counts when its lines go to the log; the rest when it is recorded.
 */
import { isOfDoctor } from '../journal/doctor-session.ts'
import type { LoginService, OwnEvent, RejectPhase, Undelivered } from '../journal/event.ts'
import { readLines } from '../journal/exim/read.ts'
import type { Zone } from '../journal/zone.ts'

/** All since the start. Labels are words of ours: nothing that a stranger wrote is among them. */
export interface EventCounts {
  /** Messages accepted, by protocol: `esmtp`, `esmtpsa`, `local` …, `other`. */
  readonly arrived: Counts
  /** Recipients, by transport: `mailbox`, `smtp`, `none` (thrown away), `other`. */
  readonly delivered: Counts
  /** Attempts, each for a recipient, by reason: `greylisted`, `loginFailed` … */
  readonly deferred: Counts
  /** Recipients that were given up, by reason. */
  readonly failed: Counts
  /** Messages that are done. */
  readonly completed: number
  /** For good, by phase: `RCPT`, `after DATA` … */
  readonly rejected: Counts
  /** For the time being, by phase. */
  readonly putOff: Counts
  /** By service: `imap`, `submission`. `none`: came and went without trying. */
  readonly logins: { readonly ok: Counts; readonly failed: Counts; readonly none: Counts }
  /** What needs a person: lines of paniclog. */
  readonly panics: number
}

export type Counts = Readonly<Record<string, number>>

export interface EventCountersOptions {
  readonly zone: Zone
  /** One of few words for why: a category of reasons. */
  readonly reasonOf: (event: Undelivered) => string
}

export class EventCounters {
  readonly #options: EventCountersOptions
  readonly #arrived = new Tally()
  readonly #delivered = new Tally()
  readonly #deferred = new Tally()
  readonly #failed = new Tally()
  readonly #rejected = new Tally<RejectPhase>()
  readonly #putOff = new Tally<RejectPhase>()
  readonly #logins = {
    ok: new Tally<LoginService>(),
    failed: new Tally<LoginService>(),
    none: new Tally<LoginService>(),
  }
  #completed = 0
  #panics = 0
  #heard: (event: OwnEvent) => void = () => {}

  constructor(options: EventCountersOptions) {
    this.#options = options
  }

  /** Hears each event that is counted, from now on. @param heard  never throws */
  listen(heard: (event: OwnEvent) => void): void {
    this.#heard = heard
  }

  /** Lines of the outbox, whose transaction is committed. */
  countLines(lines: string): void {
    readLines(lines, this.#options.zone, (event) => {
      // What is committed is what {@link OwnEvent} holds; a line that is not read is no event.
      if (event.type !== 'unknown') this.count(event as OwnEvent)
    })
  }

  /** But for what the doctor tried: nobody is to be told of that. */
  count(event: OwnEvent): void {
    if (isOfDoctor(event)) return
    this.#heard(event)
    switch (event.type) {
      case 'arrival':
        this.#arrived.add(known(PROTOCOLS, event.protocol))
        break
      case 'delivered':
        this.#delivered.add(known(TRANSPORTS, event.recipient.transport))
        break
      case 'deferred':
        this.#deferred.add(this.#options.reasonOf(event))
        break
      case 'failed':
        this.#failed.add(this.#options.reasonOf(event))
        break
      case 'rejected':
        if (event.temporary) this.#putOff.add(event.phase)
        else this.#rejected.add(event.phase)
        break
      case 'loggedIn':
        this.#logins.ok.add(event.service)
        break
      case 'loginFailed':
        this.#logins.failed.add(event.service)
        break
      case 'noLogin':
        this.#logins.none.add(event.service)
        break
      case 'completed':
        this.#completed++
        break
      case 'panic':
        this.#panics++
        break
      // With each of these goes a `loginFailed`.
      case 'authenticationFailed':
      case 'loggedOut':
      case 'queueAction':
      case 'warning':
      case 'note':
        break
      default:
        event satisfies never
    }
  }

  snapshot(): EventCounts {
    const { ok, failed, none } = this.#logins
    return {
      arrived: this.#arrived.counts(),
      delivered: this.#delivered.counts(),
      deferred: this.#deferred.counts(),
      failed: this.#failed.counts(),
      completed: this.#completed,
      rejected: this.#rejected.counts(),
      putOff: this.#putOff.counts(),
      logins: { ok: ok.counts(), failed: failed.counts(), none: none.counts() },
      panics: this.#panics,
    }
  }
}

/** All of its labels together. */
export function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/** Counts by label, of which there are only so many: the rest is `other`. */
class Tally<Label extends string = string> {
  readonly #counts = new Map<string, number>()

  add(label: Label): void {
    const isKnown = this.#counts.has(label) || this.#counts.size < MOST_LABELS
    const key = isKnown ? label : 'other'
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  counts(): Counts {
    return Object.fromEntries(this.#counts)
  }
}

/** What the line gives as a word, if it is one of ours: text of a peer can look like it. */
function known(words: ReadonlySet<string>, word: string | null): string {
  if (word === null) return 'none'
  return words.has(word) ? word : 'other'
}

/** RFC 3848, RFC 6531 §4.3, and ours. */
const PROTOCOLS: ReadonlySet<string> = new Set([
  ...(['smtp', 'esmtp', 'esmtpa', 'esmtps', 'esmtpsa'] as const),
  ...(['utf8smtp', 'utf8smtpa', 'utf8smtps', 'utf8smtpsa', 'local'] as const),
])
const TRANSPORTS: ReadonlySet<string> = new Set(['mailbox', 'smtp'])
const MOST_LABELS = 64
