import { isIPv4 } from 'node:net'

import {
  type Answer,
  type MxRecord,
  type Resolver,
  ResolverFault,
  type SrvRecord,
  type TlsaData,
} from './resolver.ts'

/**
 * What a test's DNS knows. A name that is listed in `failing` gets no answer, or with a type
 * before it (`AAAA mx.example`) only to questions of that type.
 */
export interface Zone {
  readonly addresses?: Table<string>
  readonly mx?: Table<MxRecord>
  readonly txt?: Table<string>
  readonly reverse?: Table<string>
  readonly srv?: Table<SrvRecord>
  readonly tlsa?: Table<TlsaData>
  readonly cname?: { readonly [name: string]: string }
  readonly failing?: readonly string[]
  /** Names whose answers are proved by DNSSEC; a name of `_25._tcp.` goes with its host. */
  readonly authentic?: readonly string[]
}

type Table<T> = { readonly [name: string]: readonly T[] }

/** A resolver that answers from a table. */
export function fakeResolver(zone: Zone): Resolver {
  function answer<T>(table: Table<T> | undefined, type: string, asked: string): Answer<T> {
    const name = zone.cname?.[asked] ?? asked
    for (const one of [asked, name])
      if (zone.failing?.includes(one) || zone.failing?.includes(`${type} ${one}`))
        throw new ResolverFault(`${asked} ${type}`)
    const isAuthentic = (one: string) =>
      zone.authentic?.includes(one.replace(/^_\d+\._tcp\./, '')) === true
    return {
      records: table?.[name] ?? [],
      exists: tables.some((each) => each?.[name] !== undefined),
      authentic: isAuthentic(asked) && isAuthentic(name),
      canonicalName: name,
    }
  }
  const tables = [zone.addresses, zone.mx, zone.txt, zone.srv, zone.tlsa]
  return {
    addresses: async (name) => answer(zone.addresses, 'A', name).records,
    mx: async (name) => answer(zone.mx, 'MX', name).records,
    txt: async (name) => answer(zone.txt, 'TXT', name).records,
    reverse: async (address) => answer(zone.reverse, 'PTR', address).records,
    srv: async (name) => answer(zone.srv, 'SRV', name).records,
    addressAnswer: async (name, family) => {
      const all = answer(zone.addresses, family === 4 ? 'A' : 'AAAA', name)
      const records = all.records.filter((address) => isIPv4(address) === (family === 4))
      return { ...all, records }
    },
    mxAnswer: async (name) => answer(zone.mx, 'MX', name),
    tlsaAnswer: async (name) => answer(zone.tlsa, 'TLSA', name),
  }
}
