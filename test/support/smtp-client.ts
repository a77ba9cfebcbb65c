/** A plain SMTP client that says exactly what a test tells it to. */
import assert from 'node:assert/strict'

import { Connection, type ConnectOptions } from './connection.ts'

export interface SmtpReply {
  readonly code: number
  /** All lines joined with LF, without their codes. */
  readonly text: string
}

export interface Envelope {
  /** '' is the null reverse-path. */
  readonly from: string
  readonly to: readonly string[]
}

export class SmtpClient implements AsyncDisposable {
  readonly connection: Connection
  /** EHLO keywords with their arguments, upper case; empty before EHLO. */
  extensions = new Map<string, string>()

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** Connects, reads the 220 and says EHLO. */
  static async open(port: number, options: ConnectOptions = {}): Promise<SmtpClient> {
    const client = new SmtpClient(await Connection.open(port, options))
    await client.expect(220)
    await client.ehlo()
    return client
  }

  async ehlo(name = 'client.test'): Promise<SmtpReply> {
    const reply = await this.say(`EHLO ${name}`, 250)
    this.extensions = new Map(
      reply.text
        .split('\n')
        .slice(1)
        .map((line) => {
          const [keyword = '', ...rest] = line.split(' ')
          return [keyword.toUpperCase(), rest.join(' ')]
        }),
    )
    return reply
  }

  /** STARTTLS and the EHLO after it. */
  async startTls(): Promise<void> {
    await this.say('STARTTLS', 220)
    await this.connection.startTls()
    await this.ehlo()
  }

  async login(user: string, password: string): Promise<void> {
    const plain = Buffer.from(`\0${user}\0${password}`).toString('base64')
    await this.say(`AUTH PLAIN ${plain}`, 235)
  }

  /** Sends a command and returns whatever is answered. */
  async ask(line: string): Promise<SmtpReply> {
    await this.connection.write(`${line}\r\n`)
    return this.reply()
  }

  /** Sends a command that must be answered with this code, or with a code of this class (2, 4, 5). */
  async say(line: string, code: number): Promise<SmtpReply> {
    await this.connection.write(`${line}\r\n`)
    return this.expect(code)
  }

  async expect(code: number): Promise<SmtpReply> {
    const reply = await this.reply()
    const got = code < 10 ? Math.floor(reply.code / 100) : reply.code
    assert.equal(got, code, `expected ${code}; said:\n${this.connection.transcript}`)
    return reply
  }

  async reply(): Promise<SmtpReply> {
    const texts: string[] = []
    for (;;) {
      const line = await this.connection.readLine()
      texts.push(line.slice(4))
      if (line[3] !== '-') return { code: Number(line.slice(0, 3)), text: texts.join('\n') }
    }
  }

  /** A whole transaction with DATA. Returns the reply to the final dot. */
  async send(envelope: Envelope, message: Uint8Array): Promise<SmtpReply> {
    await this.envelope(envelope)
    return this.data(message)
  }

  async envelope({ from, to }: Envelope): Promise<void> {
    await this.say(`MAIL FROM:<${from}>`, 250)
    for (const address of to) await this.say(`RCPT TO:<${address}>`, 250)
  }

  /** DATA, the message with dots stuffed, and the final dot. Returns the reply to it. */
  async data(message: Uint8Array): Promise<SmtpReply> {
    await this.say('DATA', 354)
    await this.connection.write(stuffed(message))
    return this.reply()
  }

  /** One BDAT chunk, RFC 3030 §2. */
  async bdat(chunk: Uint8Array, last: boolean): Promise<SmtpReply> {
    await this.connection.write(`BDAT ${chunk.length}${last ? ' LAST' : ''}\r\n`)
    await this.connection.write(chunk)
    return this.reply()
  }

  async quit(): Promise<void> {
    await this.say('QUIT', 221)
    await this.connection.closed()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.destroy()
  }
}

/** The message as DATA carries it: leading dots doubled, CRLF.CRLF at the end (RFC 5321 §4.5.2). */
export function stuffed(message: Uint8Array): Buffer {
  const text = Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString(
    'latin1',
  )
  const dotted = text.replace(/^\./gm, '..')
  const end = dotted.endsWith('\r\n') ? '.\r\n' : '\r\n.\r\n'
  return Buffer.from(dotted + end, 'latin1')
}
