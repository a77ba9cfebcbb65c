import { type Resolver, ResolverFault } from '../../dns/resolver.ts'

/** What DNS has where the record of a key belongs; `unknown`: it did not answer. */
export type Publication = 'published' | 'missing' | 'different' | 'unknown'

/**
 * Whether others find the key: a TXT record with its `k=` and `p=`. What else the record says, and
 * its white space, does not matter. Never throws.
 */
export async function publicationOf(
  resolver: Pick<Resolver, 'txt'>,
  { recordName, record }: { readonly recordName: string; readonly record: string },
): Promise<Publication> {
  try {
    const found = (await resolver.txt(recordName)).map(keyIn).filter((key) => key !== null)
    if (found.includes(keyIn(record) ?? '')) return 'published'
    return found.length === 0 ? 'missing' : 'different'
  } catch (error) {
    if (error instanceof ResolverFault) return 'unknown'
    throw error
  }
}

/** `rsa MIIB…`, or null for a record that is no key (RFC 6376 §3.6.1). */
function keyIn(record: string): string | null {
  const tags = new Map<string, string>()
  for (const tag of record.split(';')) {
    const at = tag.indexOf('=')
    if (at !== -1) tags.set(tag.slice(0, at).trim(), tag.slice(at + 1).replace(/\s/g, ''))
  }
  const key = tags.get('p')
  return key === undefined ? null : `${tags.get('k') ?? 'rsa'} ${key}`
}
