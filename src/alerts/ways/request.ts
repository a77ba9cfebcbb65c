/** One HTTP request: certificates are checked, no redirect is followed, nothing is waited for too long. */
import type { ClientRequest, IncomingMessage } from 'node:http'

import { WayFault } from './way.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** For all of it, from the look-up of the name to the end of the answer's head. */
  readonly timeoutMs: number
}

/**
 * Resolves when the answer is 2xx.
 * @throws WayFault when it is a redirect or 4xx, or the certificate is not to be trusted
 * @throws Error when it is 5xx, 408 or 429, or there is none
 */
export async function httpRequest(asked: HttpRequest, signal: AbortSignal): Promise<void> {
  const time = AbortSignal.timeout(asked.timeoutMs)
  const either = AbortSignal.any([signal, time])
  const answer = Promise.withResolvers<IncomingMessage>()
  const request = await begin(asked, either)
  request.once('response', answer.resolve).on('error', answer.reject)
  request.end(asked.body)
  let response: IncomingMessage
  try {
    response = await answer.promise
  } catch (error) {
    if (time.aborted) throw new Error(`no answer within ${asked.timeoutMs / 1000} s`)
    throw explained(error)
  }
  // What else it says nobody reads, however long it is.
  response.on('error', () => {}).destroy()
  refuse(response.statusCode ?? 0)
}

async function begin(
  { method, url, headers, body }: HttpRequest,
  signal: AbortSignal,
): Promise<ClientRequest> {
  // Loaded when there is something to ask: most servers never do.
  const { request } = await (url.startsWith('https:') ? import('node:https') : import('node:http'))
  return request(url, {
    ...{ method, signal, agent: false, maxHeaderSize: MAX_HEADER_OCTETS },
    headers: {
      'User-Agent': 'Waybill',
      ...headers,
      'Content-Length': String(Buffer.byteLength(body)),
    },
  })
}

function refuse(status: number): void {
  if (status >= 200 && status < 300) return
  if (status >= 300 && status < 400)
    throw new WayFault(
      `the answer is a redirect (${status}), which is not followed: give its target`,
    )
  const sentence = `the answer was HTTP ${status}`
  if (status >= 500 || status === 408 || status === 429) throw new Error(sentence)
  throw new WayFault(sentence)
}

/** A certificate does not get better in a minute. */
function explained(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  const { code } = error as NodeJS.ErrnoException
  if (CERTIFICATE.test(code ?? ''))
    return new WayFault(`the certificate is not to be trusted: ${error.message}`, { cause: error })
  // Several addresses were tried: its message is empty.
  if (error instanceof AggregateError && error.message === '')
    return new Error(error.errors.map((one) => String((one as Error).message)).join('; '))
  return error
}

const CERTIFICATE = /CERT|SIGNATURE|ISSUER|CRL|ERR_TLS/
const MAX_HEADER_OCTETS = 16 * 1024
