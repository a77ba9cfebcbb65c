/**
 * What a mail server says when it is talked to: to our own listeners and to other servers, in SMTP
 * and IMAP. Nothing is ever sent that would make mail.
 */
import { printable } from '../journal/exim/escape.ts'
import type { ConnectTarget, Dialogue, Outside, TlsSeen } from './outside.ts'

export interface Reply {
  readonly code: number
  /** Without the code, a line each; printable. */
  readonly lines: readonly string[]
  /** `250 2.1.5 OK`: the last line as it came; printable. */
  readonly text: string
}

/** It said something else than a server should; the message has its words. */
export class Unexpected extends Error {
  override readonly name = 'Unexpected'
}

export interface TalkTarget {
  readonly host: string
  readonly port: number
  readonly localAddress?: string
  readonly tls: 'none' | 'starttls' | 'implicit' | 'opportunistic'
  /** Asked for in the TLS handshake. */
  readonly serverName: string
  /** What we call ourselves. */
  readonly helloName: string
}

/** An SMTP session after EHLO, in TLS where the target says so. */
export class SmtpTalk implements AsyncDisposable {
  readonly #dialogue: Dialogue
  readonly greeting: Reply
  /** What EHLO announced, at last: keyword and parameters, upper case. */
  features: readonly string[] = []
  /** The features before TLS; null when TLS was there from the start, or never. */
  featuresInClear: readonly string[] | null = null

  private constructor(dialogue: Dialogue, greeting: Reply) {
    this.#dialogue = dialogue
    this.greeting = greeting
  }

  /** @throws Error when it does not answer, does not answer well, or has no TLS where it must */
  static async open(
    connect: Outside['connect'],
    target: TalkTarget,
    signal: AbortSignal,
  ): Promise<SmtpTalk> {
    await using opening = new AsyncDisposableStack()
    const talk = opening.use(await SmtpTalk.greeted(connect, connectTarget(target), signal))
    await talk.#hello(target.helloName)
    if (target.tls === 'starttls' || target.tls === 'opportunistic') await talk.#secure(target)
    opening.move()
    return talk
  }

  /** After the greeting, where nothing was said yet. @throws as {@link open} */
  static async greeted(
    connect: Outside['connect'],
    target: ConnectTarget,
    signal: AbortSignal,
  ): Promise<SmtpTalk> {
    await using opening = new AsyncDisposableStack()
    const dialogue = opening.use(await connect(target, signal))
    const greeting = await readReply(dialogue)
    if (greeting.code !== 220) throw new Unexpected(`it greets with "${greeting.text}"`)
    opening.move()
    return new SmtpTalk(dialogue, greeting)
  }

  get tls(): TlsSeen | null {
    return this.#dialogue.tls
  }

  /** @param line  without its end */
  async ask(line: string): Promise<Reply> {
    await this.#dialogue.writeLine(line)
    return await readReply(this.#dialogue)
  }

  /** @throws Unexpected unless it answers so */
  async say(line: string, code: number): Promise<Reply> {
    const reply = await this.ask(line)
    if (reply.code === code) return reply
    throw new Unexpected(`it answers ${line.split(/[ :]/, 1)[0]} with "${reply.text}"`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The answer to QUIT would say nothing new.
    await this.#dialogue.writeLine('QUIT').catch(() => {})
    await this.#dialogue[Symbol.asyncDispose]()
  }

  async #hello(name: string): Promise<void> {
    const { lines } = await this.say(`EHLO ${name}`, 250)
    this.features = lines.slice(1).map((line) => line.toUpperCase())
  }

  async #secure({ tls, serverName, helloName }: TalkTarget): Promise<void> {
    if (!this.features.includes('STARTTLS')) {
      if (tls === 'opportunistic') return
      throw new Unexpected('it does not offer STARTTLS')
    }
    this.featuresInClear = this.features
    await this.say('STARTTLS', 220)
    await this.#dialogue.startTls({ serverName })
    await this.#hello(helloName)
  }
}

export interface ImapSeen {
  readonly greeting: string
  /** Upper case, as last announced. */
  readonly capabilities: readonly string[]
  /** Null when TLS was there from the start, or never. */
  readonly capabilitiesInClear: readonly string[] | null
  readonly tls: TlsSeen | null
}

/** Greeting, TLS where the target says so, CAPABILITY, LOGOUT. @throws as {@link SmtpTalk.open} */
export async function lookAtImap(
  connect: Outside['connect'],
  target: TalkTarget,
  signal: AbortSignal,
): Promise<ImapSeen> {
  await using dialogue = await connect(connectTarget(target), signal)
  const greeting = printable(await dialogue.readLine())
  if (!/^\* OK\b/i.test(greeting)) throw new Unexpected(`it greets with "${greeting}"`)
  let capabilities = await capabilitiesOf(dialogue, 'a1')
  let capabilitiesInClear: readonly string[] | null = null
  if (target.tls === 'starttls') {
    if (!capabilities.includes('STARTTLS')) throw new Unexpected('it does not offer STARTTLS')
    capabilitiesInClear = capabilities
    await tagged(dialogue, 'a2', 'STARTTLS')
    await dialogue.startTls({ serverName: target.serverName })
    capabilities = await capabilitiesOf(dialogue, 'a3')
  }
  await dialogue.writeLine('a4 LOGOUT')
  return { greeting, capabilities, capabilitiesInClear, tls: dialogue.tls }
}

async function capabilitiesOf(dialogue: Dialogue, tag: string): Promise<readonly string[]> {
  const lines = await tagged(dialogue, tag, 'CAPABILITY')
  const line = lines.find((one) => /^\* CAPABILITY /i.test(one))
  if (line === undefined) throw new Unexpected('it does not say what it can do (CAPABILITY)')
  return line.toUpperCase().split(' ').slice(2)
}

/** The lines before the answer. @throws Unexpected when the answer is not OK */
async function tagged(dialogue: Dialogue, tag: string, command: string): Promise<string[]> {
  await dialogue.writeLine(`${tag} ${command}`)
  const lines: string[] = []
  while (lines.length < MAX_LINES) {
    const line = printable(await dialogue.readLine())
    if (line.toUpperCase().startsWith(`${tag.toUpperCase()} OK`)) return lines
    if (line.startsWith(`${tag} `) || /^\* BYE/i.test(line))
      throw new Unexpected(`it answers ${command} with "${line}"`)
    lines.push(line)
  }
  throw new Unexpected(`its answer to ${command} never ends`)
}

/** RFC 5321 §4.2.1. @throws Unexpected when it is no reply of SMTP */
async function readReply(dialogue: Dialogue): Promise<Reply> {
  const lines: string[] = []
  while (lines.length < MAX_LINES) {
    const line = await dialogue.readLine()
    const text = printable(line)
    const parts = /^(\d{3})([ -]|$)(.*)$/s.exec(line)
    if (parts === null) throw new Unexpected(`it says "${text}", which is no reply of SMTP`)
    lines.push(printable(parts[3] ?? ''))
    if (parts[2] !== '-') return { code: Number(parts[1]), lines, text }
  }
  throw new Unexpected('its reply never ends')
}

function connectTarget({ host, port, localAddress, tls, serverName }: TalkTarget): ConnectTarget {
  return {
    host,
    port,
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(tls === 'implicit' ? { tls: { serverName } } : {}),
  }
}

const MAX_LINES = 100
