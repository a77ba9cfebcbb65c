import type { Clock } from '../base/clock.ts'
import type { Stream } from '../net/types.ts'
import { Input } from '../syntax/smtp/input.ts'
import { formatReply, type Reply } from '../syntax/smtp/reply.ts'

/** What a client may send ahead while its last command is worked on. */
const MAX_WAITING_OCTETS = 64 * 1024

export interface ChannelOptions {
  readonly stream: Stream
  readonly clock: Clock
  /** Replies not yet taken by the client, beyond which it gets no more of them. */
  readonly maxBufferedOctets: number
  /** Called when the input may be looked at again. */
  readonly run: () => void
  readonly report: (error: unknown) => void
}

/**
 * Whose turn it is: octets that wait on one side, replies on the other, and in between the times
 * when the connection is busy and nothing is taken from the input.
 */
export class Channel {
  readonly input = new Input()
  readonly #options: ChannelOptions
  #out = ''
  #busy = false
  #over = false
  #paused = false
  #delay: Disposable | undefined

  constructor(options: ChannelOptions) {
    this.#options = options
  }

  /** Something is awaited. */
  get busy(): boolean {
    return this.#busy
  }

  get over(): boolean {
    return this.#over
  }

  /** @returns true when the input may be looked at */
  received(chunk: Buffer): boolean {
    this.input.push(chunk)
    if (!this.#busy) return true
    if (this.input.waitingOctets > MAX_WAITING_OCTETS && !this.#paused) {
      this.#paused = true
      this.#options.stream.pause()
    }
    return false
  }

  /** Everything was looked at: more may come. */
  readOn(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#options.stream.resume()
  }

  say(reply: Reply): void {
    this.#out += formatReply(reply)
  }

  /** Sends what was said. A client that does not read it is waited for. */
  flush(): void {
    if (this.#out === '') return
    const { stream, maxBufferedOctets, report } = this.#options
    stream.write(this.#out)
    this.#out = ''
    if (this.#busy || this.#over || stream.bufferedOctets <= maxBufferedOctets) return
    this.wait(stream.drained(), () => {}, report)
  }

  /** Is busy until the work is done; then goes on with `done` or `failed`, and the input. */
  wait<T>(work: Promise<T>, done: (value: T) => void, failed: (error: unknown) => void): void {
    this.#busy = true
    this.flush()
    work
      .then(
        (value) => this.#goOn(() => done(value)),
        (error: unknown) => this.#goOn(() => failed(error)),
      )
      .catch(this.#options.report)
  }

  /** Is busy for a while. */
  later(delayMs: number, done: () => void): void {
    this.#busy = true
    this.flush()
    this.#delay = this.#options.clock.after(delayMs, () => this.#goOn(done))
  }

  /** Sends what was said and closes. Work under way goes on, and nobody hears of it. */
  end(): void {
    this.#over = true
    this.#delay?.[Symbol.dispose]()
    this.flush()
    this.input.clear()
    this.#options.stream.end()
  }

  #goOn(then: () => void): void {
    this.#busy = false
    if (this.#over) return
    then()
    this.#options.run()
  }
}
