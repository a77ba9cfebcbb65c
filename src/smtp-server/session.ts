/**
 * One SMTP session, as a function from (state, command) to (state, reply, effect).
 *
 *          EHLO          MAIL             RCPT (stays)
 *   fresh ─────▶ ready ───────▶ envelope ◀──┐        DATA, BDAT
 *     ▲            ▲               │ └──────┘ ─────────────────▶ content ◀─┐ BDAT
 *     │            └───────────────┴──────────────────────────────┘ └──────┘
 *     │                EHLO, RSET, and every end of content, good or bad
 *     └── TLS begins: all is forgotten                    any ──QUIT──▶ closed
 *
 * No socket, no clock, no store: `Policy` stands for the rest of the server, and what the driver
 * has to do is an `Effect`. RFC 5321 §4.1.4 fixes the order of commands.
 *
 *   S1  only `envelope` and `content` have a transaction, and it is used for one message
 *   S2  a command that is not legal in a state changes nothing
 *   S3  whatever ends the content, the transaction is gone: {@link contentEnded} is the only way out
 */
import type { AcceptedRecipient } from '../delivery/types.ts'
import type { Path } from '../syntax/address/path.ts'
import type { Command, Verb } from '../syntax/smtp/command.ts'
import type { MailCommand, RcptCommand } from '../syntax/smtp/mail-command.ts'
import { type Reply, reply } from '../syntax/smtp/reply.ts'
import { REPLY, replyFor } from './reply.ts'
import { type Client, type Login, Transaction } from './transaction.ts'

export type State =
  | { readonly name: 'fresh' }
  | { readonly name: 'ready'; readonly client: Client }
  | { readonly name: 'envelope'; readonly client: Client; readonly transaction: Transaction }
  | { readonly name: 'content'; readonly client: Client; readonly transaction: Transaction }
  | { readonly name: 'closed' }

/** What the driver does after the reply is written. */
export type Effect =
  /** Read the message up to CRLF.CRLF. */
  | { readonly kind: 'readData' }
  /** Read so many octets of the message; then it goes on, or is complete. There is no reply yet. */
  | { readonly kind: 'readChunk'; readonly octets: number; readonly last: boolean }
  /** Read so many octets away, then give the reply. */
  | { readonly kind: 'skipChunk'; readonly octets: number }
  | { readonly kind: 'startTls' }
  | { readonly kind: 'authenticate'; readonly mechanism: string; readonly initial: string | null }
  | { readonly kind: 'close' }

export interface Step {
  readonly state: State
  /** Null when the effect will make it. */
  readonly reply: Reply | null
  readonly effect: Effect | null
  /** What was thrown, for the log; the peer sees only `reply`. */
  readonly error?: unknown
}

/** What the session asks of the rest of the server. Each `check` and `accept` may throw Refusal. */
export interface Policy {
  readonly maxRecipients: number
  /** EHLO keywords, RFC 5321 §4.1.1.1. */
  extensions(login: Login | null): readonly string[]
  /** The first line of the reply to EHLO and HELO. */
  hello(): string
  /** Why the command is not for this client now: no TLS, no login. Null when it is. */
  barrier(verb: Verb, login: Login | null): Reply | null
  checkSender(command: MailCommand, login: Login | null): void
  /** What the client asks of notices is added by the session. */
  acceptRecipient(
    to: Path | 'postmaster',
    transaction: Transaction,
  ): Pick<AcceptedRecipient, 'address' | 'destinations'>
}

type Name = State['name']
const ANY: readonly Name[] = ['fresh', 'ready', 'envelope', 'content']

/** Where each command is legal. Anywhere else it is 503 and changes nothing (S2). */
const ALLOWED_IN: { readonly [V in Verb]: readonly Name[] } = {
  EHLO: ANY,
  HELO: ANY,
  MAIL: ['ready'],
  RCPT: ['envelope'],
  DATA: ['envelope'],
  BDAT: ['envelope', 'content'],
  RSET: ANY,
  NOOP: ANY,
  QUIT: ANY,
  HELP: ANY,
  VRFY: ANY,
  EXPN: ANY,
  STARTTLS: ['ready'],
  AUTH: ['ready'],
  unknown: ANY,
}

/** Never throws: whatever goes wrong is a reply. */
export function step(state: State, command: Command, policy: Policy): Step {
  try {
    const refusal =
      policy.barrier(command.verb, loginOf(state)) ??
      (ALLOWED_IN[command.verb].includes(state.name) ? null : outOfOrder(state, command.verb))
    if (refusal !== null) return refuse(state, command, refusal)
    return run(state, command, policy)
  } catch (error) {
    return { ...refuse(state, command, replyFor(error)), error }
  }
}

/** After the message was accepted or refused, or a chunk failed: the transaction is over (S3). */
export function contentEnded(state: State): State {
  return 'client' in state ? { name: 'ready', client: state.client } : state
}

export function loggedIn(state: State, login: Login): State {
  return state.name === 'ready' ? { name: 'ready', client: { ...state.client, login } } : state
}

function loginOf(state: State): Login | null {
  return 'client' in state ? state.client.login : null
}

