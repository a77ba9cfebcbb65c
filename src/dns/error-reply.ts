/** What a DNS server says in place of an answer. */

/** Why there was no answer: a server gave an error code. The cause of a ResolverFault then. */
export class ErrorReply extends Error {
  override readonly name = 'ErrorReply'
  /** `SERVFAIL`, `REFUSED`; `code 16` of one without a name here. */
  readonly code: string

  constructor(address: string, rcode: number) {
    const code = NAMES[rcode] ?? `code ${rcode}`
    super(`${address} answered ${code}`)
    this.code = code
  }
}

/** RFC 1035 §4.1.1, by the names of the IANA registry. */
const NAMES: Readonly<Record<number, string>> = {
  1: 'FORMERR',
  2: 'SERVFAIL',
  4: 'NOTIMP',
  5: 'REFUSED',
}
