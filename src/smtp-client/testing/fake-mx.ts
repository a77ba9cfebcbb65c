/**
 * A mail server that does as it is told: it answers each step by a reply, or by one of the ways in
 * which servers go wrong.
 */
import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'

import { DataReader } from '../../syntax/smtp/data-reader.ts'

/** Where it is told to do something; `dot` is the reply to the content, `TLS` the handshake. */
export type MxStep =
  | 'banner'
  | 'EHLO'
  | 'HELO'
  | 'STARTTLS'
  | 'TLS'
  | 'AUTH'
  | 'answer'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'BDAT'
  | 'dot'
  | 'RSET'
  | 'QUIT'

/** What it does at a step. A text is the reply, its lines parted by `\n`. */
export type MxAct =
  | string
  | { readonly kind: 'malformed' | 'flood' | 'endless' | 'slow' | 'hang' | 'fin' | 'rst' }
  /** Closes its half after the reply, and reads on. */
  | { readonly kind: 'halfClose'; readonly reply: string }
  /** The reply, and more octets in the same segment. */
  | { readonly kind: 'more'; readonly reply: string; readonly octets: string }

export interface MxScript {
  /** Called for every step; null is the good answer. */
  readonly act?: (step: MxStep, line: string, session: MxSession) => MxAct | null
  /** Keywords of EHLO; the default is PIPELINING, 8BITMIME, SIZE, DSN, and STARTTLS with a certificate. */
  readonly offers?: readonly string[]
  /** PEM; null: no TLS. */
  readonly certificate?: { readonly cert: string; readonly key: string } | null
  readonly implicitTls?: boolean
  /** Where it listens; the default is a free port of 127.0.0.1. */
  readonly at?: { readonly address: string; readonly port: number }
}

export interface MxMessage {
  readonly from: string
  readonly to: readonly string[]
  /** As latin1, dots undone. */
  readonly content: string
  readonly bareLineEnds: boolean
}

/** One connection, as it went. */
export interface MxSession {
  /** Every command line, as latin1. */
  readonly lines: string[]
  /** All that came, as latin1; TLS undone. */
  readonly octets: string
  readonly tls: boolean
  readonly serverName: string | null
  /** Of whoever connected; empty when that was gone at once. */
  readonly remoteAddress: string
}

export interface FakeMx extends AsyncDisposable {
  readonly port: number
  readonly sessions: readonly MxSession[]
  readonly messages: readonly MxMessage[]
  /** Connections that are open now, and the most there were at once. */
  readonly open: { readonly now: number; readonly most: number }
  close(): Promise<void>
}

