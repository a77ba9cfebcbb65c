/**
 * One SMTP connection: the thin driver between a stream and a session.
 *
 * Octets come in, and what they are depends on who takes them: command lines, the content reader,
 * the answers of AUTH. Everything a segment holds is handled in one go and answered in one write.
 * Where the answer takes time (the disk, a password, a penalty) the channel is busy, and what comes
 * meanwhile waits.
 */
import { counted } from '../base/counted.ts'
import { isTrouble } from '../base/faults.ts'
import type { Doing, Protocol, Stream } from '../net/types.ts'
import type { Command, Verb } from '../syntax/smtp/command.ts'
import type { Line } from '../syntax/smtp/input.ts'
import { type Reply, reply } from '../syntax/smtp/reply.ts'
import { acceptMessage, openMessage } from './acceptance.ts'
import { AuthDialogue } from './auth-dialogue.ts'
import { Channel } from './channel.ts'
import { isBinary, NO_CLIENT, readCommandLine } from './command-line.ts'
import { ContentReader, type Progress } from './content-reader.ts'
import { ConnectionEvents, type Scene } from './events.ts'
import type { IncomingMessage } from './incoming-message.ts'
import { MailAllowance } from './mail-allowance.ts'
import type { NetworkPace } from './network-pace.ts'
import type { SmtpOptions } from './options.ts'
import { REPLY, replyFor } from './reply.ts'
import { ServerPolicy } from './server-policy.ts'
import { contentEnded, loggedIn, type State, type Step, step, transactionOf } from './session.ts'
import { SessionWatch } from './session-watch.ts'
import { Strikes } from './strikes.ts'
import type { Login } from './transaction.ts'

export class SmtpConnection implements Protocol {
  readonly #options: SmtpOptions
  readonly #stream: Stream
  readonly #channel: Channel
  readonly #policy: ServerPolicy
  readonly #events: ConnectionEvents
  readonly #strikes: Strikes
  readonly #allowance: MailAllowance
  readonly #content: ContentReader
  readonly #auth: AuthDialogue
  readonly #watch: SessionWatch
  #state: State = { name: 'fresh' }
  #message: IncomingMessage | null = null
  #greeted = false
  #peerClosed = false
  #isStopping = false
  #login: Disposable | null = null
  /** Why the right to the login has ended; null: it stands, or nobody logged in. */
  #revoked: string | null = null
  #heardAnything = false
  #greetDelay: Disposable | undefined

