import { CommandReader, type Frame, type ReaderLimits } from '../syntax/imap/command-reader.ts'
import type { Stream } from '../net/types.ts'

const LF = 0x0a

/**
 * What the peer sends, asked for when there is time for it. While nobody asks, the socket is read
 * on only until `maxPipelined` lines or `maxWaitingOctets` wait; the rest stays with the peer.
 */
export class Input {
  readonly reader: CommandReader
  readonly #stream: Stream
  readonly #maxPipelined: number
  readonly #maxWaitingOctets: number
  #wake: ((open: boolean) => void) | undefined
  #linesWaiting = 0
  #paused = false
  #closed = false

  constructor(stream: Stream, limits: ReaderLimits, maxPipelined: number, maxWaiting: number) {
    this.reader = new CommandReader(limits)
    this.#stream = stream
    this.#maxPipelined = maxPipelined
    this.#maxWaitingOctets = maxWaiting
  }

  /** Whether the session has nothing to do until the peer sends more. */
  get waiting(): boolean {
    return this.#wake !== undefined
  }

  received(chunk: Buffer): void {
    this.reader.push(chunk)
    if (this.#wake !== undefined) {
      this.#settle(true)
      return
    }
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) {
      if (++this.#linesWaiting >= this.#maxPipelined) break
    }
    const full =
      this.#linesWaiting >= this.#maxPipelined || this.reader.pendingOctets > this.#maxWaitingOctets
    if (full && !this.#paused) {
      this.#paused = true
      this.#stream.pause()
    }
  }

  /** Nothing more will come; whoever waits gets null. */
  close(): void {
    this.#closed = true
    this.#settle(false)
  }

  /** The next frame, null when the peer has gone. */
  async nextFrame(): Promise<Frame | null> {
    for (;;) {
      const frame = this.reader.take()
      if (frame !== null) return frame
      if (!(await this.#more())) return null
    }
  }

  /** A line that is no command: DONE, a SASL response. Null when the peer has gone. */
  async nextLine(maxOctets: number): Promise<string | null> {
    for (;;) {
      const line = this.reader.takeLine(maxOctets)
      if (line !== null) return line
      if (!(await this.#more())) return null
    }
  }

  /** The octets of the announced message. Ends early when the peer has gone. */
  async *message(): AsyncGenerator<Buffer, void> {
    while (this.reader.messageOctetsToCome > 0) {
      const octets = this.reader.takeMessage()
      if (octets !== null) yield octets
      else if (!(await this.#more())) return
    }
  }

  #more(): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false)
    const waiting = new Promise<boolean>((resolve) => {
      this.#wake = resolve
    })
    this.#linesWaiting = 0
    if (this.#paused) {
      this.#paused = false
      this.#stream.resume()
    }
    return waiting
  }

  #settle(open: boolean): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.(open)
  }
}
