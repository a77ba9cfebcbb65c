/**
 * One connection: takes commands one after the other, in the order in which they came, and answers
 * each before it looks at the next.
 */
import { Cursor, upperAscii } from '../base/cursor.ts'
import { isTrouble, SyntaxFault } from '../base/faults.ts'
import type { Limits } from '../base/limits.ts'
import type { Doing, Protocol, Stream } from '../net/types.ts'
import { isAtomChar } from '../syntax/imap/characters.ts'
import {
  type Frame,
  literalAtEnd,
  type ReaderLimits,
  tagOf,
  type Why,
} from '../syntax/imap/command-reader.ts'
import { expectSpace } from '../syntax/imap/string.ts'
import { capabilitiesOf } from './capability.ts'
import { bad, type Command, type Completion, no } from './command.ts'
import { append } from './command/append.ts'
import { COMMANDS } from './commands.ts'
import { Input } from './input.ts'
import type { ImapOptions } from './options.ts'
import { Output } from './output.ts'
import { completionFor } from './reply.ts'
import { Session } from './session.ts'
import type { UserSlots } from './user-slots.ts'

export class ImapConnection implements Protocol {
  readonly #options: ImapOptions
  readonly #stream: Stream
  readonly #input: Input
  readonly #out: Output
  readonly #session: Session
  readonly #loginDeadline: Disposable
  #badCommands = 0
  #stopping = false

  constructor(options: ImapOptions, stream: Stream, slots: UserSlots) {
    const { limits } = options
    this.#options = options
    this.#stream = stream
    const { maxPipelined, maxLineOctets } = limits.imap
    this.#input = new Input(stream, readerLimits(limits, false), maxPipelined, maxLineOctets)
    this.#out = new Output(stream, limits.connection.maxBufferedOctets)
    this.#session = new Session(options, stream, this.#input, this.#out, slots)
    this.#loginDeadline = options.clock.after(limits.imap.loginTimeoutMs, () => {
      if (this.#session.state.name === 'notAuthenticated') this.#session.end('Log in sooner')
    })
    stream.idleTimeout(limits.imap.idleTimeoutMs)
  }

  received(chunk: Buffer): void {
    this.#input.received(chunk)
  }

  /** What was sent before is still answered; then {@link run} ends. */
  closed(): void {
    this.#input.close()
  }

  stopping(): void {
    this.#stopping = true
    if (this.#input.waiting) this.#session.end(STOPPING)
  }

  timeout(): void {
    // A long answer to a slow reader is no idleness; a reader that stalls is the stream's to cut.
    if (this.#input.waiting) this.#session.end('Autologout: idle for too long')
    else this.#stream.idleTimeout(this.#options.limits.imap.idleTimeoutMs)
  }

  doing(): Doing {
    const { state } = this.#session
    const login = 'identity' in state ? state.identity.login : null
    const words = state.name === 'notAuthenticated' ? 'logs in' : STATE_WORDS[state.name]
    return { login, words: this.#input.waiting ? words : `${words}, works` }
  }

  /** Resolves when the session is over. Never rejects. */
  async run(): Promise<void> {
    const session = this.#session
    try {
      const greeting = `[CAPABILITY ${capabilitiesOf(session)}] ${this.#options.hostName} ready`
      this.#out.untagged(`OK ${greeting}`)
      while (session.state.name !== 'logout') {
        this.#out.flush()
        const frame = await this.#input.nextFrame()
        if (frame === null) break
        await this.#handle(frame)
        if (session.revoked === null) await session.breathe()
        await this.#out.drained()
        const why = session.revoked ?? (this.#stopping ? STOPPING : null)
        if (why !== null) session.bye(why)
      }
    } catch (error) {
      this.#options.reportError(error, 'IMAP connection')
      session.leave('internal error')
    } finally {
      session.leave('connection closed')
      this.#loginDeadline[Symbol.dispose]()
      this.#out.flush()
      this.#stream.end()
    }
  }

  async #handle(frame: Frame): Promise<void> {
    switch (frame.kind) {
      case 'command':
        await this.#command(frame.text)
        break
      case 'continue':
        this.#out.continue('OK')
        break
      case 'message': {
        const tag = tagOf(frame.text) ?? '*'
        const run = () => append.run(this.#session, frame.text, frame.literal)
        await this.#complete(tag, await this.#attempt('APPEND', run), 'all')
        break
      }
      case 'refused':
        await this.#refused(frame)
        break
      default:
        frame satisfies never
    }
    if (this.#session.state.name !== 'notAuthenticated') this.#raiseLimits()
  }

  #raiseLimits(): void {
    if (this.#input.reader.limits.streamsMessages) return
    this.#input.reader.limits = readerLimits(this.#options.limits, true)
    this.#loginDeadline[Symbol.dispose]()
    this.#badCommands = 0
  }

  async #command(text: string): Promise<void> {
    const tag = tagOf(text)
    if (tag === null) {
      await this.#complete('*', bad('A command begins with a tag and a space'), 'none')
      return
    }
    let command: Command | undefined
    const completion = await this.#attempt(text, async () => {
      const cursor = new Cursor(text, tag.length)
      expectSpace(cursor)
      const name = expectCommandName(cursor)
      command = COMMANDS.get(name)
      if (command === undefined) return bad(`Unknown command ${name.slice(0, 40)}`)
      const { state } = this.#session
      if (state.name === 'logout' || !command.allowedIn.includes(state.name)) {
        return bad(WRONG_STATE[state.name])
      }
      const run = command.prepare(cursor, this.#session.dialect)
      await this.#keepPace(command)
      return await run(this.#session, tag)
    })
    await this.#complete(tag, completion, command?.news ?? 'none')
  }

  /**
   * Slows an account down that sends more commands than it may. FETCH is let alone: many clients
   * fetch messages one by one, and what they fetch is paced by how fast they read.
   */
  async #keepPace({ name }: Command): Promise<void> {
    const { state, slots } = this.#session
    if (!('identity' in state) || name.endsWith('FETCH')) return
    const delayMs = slots.paceMs(state.identity.accountId, this.#options.clock.monotonicMs())
    if (delayMs === 0) return
    this.#out.flush()
    await this.#session.sleep(delayMs)
    this.#session.requireLogin()
  }

  async #attempt(text: string, run: () => Promise<Completion>): Promise<Completion> {
    try {
      return await run()
    } catch (error) {
      // The name only: arguments are the user's own, and may be a password.
      if (isTrouble(error)) this.#options.reportError(error, `IMAP ${commandName(text)}`)
      return completionFor(error)
    }
  }

  async #complete(tag: string, completion: Completion, news: Command['news']): Promise<void> {
    const session = this.#session
    try {
      if (news !== 'none' && completion.status !== 'BAD') session.sync(news === 'all')
    } catch (error) {
      this.#options.reportError(error, 'IMAP news of the mailbox')
    }
    const code = completion.code === null ? '' : `[${completion.code}] `
    this.#out.tagged(tag, `${completion.status} ${code}${completion.text}`)
    if (completion.status === 'BAD') this.#countBad()
    else if (completion.status === 'OK' && session.state.name !== 'notAuthenticated') {
      this.#badCommands = 0
    }
    if (completion.afterwards === undefined) return
    this.#out.flush()
    await completion.afterwards()
  }

  #countBad(): void {
    const { badCommands, badCommandsStranger } = this.#options.limits.imap
    const stranger = this.#session.state.name === 'notAuthenticated'
    const limit = stranger ? badCommandsStranger : badCommands
    if (++this.#badCommands >= limit) this.#session.bye('Too many bad commands')
  }

  async #refused({ text, why, fatal }: Extract<Frame, { kind: 'refused' }>): Promise<void> {
    const tag = tagOf(text) ?? '*'
    const completion = REFUSED[why]
    if (!fatal) {
      const announced = literalAtEnd(text)
      const tooBig = why === 'literalTooBig' && announced !== null
      await this.#complete(tag, tooBig ? no(completion.text, completion.code) : completion, 'none')
      return
    }
    this.#session.bye(completion.text, completion.code)
  }
}

