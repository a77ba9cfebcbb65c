/** RFC 8461 §3.3: a policy is fetched over HTTPS, from a host that must prove its name. */
import type { Resolver } from '../dns/resolver.ts'
import { type AddressRules, hostAddresses } from './host-addresses.ts'

/** Fetches the policy of a domain. @throws Error with the reason when there is none to be had */
export type FetchPolicy = (domain: string) => Promise<string>

export interface FetchPolicyOptions {
  readonly resolver: Resolver
  /** As for mail: strangers do not make us ask in our own network. Read at every use. */
  readonly rules: () => AddressRules
  /** For everything but DNS; a minute when it is not given (RFC 8461 §3.3). */
  readonly timeoutMs?: number
  /** Tests have another one than 443. */
  readonly port?: number
  /** PEM; instead of the authorities that Node knows. Tests have their own. */
  readonly ca?: string
}

export function httpsFetchPolicy(options: FetchPolicyOptions): FetchPolicy {
  return async (domain) => {
    const host = `mta-sts.${domain}`
    const found = await hostAddresses(options.resolver, host, options.rules())
    const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)
    let failure: unknown = found.fault
    for (const address of found.usable.slice(0, MAX_ADDRESSES)) {
      try {
        return await get({ host, address, signal }, options)
      } catch (error) {
        failure = error
      }
    }
    throw failure ?? new Error(found.leftOut?.text ?? `${host} has no address`)
  }
}

const TIMEOUT_MS = 60_000
const MAX_ADDRESSES = 4

interface Place {
  readonly host: string
  readonly address: string
  readonly signal: AbortSignal
}

async function get(
  { host, address, signal }: Place,
  { port = 443, ca }: FetchPolicyOptions,
): Promise<string> {
  // Loaded when a domain has a policy: until then it only takes memory.
  const { request } = await import('node:https')
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const asked = request(
    {
      host: address,
      port,
      servername: host,
      path: '/.well-known/mta-sts.txt',
      headers: { Host: host, Accept: 'text/plain' },
      agent: false,
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      signal,
      ...(ca === undefined ? {} : { ca }),
    },
    (response) => {
      const { statusCode = 0, headers } = response
      const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
      const chunks: Buffer[] = []
      let octets = 0
      response.on('error', reject)
      // Redirects are not followed: RFC 8461 §3.3.
      if (statusCode !== 200) return stop(new Error(`${host} answered with HTTP ${statusCode}`))
      if (type !== 'text/plain') return stop(new Error(`${host} sent ${type || 'no type'}`))
      response.on('data', (chunk: Buffer) => {
        octets += chunk.length
        if (octets > MAX_OCTETS) stop(new Error(`${host} sent more than ${MAX_OCTETS} octets`))
        else chunks.push(chunk)
      })
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    },
  )
  const stop = (error: Error): void => {
    reject(error)
    asked.destroy()
  }
  asked.on('error', reject)
  asked.end()
  return promise
}

/** RFC 8461 §3.3 suggests this. */
const MAX_OCTETS = 64 * 1024
