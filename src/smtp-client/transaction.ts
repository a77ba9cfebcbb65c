/**
 * One message over a session that stands: RFC 5321 §3.3, with PIPELINING (RFC 2920) and CHUNKING
 * (RFC 3030) where they are offered.
 *
 *   MAIL ─▶ RCPT … ─▶ DATA ─▶ content ─▶ end of data
 *                └──▶ BDAT … ─────────────────┘
 */
import { rcptCommand, mailCommand } from '../syntax/smtp/client-command.ts'
import type { Extensions } from '../syntax/smtp/extensions.ts'
import type { ServerReply } from '../syntax/smtp/server-reply.ts'
import {
  type Dialogue,
  type Lost,
  type Step,
  command,
  isEnd,
  isGood,
  read,
  write,
} from './dialogue.ts'
import { type Envelope, envelopeFor } from './envelope.ts'
import { type Failure, type Scope, lostAt, ours, refused } from './failure.ts'
import type { ClientTimeouts, OutgoingMessage, Result } from './types.ts'

export interface TransactionOptions {
  readonly message: OutgoingMessage
  readonly extensions: Extensions
  /** The connection is encrypted. */
  readonly isSecret: boolean
  /** The transaction before this one may not have ended: RSET goes first. */
  readonly needsReset: boolean
  readonly timeouts: ClientTimeouts
}

export interface Sent {
  /** One for each recipient, in their order. */
  readonly results: readonly Result[]
  /** The connection can be used again, after RSET where it is needed. */
  readonly after: 'clean' | 'reset' | 'closed'
}

export function* transaction(options: TransactionOptions): Dialogue<Sent> {
  return yield* new Transaction(options).run()
}

/** The results so far; a recipient without one was accepted, or has not been asked for. */
class Transaction {
  readonly #options: TransactionOptions
  readonly #results: (Result | null)[]
  readonly #accepted: number[] = []
  readonly #envelope: Envelope
  #after: Sent['after']
  /** A reply came that answers nothing we said: those before it may belong to other recipients. */
  #isOutOfStep = false

  constructor(options: TransactionOptions) {
    this.#options = options
    this.#after = options.needsReset ? 'reset' : 'clean'
    this.#envelope = envelopeFor(options.message, options.extensions, options.isSecret)
    this.#results = options.message.recipients.map(() => null)
  }

  *run(): Dialogue<Sent> {
    const { needsReset, message, timeouts } = this.#options
    for (const { index, failure } of this.#envelope.failures) this.#results[index] = failure
    if (this.#envelope.recipients.length === 0) return this.#finish(NOTHING_TO_SEND)
    const { checkHeader } = this.#envelope
    if (checkHeader !== null) {
      const worked = yield { kind: 'work', run: () => checkHeader(message) }
      const failure = worked.kind === 'worked' ? (worked.value as Failure | null) : null
      if (failure !== null) return this.#finish(failure)
    }
    if (needsReset) {
      const reply = yield* command('RSET', Math.min(timeouts.commandMs, RESET_MS))
      if (!isGood(reply)) return this.#lose(RSET, reply)
      this.#after = 'clean'
    }
    const failure = yield* this.#open()
    if (failure !== null) return this.#finish(failure)
    return this.#finish(yield* this.#content())
  }

  /** MAIL and RCPT, and DATA when it is pipelined. @returns what keeps the content from being sent */
  *#open(): Dialogue<Failure | null> {
    const { extensions, timeouts } = this.#options
    const pipelined = extensions.pipelining
    const deadlineMs = timeouts.commandMs
    const prefix = pipelined ? 'pipelined ' : ''
    const { mail, recipients } = this.#envelope
    const mailLine = mailCommand(mail.from, mail)
    const mailStep: Step = { phase: 'MAIL', words: prefix + mailLine }
    const lines = recipients.map(({ to, notify, original }) => rcptCommand(to, notify, original))
    const withData = pipelined && !this.#inChunks
    // Slow replies to many recipients must not add up to a day.
    yield { kind: 'budget', ms: timeouts.commandMs * (2 + Math.ceil(lines.length / 20)) }
    yield* write(mailLine)
    if (pipelined) {
      for (const line of lines) yield* write(line)
      if (withData) yield* write('DATA')
    }
    const mailReply = yield* read(deadlineMs)
    this.#after = 'reset'
    if (isEnd(mailReply)) return this.#broken(mailStep, mailReply)
    const mailFailure = isGood(mailReply) ? null : this.#refused(mailStep, mailReply, 'message')
    if (mailFailure !== null && !pipelined) return mailFailure

    for (const [order, line] of lines.entries()) {
      if (!pipelined) yield* write(line)
      const reply = yield* read(deadlineMs)
      const recipient = recipients[order]
      const step: Step = { phase: 'RCPT', words: `RCPT TO:<${recipient?.to ?? ''}>` }
      if (isEnd(reply)) return this.#broken(step, reply)
      if (mailFailure === null && recipient !== undefined)
        this.#recipient(recipient.index, step, reply)
    }
    if (withData) return yield* this.#pipelinedData(mailFailure)
    if (mailFailure !== null) return mailFailure
    if (this.#accepted.length === 0) return NOTHING_TO_SEND
    if (this.#inChunks) return null
    const reply = yield* command('DATA', timeouts.dataMs)
    if (isEnd(reply)) return this.#broken(DATA, reply)
    return reply.code === 354 ? null : this.#refused(DATA, reply, 'message')
  }

  #recipient(index: number, step: Step, reply: ServerReply): void {
    if (isGood(reply)) this.#accepted.push(index)
    else if (this.#accepted.length > 0 && isTooMany(reply)) {
      // RFC 5321 §4.5.3.1.10: also 552; the others are sent in another transaction.
      const failure = this.#refused(step, reply, 'message')
      this.#results[index] = { ...failure, kind: 'deferred', status: '4.5.3' }
    } else this.#results[index] = this.#refused(step, reply, 'recipient')
  }

  /** DATA was sent before we knew of any recipient. */
  *#pipelinedData(mailFailure: Failure | null): Dialogue<Failure | null> {
    const { timeouts } = this.#options
    const step: Step = { phase: 'DATA', words: 'pipelined DATA' }
    const reply = yield* read(timeouts.dataMs)
    if (isEnd(reply)) return this.#broken(step, reply)
    const isOpen = reply.code === 354
    if (mailFailure === null && this.#accepted.length > 0)
      return isOpen ? null : this.#refused(step, reply, 'message')
    if (isOpen) {
      // RFC 2920 §3.1: it wants a message, and there is nobody to get it.
      const end = yield* command('.', timeouts.endOfDataMs)
      if (isEnd(end)) this.#after = 'closed'
    }
    return mailFailure ?? NOTHING_TO_SEND
  }

  /** A reply that is neither what was asked for nor a refusal: nobody knows who speaks next. */
  #refused(step: Step, reply: ServerReply, scope: Scope): Failure {
    if (reply.code < 400) {
      this.#after = 'closed'
      this.#isOutOfStep = true
    }
    return refused(step, reply, scope)
  }

  /** @returns the result of every accepted recipient */
  *#content(): Dialogue<Result> {
    yield { kind: 'budget', ms: Number.POSITIVE_INFINITY }
    const reply = this.#inChunks ? yield* this.#sendChunks() : yield* this.#sendDots()
    if ('scope' in reply) return reply
    if (isEnd(reply)) return this.#broken(END_OF_DATA, reply)
    if (!isGood(reply)) return this.#refused(END_OF_DATA, reply, 'message')
    this.#after = 'clean'
    const { extensions } = this.#options
    return { kind: 'delivered', reply: reply.text, relaysNotices: extensions.dsn }
  }

