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

/** Login required, too weak, wrong, only with encryption. */
const LOGIN_WANTED = /^53[0458]\b/