export function transactionOf(state: State): Transaction | null {
  return 'transaction' in state ? state.transaction : null
}

function run(state: State, command: Command, policy: Policy): Step {
  switch (command.verb) {
    case 'EHLO':
    case 'HELO': {
      const login = loginOf(state)
      const client: Client = { greeting: command.verb, helo: command.name, login }
      return say({ name: 'ready', client }, hello(client, policy))
    }
    case 'MAIL':
      return runMail(narrow(state, 'ready'), command, policy)
    case 'RCPT':
      return runRcpt(narrow(state, 'envelope'), command, policy)
    case 'DATA': {
      const { client, transaction } = narrow(state, 'envelope')
      if (transaction.recipients.length === 0) return say(state, REPLY.noRecipients)
      return say({ name: 'content', client, transaction }, REPLY.goOn, { kind: 'readData' })
    }
    case 'BDAT': {
      const { client, transaction } = transactional(state)
      if (transaction.recipients.length === 0) return refuse(state, command, REPLY.noRecipients)
      const { octets, last } = command
      const effect = { kind: 'readChunk', octets, last } as const
      return { state: { name: 'content', client, transaction }, reply: null, effect }
    }
    case 'RSET':
      return say(contentEnded(state), REPLY.reset)
    case 'NOOP':
      return say(state, REPLY.noop)
    case 'HELP':
      return say(state, REPLY.help)
    case 'VRFY':
      return say(state, REPLY.verify)
    case 'EXPN':
      return say(state, REPLY.notImplemented)
    case 'STARTTLS':
      return say({ name: 'fresh' }, REPLY.startTls, { kind: 'startTls' })
    case 'AUTH': {
      const { mechanism, initial } = command
      return { state, reply: null, effect: { kind: 'authenticate', mechanism, initial } }
    }
    case 'QUIT':
      return say({ name: 'closed' }, REPLY.bye, { kind: 'close' })
    case 'unknown':
      return say(state, REPLY.unknownCommand)
    default:
      return command satisfies never
  }
}

function runMail(
  { client }: Extract<State, { name: 'ready' }>,
  command: MailCommand,
  policy: Policy,
): Step {
  const state: State = { name: 'ready', client }
  if (command.unknown.length > 0) return say(state, unsupported(command.unknown))
  if (command.from?.international && !command.smtputf8) return say(state, REPLY.needUtf8)
  // RFC 8689 §2: over TLS only, where it is offered.
  if (command.requireTls && !policy.extensions(client.login).includes('REQUIRETLS')) {
    return say(state, REPLY.requireTlsNeedsTls)
  }
  policy.checkSender(command, client.login)
  const transaction = new Transaction(command)
  return say({ name: 'envelope', client, transaction }, REPLY.senderOk)
}

function runRcpt(
  state: Extract<State, { name: 'envelope' }>,
  { to, notify, original, unknown }: RcptCommand,
  policy: Policy,
): Step {
  const { transaction } = state
  if (unknown.length > 0) return say(state, unsupported(unknown))
  if (to !== 'postmaster' && to.international && !transaction.smtputf8) {
    return say(state, REPLY.needUtf8)
  }
  // RFC 5321 §4.5.3.1.10: 452, not 552, so that the client sends the rest in a new transaction.
  if (transaction.recipients.length >= policy.maxRecipients) {
    return say(state, REPLY.tooManyRecipients)
  }
  const { address, destinations } = policy.acceptRecipient(to, transaction)
  transaction.recipients.push({ address, destinations, notify, original })
  return say(state, REPLY.recipientOk)
}

function hello({ greeting, login }: Client, policy: Policy): Reply {
  const first = policy.hello()
  if (greeting === 'HELO') return reply(250, null, first)
  return { code: 250, status: null, text: [first, ...policy.extensions(login)] }
}

/** RFC 5321 §4.1.1.11. */
function unsupported(parameters: readonly string[]): Reply {
  return reply(555, '5.5.4', `Unsupported parameter ${parameters.join(' ')}`)
}

function outOfOrder(state: State, verb: Verb): Reply {
  if (state.name === 'fresh') return REPLY.helloFirst
  if (state.name === 'ready') return REPLY.mailFirst
  return verb === 'MAIL' ? REPLY.nested : REPLY.badSequence
}

/**
 * A refused command. The octets after a refused BDAT are not commands and have to be read away, and
 * what was received in chunks before is worth nothing without them.
 */
function refuse(state: State, command: Command, why: Reply): Step {
  if (command.verb !== 'BDAT') return say(state, why)
  const effect = { kind: 'skipChunk', octets: command.octets } as const
  return { state: contentEnded(state), reply: why, effect }
}

function say(state: State, why: Reply, effect: Effect | null = null): Step {
  return { state, reply: why, effect }
}

/** ALLOWED_IN has already checked the state, so a throw here is a bug in that table. */
function narrow<N extends Name>(state: State, name: N): Extract<State, { name: N }> {
  if (state.name !== name) throw new Error(`session is ${state.name}, not ${name}`)
  return state as Extract<State, { name: N }>
}

function transactional(state: State): Extract<State, { name: 'envelope' | 'content' }> {
  return state.name === 'content' ? state : narrow(state, 'envelope')
}