export async function startFakeMx(script: MxScript = {}): Promise<FakeMx> {
  const sessions: MxSession[] = []
  const messages: MxMessage[] = []
  const sockets = new Set<Socket>()
  let most = 0
  const context = script.certificate ? createSecureContext(script.certificate) : null
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket)
    most = Math.max(most, sockets.size)
    socket.on('close', () => sockets.delete(socket))
    const session = new Session(socket, script, context, messages)
    sessions.push(session)
    session.start()
  })
  server.listen(script.at?.port ?? 0, script.at?.address ?? '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    sessions,
    messages,
    get open() {
      return { now: sockets.size, most }
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

class Session implements MxSession {
  readonly lines: string[] = []
  octets = ''
  tls = false
  serverName: string | null = null
  readonly remoteAddress: string
  #socket: Socket
  readonly #plain: Socket
  readonly #script: MxScript
  readonly #context: SecureContext | null
  readonly #messages: MxMessage[]
  #waiting = Buffer.alloc(0)
  #data: DataReader | null = null
  #content: string[] = []
  #chunk: { left: number; last: boolean } | null = null
  #inAuth = false
  #envelope: { from: string; to: string[] } | null = null
  #gone = false

  constructor(
    socket: Socket,
    script: MxScript,
    context: SecureContext | null,
    messages: MxMessage[],
  ) {
    this.#plain = socket
    this.#socket = socket
    this.remoteAddress = socket.remoteAddress ?? ''
    this.#script = script
    this.#context = context
    this.#messages = messages
  }

  start(): void {
    this.#listen(this.#socket)
    if (this.#script.implicitTls === true) this.#startTls(() => this.#do('banner', '', BANNER))
    else this.#do('banner', '', BANNER)
  }

  #listen(socket: Socket): void {
    socket.on('data', this.#received)
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.end())
  }

  readonly #received = (chunk: Buffer): void => {
    this.octets += chunk.toString('latin1')
    this.#waiting = Buffer.concat([this.#waiting, chunk])
    while (!this.#gone && this.#waiting.length > 0 && this.#next());
  }

  /** @returns false when more octets are needed */
  #next(): boolean {
    if (this.#data !== null) return this.#readData(this.#data)
    if (this.#chunk !== null) return this.#readChunk(this.#chunk)
    const lf = this.#waiting.indexOf('\n')
    if (lf === -1) return false
    const line = this.#waiting.toString('latin1', 0, lf).replace(/\r$/, '')
    this.#waiting = this.#waiting.subarray(lf + 1)
    this.lines.push(line)
    this.#command(line)
    return true
  }

  #readData(reader: DataReader): boolean {
    const used = reader.read(this.#waiting)
    this.#waiting = this.#waiting.subarray(used)
    if (!reader.done) return false
    this.#data = null
    this.#finish('', reader.bareLineEnds)
    return true
  }

  #readChunk(chunk: { left: number; last: boolean }): boolean {
    const octets = this.#waiting.subarray(0, chunk.left)
    this.#content.push(octets.toString('latin1'))
    this.#waiting = this.#waiting.subarray(octets.length)
    chunk.left -= octets.length
    if (chunk.left > 0) return false
    this.#chunk = null
    if (chunk.last) this.#finish('BDAT', false)
    else this.#do('BDAT', '', '250 2.0.0 more')
    return true
  }

  #finish(line: string, bareLineEnds: boolean): void {
    const envelope = this.#envelope
    const good = this.#isForSomebody ? '250 2.0.0 Ok: queued as FAKE' : '554 5.5.1 for nobody'
    if (this.#do('dot', line, good) && envelope !== null)
      this.#messages.push({ ...envelope, content: this.#content.join(''), bareLineEnds })
    this.#envelope = null
    this.#content = []
  }

  #command(line: string): void {
    const verb = line.split(' ', 1)[0]?.toUpperCase() ?? ''
    if (this.#inAuth) {
      this.#do('answer', line, '235 2.7.0 ok')
      return
    }
    switch (verb) {
      case 'EHLO':
        this.#do('EHLO', line, ['250 fake.example', ...this.#offers()].join('\n'))
        return
      case 'STARTTLS':
        if (this.#do('STARTTLS', line, '220 2.0.0 go')) this.#startTls(() => undefined)
        return
      case 'MAIL':
        if (this.#do('MAIL', line, '250 2.1.0 ok'))
          this.#envelope = { from: /<(.*?)>/.exec(line)?.[1] ?? '', to: [] }
        return
      case 'RCPT':
        if (this.#envelope === null) this.#reply('503 5.5.1 MAIL first')
        else if (this.#do('RCPT', line, '250 2.1.5 ok'))
          this.#envelope.to.push(/<(.*?)>/.exec(line)?.[1] ?? '')
        return
      case 'DATA':
        if (
          this.#do('DATA', line, this.#isForSomebody ? '354 go' : '554 5.5.1 no valid recipients')
        )
          this.#data = new DataReader((octets) => this.#content.push(octets.toString('latin1')))
        return
      case 'BDAT':
        this.#chunk = { left: Number(line.split(' ')[1]), last: / LAST$/i.test(line) }
        if (this.#chunk.left === 0) this.#readChunk(this.#chunk)
        return
      case 'QUIT':
        if (this.#do('QUIT', line, '221 2.0.0 bye')) this.#socket.end()
        return
      case 'RSET':
        this.#envelope = null
        this.#do('RSET', line, '250 2.0.0 ok')
        return
      default:
        this.#do(verb === 'HELO' || verb === 'AUTH' ? verb : 'EHLO', line, '250 ok')
    }
  }

  get #isForSomebody(): boolean {
    return this.#envelope !== null && this.#envelope.to.length > 0
  }

  #offers(): string[] {
    const { offers } = this.#script
    const startTls = this.#context !== null && !this.tls && this.#script.implicitTls !== true
    const all = offers ?? ['PIPELINING', '8BITMIME', 'SIZE', 'DSN', 'ENHANCEDSTATUSCODES']
    return [...all, ...(startTls ? ['STARTTLS'] : [])].map((word) => `250 ${word}`)
  }

  /** @returns whether it was answered as a step that goes on is */
  #do(step: MxStep, line: string, good: string): boolean {
    const act = this.#script.act?.(step, line, this) ?? good
    if (typeof act === 'string') {
      this.#inAuth = act.startsWith('334')
      this.#reply(act)
      return /^(?:2|354)/.test(act)
    }
    if (act.kind === 'more') {
      this.#socket.write(`${act.reply}\r\n${act.octets}`, 'latin1')
      return true
    }
    this.#wrong(act)
    return false
  }

  #reply(text: string): void {
    const lines = text.split('\n')
    const wire = lines.map((line, index) =>
      index < lines.length - 1 ? `${line.slice(0, 3)}-${line.slice(4)}` : line,
    )
    if (!this.#gone) this.#socket.write(`${wire.join('\r\n')}\r\n`, 'latin1')
  }

  #wrong(act: Exclude<MxAct, string | { kind: 'more' }>): void {
    const socket = this.#socket
    this.#gone = act.kind !== 'malformed'
    switch (act.kind) {
      case 'malformed':
        socket.write('hello, this is no reply\r\n')
        return
      case 'flood':
        socket.write(`250 ${'x'.repeat(10 * 1024 * 1024)}\r\n`)
        return
      case 'endless':
        this.#endless(socket)
        return
      case 'slow':
        this.#slowly(socket, '250 2.0.0 this takes very long to say, and never ends')
        return
      case 'hang':
        return
      case 'fin':
        socket.end()
        return
      case 'rst':
        this.#plain.resetAndDestroy()
        return
      case 'halfClose':
        socket.end(`${act.reply}\r\n`)
        return
      default:
        act satisfies never
    }
  }

  /** Lines as long as there is somebody who reads them. */
  #endless(socket: Socket): void {
    if (socket.destroyed) return
    socket.write('250-and so on\r\n'.repeat(200), () => setImmediate(() => this.#endless(socket)))
  }

  #slowly(socket: Socket, text: string): void {
    let at = 0
    const timer = setInterval(() => {
      if (socket.destroyed || at >= text.length) clearInterval(timer)
      else socket.write(text.charAt(at++))
    }, 20)
    socket.on('close', () => clearInterval(timer))
  }

  #startTls(then: () => void): void {
    const act = this.#script.act?.('TLS', '', this) ?? null
    this.#plain.removeAllListeners('data')
    if (act === 'alert') {
      // To the ClientHello, a fatal one: handshake failure.
      this.#plain.once('data', () =>
        this.#plain.end(Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28])),
      )
      return
    }
    if (act !== null && typeof act !== 'string' && act.kind !== 'more') {
      this.#wrong(act)
      return
    }
    const secure = new TLSSocket(this.#plain, {
      isServer: true,
      ...(this.#context === null ? {} : { secureContext: this.#context }),
      SNICallback: (name, done) => {
        this.serverName = name
        done(null, this.#context ?? undefined)
      },
    })
    this.#socket = secure
    this.#waiting = Buffer.alloc(0)
    this.#envelope = null
    this.tls = true
    this.#listen(secure)
    secure.on('secure', then)
  }
}

const BANNER = '220 fake.example ESMTP'
