import { promises as dns } from 'node:dns'

import { systemCodeOf } from '../base/faults.ts'
import { type Resolver, ResolverFault } from './resolver.ts'

/** How long one question waits, and how often it is asked. */
const TIMEOUT_MS = 5000
const TRIES = 2

/** Asks the servers of /etc/resolv.conf. */
export function systemResolver(): Resolver {
  const resolver = new dns.Resolver({ timeout: TIMEOUT_MS, tries: TRIES })
  return {
    async addresses(name) {
      const answers = await Promise.all([
        ask(`${name} A`, () => resolver.resolve4(name)),
        ask(`${name} AAAA`, () => resolver.resolve6(name)),
      ])
      return answers.flat()
    },
    async mx(name) {
      const records = await ask(`${name} MX`, () => resolver.resolveMx(name))
      return records
        .map(({ priority, exchange }) => ({ preference: priority, exchange }))
        .sort((a, b) => a.preference - b.preference)
    },
    async txt(name) {
      const records = await ask(`${name} TXT`, () => resolver.resolveTxt(name))
      return records.map((strings) => strings.join(''))
    },
    reverse: (address) => ask(`${address} PTR`, () => resolver.reverse(address)),
  }
}

/** Codes that mean "there is none" (RFC 2308); all others mean "we do not know". */
const NONE = new Set(['ENODATA', 'ENOTFOUND'])

async function ask<T>(query: string, run: () => Promise<T[]>): Promise<T[]> {
  try {
    return await run()
  } catch (error) {
    if (NONE.has(systemCodeOf(error) ?? '')) return []
    throw new ResolverFault(query, { cause: error })
  }
}
