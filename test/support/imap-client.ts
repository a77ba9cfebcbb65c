/** A plain IMAP client that says exactly what a test tells it to. */
import assert from 'node:assert/strict'

import { Connection, type ConnectOptions } from './connection.ts'

/** One response line. Literals stay in `literals`; their `{n}` stays in the text. */
export interface ImapResponse {
  readonly text: string
  readonly literals: readonly Buffer[]
}

export interface ImapResult {
  readonly status: 'OK' | 'NO' | 'BAD'
  /** What follows the status: `[READ-WRITE] …`. */
  readonly text: string
  readonly untagged: readonly ImapResponse[]
}

export class ImapClient implements AsyncDisposable {
  readonly connection: Connection
  greeting = ''
  #tag = 0
  #idleTag = ''

  constructor(connection: Connection) {
    this.connection = connection
  }

  static async open(port: number, options: ConnectOptions = {}): Promise<ImapClient> {
    const client = new ImapClient(await Connection.open(port, options))
    client.greeting = (await client.#response()).text
    return client
  }

  /** Connects with TLS and logs in. */
  static async login(port: number, user: string, password: string): Promise<ImapClient> {
    const client = await ImapClient.open(port, { tls: true })
    await client.ok(`LOGIN ${quoted(user)} ${quoted(password)}`)
    return client
  }

  async startTls(): Promise<void> {
    await this.ok('STARTTLS')
    await this.connection.startTls()
  }

  /**
   * Sends a command and returns whatever is answered. Octets among the parts are sent as a
   * synchronising literal: `command('APPEND INBOX', octets)`.
   */
  async command(...parts: readonly (string | Uint8Array)[]): Promise<ImapResult> {
    const tag = `t${++this.#tag}`
    const untagged: ImapResponse[] = []
    let line = tag
    for (const part of parts) {
      if (typeof part === 'string') {
        line += (line === '' ? '' : ' ') + part
        continue
      }
      await this.connection.write(`${line} {${part.length}}\r\n`)
      const refused = await this.#untilContinuation(tag, untagged)
      if (refused) return refused
      await this.connection.write(part)
      line = ''
    }
    await this.connection.write(`${line}\r\n`)
    for (;;) {
      const response = await this.#response()
      const result = tagged(tag, response, untagged)
      if (result) return result
      untagged.push(response)
    }
  }

  async ok(...parts: readonly (string | Uint8Array)[]): Promise<ImapResult> {
    const result = await this.command(...parts)
    assert.equal(result.status, 'OK', `${parts[0]}: ${result.status} ${result.text}`)
    return result
  }

  async no(...parts: readonly (string | Uint8Array)[]): Promise<ImapResult> {
    const result = await this.command(...parts)
    assert.equal(result.status, 'NO', `${parts[0]}: ${result.status} ${result.text}`)
    return result
  }

  /** Octets of BODY.PEEK[] by UID; null when there is no such message. */
  async fetchOctets(uid: number): Promise<Buffer | null> {
    const { untagged } = await this.ok(`UID FETCH ${uid} (BODY.PEEK[])`)
    return untagged.find((response) => response.literals.length > 0)?.literals[0] ?? null
  }

  /** The UIDs a search finds, ascending; understands SEARCH and ESEARCH answers. */
  async search(criteria: string): Promise<number[]> {
    const { untagged } = await this.ok(`UID SEARCH ${criteria}`)
    const text = untagged.map((response) => response.text).find((line) => /^\* E?SEARCH/.test(line))
    if (text === undefined) return []
    if (!text.startsWith('* ESEARCH')) return text.split(' ').slice(2).filter(Boolean).map(Number)
    const all = / ALL (\S+)/.exec(text)?.[1]
    return all === undefined ? [] : expandSet(all)
  }

  /** A number of STATUS: MESSAGES, UNSEEN, UIDNEXT … */
  async status(mailbox: string, item: string): Promise<number> {
    const { untagged } = await this.ok(`STATUS ${quoted(mailbox)} (${item})`)
    const found = untagged.map((response) => new RegExp(`\\b${item} (\\d+)`).exec(response.text))
    return Number(found.find((match) => match !== null)?.[1] ?? Number.NaN)
  }

  /** Starts IDLE, RFC 2177. */
  async idle(): Promise<void> {
    this.#idleTag = `t${++this.#tag}`
    await this.connection.write(`${this.#idleTag} IDLE\r\n`)
    const { text } = await this.#response()
    assert.match(text, /^\+/)
  }

  /** The next unsolicited response that matches, during IDLE. */
  async awaitUntagged(pattern: RegExp, patienceMs?: number): Promise<string> {
    for (;;) {
      const { text } = await this.#response(patienceMs)
      if (pattern.test(text)) return text
    }
  }

  /** Ends IDLE and returns what arrived since the last read. */
  async done(): Promise<readonly ImapResponse[]> {
    await this.connection.write('DONE\r\n')
    const untagged: ImapResponse[] = []
    for (;;) {
      const response = await this.#response()
      const result = tagged(this.#idleTag, response, untagged)
      if (result) {
        assert.equal(result.status, 'OK')
        return untagged
      }
      untagged.push(response)
    }
  }

  async logout(): Promise<void> {
    await this.ok('LOGOUT')
    await this.connection.closed()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.destroy()
  }

  async #untilContinuation(tag: string, untagged: ImapResponse[]): Promise<ImapResult | null> {
    for (;;) {
      const response = await this.#response()
      if (response.text.startsWith('+')) return null
      const refused = tagged(tag, response, untagged)
      if (refused) return refused
      untagged.push(response)
    }
  }

  async #response(patienceMs?: number): Promise<ImapResponse> {
    const literals: Buffer[] = []
    let text = ''
    for (;;) {
      const line = await this.connection.readLine(patienceMs)
      text += line
      const announced = /\{(\d+)\}$/.exec(line)
      if (!announced) return { text, literals }
      literals.push(Buffer.from(await this.connection.read(Number(announced[1]), patienceMs)))
    }
  }
}

/** An IMAP quoted string. */
export function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`
}

/** `1:3,7` as numbers. */
function expandSet(set: string): number[] {
  return set.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split(':').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

function tagged(
  tag: string,
  response: ImapResponse,
  untagged: readonly ImapResponse[],
): ImapResult | null {
  const match = /^(\S+) (OK|NO|BAD) ?(.*)$/.exec(response.text)
  if (!match || match[1] !== tag) return null
  return { status: match[2] as ImapResult['status'], text: match[3] ?? '', untagged }
}