const STOPPING = 'The server is shutting down'

const REFUSED: { readonly [W in Why]: Completion } = {
  lineTooLong: bad('The command line is too long'),
  literalTooBig: bad('The literal is too big', 'TOOBIG'),
  tooManyLiterals: bad('There are too many literals in one command'),
  notCrlf: bad('A line ends with CR LF, not LF alone'),
}

const WRONG_STATE: { readonly [S in Session['state']['name']]: string } = {
  notAuthenticated: 'Log in first',
  authenticated: 'Select a mailbox first, and log in only once',
  selected: 'You are logged in already',
  logout: 'The session is over',
}

function readerLimits({ imap }: Limits, loggedIn: boolean): ReaderLimits {
  return {
    maxLineOctets: loggedIn ? imap.maxLineOctets : imap.maxLineOctetsStranger,
    maxLiteralOctets: loggedIn ? imap.maxLiteralOctets : imap.maxLiteralOctetsStranger,
    maxLiteralsTotalOctets: loggedIn
      ? imap.maxLiteralsTotalOctets
      : imap.maxLiteralOctetsStranger * 2,
    maxLiterals: imap.maxLiterals,
    streamsMessages: loggedIn,
  }
}

function expectCommandName(cursor: Cursor): string {
  const name = upperAscii(cursor.expectWhile(isAtomChar, 'a command'))
  if (name !== 'UID') return name
  expectSpace(cursor)
  return `UID ${upperAscii(cursor.expectWhile(isAtomChar, 'a command after UID'))}`
}

function commandName(text: string): string {
  const cursor = new Cursor(text, tagOf(text)?.length ?? 0)
  try {
    expectSpace(cursor)
    return expectCommandName(cursor)
  } catch (error) {
    if (error instanceof SyntaxFault) return 'command'
    throw error
  }
}

const STATE_WORDS = {
  authenticated: 'no mailbox open',
  selected: 'a mailbox open',
  logout: 'ends',
} as const
