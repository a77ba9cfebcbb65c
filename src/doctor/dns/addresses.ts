import type { Resolver } from '../../dns/resolver.ts'

/** What DNS has of a name. The table of hosts of this machine, which others do not have, is not looked at. */
export interface NameAddresses {
  readonly addresses: readonly string[]
  /** Where its aliases end; null: it is none. */
  readonly aliasOf: string | null
}

/** @throws ResolverFault */
export async function addressesOf(
  resolver: Pick<Resolver, 'addressAnswer'>,
  name: string,
): Promise<NameAddresses> {
  const answers = await Promise.all([
    resolver.addressAnswer(name, 4),
    resolver.addressAnswer(name, 6),
  ])
  const alias = answers.find(({ canonicalName }) => canonicalName !== name)
  return {
    addresses: answers.flatMap(({ records }) => records),
    aliasOf: alias?.canonicalName ?? null,
  }
}
