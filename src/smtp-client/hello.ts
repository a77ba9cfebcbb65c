/**
 * From the connection to a session that takes mail: RFC 5321 §3.1, §3.2, RFC 3207, RFC 4954.
 *
 *   banner ─▶ EHLO ─────────▶ STARTTLS ─▶ TLS ─▶ EHLO ─▶ AUTH ─▶ ready
 *               └ 5yz ─▶ HELO ──────────────────────────────────▶ ready
 */
import type { TlsFacts } from '../journal/event.ts'
import { startClientExchange } from '../syntax/sasl/client.ts'
import { decodeBase64, encodeBase64 } from '../syntax/sasl/base64.ts'
import { type Extensions, extensionsOf, NO_EXTENSIONS } from '../syntax/smtp/extensions.ts'
import type { ServerReply } from '../syntax/smtp/server-reply.ts'
import { type Dialogue, type Lost, type Step, command, isEnd, isGood, read } from './dialogue.ts'
import { type Failure, type Scope, lostAt, ours, refused } from './failure.ts'
import type { ClientTimeouts, LoginMechanism, RelayLogin, TlsPolicy } from './types.ts'

export interface HelloOptions {
  readonly helloName: string
  readonly policy: TlsPolicy
  /** Of implicit TLS; null: the connection is in the clear. */
  readonly tls: TlsFacts | null
  readonly login: RelayLogin | null
  /** Printable, without comma, used once; for SCRAM. */
  readonly nonce: string
  readonly timeouts: ClientTimeouts
}

/** The session stands. */
export interface Ready {
  readonly kind: 'ready'
  readonly extensions: Extensions
  readonly tls: TlsFacts | null
  /** Lower case; null: we did not log in. */
  readonly authenticator: string | null
}

export interface NotReady {
  readonly kind: 'notReady'
  readonly failure: Failure
  readonly tls: TlsFacts | null
  /** The handshake of an opportunistic STARTTLS failed: the host may be tried again in the clear. */
  readonly mayTryClear: boolean
}

export function* hello(options: HelloOptions): Dialogue<Ready | NotReady> {
  const { timeouts, login } = options
  const banner = yield* read(timeouts.greetingMs)
  if (!isGood(banner)) return notReady(banned(BANNER, banner), options.tls)

  const first = yield* greet(options, true)
  if ('scope' in first) return notReady(first, options.tls)

  const secured = yield* secure(options, first)
  if (secured.kind === 'notReady') return secured
  const { tls, extensions } = secured

  if (login === null) return secured
  const said: string[] = []
  const authenticated = yield* logIn(options, login, { extensions, isSecret: tls !== null, said })
  if (typeof authenticated !== 'string')
    return notReady(withoutSecrets(authenticated, login, said), tls)
  return { kind: 'ready', extensions, tls, authenticator: authenticated.toLowerCase() }
}

function notReady(failure: Failure, tls: TlsFacts | null, mayTryClear = false): NotReady {
  return { kind: 'notReady', failure, tls, mayTryClear }
}

/** @param mayHelo  an old server may refuse EHLO */
function* greet(options: HelloOptions, mayHelo: boolean): Dialogue<Extensions | Failure> {
  const { helloName, timeouts } = options
  const ehlo: Step = { phase: 'EHLO', words: `EHLO ${helloName}` }
  const reply = yield* command(ehlo.words, timeouts.commandMs)
  if (isGood(reply)) return extensionsOf(reply)
  // RFC 5321 §3.2; 421 is no answer to EHLO, but an end.
  if (!mayHelo || reply.kind === 'lost' || reply.code < 500) return banned(ehlo, reply)
  const helo: Step = { phase: 'EHLO', words: `HELO ${helloName}` }
  const second = yield* command(helo.words, timeouts.commandMs)
  return isGood(second) ? NO_EXTENSIONS : banned(helo, second)
}

/** TLS by STARTTLS, where the policy and the server want it. */
function* secure(options: HelloOptions, extensions: Extensions): Dialogue<Ready | NotReady> {
  const { policy, tls, timeouts } = options
  const ready: Ready = { kind: 'ready', extensions, tls, authenticator: null }
  if (tls !== null || policy.kind === 'none') return ready
  const isOptional = policy.kind === 'opportunistic'
  if (!extensions.startTls) {
    if (isOptional) return ready
    return notReady(unprotected(policy, 'the server did not offer TLS support', null), null)
  }
  const reply = yield* command('STARTTLS', timeouts.commandMs)
  if (isEnd(reply)) return notReady(at(STARTTLS, reply), null)
  if (reply.code !== 220) {
    if (isOptional) return ready
    return notReady(unprotected(policy, `the server refused STARTTLS: ${reply.text}`, reply), null)
  }
  const answer = yield { kind: 'startTls' }
  if (answer.kind === 'lost')
    return notReady(at(STARTTLS, answer), null, isOptional && answer.why.kind === 'tls')
  if (answer.kind !== 'secured') throw new Error(`${answer.kind} is no answer to startTls`)
  // RFC 3207 §4.2: what was said in the clear is forgotten.
  const again = yield* greet(options, false)
  if ('scope' in again) return notReady(again, answer.tls)
  return { ...ready, extensions: again, tls: answer.tls }
}

function unprotected(policy: TlsPolicy, why: string, reply: ServerReply | null): Failure {
  const demandedBy = 'demandedBy' in policy ? policy.demandedBy : 'DANE'
  const text = `a TLS session is required (${demandedBy}), but ${why}`
  return { ...ours('deferred', 'STARTTLS', '4.7.4', text, 'host'), reply: reply?.text ?? null }
}

