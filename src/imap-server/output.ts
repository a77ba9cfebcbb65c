import { latin1 } from '../base/octets.ts'
import type { Stream } from '../net/types.ts'

/** Text is gathered up to this many characters before it goes to the socket. */
const GATHER_CHARS = 32_768
/** Octets up to this size are cheaper copied into the text than written alone. */
const COPY_OCTETS = 8192

/**
 * Responses on their way out. Gathers small ones into few writes; the only place that knows CRLF.
 */
export class Output {
  readonly #stream: Stream
  readonly #maxBufferedOctets: number
  #text = ''

  constructor(stream: Stream, maxBufferedOctets: number) {
    this.#stream = stream
    this.#maxBufferedOctets = maxBufferedOctets
  }

  untagged(text: string): void {
    this.raw(`* ${text}\r\n`)
  }

  tagged(tag: string, text: string): void {
    this.raw(`${tag} ${text}\r\n`)
  }

  /** `+ text`: the peer may go on. Goes out at once, with all before it. */
  continue(text: string): void {
    this.raw(`+ ${text}\r\n`)
    this.flush()
  }

  /** Latin1 text, as it is. */
  raw(text: string): void {
    this.#text += text
    if (this.#text.length >= GATHER_CHARS) this.flush()
  }

  octets(octets: Uint8Array): void {
    if (octets.length <= COPY_OCTETS) {
      this.raw(latin1(octets))
      return
    }
    this.flush()
    this.#stream.write(octets)
  }

  flush(): void {
    if (this.#text === '') return
    const text = this.#text
    this.#text = ''
    this.#stream.write(text)
  }

  /** Waits while the peer is slow to read. @returns false when the connection is closed */
  async drained(): Promise<boolean> {
    if (this.#stream.bufferedOctets > this.#maxBufferedOctets) await this.#stream.drained()
    return !this.#stream.closed
  }
}
