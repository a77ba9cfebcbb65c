/** A conversation by lines with another server, for looking at what it says. */
import { connect as connectSocket, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'

import { publicAuthorities } from '../../smtp-client/client-tls.ts'
import type { Dialogue, Outside, TlsOptions, TlsSeen } from '../outside.ts'

export const connect: Outside['connect'] = async (target, signal) => {
  signal.throwIfAborted()
  const { host, port, localAddress } = target
  const socket = connectSocket({
    host,
    port,
    ...(localAddress === undefined ? {} : { localAddress }),
  })
  const stop = () => socket.destroy(new Error('there was no answer in time'))
  signal.addEventListener('abort', stop, { once: true })
  socket.once('close', () => signal.removeEventListener('abort', stop))
  try {
    await event(socket, 'connect')
    const talk = new Talk(socket)
    if (target.tls !== undefined) await talk.startTls(target.tls)
    return talk
  } catch (error) {
    socket.destroy()
    throw error
  }
}

class Talk implements Dialogue {
  #socket: Socket | TLSSocket
  #text = ''
  #failure: Error | null = null
  #wake: () => void = () => {}
  tls: TlsSeen | null = null

  constructor(socket: Socket) {
    this.#socket = socket
    this.#listen()
  }

  async readLine(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf('\n')
      if (end >= 0) {
        const line = this.#text.slice(0, end)
        this.#text = this.#text.slice(end + 1)
        if (this.#text.length < MAX_LINE_CHARS) this.#socket.resume()
        return line.replace(/\r$/, '')
      }
      if (this.#text.length > MAX_LINE_CHARS) throw new Error('a line of its answer never ends')
      if (this.#failure !== null) throw this.#failure
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async writeLine(line: string): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    this.#socket.write(`${line}\r\n`)
  }

  async startTls({ serverName, isOld }: TlsOptions): Promise<void> {
    const plain = this.#socket
    plain.removeAllListeners('data').removeAllListeners('end')
    // What came before the handshake was not protected by it (RFC 3207 §5).
    this.#text = ''
    const secure = connectTls({
      socket: plain,
      rejectUnauthorized: false,
      ...(isOld === true ? OLD_TLS : { secureContext: publicAuthorities() }),
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
    })
    await event(secure, 'secureConnect')
    this.#socket = secure
    this.tls = seen(secure)
    this.#listen()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
  }

  #listen(): void {
    this.#socket
      .on('data', (piece: Buffer) => {
        this.#text += piece.toString('latin1')
        if (this.#text.length > MAX_LINE_CHARS) this.#socket.pause()
        this.#wake()
      })
      .on('error', (error: Error) => this.#end(error))
      .on('close', () => this.#end(new Error('it closed the connection')))
  }

  #end(error: Error): void {
    this.#failure ??= error
    this.#wake()
  }
}

function seen(socket: TLSSocket): TlsSeen {
  const chain: Uint8Array[] = []
  // The last certificate of a chain names itself as its issuer.
  for (let one = socket.getPeerCertificate(true); one?.raw !== undefined; ) {
    chain.push(new Uint8Array(one.raw))
    if (one.issuerCertificate === one || chain.length === MAX_CHAIN) break
    one = one.issuerCertificate
  }
  const distrust = socket.authorized ? null : String(socket.authorizationError ?? 'not trusted')
  const cipher = socket.getCipher().standardName
  return { protocol: socket.getProtocol() ?? 'unknown', cipher, distrust, chain }
}

async function event(socket: Socket | TLSSocket, name: 'connect' | 'secureConnect'): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once(name, () => resolve()).once('error', reject)
    socket.once('close', () => reject(new Error('it closed the connection')))
  })
}

/** Without the level OpenSSL would not offer them at all. */
const OLD_TLS = {
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1.1',
  ciphers: 'DEFAULT:@SECLEVEL=0',
} as const
const MAX_LINE_CHARS = 8_192
const MAX_CHAIN = 10
