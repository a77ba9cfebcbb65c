/** What a message of the queue waits for, and what would make it go. */
import { DOMAIN_ADD, type QueueView } from '../../control/queue-types.ts'
import { explainError } from '../../diagnosis/reasons/explain.ts'
import { factsOf } from '../../diagnosis/reasons/facts.ts'
import type { Explanation } from '../../diagnosis/reasons/types.ts'
import type { MessageId } from '../../journal/event.ts'
import type { QueuedRecipient } from '../../queue/list.ts'
import type { DestinationName } from '../../queue/types.ts'
import { withoutSecrets } from '../../trace/secrets.ts'
import { hindranceOf } from './hindrances.ts'
import { isOpen, timeWords } from './words.ts'

/** For recipients that share a destination and a fate. */
export interface Forecast {
  readonly destination: DestinationName
  readonly addresses: readonly string[]
  /** What it waits for, in a sentence. */
  readonly waitsFor: string
  /** Milliseconds; null: not by itself, or nobody can say. */
  readonly nextTryMs: number | null
  /** Whether `run --now` would help, in a sentence. */
  readonly runNow: string
  /** What to do, in a sentence. */
  readonly todo: string
  /** Of the last attempt. */
  readonly lastError: string | null
  /** Null: it was never tried. */
  readonly lastTryMs: number | null
  /** Of the last error; null: there is none, or it is of a way that the message no longer goes. */
  readonly explanation: Explanation | null
}

export function forecasts(view: QueueView): readonly Forecast[] {
  const open = view.message.recipients.filter(isOpen)
  const groups = Map.groupBy(
    open,
    ({ destination, state, dueMs, outcome }) =>
      `${destination}\n${state}\n${dueMs}\n${outcome?.text ?? ''}`,
  )
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const lastError = errorOf(view, first)
    // What failed on the way to where the domain was is nothing to act on.
    const isPast = view.message.stoppedBy === DOMAIN_ADD
    const explanation = lastError === null || isPast ? null : explain(lastError, view, first)
    return {
      destination: first.destination,
      addresses: group.map(({ address }) => address),
      ...verdict(view, first, explanation),
      lastError,
      lastTryMs: first.triedMs,
      explanation,
    }
  })
}

/** Its own last one, or that of other mail there; what a person stopped waits for nobody's fault. */
function errorOf(view: QueueView, recipient: QueuedRecipient): string | null {
  const isStopped = view.message.stopped !== null
  const ofOthers = isStopped
    ? null
    : (refusedLogin(view, recipient)?.text ?? destinationOf(view, recipient)?.error)
  const error = recipient.outcome?.text ?? ofOthers ?? null
  return error === null ? null : withoutSecrets(error)
}

function explain(error: string, view: QueueView, recipient: QueuedRecipient): Explanation {
  const { destination, outcome } = recipient
  const relay = relayIn(destination)
  const refusesLogin = refusedLogin(view, recipient) !== undefined
  const host = outcome?.host?.name?.toLowerCase() ?? null
  return explainError(
    factsOf(error, {
      ...{ direction: 'outbound', temporary: true, server: 'waybill' },
      relay: relay === null ? null : { name: relay, refusesLogin },
      ...(host === null ? {} : { host }),
    }),
  )
}

type Verdict = Pick<Forecast, 'waitsFor' | 'nextTryMs' | 'runNow' | 'todo'>

/** The first thing that stands in the way, from the one that a person made to the one that passes. */
function verdict(
  view: QueueView,
  recipient: QueuedRecipient,
  explanation: Explanation | null,
): Verdict {
  const { message, attempts, nowMs } = view
  if (recipient.state === 'leased') return underWay(view, recipient)
  if (message.stopped !== null) return stopped(view)
  if (attempts === null) return NO_SERVER
  const refused = refusedLogin(view, recipient)
  const destination = destinationOf(view, recipient)
  const blockedMs = destination?.blockedUntilMs ?? 0
  const nextTryMs = Math.max(recipient.dueMs ?? nowMs, blockedMs)
  if (refused !== undefined)
    return {
      waitsFor: `a login that the relay ${refused.relay} takes: it refuses ours`,
      nextTryMs: Math.max(nextTryMs, nowMs),
      runNow: `only after the login is mended: waybill relay test ${refused.relay}`,
      todo: `give the right login (waybill relay set ${refused.relay} --user USER --password), then waybill queue run --now`,
    }
  if (nextTryMs <= nowMs) return due(view, recipient)
  const relay = relayIn(recipient.destination)
  const peer = relay === null ? 'the other server' : `our relay ${relay}`
  if (explanation === null)
    return {
      waitsFor: 'its first attempt: it was not tried yet',
      nextTryMs,
      runNow: 'it would try at once',
      todo: NOTHING,
    }
  const { waitsFor, runNow, todo } = hindranceOf(explanation, peer)
  if (blockedMs <= nowMs) return { waitsFor, nextTryMs, runNow, todo }
  const all = `all mail by ${recipient.destination} waits, after ${failedAttempts(destination?.failures ?? 0)}`
  return { waitsFor: `${waitsFor}; ${all}`, nextTryMs, runNow, todo }
}

