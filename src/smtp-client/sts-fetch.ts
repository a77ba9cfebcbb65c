/** RFC 8461 §3.3: a policy is fetched over HTTPS, from a host that must prove its name. */
import { request } from 'node:https'

/** Fetches the policy of a domain. @throws Error with the reason when there is none to be had */
export type FetchPolicy = (domain: string) => Promise<string>

export interface FetchPolicyOptions {
  /** Where a host may be connected to; rejects when it has no such address. */
  readonly addressOf: (host: string) => Promise<string>
  readonly timeoutMs: number
  /** Tests have another one. */
  readonly port: number
  /** PEM; instead of the authorities of the system. Tests have their own. */
  readonly ca: string | undefined
}

export function httpsFetchPolicy(options: FetchPolicyOptions): FetchPolicy {
  return async (domain) => {
    const host = `mta-sts.${domain}`
    const signal = AbortSignal.timeout(options.timeoutMs)
    const address = await options.addressOf(host)
    return get({ host, address, signal }, options)
  }
}

interface Place {
  readonly host: string
  readonly address: string
  readonly signal: AbortSignal
}

function get({ host, address, signal }: Place, { port, ca }: FetchPolicyOptions): Promise<string> {
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