  constructor(options: SmtpOptions, stream: Stream, pace: NetworkPace) {
    const { limits, clock } = options
    this.#options = options
    this.#stream = stream
    this.#channel = new Channel({
      stream,
      clock,
      maxBufferedOctets: limits.connection.maxBufferedOctets,
      run: () => this.#run(),
      report: this.#report,
    })
    this.#policy = new ServerPolicy(options, stream)
    this.#events = new ConnectionEvents(options, stream)
    this.#strikes = new Strikes(limits.smtp)
    this.#allowance = new MailAllowance(options, stream.remote.address, pace)
    this.#content = new ContentReader(limits, clock)
    this.#auth = new AuthDialogue(options, stream.remote.address)
    this.#watch = new SessionWatch({
      clock,
      timeoutMs: limits.smtp.sessionTimeoutMs,
      isBusy: () => this.#message !== null || this.#channel.busy,
      ended: () => this.#drop(REPLY.timeout, 'no message for too long'),
    })
  }

  /** Greets, after listening for a moment whether the client speaks first. */
  start(): void {
    const { limits, clock, greetDelayMs = 0 } = this.#options
    this.#stream.idleTimeout(this.#patienceMs(limits.smtp.greetTimeoutMs))
    this.#watch.start()
    // One turn of the loop later, what was in the socket already has been read.
    if (greetDelayMs === 0) setImmediate(() => setImmediate(() => this.#greet()))
    else this.#greetDelay = clock.after(greetDelayMs, () => this.#greet())
  }

  received(chunk: Buffer): void {
    if (this.#channel.over) return
    this.#heardAnything = true
    const isMyTurn = this.#channel.received(chunk)
    if (!this.#greeted) this.#outOfStep('input sent without waiting for greeting', null)
    else if (isMyTurn) this.#run()
  }

  closed(): void {
    this.#peerClosed = true
    if (!this.#greeted) this.#finish()
    else if (!this.#channel.busy) this.#run()
  }

  timeout(): void {
    if (this.#channel.busy || this.#channel.over) return
    this.#events.timedOut(this.#scene, this.#content.receiving)
    this.#goodbye(REPLY.timeout)
  }

  stopping(): void {
    this.#isStopping = true
    if (this.#greeted && !this.#channel.busy) this.#run()
  }

  doing(): Doing {
    const state = this.#state
    const login = 'client' in state ? (state.client.login?.identity.login ?? null) : null
    if (!('transaction' in state)) return { login, words: STATE_WORDS[state.name] }
    const { sender, recipients } = state.transaction
    const what = state.name === 'content' ? 'gives a message' : 'names recipients'
    return {
      login,
      words: `${what}: ${sender ?? '<>'} → ${counted(recipients.length, 'recipient')}`,
    }
  }

  /** Handles what waits in the input, until it is used up or something has to be awaited. */
  #run(): void {
    const channel = this.#channel
    try {
      while (!channel.busy && !channel.over && this.#advance()) {
        // Each turn of the loop is one line, or one piece of content.
      }
    } catch (error) {
      this.#bug(error)
    }
    if (channel.over) return
    channel.flush()
    if (channel.busy) return
    if (this.#peerClosed) this.#lost()
    else if (this.#isStopping && !this.#content.receiving) this.#goodbye(REPLY.stopping)
    else channel.readOn()
  }

  /** @returns false when more input is needed */
  #advance(): boolean {
    const { input } = this.#channel
    if (this.#revoked !== null) {
      const login = this.doing().login ?? ''
      const answer = reply(421, '4.7.0', `Login ended, as ${this.#revoked}`)
      this.#drop(answer, `login of ${login} ended, as ${this.#revoked}`)
      return false
    }
    if (this.#content.reading) return this.#contentProgress(this.#content.advance(input))
    if (this.#isStopping) return false
    const { maxCommandOctets, maxAuthLineOctets } = this.#options.limits.smtp
    if (this.#auth.active) {
      const line = input.takeLine(maxAuthLineOctets)
      if (line.kind === 'line') this.#awaitLogin(this.#auth.line(line.text))
      return this.#isLine(line)
    }
    if (this.#state.name === 'fresh' && isBinary(input.peek(1))) {
      this.#drop(NO_CLIENT.reply, NO_CLIENT.cause)
      return true
    }
    const isSubmission = this.#options.role === 'submission'
    const line = input.takeLine(isSubmission ? maxAuthLineOctets : maxCommandOctets)
    if (!this.#isLine(line)) return false
    if (line.kind !== 'line') return true
    this.#handleLine(line.text)
    return true
  }

  /** Ends the session when the input cannot be read in lines. @returns false when more is needed */
  #isLine({ kind }: Line): boolean {
    if (kind === 'tooLong') this.#drop(REPLY.lineTooLong, 'line too long')
    else if (kind === 'bareLf') this.#drop(REPLY.bareLf, 'LF without CR')
    return kind !== 'incomplete'
  }

  #handleLine(text: string): void {
    const line = readCommandLine(text, {
      maxOctets: this.#options.limits.smtp.maxCommandOctets,
      isExtended: this.#isExtended,
      waitingOctets: this.#channel.input.waitingOctets,
    })
    switch (line.kind) {
      case 'command':
        this.#handleCommand(line.command)
        break
      case 'broken':
        this.#answer(null, line.reply)
        break
      case 'drop':
        this.#drop(line.reply, line.cause)
        break
      case 'outOfStep':
        this.#outOfStep(
          `next input sent too soon: pipelining was${this.#isExtended ? '' : ' not'} advertised`,
          text,
        )
        break
      default:
        line satisfies never
    }
  }

  #handleCommand(command: Command): void {
    if (command.verb === 'MAIL' && this.#allowance.isSpent) this.#goodbye(REPLY.tooManyMessages)
    else if (command.verb === 'MAIL' && !this.#allowance.isPaced)
      this.#drop(REPLY.tooMuchMail, 'too much mail from this network')
    else this.#handle(command)
  }

  get #isExtended(): boolean {
    return 'client' in this.#state && this.#state.client.greeting === 'EHLO'
  }

  /** How long to wait for a silent client. */
  #patienceMs(usualMs: number): number {
    const { isStressed, limits } = this.#options
    return isStressed?.() ? Math.min(usualMs, limits.smtp.stressTimeoutMs) : usualMs
  }

  #handle(command: Command): void {
    const before = this.#state
    const next = step(before, command, this.#policy)
    this.#state = next.state
    if (next.state.name !== 'fresh')
      this.#stream.idleTimeout(this.#patienceMs(this.#options.limits.smtp.commandTimeoutMs))
    if (next.state.name !== 'content') this.#forgetMessage()
    if (next.error !== undefined && isTrouble(next.error)) {
      this.#options.reportError(next.error, `SMTP ${command.verb}`)
    }
    if (next.reply !== null && next.reply.code >= 400) {
      this.#events.rejectedCommand(command, next.reply, sceneOf(before))
    }
    if (next.effect !== null) this.#perform(next.effect, next.reply)
    else if (next.reply !== null) this.#answer(command.verb, next.reply)
  }

  #perform(effect: NonNullable<Step['effect']>, answer: Reply | null): void {
    switch (effect.kind) {
      case 'readData':
        this.#content.beginData(this.#openMessage())
        if (answer !== null) this.#channel.say(answer)
        break
      case 'readChunk':
        this.#content.beginChunk(this.#openMessage(), effect.octets, effect.last)
        break
      case 'skipChunk':
        this.#content.beginSkip(effect.octets, answer ?? REPLY.badSequence)
        break
      case 'startTls':
        this.#startTls(answer)
        break
      case 'authenticate':
        this.#awaitLogin(this.#auth.begin(effect.mechanism, effect.initial))
        break
      case 'close':
        this.#goodbye(answer)
        break
      default:
        effect satisfies never
    }
  }

  #startTls(answer: Reply | null): void {
    if (answer !== null) this.#channel.say(answer)
    this.#channel.flush()
    this.#channel.wait(
      this.#stream.startTls(),
      () => this.#channel.input.clear(),
      (error) => this.#drop(null, `TLS error: ${error instanceof Error ? error.message : ''}`),
    )
  }

  // The message

  /** The message of this transaction; a chunk may not be its first. */
  #openMessage(): IncomingMessage {
    const state = this.#state
    if (state.name !== 'content') throw new Error(`content in state ${state.name}`)
    this.#message ??= openMessage(this.#options, this.#stream, state)
    return this.#message
  }

  /** @returns false when more input is needed */
  #contentProgress(progress: Progress): boolean {
    switch (progress.kind) {
      case 'again':
        return true
      case 'incomplete':
        return false
      case 'wait':
        this.#channel.wait(progress.message.drained(), () => {}, this.#bug)
        return true
      case 'chunk':
        // RFC 3030 gives an empty chunk no meaning, and a million of them only cost.
        this.#answer(progress.isEmpty ? 'NOOP' : 'BDAT', progress.reply)
        return true
      case 'refused':
        this.#messageRefused(progress.message, progress.reply)
        return true
      case 'cut':
        if (progress.message !== null) this.#messageEndedBadly(progress.message, progress.reply)
        this.#goodbye(progress.reply)
        return true
      case 'complete':
        this.#messageComplete(progress.message)
        return true
      default:
        return progress satisfies never
    }
  }

  #messageComplete(message: IncomingMessage): void {
    const state = this.#state
    if (state.name !== 'content') throw new Error(`content in state ${state.name}`)
    this.#channel.wait(
      acceptMessage(this.#options, this.#stream, state, message),
      (answer) => {
        if (answer.code >= 400) this.#messageRefused(message, answer)
        else this.#messageAccepted(message, answer)
      },
      this.#bug,
    )
  }

  #messageAccepted(message: IncomingMessage, answer: Reply): void {
    this.#message = null // its file, if it has one, belongs to the store now
    this.#strikes.messageAccepted()
    this.#watch.messageAccepted()
    this.#transactionEnded(message)
    this.#channel.say(answer)
  }

  #messageRefused(message: IncomingMessage, answer: Reply): void {
    this.#messageEndedBadly(message, answer)
    // Somebody tried to end the message in a way that another server might believe.
    if (answer === REPLY.notCrlf) this.#goodbye(answer)
    else this.#answer('DATA', answer)
  }

  #messageEndedBadly(message: IncomingMessage, answer: Reply): void {
    this.#events.rejectedMessage(answer, this.#scene, message.headerText)
    this.#transactionEnded(message)
    this.#forgetMessage()
  }

  #transactionEnded(message: IncomingMessage): void {
    this.#state = contentEnded(this.#state)
    this.#allowance.count(message.receivedOctets)
  }

  #forgetMessage(): void {
    const message = this.#message
    if (message === null) return
    this.#message = null
    message[Symbol.asyncDispose]().catch(this.#report)
  }

  // Login

  #awaitLogin(attempt: ReturnType<AuthDialogue['line']>): void {
    this.#channel.wait(
      attempt,
      (outcome) => {
        switch (outcome.kind) {
          case 'challenge':
            this.#channel.say(outcome.reply)
            break
          case 'over':
            this.#answer('AUTH', outcome.reply)
            break
          case 'success':
            this.#loggedIn(outcome.login)
            break
          case 'failure':
            this.#loginFailed(outcome.mechanism, outcome.login, outcome.isLast)
            break
          default:
            outcome satisfies never
        }
      },
      this.#bug,
    )
  }

  #loggedIn(login: Login): void {
    const { identity, mechanism } = login
    this.#login = this.#options.logins.watchLogin(identity, (why) => {
      this.#revoked = why
      if (!this.#channel.busy) this.#run()
    })
    if (this.#login === null) {
      this.#loginFailed(mechanism, identity.login, false)
      return
    }
    this.#state = loggedIn(this.#state, login)
    this.#events.loggedIn(login)
    this.#channel.say(REPLY.loggedIn)
  }

  #loginFailed(mechanism: string, login: string | null, isLast: boolean): void {
    this.#events.authenticationFailed(mechanism, REPLY.authFailed, login, this.#scene)
    this.#channel.later(this.#options.limits.smtp.authFailureDelayMs, () => {
      this.#channel.say(REPLY.authFailed)
      if (this.#strikes.error() === 'out' || isLast) this.#goodbye(REPLY.tooManyLogins)
    })
  }

  // Answers and ends

  #greet(): void {
    if (this.#channel.over) return
    this.#greeted = true
    const greeting = reply(220, null, `${this.#options.hostName} ESMTP Waybill`)
    if (!this.#isStopping) this.#channel.say(greeting)
    this.#run()
  }

  /** @param text  the line before what was sent too soon; null: the greeting */
  #outOfStep(kind: string, text: string | null): void {
    this.#events.outOfStep(kind, text, this.#channel.input.peek(64), this.#scene)
    this.#goodbye(REPLY.outOfStep)
  }

  /** Answers a command, and counts what was wrong with it. @param verb  null when it had no grammar */
  #answer(verb: Verb | null, answer: Reply): void {
    const verdict = this.#strikes.count(verb, answer)
    if (verdict === 'slow') {
      const { errorDelayMs } = this.#options.limits.smtp
      this.#channel.later(errorDelayMs, () => this.#channel.say(answer))
      return
    }
    this.#channel.say(answer)
    if (verdict === 'out') this.#drop(REPLY.tooManyErrors, 'too many errors')
  }

  /** Ends the session of a client that is none, or has done too much. */
  #drop(answer: Reply | null, cause: string): void {
    this.#events.dropped(cause, this.#scene)
    this.#goodbye(answer)
  }

  #goodbye(answer: Reply | null): void {
    if (this.#channel.over) return
    if (answer !== null) this.#channel.say(answer)
    this.#finish()
  }

  #lost(): void {
    if (this.#heardAnything) this.#events.lost(this.#scene, this.#content.receiving)
    this.#finish()
  }

  #finish(): void {
    if (this.#channel.over) return
    this.#greetDelay?.[Symbol.dispose]()
    this.#watch[Symbol.dispose]()
    this.#login?.[Symbol.dispose]()
    this.#content.stop()
    this.#state = { name: 'closed' }
    this.#forgetMessage()
    this.#channel.end()
  }

  readonly #report = (error: unknown): void => this.#options.reportError(error, 'SMTP connection')

  readonly #bug = (error: unknown): void => {
    this.#report(error)
    this.#goodbye(replyFor(error))
  }

  get #scene(): Scene {
    return sceneOf(this.#state)
  }
}

function sceneOf(state: State): Scene {
  return { client: 'client' in state ? state.client : null, transaction: transactionOf(state) }
}

const STATE_WORDS = { fresh: 'says hello', ready: 'between messages', closed: 'ends' } as const
