/**
 * The socket under a session: carries out what a dialogue asks. Every wait has an end, every error a
 * listener, and whatever happens is an answer: nothing throws.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

import type { TlsFacts } from '../journal/event.ts'
import { ReplyReader } from '../syntax/smtp/server-reply.ts'
import { WireContent } from '../syntax/smtp/wire-content.ts'
import type { Answer, Ask, Dialogue, Lost } from './dialogue.ts'
import { systemWords } from './failure.ts'
import type { ClientTimeouts, OutgoingMessage } from './types.ts'

/** Makes TLS of a socket. Never throws. */
export type Secure = (
  socket: Socket,
) => Promise<{ readonly socket: TLSSocket; readonly tls: TlsFacts } | Lost>

export class Wire {
  readonly #timeouts: ClientTimeouts
  readonly #secure: Secure
  #socket: Socket
  /** Under TLS, when there is any. */
  readonly #plain: Socket
  #replies = new ReplyReader()
  /** Lines that were asked to be written, as latin1. */
  #text = ''
  #lost: Lost | null = null
  /** Called when something came, or the connection was lost. */
  #wake: (() => void) | null = null
  #budgetEndsMs = Number.POSITIVE_INFINITY
  #chunks: AsyncGenerator<Chunk> | null = null
  #mayHaveTaken = false

  constructor(socket: Socket, secure: Secure, timeouts: ClientTimeouts) {
    this.#socket = socket
    this.#plain = socket
    this.#secure = secure
    this.#timeouts = timeouts
    this.#listen(socket)
  }

  get isOpen(): boolean {
    return this.#lost === null && !this.#socket.destroyed
  }

  /** Octets came that nobody asked for. */
  get hasMore(): boolean {
    return this.#replies.waitingOctets > 0
  }

  /**
   * The end of the last message went out, or is about to: from then on, until the next one begins,
   * only a reply says whether the other server has it.
   */
  get mayHaveTaken(): boolean {
    return this.#mayHaveTaken
  }

  /** The next message begins: nothing of it went out. */
  beginMessage(): void {
    this.#mayHaveTaken = false
  }

  /** @param message  whose content a transaction sends */
  async run<T>(dialogue: Dialogue<T>, message: OutgoingMessage | null = null): Promise<T> {
    this.beginMessage()
    try {
      let next = dialogue.next()
      while (next.done !== true) next = dialogue.next(await this.#answer(next.value, message))
      return next.value
    } finally {
      // The time of one transaction does not count for what comes after it.
      this.#budgetEndsMs = Number.POSITIVE_INFINITY
      await this.#endChunks()
    }
  }

  /** Closes at once. What is asked after it is lost. */
  destroy(): void {
    this.#lose({ kind: 'lost', why: { kind: 'aborted' } })
    this.#socket.destroy()
  }

  /** Closes our half, and the socket when the other half is closed, at the latest after the time. */
  async end(withinMs: number): Promise<void> {
    const socket = this.#socket
    if (!this.isOpen) return void socket.destroy()
    socket.end()
    await this.#until(() => this.#lost !== null, withinMs)
    socket.destroy()
  }

  async #answer(ask: Ask, message: OutgoingMessage | null): Promise<Answer> {
    if (ask.kind !== 'write') this.#writeText()
    switch (ask.kind) {
      case 'write':
        this.#text += ask.text
        return DONE
      case 'budget':
        this.#budgetEndsMs = performance.now() + ask.ms
        return DONE
      case 'read':
        return await this.#read(ask.timeoutMs)
      case 'startTls':
        return await this.#startTls()
      case 'content':
        return message === null ? NO_MESSAGE : await this.#sendDots(message)
      case 'chunk':
        return message === null ? NO_MESSAGE : await this.#sendChunk(message)
      case 'work':
        return { kind: 'worked', value: await ask.run() }
      default:
        return ask satisfies never
    }
  }

  /** A group of commands goes out in one write. */
  #writeText(): void {
    if (this.#text !== '' && this.#lost === null) this.#socket.write(this.#text, 'latin1')
    this.#text = ''
  }

