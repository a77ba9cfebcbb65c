/**
 * When what did not work is tried again, and when it is given up. Pure: time and chance come in.
 */
import type { Random } from '../base/random.ts'
import type { OutgoingConfig } from '../config/types.ts'
import { type DomainSettings, recipientDomain, settingsFor } from './settings.ts'

/**
 * How long to wait after so many failures in a row, a tenth longer or shorter by chance, so that
 * what failed together does not come back together.
 */
export function delayAfter(failures: number, retryMs: readonly number[], random: Random): number {
  const planned = retryMs[Math.min(failures, retryMs.length) - 1] ?? FALLBACK_MS
  return Math.round(planned * (1 - JITTER + 2 * JITTER * chance(random)))
}

const JITTER = 0.1
/** A plan without any wait does not pass the configuration's check; nothing may spin even so. */
const FALLBACK_MS = 300_000

/**
 * The same chance for all who ask, so that recipients of one message who were deferred together share
 * a transaction again.
 */
export function sharedChance(random: Random): Random {
  let octets: Uint8Array | null = null
  return { octets: (count) => (octets ??= random.octets(count)) }
}

/** From 0 to 1. */
function chance(random: Random): number {
  const [high = 0, low = 0] = random.octets(2)
  return (high * 256 + low) / 65_535
}

export interface Times {
  readonly nowMs: number
  /** When the wait began by an earlier clock: never before it again, wherever the clock jumped. */
  readonly lastMs: number
}

/** RELIABILITY I7: a clock that jumped neither freezes the queue nor lets all of it go at once. */
export function dueAfter({ nowMs, lastMs }: Times, delayMs: number): number {
  // A clock that was far ahead and came back must not stop mail until it is there again.
  const fromMs = lastMs > nowMs + MAX_AHEAD_MS ? nowMs : Math.max(nowMs, lastMs)
  return fromMs + delayMs
}

const MAX_AHEAD_MS = 60 * 60_000

/** No attempt is put farther away than this, by whatever plan. */
export function longestWaitMs(outgoing: OutgoingConfig): number {
  const plans = [outgoing.retryMs, ...outgoing.domains.map(({ retryMs }) => retryMs ?? [])]
  return Math.max(FALLBACK_MS, ...plans.flat()) * (1 + JITTER) + MAX_AHEAD_MS
}

/** How long a message may wait, by its recipients' domains: as long as the most patient allows. */
export interface Patience {
  readonly expiryMs: number
  /** Null: the sender is not told of a delay. */
  readonly delayNoticeMs: number | null
}

/** For the rows of a new message. `sender` null: it is a bounce, of whose delay nobody is told. */
export function patienceFor(
  outgoing: OutgoingConfig,
  sender: string | null,
  recipients: readonly string[],
): Patience {
  const settings = recipients.map((address) => settingsFor(outgoing, recipientDomain(address)))
  const expiryMs = Math.max(...settings.map((one) => expiryFor(one, sender)))
  const notices = settings.map(({ delayNoticeMs }) => delayNoticeMs).filter((ms) => ms > 0)
  const isTold = sender !== null && notices.length > 0
  return { expiryMs, delayNoticeMs: isTold ? Math.min(...notices) : null }
}

/** How long one recipient of a message may wait. */
export function recipientExpiryMs(
  outgoing: OutgoingConfig,
  sender: string | null,
  recipient: string,
): number {
  return expiryFor(settingsFor(outgoing, recipientDomain(recipient)), sender)
}

function expiryFor({ expiryMs, bounceExpiryMs }: DomainSettings, sender: string | null): number {
  return sender === null ? Math.min(expiryMs, bounceExpiryMs) : expiryMs
}
