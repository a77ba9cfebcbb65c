/**
 * What every SASL mechanism is to a protocol: octets in, a challenge or a verdict out.
 * The protocol does the base64, the `*` that cancels, and the replies.
 */
import type { Identity } from './credentials.ts'

export type Outcome =
  | { readonly kind: 'challenge'; readonly data: Uint8Array }
  | {
      readonly kind: 'success'
      readonly identity: Identity
      /**
       * Additional data with success (RFC 4422 §3.6). A protocol whose success reply cannot carry
       * it sends it as a challenge first and awaits an empty response. Null when there is none.
       */
      readonly data: Uint8Array | null
    }
  /** Wrong, malformed or not allowed: the peer is told no more. `login` is null when not yet known. */
  | { readonly kind: 'failure'; readonly login: string | null }

/** One attempt to log in. */
export interface Exchange {
  /**
   * @param response  the client's octets; null at the start when it sent no initial response
   * @throws Refusal `authenticationBusy`
   */
  step(response: Uint8Array | null): Promise<Outcome>
}

export function failure(login: string | null): Outcome {
  return { kind: 'failure', login }
}

/** An authorisation identity is taken only when it is the one that authenticates. */
export function sameLogin(authzid: string, login: string): boolean {
  return authzid === login || authzid.toLowerCase() === login.toLowerCase()
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Null when there are no octets, or they are not UTF-8. */
export function utf8OfOctets(octets: Uint8Array | null): string | null {
  if (octets === null) return null
  try {
    return UTF8.decode(octets)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}
