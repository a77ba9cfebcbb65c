/** Who may send for a domain: SPF, RFC 7208. */
import type { Resolver, ResolverFault } from '../../dns/resolver.ts'

/** RFC 7208 §2.6. */
export type SpfResult =
  | 'none'
  | 'neutral'
  | 'pass'
  | 'fail'
  | 'softfail'
  | 'temperror'
  | 'permerror'

/** What is asked: may this address send mail of this sender? */
export interface SpfQuery {
  /** Of the host that sends, IPv4 or IPv6. */
  readonly address: string
  /** The reverse-path without brackets; '' asks about the name in HELO (RFC 7208 §2.4). */
  readonly sender: string
  /** What the host says in HELO or EHLO. */
  readonly helo: string
  /** Our own name, for explanations (`%{r}`). */
  readonly receiver: string
  readonly nowMs: number
}

export interface SpfVerdict {
  readonly result: SpfResult
  /** Whose record was asked for first. */
  readonly domain: string
  /** The term of that record that decided, as it stands there; null: none did. */
  readonly term: string | null
  /** Why there is no better answer, one sentence, unescaped; null: nothing is wrong. */
  readonly problem: string | null
  /** With `temperror`: the question without an answer; null with any other. */
  readonly fault: ResolverFault | null
  /** With `fail`: what the domain says to the sender (RFC 7208 §6.2), unescaped; null: nothing. */
  readonly explanation: string | null
  /** Terms that asked DNS. */
  readonly lookups: number
  /** Those of them for which DNS had nothing. */
  readonly voidLookups: number
}

/** RFC 7208 §4.6.4. More is `permerror`. */
export interface SpfLimits {
  readonly lookups: number
  readonly voidLookups: number
}

export const SPF_LIMITS: SpfLimits = { lookups: 10, voidLookups: 2 }

/** What of DNS is asked. */
export type SpfResolver = Pick<Resolver, 'txt' | 'addressAnswer' | 'mx' | 'reverse'>

/** The record, or what it leads to, is against the rules: `permerror`. */
export class SpfFault extends Error {
  override readonly name = 'SpfFault'
}
