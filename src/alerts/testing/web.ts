/** A web server on loopback that answers as it is told, and keeps what came. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

import { makeSelfSigned } from '../../tls/self-signed.ts'

export interface Came {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Web extends AsyncDisposable {
  readonly url: string
  readonly came: readonly Came[]
}

/** @param respond  given how many came before */
export async function web(
  respond: (response: ServerResponse, before: number) => void,
  { tls = false } = {},
): Promise<Web> {
  const came: Came[] = []
  const serve: Parameters<typeof createServer>[1] = (request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('error', () => {})
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      came.push({ method, path, headers, body: Buffer.concat(pieces).toString('utf8') })
      respond(response, came.length - 1)
    })
  }
  const server = tls
    ? createTlsServer(makeSelfSigned(['localhost', '127.0.0.1']), serve)
    : createServer(serve)
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    came,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
