import { HOUR_MS, MINUTE_MS } from '../base/durations.ts'
import type { Result } from '../smtp-client/types.ts'
import type { Failure } from './runner-types.ts'
import type { DestinationName } from './types.ts'

/**
 * A relay that takes nothing from us because it does not know us, or not so: RFC 4954 §6. That is
 * between the relay and its operator, so mail waits; of another domain's MX it is final.
 * @returns null when something else came of the message
 */
export function relayRefusal(
  destination: DestinationName,
  results: readonly Result[],
): Failure | null {
  const [first] = results
  if (!destination.startsWith('relay:') || first?.kind !== 'failed') return null
  if (!results.every((one) => one.kind === 'failed' && LOGIN_WANTED.test(one.reply ?? '')))
    return null
  return { ...first, kind: 'deferred', status: '4.7.8', scope: 'login' }
}

/**
 * Senders whom relays refuse although they took our login: that can be about one who may not send
 * there, and must not stop the mail of others. When two are refused, and nobody's mail is taken in
 * between, it is about the login. When it is one for long, nobody can say, and a person hears of it.
 * In memory only.
 */
export class RefusedSenders {
  readonly #refused = new Map<DestinationName, Refused>()

  /**
   * @param authenticator  null: the relay was sent no login
   * @param nowMs  of the monotonic clock
   * @returns whether that is about this sender alone, as far as is known
   */
  isAlone(
    destination: DestinationName,
    sender: string | null,
    { reply }: Failure,
    authenticator: string | null,
    nowMs: number,
  ): boolean {
    if (authenticator === null || !WRONG_LOGIN.test(reply ?? '')) return false
    const refused = this.#refused.get(destination) ?? {
      ...{ senders: new Set(), sinceMs: nowMs, lastMs: nowMs, isTold: false },
    }
    this.#refused.set(destination, refused)
    // Nothing was tried meanwhile.
    if (nowMs - refused.lastMs > LONGEST_PAUSE_MS) refused.sinceMs = nowMs
    refused.lastMs = nowMs
    // Two say as much as all.
    if (refused.senders.size < 2) refused.senders.add(sender)
    return refused.senders.size === 1
  }

  /** For how long it has taken nobody's mail, when that is long: once. Null: nothing is to be said. */
  longWithoutMail(destination: DestinationName, nowMs: number): number | null {
    const refused = this.#refused.get(destination)
    if (refused === undefined || refused.isTold) return null
    const ms = nowMs - refused.sinceMs
    refused.isTold = ms >= LONG_MS
    return refused.isTold ? ms : null
  }

  /** It took somebody's mail. @returns whether a person had heard that it takes none */
  taken(destination: DestinationName): boolean {
    const isTold = this.#refused.get(destination)?.isTold ?? false
    this.#refused.delete(destination)
    return isTold
  }
}

interface Refused {
  readonly senders: Set<string | null>
  /** When the first of them was refused, and when the last was. */
  sinceMs: number
  lastMs: number
  isTold: boolean
}

/** By then a message was tried four times. */
const LONG_MS = 30 * MINUTE_MS
/** A message that waits is tried again within this. */
const LONGEST_PAUSE_MS = 5 * HOUR_MS

/** Login required, too weak, wrong, only with encryption. */
const LOGIN_WANTED = /^53[0458]\b/
const WRONG_LOGIN = /^535\b/
