import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createSecureContext, createServer as createTlsServer, TLSSocket } from 'node:tls'

import { makeSelfSigned } from '../../tls/self-signed.ts'

export interface ScriptedRelay extends AsyncDisposable {
  readonly port: number
  /** Every line that came, in order. */
  readonly lines: readonly string[]
}

export interface RelayScript {
  /** TLS from the start; or by STARTTLS, offered or not. */
  readonly tls?: 'implicit' | 'starttls' | 'none'
  /** Says nothing before it hears something. */
  readonly silent?: boolean
  /** The answer to AUTH PLAIN. */
  readonly login?: string
  readonly extensions?: readonly string[]
  /** Answers to other commands, by their verb. */
  readonly answers?: Readonly<Record<string, string>>
  /** Hangs up at once. */
  readonly isDown?: boolean
}

/** A relay on loopback that answers as it is told, with a certificate for relay.example that nobody vouches for. */
export async function scriptedRelay({
  tls = 'starttls',
  silent = false,
  login = '235 2.7.0 yes',
  extensions = ['AUTH PLAIN', '8BITMIME', 'PIPELINING'],
  answers = {},
  isDown = false,
}: RelayScript = {}): Promise<ScriptedRelay> {
  const lines: string[] = []
  const sockets = new Set<Socket>()
  const { cert, key } = makeSelfSigned(['relay.example'])

  function serve(socket: Socket, secure: boolean): void {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    const say = (text: string) => void socket.write(`${text}\r\n`)
    const hello = [
      'relay.example',
      ...(secure || tls !== 'starttls' ? [] : ['STARTTLS']),
      ...extensions,
    ]
    let inData = false
    let text = ''
    const hear = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      for (let at = text.indexOf('\r\n'); at >= 0; at = text.indexOf('\r\n')) {
        const line = text.slice(0, at)
        text = text.slice(at + 2)
        lines.push(line)
        const verb = line.split(' ', 1)[0]?.toUpperCase()
        if (inData) {
          if (line !== '.') continue
          inData = false
          say('250 2.0.0 Ok: queued as 1')
        } else if (verb === 'EHLO')
          say(hello.map((word, i) => `250${i < hello.length - 1 ? '-' : ' '}${word}`).join('\r\n'))
        else if (verb === 'STARTTLS') {
          say('220 go')
          socket.off('data', hear)
          const context = createSecureContext({ cert, key })
          serve(new TLSSocket(socket, { isServer: true, secureContext: context }), true)
        } else if (verb === 'AUTH') say(login)
        else if (verb === 'DATA' && answers['DATA'] === undefined) {
          inData = true
          say('354 go on')
        } else if (answers[verb ?? ''] !== undefined) say(answers[verb ?? ''] ?? '')
        else if (verb === 'QUIT') socket.end('221 bye\r\n')
        else say('250 2.0.0 ok')
      }
    }
    socket.on('data', hear)
  }

  const greet = (socket: Socket): void => {
    if (isDown) return void socket.destroy()
    if (!silent) socket.write('220 relay.example ESMTP\r\n')
    serve(socket, tls === 'implicit')
  }
  const server = tls === 'implicit' ? createTlsServer({ cert, key }, greet) : createServer(greet)
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
