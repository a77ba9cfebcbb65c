import { type MxRecord, type Resolver, ResolverFault } from './resolver.ts'

/** What a test's DNS knows. A name that is listed in `failing` gets no answer. */
export interface Zone {
  readonly addresses?: { readonly [name: string]: readonly string[] }
  readonly mx?: { readonly [name: string]: readonly MxRecord[] }
  readonly txt?: { readonly [name: string]: readonly string[] }
  readonly reverse?: { readonly [address: string]: readonly string[] }
  readonly failing?: readonly string[]
}

/** A resolver that answers from a table. */
export function fakeResolver(zone: Zone): Resolver {
  function answer<T>(
    table: { readonly [name: string]: readonly T[] } | undefined,
    name: string,
  ): Promise<readonly T[]> {
    if (zone.failing?.includes(name)) return Promise.reject(new ResolverFault(name))
    return Promise.resolve(table?.[name] ?? [])
  }
  return {
    addresses: (name) => answer(zone.addresses, name),
    mx: (name) => answer(zone.mx, name),
    txt: (name) => answer(zone.txt, name),
    reverse: (address) => answer(zone.reverse, address),
  }
}
