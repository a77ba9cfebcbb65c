/**
 * DNS as the rest of the server asks it. Passed in like the clock, so that a test answers from a
 * table.
 *
 * "There is no such record" is an answer, an empty list. Not getting an answer is a
 * {@link ResolverFault}, which is always temporary: nobody may be refused for good because of it.
 */
export interface Resolver {
  /** A and AAAA. @throws ResolverFault */
  addresses(name: string): Promise<readonly string[]>
  /** By preference, lowest first. An exchange of '' is the null MX (RFC 7505). @throws ResolverFault */
  mx(name: string): Promise<readonly MxRecord[]>
  /** Each record's strings joined. @throws ResolverFault */
  txt(name: string): Promise<readonly string[]>
  /** PTR names of an address. @throws ResolverFault */
  reverse(address: string): Promise<readonly string[]>
}

export interface MxRecord {
  readonly preference: number
  readonly exchange: string
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
