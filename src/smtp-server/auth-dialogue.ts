/** AUTH, RFC 4954: the lines between the command and the verdict. */
import { isTrouble } from '../base/faults.ts'
import { decodeBase64, encodeBase64 } from '../syntax/sasl/base64.ts'
import type { Credentials, Identity } from '../syntax/sasl/credentials.ts'
import type { Exchange } from '../syntax/sasl/exchange.ts'
import { type Mechanism, mechanismOf, startExchange } from '../syntax/sasl/mechanism.ts'
import { type Reply, reply } from '../syntax/smtp/reply.ts'
import type { SmtpOptions } from './options.ts'
import { REPLY, replyFor } from './reply.ts'
import type { Login } from './transaction.ts'

export type AuthOutcome =
  /** Say this, and take the next line. */
  | { readonly kind: 'challenge'; readonly reply: Reply }
  | { readonly kind: 'success'; readonly login: Login }
  /** The credentials are wrong. */
  | {
      readonly kind: 'failure'
      readonly mechanism: Mechanism
      readonly login: string | null
      /** This connection may not try again. */
      readonly isLast: boolean
    }
  /** Cancelled, no base64, too busy: the attempt is over without a verdict. */
  | { readonly kind: 'over'; readonly reply: Reply }

interface Attempt {
  readonly mechanism: Mechanism
  readonly exchange: Exchange
  /** Proven, but the server's last data is on its way: the client answers it with an empty line. */
  readonly proven: Identity | null
}

/** All attempts of one connection, one after the other. */
export class AuthDialogue {
  readonly #options: SmtpOptions
  readonly #credentials: Credentials
  #attempt: Attempt | null = null
  #failures = 0

  /** @param address  where the client is, for whoever counts its failures */
  constructor(options: SmtpOptions, address: string) {
    this.#options = options
    this.#credentials = options.logins.from(address)
  }

  /** Is the next line an answer to a challenge, and no command? */
  get active(): boolean {
    return this.#attempt !== null
  }

  /** @param initial  base64 from the command; null when there was none. Never rejects. */
  async begin(name: string, initial: string | null): Promise<AuthOutcome> {
    const mechanism = mechanismOf(name)
    if (mechanism === null) return { kind: 'over', reply: REPLY.unknownMechanism }
    const exchange = startExchange(mechanism, this.#credentials, this.#options.random)
    this.#attempt = { mechanism, exchange, proven: null }
    if (initial === null) return this.#step(null)
    return this.#decoded(initial === '=' ? '' : initial) // RFC 4954 §4: `=` is the empty response
  }

  /** The next line from the client. Never rejects. */
  async line(text: string): Promise<AuthOutcome> {
    return text === '*' ? this.#over(REPLY.authCancelled) : this.#decoded(text)
  }

  async #decoded(text: string): Promise<AuthOutcome> {
    const octets = decodeBase64(text)
    return octets === null ? this.#over(REPLY.notBase64) : this.#step(octets)
  }

  async #step(response: Uint8Array | null): Promise<AuthOutcome> {
    const attempt = this.#attempt
    if (attempt === null) return this.#over(REPLY.badSequence)
    const { mechanism, exchange, proven } = attempt
    try {
      if (proven !== null) return this.#ended(attempt, response?.length === 0 ? proven : null, null)
      const outcome = await exchange.step(response)
      if (outcome.kind === 'failure') return this.#ended(attempt, null, outcome.login)
      if (outcome.kind === 'success') {
        if (outcome.data === null) return this.#ended(attempt, outcome.identity, null)
        this.#attempt = { mechanism, exchange, proven: outcome.identity }
      }
      const data = outcome.data ?? NOTHING
      return { kind: 'challenge', reply: reply(334, null, encodeBase64(data)) }
    } catch (error) {
      if (isTrouble(error)) this.#options.reportError(error, 'SMTP AUTH')
      return this.#over(replyFor(error))
    }
  }

  #ended({ mechanism }: Attempt, identity: Identity | null, login: string | null): AuthOutcome {
    this.#attempt = null
    if (identity !== null) return { kind: 'success', login: { identity, mechanism } }
    const isLast = ++this.#failures >= this.#options.limits.smtp.maxAuthAttempts
    return { kind: 'failure', mechanism, login, isLast }
  }

  #over(answer: Reply): AuthOutcome {
    this.#attempt = null
    return { kind: 'over', reply: answer }
  }
}

const NOTHING = new Uint8Array(0)
