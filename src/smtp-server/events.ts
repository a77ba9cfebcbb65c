/** What one connection writes to the journal, in Exim's words. */
import { failureOf, isDoctors } from '../journal/doctor-session.ts'
import type { Host, Interface, NoteTopic, RejectPhase } from '../journal/event.ts'
import type { Stream } from '../net/types.ts'
import type { Command } from '../syntax/smtp/command.ts'
import { type Reply, replyText } from '../syntax/smtp/reply.ts'
import { headerFields } from './header-facts.ts'
import type { SmtpOptions } from './options.ts'
import type { Client, Login, Transaction } from './transaction.ts'
import { noteOf } from '../journal/plain.ts'

/** Header fields of a refused message that are kept. */
const MAX_KEPT_FIELDS = 100

export interface Scene {
  readonly client: Client | null
  readonly transaction: Transaction | null
}

export class ConnectionEvents {
  readonly #options: SmtpOptions
  readonly #stream: Stream
  readonly #sinceMs: number

  constructor(options: SmtpOptions, stream: Stream) {
    this.#options = options
    this.#stream = stream
    this.#sinceMs = options.clock.monotonicMs()
  }

  /** A refused MAIL or RCPT; bad syntax and bad order are the client's bugs, and not worth a line. */
  rejectedCommand(command: Command, why: Reply, scene: Scene): void {
    if (why.code < 400 || why.code === 501 || why.code === 503) return
    if (command.verb === 'MAIL') {
      this.#rejected('MAIL', `<${command.from?.text ?? ''}>`, why, scene, [])
    } else if (command.verb === 'RCPT') {
      const to = command.to === 'postmaster' ? command.to : command.to.text
      this.#rejected('RCPT', `<${to}>`, why, scene, [])
    }
  }

  rejectedMessage(why: Reply, scene: Scene, headerText: string | null): void {
    const headers = headerText === null ? [] : headerFields(headerText, MAX_KEPT_FIELDS)
    this.#rejected('after DATA', null, why, scene, headers)
  }

  authenticationFailed(mechanism: string, why: Reply, login: string | null, scene: Scene): void {
    const { journal, clock } = this.#options
    journal.record({
      type: 'authenticationFailed',
      atMs: clock.nowMs(),
      mechanism: mechanism.toLowerCase(),
      host: this.host(scene.client),
      local: this.local,
      reply: `${why.code} ${replyText(why)}`,
      login,
    })
    const { remote, local } = this.#stream
    const isOurs = isDoctors(scene.client?.helo ?? null, remote, local)
    this.#login('loginFailed', login, mechanism, failureOf(isOurs, 'auth failed'))
  }

  loggedIn({ identity, mechanism }: Login): void {
    this.#login('loggedIn', identity.login, mechanism, null)
  }

  /** `kind` as Exim has it: `next input sent too soon: pipelining was advertised` … */
  outOfStep(kind: string, line: string | null, input: string, scene: Scene): void {
    const what = line === null ? 'connection from' : `"${line.slice(0, 100)}"`
    const name = `H=${this.#fullHost(scene.client)} I=${interfaceText(this.local)}`
    const label = line === null ? 'input' : 'next input'
    this.note(
      `SMTP protocol synchronization error (${kind}): rejected ${what} ${name} ${label}="${input}"`,
      'protocol',
    )
  }

  lost(scene: Scene, isContent: boolean): void {
    const where = isContent ? ' while reading message data' : ''
    this.note(
      `SMTP connection from ${this.#fullHost(scene.client)} lost${where}${this.#duration()}`,
    )
  }

  timedOut(scene: Scene, isContent: boolean): void {
    const host = this.#fullHost(scene.client)
    const what = isContent ? 'SMTP data timeout (message abandoned)' : 'SMTP command timeout'
    const from = isContent ? ` F=<${scene.transaction?.sender ?? ''}>` : ''
    this.note(`${what} on connection from ${host}${from}${this.#duration()}`)
  }

  /** Closed by us for what the client did. */
  dropped(why: string, scene: Scene): void {
    this.note(
      `SMTP connection from ${this.#fullHost(scene.client)} closed: ${why}${this.#duration()}`,
    )
  }

  note(text: string, topic: NoteTopic = 'connection'): void {
    const { journal, clock } = this.#options
    journal.record(noteOf(clock.nowMs(), topic, text))
  }

  host(client: Client | null): Host {
    const { address, port } = this.#stream.remote
    return { name: null, helo: client?.helo ?? null, address, port }
  }

  get local(): Interface {
    return this.#stream.local
  }

  #rejected(
    phase: RejectPhase,
    subject: string | null,
    why: Reply,
    { client, transaction }: Scene,
    headers: readonly string[],
  ): void {
    const { journal, clock } = this.#options
    const login = client?.login ?? null
    journal.record({
      type: 'rejected',
      atMs: clock.nowMs(),
      id: null,
      host: this.host(client),
      local: this.local,
      tls: this.#stream.tls,
      authenticator: login?.mechanism.toLowerCase() ?? null,
      login: login?.identity.login ?? null,
      from: transaction === null ? undefined : transaction.sender,
      temporary: why.code < 500,
      phase,
      subject,
      reason: replyText(why),
      headers,
    })
  }

  /** @param failure  null: it did not fail */
  #login(
    type: 'loggedIn' | 'loginFailed',
    login: string | null,
    mechanism: string,
    failure: string | null,
  ): void {
    const { journal, clock } = this.#options
    journal.record({
      type,
      atMs: clock.nowMs(),
      service: 'submission',
      login,
      mechanism,
      remoteAddress: this.#stream.remote.address,
      localAddress: this.#stream.local.address,
      tls: this.#stream.tls !== null,
      session: String(this.#stream.id),
      attempts: type === 'loggedIn' ? null : 1,
      counts: null,
      reason: failure,
    })
  }

  /** `(helo) [192.0.2.3]:50214`. */
  #fullHost(client: Client | null): string {
    const { address, port } = this.#stream.remote
    return `${client === null ? '' : `(${client.helo}) `}[${address}]:${port}`
  }

  #duration(): string {
    const ms = this.#options.clock.monotonicMs() - this.#sinceMs
    return ` D=${Math.round(ms / 1000)}s`
  }
}

function interfaceText({ address, port }: Interface): string {
  return `[${address}]:${port}`
}