  *#sendDots(): Dialogue<ServerReply | Lost | Failure> {
    const answer = yield { kind: 'content' }
    if (answer.kind === 'unreadable') return this.#unreadable(answer.text)
    if (answer.kind === 'lost') return this.#broken(CONTENT, answer)
    return yield* read(this.#options.timeouts.endOfDataMs)
  }

  *#sendChunks(): Dialogue<ServerReply | Lost | Failure> {
    const { dataMs, endOfDataMs } = this.#options.timeouts
    for (;;) {
      const answer = yield { kind: 'chunk' }
      if (answer.kind === 'unreadable') return this.#unreadable(answer.text)
      if (answer.kind === 'lost') return this.#broken(CONTENT, answer)
      const isLast = answer.kind === 'chunk' && answer.isLast
      const reply = yield* read(isLast ? endOfDataMs : Math.max(dataMs, endOfDataMs))
      if (isLast || !isGood(reply)) return reply
    }
  }

  get #inChunks(): boolean {
    const { extensions, message } = this.#options
    return extensions.chunking && message.sizeOctets >= CHUNKED_FROM_OCTETS
  }

  #unreadable(text: string): Failure {
    // Half a message must not be ended as if it were whole.
    this.#after = 'closed'
    return ours('deferred', 'content', '4.3.0', `cannot read the message: ${text}`, 'message')
  }

  /** Nothing more can be said on this connection. */
  #broken(step: Step, reply: ServerReply | Lost): Failure {
    this.#after = 'closed'
    if (reply.kind === 'lost') return lostAt(step, reply)
    return refused(step, reply, 'host')
  }

  #lose(step: Step, reply: ServerReply | Lost): Sent {
    return this.#finish(this.#broken(step, reply))
  }

  /** @param rest  of all that have no result yet */
  #finish(rest: Result): Sent {
    const results = this.#results.map((result) => result ?? rest)
    return { results: this.#isOutOfStep ? results.map(doubted) : results, after: this.#after }
  }
}

/** Nobody is given back for a refusal that may be another's. */
function doubted(result: Result): Result {
  if (result.kind !== 'failed' || result.reply === null) return result
  const text = `${result.text} (its replies are out of step with our commands)`
  return { ...result, kind: 'deferred', text, status: `4${result.status.slice(1)}` }
}

function isTooMany({ code, status, text }: ServerReply): boolean {
  if (code === 452) return true
  return code === 552 && (status?.endsWith('.5.3') === true || /too many/i.test(text))
}

const RSET: Step = { phase: 'MAIL', words: 'RSET' }
const DATA: Step = { phase: 'DATA', words: 'DATA' }
const CONTENT: Step = { phase: 'content', words: 'sending data block' }
const END_OF_DATA: Step = { phase: 'end of data', words: 'end of data' }
/** RELIABILITY: RSET is answered at once. */
const RESET_MS = 20_000
/** Of a large message the first chunk can be refused before the rest is sent; a small one goes in one flight. */
const CHUNKED_FROM_OCTETS = 1024 * 1024
/** Nobody gets it: every recipient has a result of their own. */
const NOTHING_TO_SEND: Failure = ours(
  'deferred',
  'RCPT',
  '4.0.0',
  'no recipient was accepted',
  'message',
)
