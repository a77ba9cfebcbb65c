/** Connections to other servers: {@link connect} makes one, and messages go over it one by one. */
import { encodeBase64 } from '../syntax/sasl/base64.ts'
import { counted } from '../base/counted.ts'
import { systemRandom } from '../base/random.ts'
import { authenticatorName } from '../journal/authenticator.ts'
import type { Host, TlsFacts } from '../journal/event.ts'
import { type Authorities, publicAuthorities, secureFor } from './client-tls.ts'
import { dial } from './dial.ts'
import { type Dialogue, type Lost, type Secured, type Step, command } from './dialogue.ts'
import { lostAt, ours } from './failure.ts'
import { hello, type NotReady, type Ready } from './hello.ts'
import { type SignAgain, sendableTo } from './seven-bit.ts'
import { transaction } from './transaction.ts'
import type {
  Connect,
  Connection,
  ConnectFailure,
  ConnectOptions,
  OutgoingMessage,
  Result,
  Target,
} from './types.ts'
import { Wire } from './wire.ts'

/** With the authorities that this machine believes. It signs nothing. */
export const connect: Connect = connectWith({})

export interface ConnectParts {
  /** Whose certificates are good; asked for each connection. Undefined: as this machine believes. */
  readonly authorities?: Authorities
  /** Of mail that is converted; undefined: it goes unsigned. */
  readonly signAgain?: SignAgain
}

export function connectWith(parts: ConnectParts): Connect {
  const authorities = parts.authorities ?? publicAuthorities
  const signAgain = parts.signAgain ?? nobodySigns
  return async (target, asked) => {
    const options = { ...asked, signAgain }
    const first = await open(target, options, authorities)
    if (first instanceof OpenConnection || !first.mayTryClear) return first
    // RFC 7435 §3: nobody demanded TLS, and the mail is better sent in the clear than not at all.
    const clear: Target = { ...target, tls: { kind: 'none' } }
    return await open(clear, options, authorities)
  }
}

type Options = ConnectOptions & { readonly signAgain: SignAgain }

async function nobodySigns(): Promise<Uint8Array> {
  return new Uint8Array(0)
}

type Refusal = ConnectFailure & { readonly mayTryClear: boolean }

async function open(
  target: Target,
  options: Options,
  authorities: Authorities,
): Promise<OpenConnection | Refusal> {
  const { timeouts, signal } = options
  const socket = await dial(target, options)
  if ('kind' in socket) return unreached(target, socket)
  const secure = secureFor(target, timeouts.startTlsMs, signal, authorities)
  const wire = new Wire(socket, secure, timeouts)
  const abort = (): void => wire.destroy()
  signal.addEventListener('abort', abort, { once: true })
  socket.once('close', () => signal.removeEventListener('abort', abort))

  const begun = await begin(wire, target, options)
  if (begun.kind === 'ready' && wire.isOpen) return new OpenConnection(wire, target, begun, options)
  // A server that we leave is told so, where it still listens.
  if (wire.isOpen) await quit(wire, Math.min(timeouts.quitMs, timeouts.commandMs))
  wire.destroy()
  const { tls } = begun
  if (begun.kind === 'ready') return { ...gone(target), tls }
  return { failure: begun.failure, host: hostOf(target), tls, mayTryClear: begun.mayTryClear }
}

/** TLS first, where the target wants it so; then the session. */
async function begin(
  wire: Wire,
  { tls: policy }: Target,
  { helloName, login, timeouts }: ConnectOptions,
): Promise<Ready | NotReady> {
  let tls: TlsFacts | null = null
  if ('mode' in policy && policy.mode === 'implicit') {
    const answer = await wire.run(implicitTls())
    if (answer.kind === 'lost')
      return { kind: 'notReady', failure: lostAt(TLS, answer), tls: null, mayTryClear: false }
    tls = answer.tls
  }
  const nonce = encodeBase64(systemRandom.octets(NONCE_OCTETS))
  return await wire.run(hello({ helloName, policy, tls, login, nonce, timeouts }))
}

function* implicitTls(): Dialogue<Secured | Lost> {
  const answer = yield { kind: 'startTls' }
  if (answer.kind === 'secured' || answer.kind === 'lost') return answer
  throw new Error(`${answer.kind} is no answer to startTls`)
}

