/** What is said of mail that waits. */
import type { ShownMessage } from '../../control/queue-types.ts'
import type { MessageId } from '../../journal/event.ts'
import { isMessageId } from '../../journal/message-id.ts'
import { withoutSecrets } from '../../trace/secrets.ts'
import type { DestinationRow } from '../../queue/destinations.ts'
import type { QueuedRecipient } from '../../queue/list.ts'
import type { DestinationName } from '../../queue/types.ts'
import { UsageFault } from '../faults.ts'
import { durationWords } from '../log-stats/words.ts'

/** The id that somebody typed. @throws UsageFault when it is none */
export function messageIdOf(text: string): MessageId {
  if (isMessageId(text)) return text
  throw new UsageFault(`"${text}" is no id of a message, such as 1vnYk2-00000000BQ5-1EaB`)
}

/** Minutes up to an hour and a half, hours up to three days, then days: as Exim's list has it. */
export function ageWords(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  if (minutes <= 90) return `${minutes}m`
  const hours = Math.floor((minutes + 30) / 60)
  return hours <= 72 ? `${hours}h` : `${Math.floor((hours + 12) / 24)}d`
}

/** `in 12 min`, `5 s ago`. */
export function whenWords(ms: number, nowMs: number): string {
  const difference = Math.round((ms - nowMs) / 1000) * 1000
  if (difference === 0) return 'now'
  return difference > 0 ? `in ${durationWords(difference)}` : `${durationWords(-difference)} ago`
}

export function timeWords(ms: number, nowMs: number): string {
  const moment = new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
  return `${moment} UTC (${whenWords(ms, nowMs)})`
}

/** Who stopped the message; null: nobody did. */
export function stopWords({ stopped, stoppedBy }: ShownMessage): string | null {
  if (stopped === null) return null
  return stoppedBy === null ? stopped : `${stopped} by ${stoppedBy}`
}

/** When it is given back at the latest: what is stopped waits for a person, however long. */
export function givenUpWords({ stopped, expiresMs }: ShownMessage, nowMs: number): string {
  return stopped === null ? timeWords(expiresMs, nowMs) : `not while it is ${stopped}`
}

export function isOpen({ state }: QueuedRecipient): boolean {
  return state === 'pending' || state === 'leased'
}

/** When it is tried next, or what it came to. */
export function stateWords(
  recipient: QueuedRecipient,
  blocked: ReadonlyMap<DestinationName, DestinationRow>,
  nowMs: number,
): string {
  const { state, dueMs, destination } = recipient
  if (state === 'leased') return 'being tried'
  if (state !== 'pending') return state
  if (dueMs === null) return 'stopped'
  const nextMs = Math.max(dueMs, blocked.get(destination)?.blockedUntilMs ?? 0)
  return nextMs <= nowMs ? 'due' : `next ${whenWords(nextMs, nowMs)}`
}

/** Why it waits, in the words of the last attempt; null: it was not tried. */
export function reasonWords(
  { outcome, destination }: QueuedRecipient,
  blocked: ReadonlyMap<DestinationName, DestinationRow>,
): string | null {
  const text = outcome?.text ?? blocked.get(destination)?.error ?? null
  return text === null ? null : withoutSecrets(text)
}