  async #read(timeoutMs: number): Promise<Answer> {
    const leftMs = Math.max(0, this.#budgetEndsMs - performance.now())
    let reply = this.#replies.take()
    await this.#until(
      () => {
        reply ??= this.#replies.take()
        return reply !== null || this.#lost !== null
      },
      Math.min(timeoutMs, leftMs),
    )
    if (reply?.kind === 'reply') return reply
    if (reply !== null) this.#lose({ kind: 'lost', why: reply })
    return this.#lost ?? this.#lose({ kind: 'lost', why: { kind: 'timeout' } })
  }

  /** RFC 3207 §5: what came in the clear behind the 220 was not said by whom we are about to check. */
  async #startTls(): Promise<Answer> {
    if (this.#lost !== null) return this.#lost
    if (this.hasMore)
      return this.#lose({
        kind: 'lost',
        why: { kind: 'malformed', text: 'more octets in the clear behind the reply' },
      })
    this.#unlisten(this.#socket)
    const secured = await this.#secure(this.#socket)
    if ('kind' in secured) {
      this.#socket.on('error', ignore)
      return this.#lose(secured)
    }
    this.#socket = secured.socket
    this.#replies = new ReplyReader()
    this.#listen(secured.socket)
    return { kind: 'secured', tls: secured.tls }
  }

  async #sendDots(message: OutgoingMessage): Promise<Answer> {
    const content = new WireContent('dots')
    let held: Buffer[] = []
    let octets = 0
    try {
      for await (const chunk of message.content()) {
        // The chunk may be used again by its owner, and so may the slices of it.
        const block = Buffer.concat(content.push(chunk))
        held.push(block)
        octets += block.length
        if (octets < BLOCK_OCTETS) continue
        const answer = await this.#send(held)
        if (answer !== null) return answer
        held = []
        octets = 0
      }
    } catch (error) {
      return this.#unreadable(error)
    }
    if (this.#replies.hasGoodWaiting) return this.#lose(TOO_EARLY)
    // One write: most messages are this and nothing before it.
    const last = Buffer.concat([...held, ...content.finish(), LAST_DOT])
    if (this.#lost === null) this.#mayHaveTaken = true
    return (await this.#send([last])) ?? (await this.#flushed()) ?? DONE
  }

  async #sendChunk(message: OutgoingMessage): Promise<Answer> {
    if (this.#replies.hasGoodWaiting) return this.#lose(TOO_EARLY)
    this.#chunks ??= chunksOf(message)
    try {
      const next = await this.#chunks.next()
      const { octets, isLast } = next.done === true ? NO_MORE : next.value
      const command = `BDAT ${octets.length}${isLast ? ' LAST' : ''}\r\n`
      const blocks = octets.length === 0 ? [] : [octets]
      if (isLast && this.#lost === null) this.#mayHaveTaken = true
      const answer = await this.#send([Buffer.from(command), ...blocks])
      return answer ?? (await this.#flushed()) ?? { kind: 'chunk', isLast }
    } catch (error) {
      return this.#unreadable(error)
    }
  }

  async #endChunks(): Promise<void> {
    const chunks = this.#chunks
    this.#chunks = null
    await chunks?.return(undefined).catch(ignore)
  }

  #unreadable(error: unknown): Answer {
    this.destroy()
    return { kind: 'unreadable', text: systemWords(error) }
  }

  /** Null when it is on its way; each block has its time. */
  async #send(blocks: readonly Buffer[]): Promise<Answer | null> {
    if (this.#lost !== null) return this.#lostInContent(this.#lost)
    if (blocks.length > 1) this.#socket.cork()
    for (const block of blocks) this.#socket.write(block)
    if (blocks.length > 1) this.#socket.uncork()
    return this.#socket.writableLength > HIGH_WATER_OCTETS ? await this.#flushed() : null
  }

  /** Waits until the system has taken everything. A little of it in each `blockMs` is enough. */
  async #flushed(): Promise<Answer | null> {
    for (;;) {
      const before = this.#socket.writableLength
      if (this.#lost !== null) return this.#lostInContent(this.#lost)
      if (before === 0) return null
      await this.#until(
        () => this.#lost !== null || this.#socket.writableLength === 0,
        this.#timeouts.blockMs,
      )
      if (this.#lost === null && this.#socket.writableLength >= before)
        return this.#lose({ kind: 'lost', why: { kind: 'timeout' } })
    }
  }

  /**
   * A server that had enough says so before it closes: then its reply is the answer, not the loss.
   * One that accepts is none: it cannot have what was not sent.
   */
  #lostInContent(lost: Lost): Answer {
    const { waitingOctets, hasGoodWaiting } = this.#replies
    return waitingOctets > 0 && !hasGoodWaiting ? DONE : lost
  }

  /** Resolves when it is so, or the time is over. Looked at again whenever something happens. */
  #until(isSo: () => boolean, withinMs: number): Promise<void> {
    if (isSo()) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#wake = null
        resolve()
      }
      const timer = setTimeout(done, Math.min(withinMs, MAX_TIMER_MS))
      this.#wake = () => {
        if (isSo()) done()
      }
    })
  }

  /** The first loss is the one that tells why. */
  #lose(lost: Lost): Lost {
    const isFirst = this.#lost === null
    this.#lost ??= lost
    // What is still on its way must not arrive, and be accepted, when it is to be sent again.
    if (isFirst && lost.why.kind === 'timeout') this.#plain.resetAndDestroy()
    if (lost.why.kind !== 'closed') this.#socket.destroy()
    this.#wake?.()
    return this.#lost
  }

  #listen(socket: Socket): void {
    socket.on('data', this.#onData)
    socket.on('error', this.#onError)
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onEnd)
    socket.on('drain', this.#onDrain)
  }

  #unlisten(socket: Socket): void {
    socket.off('data', this.#onData)
    socket.off('error', this.#onError)
    socket.off('end', this.#onEnd)
    socket.off('close', this.#onEnd)
    socket.off('drain', this.#onDrain)
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#replies.push(chunk)
    this.#wake?.()
  }

  readonly #onError = (error: Error): void => {
    this.#lose({ kind: 'lost', why: { kind: 'error', text: systemWords(error) } })
  }

  readonly #onEnd = (): void => {
    this.#lose({ kind: 'lost', why: { kind: 'closed' } })
  }

  readonly #onDrain = (): void => this.#wake?.()
}

interface Chunk {
  readonly octets: Buffer
  readonly isLast: boolean
}

/** The content in chunks of about {@link CHUNK_OCTETS}; the last one says so, and costs no round trip of its own. */
async function* chunksOf(message: OutgoingMessage): AsyncGenerator<Chunk> {
  const content = new WireContent('chunks')
  /** Complete, and kept until it is known whether more follows. */
  let ready: Buffer | null = null
  let held: Buffer[] = []
  let octets = 0
  for await (const chunk of message.content()) {
    for (const block of content.push(chunk)) {
      // Its owner may use the chunk again before all of ours is together.
      held.push(Buffer.from(block))
      octets += block.length
    }
    if (octets < CHUNK_OCTETS) continue
    if (ready !== null) yield { octets: ready, isLast: false }
    ready = Buffer.concat(held)
    held = []
    octets = 0
  }
  const rest = Buffer.concat([...held, ...content.finish()])
  if (ready !== null && rest.length > 0) yield { octets: ready, isLast: false }
  yield { octets: rest.length > 0 || ready === null ? rest : ready, isLast: true }
}

function ignore(): void {}

const DONE: Answer = { kind: 'done' }
const NO_MESSAGE: Answer = { kind: 'unreadable', text: 'there is no message' }
const NO_MORE: Chunk = { octets: Buffer.alloc(0), isLast: true }
/** The replies are out of step with what we say: none of them is about this message. */
const TOO_EARLY: Lost = {
  kind: 'lost',
  why: { kind: 'malformed', text: 'the server accepted the message before it was sent' },
}
const LAST_DOT = Buffer.from('.\r\n')
const BLOCK_OCTETS = 32 * 1024
const HIGH_WATER_OCTETS = 128 * 1024
const CHUNK_OCTETS = 1024 * 1024
/** What a timer of Node can count. */
const MAX_TIMER_MS = 2 ** 31 - 1