/** No connection: Exim's words are the system's alone. */
function unreached(target: Target, { why }: Lost): Refusal {
  const text = 'text' in why ? why.text : 'we stopped before the connection stood'
  const failure = ours('deferred', 'connect', '4.4.1', text, 'host')
  return { failure, host: hostOf(target), tls: null, mayTryClear: false }
}

function gone(target: Target): Refusal {
  const step: Step = { phase: 'EHLO', words: 'EHLO' }
  const failure = lostAt(step, { kind: 'lost', why: { kind: 'closed' } })
  return { failure, host: hostOf(target), tls: null, mayTryClear: false }
}

function hostOf({ name, address, port }: Target): Host {
  return { name, helo: null, address, port }
}

async function quit(wire: Wire, timeoutMs: number): Promise<void> {
  await wire.run(command('QUIT', timeoutMs))
  await wire.end(timeoutMs)
}

class OpenConnection implements Connection {
  readonly target: Target
  readonly host: Host
  readonly tls: TlsFacts | null
  readonly authenticator: string | null
  messagesSent = 0
  doing = 'waits for a message'
  readonly #wire: Wire
  readonly #ready: Ready
  readonly #options: Options
  #after: 'clean' | 'reset' | 'closed' = 'clean'
  #transactions = 0

  constructor(wire: Wire, target: Target, ready: Ready, options: Options) {
    this.#wire = wire
    this.#ready = ready
    this.#options = options
    this.target = target
    this.host = hostOf(target)
    this.tls = ready.tls
    this.authenticator =
      ready.authenticator === null ? null : authenticatorName(ready.authenticator)
  }

  get usable(): boolean {
    const { maxMessages } = this.#ready.extensions
    const mayMore = maxMessages === null || this.#transactions < maxMessages
    return this.#after !== 'closed' && mayMore && this.#wire.isOpen && !this.#wire.hasMore
  }

  get mayHaveTaken(): boolean {
    return this.#wire.mayHaveTaken
  }

  async send(given: OutgoingMessage): Promise<readonly Result[]> {
    const { timeouts, signAgain } = this.#options
    const { extensions, tls } = this.#ready
    const recipients = counted(given.recipients.length, 'recipient')
    this.#wire.beginMessage()
    if (given.eightBit && !extensions.eightBitMime)
      this.doing = `converts a message of ${given.sizeOctets} octets to 7 bits`
    const message = await sendableTo(given, extensions, signAgain)
    if (!('content' in message)) {
      this.doing = 'waits for a message'
      return given.recipients.map(() => message)
    }
    this.doing = `sends a message of ${message.sizeOctets} octets to ${recipients}`
    this.#transactions++
    const needsReset = this.#after === 'reset'
    try {
      const sent = await this.#wire.run(
        transaction({ message, extensions, isSecret: tls !== null, needsReset, timeouts }),
        message,
      )
      this.#after = sent.after
      if (sent.results.some(({ kind }) => kind === 'delivered')) this.messagesSent++
      if (this.#after === 'closed') this.destroy()
      return sent.results
    } catch (error) {
      // Our bug: the mail waits, and what is on the wire is not trusted any more.
      this.destroy()
      const text = `internal error of this server: ${error instanceof Error ? error.message : String(error)}`
      const failure = ours('deferred', 'MAIL', '4.3.0', text, 'message')
      return message.recipients.map(() => failure)
    } finally {
      this.doing = 'waits for a message'
    }
  }

  async close(): Promise<void> {
    this.doing = 'says goodbye'
    const timeoutMs = Math.min(this.#options.timeouts.quitMs, MAX_CLOSE_MS) / 2
    if (this.#wire.isOpen && this.#after !== 'closed') await quit(this.#wire, timeoutMs)
    this.destroy()
  }

  destroy(): void {
    this.#after = 'closed'
    this.doing = 'is closed'
    this.#wire.destroy()
  }
}

const TLS: Step = { phase: 'STARTTLS', words: 'the TLS handshake' }
const NONCE_OCTETS = 18
const MAX_CLOSE_MS = 10_000
