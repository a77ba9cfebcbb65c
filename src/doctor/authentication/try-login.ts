/** Logins tried at our own listeners, as a mail program would. */
import { randomBytes } from 'node:crypto'

import { DOCTOR_NAME } from '../../journal/doctor-session.ts'
import { printable } from '../../journal/exim/escape.ts'
import { decodeBase64, encodeBase64 } from '../../syntax/sasl/base64.ts'
import {
  type ClientExchange,
  type ClientMechanism,
  type ClientSecret,
  startClientExchange,
} from '../../syntax/sasl/client.ts'
import { SmtpTalk, type TalkTarget, Unexpected } from '../conversation.ts'
import type { Dialogue } from '../outside.ts'
import type { Place } from '../places.ts'
import type { World } from '../world.ts'

/** What came of a login. */
export interface Verdict {
  /**
   * `refused`: name and password were looked at, and are wrong. `notAsked`: it did not look at them.
   */
  readonly kind: 'in' | 'refused' | 'notAsked'
  /** The server's words; printable. */
  readonly text: string
}

export interface Attempt {
  readonly mechanism: ClientMechanism
  readonly secret: ClientSecret
  /** False: before TLS, where everybody on the way can read it. */
  readonly isPrivate: boolean
}

/** @throws Error when there is no session, or it answers as no mail server does */
export async function tryLogin(
  world: World,
  place: Place,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<Verdict> {
  const nonce = randomBytes(18).toString('base64')
  const exchange = startClientExchange(attempt.mechanism, attempt.secret, nonce)
  const target = targetOf(world, place, attempt.isPrivate)
  return place.listener.protocol === 'imap'
    ? await tryImap(world, target, { ...attempt, exchange }, signal)
    : await trySmtp(world, target, { ...attempt, exchange }, signal)
}

/** What it offers, over TLS. @throws as {@link tryLogin} */
export async function offeredMechanisms(
  world: World,
  place: Place,
  signal: AbortSignal,
): Promise<readonly ClientMechanism[]> {
  const target = targetOf(world, place, true)
  let names: readonly string[]
  if (place.listener.protocol === 'imap') {
    await using talk = await ImapTalk.open(world, target, signal)
    const lines = await talk.ask('CAPABILITY')
    names = lines.flatMap((line) => line.toUpperCase().split(' '))
    names = names.flatMap((name) => (name.startsWith('AUTH=') ? [name.slice(5)] : []))
  } else {
    await using talk = await SmtpTalk.open(world.connect, target, signal)
    names = talk.features.flatMap((line) => (line.startsWith('AUTH ') ? line.split(' ') : []))
  }
  return KNOWN.filter((mechanism) => names.includes(mechanism))
}

interface Started extends Attempt {
  readonly exchange: ClientExchange
}

async function trySmtp(
  world: World,
  target: TalkTarget,
  { mechanism, exchange }: Started,
  signal: AbortSignal,
): Promise<Verdict> {
  await using talk = await SmtpTalk.open(world.connect, target, signal)
  let reply = await talk.ask(`AUTH ${mechanism}${initialOf(exchange)}`)
  for (let turn = 0; reply.code === 334 && turn < MOST_TURNS; turn++)
    reply = await talk.ask(await answerTo(exchange, reply.lines.at(-1) ?? ''))
  const kind = reply.code === 235 ? 'in' : reply.code === 535 ? 'refused' : 'notAsked'
  return { kind, text: reply.text }
}

async function tryImap(
  world: World,
  target: TalkTarget,
  { mechanism, exchange }: Started,
  signal: AbortSignal,
): Promise<Verdict> {
  await using talk = await ImapTalk.open(world, target, signal)
  // Whatever it thinks of that: IMAP has no EHLO, and its log should tell that it was us.
  await talk.begin(`ID ("name" "${DOCTOR_NAME}")`)
  let line = await talk.begin(`AUTHENTICATE ${mechanism}${initialOf(exchange)}`)
  for (let turn = 0; line.startsWith('+') && turn < MOST_TURNS; turn++)
    line = await talk.goOn(await answerTo(exchange, line.slice(1).trim()))
  if (/^\S+ OK\b/i.test(line)) return { kind: 'in', text: line }
  return { kind: /AUTHENTICATIONFAILED/i.test(line) ? 'refused' : 'notAsked', text: line }
}

function initialOf({ initial }: ClientExchange): string {
  return initial === null ? '' : ` ${initial.length === 0 ? '=' : encodeBase64(initial)}`
}

/** `*` gives the attempt up. */
async function answerTo(exchange: ClientExchange, challenge: string): Promise<string> {
  const octets = decodeBase64(challenge)
  const answer = octets === null ? null : await exchange.respond(octets)
  return answer === null ? '*' : encodeBase64(answer)
}

function targetOf({ loaded }: World, { listener, host, port }: Place, isPrivate: boolean) {
  const tls = listener.tls === 'implicit' || isPrivate ? listener.tls : 'none'
  return { host, port, tls, serverName: loaded.config.hostName, helloName: DOCTOR_NAME }
}

/** An IMAP session up to the login. */
class ImapTalk implements AsyncDisposable {
  readonly #dialogue: Dialogue
  #tags = 0

  private constructor(dialogue: Dialogue) {
    this.#dialogue = dialogue
  }

  static async open(
    { connect }: Pick<World, 'connect'>,
    { host, port, tls, serverName }: TalkTarget,
    signal: AbortSignal,
  ): Promise<ImapTalk> {
    await using opening = new AsyncDisposableStack()
    const implicit = tls === 'implicit' ? { tls: { serverName } } : {}
    const dialogue = opening.use(await connect({ host, port, ...implicit }, signal))
    const greeting = printable(await dialogue.readLine())
    if (!/^\* OK\b/i.test(greeting)) throw new Unexpected(`it greets with "${greeting}"`)
    const talk = new ImapTalk(dialogue)
    if (tls === 'starttls') {
      await talk.ask('STARTTLS')
      await dialogue.startTls({ serverName })
    }
    opening.move()
    return talk
  }

  /** The lines before the answer. @throws Unexpected when the answer is not OK */
  async ask(command: string): Promise<readonly string[]> {
    await this.#dialogue.writeLine(`a${++this.#tags} ${command}`)
    const lines: string[] = []
    while (lines.length < MOST_LINES) {
      const line = printable(await this.#dialogue.readLine())
      if (line.startsWith(`a${this.#tags} OK`)) return lines
      if (line.startsWith('a')) throw new Unexpected(`it answers ${command} with "${line}"`)
      lines.push(line)
    }
    throw new Unexpected(`its answer to ${command} never ends`)
  }

  /** The answer to a command, or its first `+`. */
  async begin(command: string): Promise<string> {
    return await this.goOn(`a${++this.#tags} ${command}`)
  }

  async goOn(line: string): Promise<string> {
    await this.#dialogue.writeLine(line)
    for (let seen = 0; seen < MOST_LINES; seen++) {
      const answer = printable(await this.#dialogue.readLine())
      if (!answer.startsWith('* ')) return answer
    }
    throw new Unexpected('its answer never ends')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dialogue.writeLine('z LOGOUT').catch(() => {})
    await this.#dialogue[Symbol.asyncDispose]()
  }
}

const KNOWN: readonly ClientMechanism[] = ['PLAIN', 'LOGIN', 'SCRAM-SHA-256']
const MOST_TURNS = 5
const MOST_LINES = 100
