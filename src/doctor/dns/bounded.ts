/** Checks wait less long for DNS than mail does: both their tries have to fit into their time. */
import type { Clock } from '../../base/clock.ts'
import { type Resolver, ResolverFault } from '../../dns/resolver.ts'

/** A question without an answer in time is a {@link ResolverFault} like any other. */
export function boundedResolver(
  { resolver, clock }: { readonly resolver: Resolver; readonly clock: Clock },
  signal: AbortSignal,
  answerMs = ANSWER_MS,
): Resolver {
  const bounded = async <T>(name: string, type: string, ask: () => Promise<T>): Promise<T> => {
    const query = `${name} ${type}`
    if (signal.aborted) throw new ResolverFault(query, { cause: new Error('time is over') })
    const late = Promise.withResolvers<never>()
    const giveUp = () => {
      // One server may have said what is wrong while another one is silent.
      const said = resolver.errorSoFar?.(name, type)
      late.reject(new ResolverFault(query, { cause: said ?? new Error('no answer in time') }))
    }
    using _timer = clock.after(answerMs, giveUp)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      return await Promise.race([ask(), late.promise])
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
  return {
    addresses: (name) => bounded(name, 'A', () => resolver.addresses(name)),
    mx: (name) => bounded(name, 'MX', () => resolver.mx(name)),
    txt: (name) => bounded(name, 'TXT', () => resolver.txt(name)),
    reverse: (address) => bounded(address, 'PTR', () => resolver.reverse(address)),
    srv: (name) => bounded(name, 'SRV', () => resolver.srv(name)),
    addressAnswer: (name, family) =>
      bounded(name, family === 4 ? 'A' : 'AAAA', () => resolver.addressAnswer(name, family)),
    mxAnswer: (name) => bounded(name, 'MX', () => resolver.mxAnswer(name)),
    tlsaAnswer: (name) => bounded(name, 'TLSA', () => resolver.tlsaAnswer(name)),
  }
}

/** Longer than the resolver waits for its first server: the second one may know. */
const ANSWER_MS = 5_500
