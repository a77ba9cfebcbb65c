/**
 * Another server, to which ours sends: it takes every message, remembers which, and goes wrong when
 * it is told to. It knows which of its replies may not have been heard.
 */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

import { findFreePorts } from './free-ports.ts'
import { messageIdOf } from './message.ts'

/** One time that a message was taken: its 250 was written. */
export interface Taken {
  /**
   * True when nothing more came over that connection. Our server commits what it was told before
   * it says more, so where something came, the 250 was read and kept.
   */
  isInDoubt: boolean
}

/** What a session does with its next message, instead of taking it. */
export type Misbehaviour = 'close before 250' | 'close after 250' | 'defer'

export class MailSink implements AsyncDisposable {
  readonly port: number
  /** Message-ID without brackets → every time it was taken. */
  readonly taken = new Map<string, Taken[]>()
  /** Asked before every reply to the end of data; null takes the message. */
  misbehave: () => Misbehaviour | null = () => null
  readonly #sockets = new Set<Socket>()
  #server: Server | null = null

  private constructor(port: number) {
    this.port = port
  }

  static async open(): Promise<MailSink> {
    const [port = 0] = await findFreePorts(1)
    const sink = new MailSink(port)
    await sink.up()
    return sink
  }

  /** Messages taken at least once. */
  get count(): number {
    return this.taken.size
  }

  /** Listens, after it was {@link down}. */
  async up(): Promise<void> {
    const server = createServer((socket) => this.#serve(socket))
    server.listen(this.port, '127.0.0.1')
    await once(server, 'listening')
    this.#server = server
  }

  /** As if it crashed: every connection is cut, and nobody listens. */
  async down(): Promise<void> {
    const server = this.#server
    if (server === null) return
    this.#server = null
    server.close()
    this.cut()
    await once(server, 'close')
  }

  /** Every connection is cut. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down()
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const session = new Session(socket, this)
    socket.on('data', (chunk: Buffer) => session.hear(chunk.toString('latin1')))
    socket.write('220 sink.test ESMTP\r\n')
  }
}

class Session {
  readonly #socket: Socket
  readonly #sink: MailSink
  #text = ''
  #isData = false
  #last: Taken | null = null

  constructor(socket: Socket, sink: MailSink) {
    this.#socket = socket
    this.#sink = sink
  }

  hear(chunk: string): void {
    this.#text += chunk
    if (this.#last !== null) this.#last.isInDoubt = false
    while (!this.#socket.destroyed) {
      const end = this.#isData ? '\r\n.\r\n' : '\r\n'
      const at = this.#text.indexOf(end)
      if (at < 0) return
      const part = this.#text.slice(0, at)
      this.#text = this.#text.slice(at + end.length)
      if (this.#isData) this.#end(part)
      else this.#command(part)
    }
  }

  #command(line: string): void {
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'DATA') {
      this.#isData = true
      this.#say('354 go on')
    } else if (verb === 'EHLO') this.#say('250-sink.test\r\n250-PIPELINING\r\n250 8BITMIME')
    else if (verb === 'QUIT') this.#socket.end('221 bye\r\n')
    else this.#say('250 ok')
  }

  #end(message: string): void {
    this.#isData = false
    const how = this.#sink.misbehave()
    if (how === 'close before 250') this.#socket.destroy()
    else if (how === 'defer') this.#say('451 4.3.0 not now')
    else {
      this.#take(message)
      this.#say('250 2.0.0 taken')
      if (how === 'close after 250') this.#socket.end()
    }
  }

  #take(message: string): void {
    const id = messageIdOf(Buffer.from(`${message}\r\n\r\n`, 'latin1')) ?? 'a message without an id'
    const taken = { isInDoubt: true }
    const times = this.#sink.taken.get(id)
    if (times === undefined) this.#sink.taken.set(id, [taken])
    else times.push(taken)
    this.#last = taken
  }

  #say(text: string): void {
    this.#socket.write(`${text}\r\n`)
  }
}