function stopped({ message, nobodyHere }: QueueView): Verdict {
  if (message.stoppedBy === DOMAIN_ADD) return domainCame(message.messageId, nobodyHere)
  const [word, deed] = message.stopped === 'held' ? ['held', 'release'] : ['frozen', 'thaw']
  const who = message.stoppedBy === null ? 'by the server' : `by ${message.stoppedBy}`
  const { messageId } = message
  return {
    waitsFor: `a person: it is ${word} ${who}`,
    nextTryMs: null,
    runNow: `no: it goes after waybill queue ${deed} ${messageId}`,
    todo: `look at it (waybill queue show ${messageId} --headers), then ${deed} it as above, or waybill queue bounce or remove it`,
  }
}

/** `domain add` held it: for somebody of that domain, who may have no address here yet. */
function domainCame(messageId: MessageId, nobodyHere: readonly string[]): Verdict {
  const release = `waybill queue release ${messageId}`
  const more = nobodyHere.length - MOST_NAMED
  const names = `${nobodyHere.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  return {
    waitsFor: 'a person: it is held since the domain of a recipient came here (waybill domain add)',
    nextTryMs: null,
    runNow: `no: it goes after ${release}`,
    todo:
      nobodyHere.length === 0
        ? `${release}: everybody of a domain of this server has an address here now`
        : `first waybill account add or alias add for ${names}, or that goes back to the sender; then ${release}`,
  }
}

const MOST_NAMED = 5

/** It is due, and nothing stands in its way but other mail. */
function due({ attempts, nowMs }: QueueView, recipient: QueuedRecipient): Verdict {
  const there = (attempts ?? []).filter(({ destination }) => destination === recipient.destination)
  const first = recipient.attempts === 0 ? ', for the first time' : ''
  const waitsFor =
    there.length > 0
      ? `its turn: it is due${first}, and goes after other mail there (${connections(there.length)} at work)`
      : `its turn: it is due${first}, and goes when a connection is free and a place among the recipients under way (outgoing.max_recipients_in_memory, 20,000 unless it is set)`
  return {
    waitsFor,
    nextTryMs: nowMs,
    runNow: 'no: it is due already',
    todo: `${NOTHING}; what is being sent shows waybill who`,
  }
}

/** It is leased: in memory, with a connection or in line for one. */
function underWay({ attempts, nowMs }: QueueView, { destination }: QueuedRecipient): Verdict {
  if (attempts === null)
    return {
      ...NO_SERVER,
      waitsFor: 'a server: none runs here; it was being tried when the last one ended',
    }
  const doing = attempts.filter((one) => one.destination === destination)
  const [one] = doing.filter(({ doing: what }) => !IDLE.test(what))
  if (doing.length > 0 && doing.every(({ doing: what }) => PACED.test(what)))
    return {
      waitsFor: `its turn: outgoing.rate_per_minute lets only so many messages a minute go there`,
      nextTryMs: nowMs,
      runNow: 'no: it goes as soon as the rate lets it',
      todo: 'nothing, or a higher outgoing.rate_per_minute',
    }
  const what =
    one === undefined ? '' : ` (${one.host === null ? one.doing : `${one.doing}, ${one.host}`})`
  return {
    waitsFor:
      doing.length === 0
        ? 'a connection: it is taken up, and goes next'
        : `nothing: it is being tried${what}`,
    nextTryMs: nowMs,
    runNow: 'no: it is under way',
    todo: 'nothing; ask again in a minute, or see waybill who',
  }
}

/** As `RunnerStatus` words it. */
const PACED = /^waiting for its turn/
const IDLE = /^(?:waiting for a message|closing|starting)/

const NOTHING = 'nothing'
const NO_SERVER: Verdict = {
  waitsFor: 'a server: none runs here',
  nextTryMs: null,
  runNow: 'no: start the server',
  todo: 'start it: systemctl start waybill, or waybill serve',
}

function destinationOf({ destinations }: QueueView, { destination }: QueuedRecipient) {
  return destinations.find(({ name }) => name === destination)
}

function refusedLogin({ refusedLogins }: QueueView, { destination }: QueuedRecipient) {
  const relay = relayIn(destination)
  return refusedLogins.find((one) => one.relay === relay)
}

function relayIn(destination: DestinationName): string | null {
  return destination.startsWith('relay:') ? destination.slice('relay:'.length) : null
}

function connections(count: number): string {
  return count === 1 ? '1 connection' : `${count} connections`
}

function failedAttempts(count: number): string {
  return count === 1 ? 'an attempt that failed' : `${count} attempts that failed`
}

/** `2026-11-21 09:00:00 UTC (in 5 min)`, or that nobody can say. */
export function nextTryWords({ nextTryMs }: Forecast, nowMs: number): string {
  if (nextTryMs === null) return 'not by itself'
  return nextTryMs <= nowMs ? 'now' : timeWords(nextTryMs, nowMs)
}
