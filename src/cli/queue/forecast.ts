/** What a message of the queue waits for, and what would make it go. */
import type { QueueView } from '../../control/queue-types.ts'
import type { QueuedRecipient } from '../../queue/list.ts'
import type { DestinationName } from '../../queue/types.ts'
import { withoutSecrets } from '../../trace/secrets.ts'
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
  /** Of the last attempt. */
  readonly lastError: string | null
  /** Null: it was never tried. */
  readonly lastTryMs: number | null
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
    const error = first.outcome?.text ?? destinationOf(view, first)?.error ?? null
    return {
      destination: first.destination,
      addresses: group.map(({ address }) => address),
      ...verdict(view, first),
      lastError: error === null ? null : withoutSecrets(error),
      lastTryMs: first.triedMs,
    }
  })
}

type Verdict = Pick<Forecast, 'waitsFor' | 'nextTryMs' | 'runNow'>

/** The first thing that stands in the way, from the one that a person made to the one that passes. */
function verdict(view: QueueView, recipient: QueuedRecipient): Verdict {
  const { message, attempts, nowMs } = view
  if (recipient.state === 'leased') return underWay(view, recipient)
  if (message.stopped !== null) {
    const [word, deed] = message.stopped === 'held' ? ['held', 'release'] : ['frozen', 'thaw']
    const who = message.stoppedBy === null ? 'by the server' : `by ${message.stoppedBy}`
    return {
      waitsFor: `a person: it is ${word} ${who}`,
      nextTryMs: null,
      runNow: `no: it goes after waybill queue ${deed} ${message.messageId}`,
    }
  }
  const refused = refusedLogin(view, recipient)
  const destination = destinationOf(view, recipient)
  const blockedMs = destination?.blockedUntilMs ?? 0
  const nextTryMs = Math.max(recipient.dueMs ?? nowMs, blockedMs)
  if (attempts === null)
    return { waitsFor: 'a server: none runs here', nextTryMs: null, runNow: 'no: start the server' }
  if (refused !== undefined)
    return {
      waitsFor: `a login that the relay ${refused.relay} takes: it refuses ours`,
      nextTryMs,
      runNow: `only after the login is mended: waybill relay test ${refused.relay}`,
    }
  if (blockedMs > nowMs)
    return {
      waitsFor: `${recipient.destination}: all mail there waits until ${timeWords(blockedMs, nowMs)}, after ${failedAttempts(destination?.failures ?? 0)}`,
      nextTryMs,
      runNow: 'it would try at once; that helps when the other server is back',
    }
  if (nextTryMs > nowMs)
    return {
      waitsFor: `the time of the next attempt, ${timeWords(nextTryMs, nowMs)}`,
      nextTryMs,
      runNow: `it would try at once${recipient.outcome === null ? '' : '; that helps when the reason below is gone'}`,
    }
  return {
    waitsFor: 'its turn: it is due, and goes when a connection is free',
    nextTryMs: nowMs,
    runNow: 'no: it is due already',
  }
}

function underWay({ attempts }: QueueView, { destination }: QueuedRecipient): Verdict {
  const doing = (attempts ?? []).filter((one) => one.destination === destination)
  const words = doing.map(({ host, doing: what }) => (host === null ? what : `${what}, ${host}`))
  return {
    waitsFor: `nothing: it is being tried${words.length > 0 ? ` (${words[0]})` : ''}`,
    nextTryMs: null,
    runNow: 'no: it is under way',
  }
}

function destinationOf({ destinations }: QueueView, { destination }: QueuedRecipient) {
  return destinations.find(({ name }) => name === destination)
}

function refusedLogin({ refusedLogins }: QueueView, { destination }: QueuedRecipient) {
  return refusedLogins.find(({ relay }) => destination === `relay:${relay}`)
}

function failedAttempts(count: number): string {
  return count === 1 ? 'an attempt that failed' : `${count} attempts that failed`
}
