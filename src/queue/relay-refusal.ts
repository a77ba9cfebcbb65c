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
 * between, it is about the login. In memory only.
 */
export class RefusedSenders {
  readonly #senders = new Map<DestinationName, Set<string | null>>()

  /**
   * @param authenticator  null: the relay was sent no login
   * @returns whether that is about this sender alone, as far as is known
   */
  isAlone(
    destination: DestinationName,
    sender: string | null,
    { reply }: Failure,
    authenticator: string | null,
  ): boolean {
    if (authenticator === null || !WRONG_LOGIN.test(reply ?? '')) return false
    const senders = this.#senders.get(destination) ?? new Set()
    this.#senders.set(destination, senders)
    // Two say as much as all.
    if (senders.size < 2) senders.add(sender)
    return senders.size === 1
  }

  /** It took somebody's mail. */
  taken(destination: DestinationName): void {
    this.#senders.delete(destination)
  }
}

/** Login required, too weak, wrong, only with encryption. */
const LOGIN_WANTED = /^53[0458]\b/
const WRONG_LOGIN = /^535\b/
