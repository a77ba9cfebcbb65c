import type { ErrorReply } from './error-reply.ts'

/**
 * DNS as the rest of the server asks it. Passed in like the clock, so that a test answers from a
 * table.
 *
 * "There is no such record" is an answer, an empty list. Not getting an answer is a
 * {@link ResolverFault}, which is always temporary: nobody may be refused for good because of it.
 */
export interface Resolver {
  /**
   * A and AAAA, or what this machine's own table of hosts says instead. For names that an operator
   * wrote; not for those that DNS of strangers gave.
   * @throws ResolverFault
   */
  addresses(name: string): Promise<readonly string[]>
  /** By preference, lowest first. An exchange of '' is the null MX (RFC 7505). @throws ResolverFault */
  mx(name: string): Promise<readonly MxRecord[]>
  /** Each record's strings joined. @throws ResolverFault */
  txt(name: string): Promise<readonly string[]>
  /** PTR names of an address. @throws ResolverFault */
  reverse(address: string): Promise<readonly string[]>
  /** By priority, lowest first. A target of '' says that there is no such service (RFC 2782). @throws ResolverFault */
  srv(name: string): Promise<readonly SrvRecord[]>

  /** A (4) or AAAA (6), with what is known of the answer. @throws ResolverFault */
  addressAnswer(name: string, family: 4 | 6): Promise<Answer<string>>
  /** As {@link mx}, with what is known of the answer. @throws ResolverFault */
  mxAnswer(name: string): Promise<Answer<MxRecord>>
  /** Of `_25._tcp.mx.example.net`. @throws ResolverFault */
  tlsaAnswer(name: string): Promise<Answer<TlsaData>>

  /** For who gives up before: what a server said to a question underway in place of an answer; null: nothing. */
  errorSoFar?(name: string, type: string): ErrorReply | null
}

/** What DNS says to one question. */
export interface Answer<T> {
  readonly records: readonly T[]
  /** False: the name itself does not exist (NXDOMAIN), with no records of any type. */
  readonly exists: boolean
  /** The resolver proved it by DNSSEC, and is one whose word we trust (RFC 6840 §5.8). */
  readonly authentic: boolean
  /** The name at the end of the chain of CNAMEs, lower case; the name asked for when there is none. */
  readonly canonicalName: string
}

export interface MxRecord {
  readonly preference: number
  readonly exchange: string
}

/** RFC 2782. */
export interface SrvRecord {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}

/** RFC 6698 §2.1. */
export interface TlsaData {
  readonly usage: number
  readonly selector: number
  readonly matchingType: number
  readonly data: Uint8Array
}

/** No answer: time-out, SERVFAIL, no server reachable. */
export class ResolverFault extends Error {
  override readonly name = 'ResolverFault'

  constructor(query: string, options?: ErrorOptions) {
    super(`no answer from DNS for ${query}`, options)
  }
}

/**
 * The name of a peer, when its address has a PTR record and one of the names leads back to the
 * address (forward-confirmed). Null when there is none or DNS does not answer.
 */
export async function confirmedName(resolver: Resolver, address: string): Promise<string | null> {
  try {
    for (const name of (await resolver.reverse(address)).slice(0, MAX_NAMES))
      if ((await resolver.addresses(name)).includes(address)) return name
    return null
  } catch (error) {
    if (error instanceof ResolverFault) return null
    throw error
  }
}

/** An address with hundreds of PTR records is no reason to ask hundreds of questions. */
const MAX_NAMES = 3