interface LoginPlace {
  readonly extensions: Extensions
  readonly isSecret: boolean
  /** Takes what we say that nobody else may read. */
  readonly said: string[]
}

/** @returns the mechanism that did it */
function* logIn(
  options: HelloOptions,
  login: RelayLogin,
  { extensions, isSecret, said }: LoginPlace,
): Dialogue<LoginMechanism | Failure> {
  const mechanism = chooseMechanism(login, extensions, isSecret)
  if (mechanism === null) return noMechanism(login, extensions, isSecret)
  const { commandMs } = options.timeouts
  const step: Step = { phase: 'AUTH', words: `AUTH ${mechanism}` }
  const exchange = startClientExchange(mechanism, login, options.nonce)
  const initial = exchange.initial === null ? '' : ` ${encodeBase64(exchange.initial) || '='}`
  said.push(initial.trim())
  let reply = yield* command(`AUTH ${mechanism}${initial}`, commandMs)
  for (let rounds = 0; reply.kind === 'reply' && reply.code === 334; rounds++) {
    const challenge = decodeBase64(reply.lines[0]?.trim() ?? '')
    const mayAnswer = challenge !== null && rounds < MAX_ROUNDS
    const worked = mayAnswer
      ? yield { kind: 'work', run: () => exchange.respond(challenge) }
      : { kind: 'worked' as const, value: null }
    const response =
      worked.kind === 'worked' && worked.value instanceof Uint8Array ? worked.value : null
    // RFC 4954 §4: an asterisk gives up.
    const line = response === null ? '*' : encodeBase64(response)
    said.push(line)
    reply = yield* command(line, commandMs)
    if (response === null) return unanswerable(step, reply)
  }
  if (isGood(reply))
    return exchange.isProved
      ? mechanism
      : ours('deferred', 'AUTH', '4.7.8', `${step.words}: ${UNPROVED}`, 'login')
  const isOurs = reply.kind === 'reply' && reply.code >= 500
  return at(step, reply, isOurs ? 'login' : 'host')
}

function unanswerable(step: Step, reply: ServerReply | Lost): Failure {
  if (reply.kind === 'lost') return lostAt(step, reply)
  return ours('deferred', 'AUTH', '4.7.8', `${step.words}: ${UNANSWERABLE}: ${reply.text}`, 'login')
}

/** Some servers quote in a refusal what they did not understand: that must not get into a log. */
function withoutSecrets(failure: Failure, { password }: RelayLogin, said: readonly string[]) {
  const secrets = [...said, password, encodeBase64(Buffer.from(password))]
    .filter(({ length }) => length >= MIN_SECRET_CHARS)
    .sort((a, b) => b.length - a.length)
  const clean = (text: string) =>
    secrets.reduce((left, secret) => left.replaceAll(secret, '(secret)'), text)
  return { ...failure, text: clean(failure.text), reply: failure.reply && clean(failure.reply) }
}

/** What is shorter stands in ordinary words too. */
const MIN_SECRET_CHARS = 4

const UNPROVED = 'the server says that it knows us, but did not prove that it knows the password'
const UNANSWERABLE = 'the server sent a challenge that makes no sense, or the wrong signature'
const MAX_ROUNDS = 5

/** Those that give the password away stand behind those that do not, and only inside TLS. */
function chooseMechanism(
  { mechanism }: RelayLogin,
  { auth }: Extensions,
  isSecret: boolean,
): LoginMechanism | null {
  const may = PREFERRED.filter((name) => auth.includes(name) && (isSecret || !GIVES_AWAY.has(name)))
  if (mechanism === null) return may.find((name) => name !== 'XOAUTH2') ?? null
  return may.find((name) => name === mechanism) ?? null
}

/** CRAM-MD5 last: servers that keep passwords well cannot do it, and offer it still. */
const PREFERRED: readonly LoginMechanism[] = [
  'SCRAM-SHA-256',
  'PLAIN',
  'LOGIN',
  'CRAM-MD5',
  'XOAUTH2',
]
const GIVES_AWAY: ReadonlySet<LoginMechanism> = new Set(['PLAIN', 'LOGIN', 'XOAUTH2'])

function noMechanism({ mechanism }: RelayLogin, { auth }: Extensions, isSecret: boolean): Failure {
  const offered = auth.length === 0 ? 'no login' : `the logins ${auth.slice(0, 20).join(', ')}`
  const isMissing = mechanism !== null && !auth.includes(mechanism)
  const wanted = isMissing ? ` and not ${mechanism}` : ''
  const clear = isSecret ? '' : '; without TLS we do not send a password'
  const text = `the server offers ${offered}${wanted}${clear}`
  return ours('deferred', 'AUTH', '4.7.8', text, 'login')
}

/** The server does not want this session. 521 says for good that no mail is taken: RFC 7504 §3. */
function banned(step: Step, reply: ServerReply | Lost): Failure {
  const failure = at(step, reply)
  if (reply.kind === 'lost' || reply.code !== 521) return failure
  return { ...failure, kind: 'failed', status: reply.status ?? '5.3.2' }
}

function at(step: Step, reply: ServerReply | Lost, scope: Scope = 'host'): Failure {
  return reply.kind === 'lost' ? lostAt(step, reply) : refused(step, reply, scope)
}

const BANNER: Step = { phase: 'banner', words: 'initial connection' }
const STARTTLS: Step = { phase: 'STARTTLS', words: 'STARTTLS' }
