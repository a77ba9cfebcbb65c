/**
 * Reads the octets that are no commands: a message after DATA, chunks of one after BDAT, and chunks
 * nobody wants.
 */
import type { Clock } from '../base/clock.ts'
import type { Limits } from '../base/limits.ts'
import type { Input } from '../syntax/smtp/input.ts'
import { type Reply, reply } from '../syntax/smtp/reply.ts'
import type { IncomingMessage } from './incoming-message.ts'
import { REPLY } from './reply.ts'

export type Progress =
  | { readonly kind: 'again' | 'incomplete' }
  /** The disk cannot follow. */
  | { readonly kind: 'wait'; readonly message: IncomingMessage }
  /** All octets are there; whether they are a good message, `finish` will tell. */
  | { readonly kind: 'complete'; readonly message: IncomingMessage }
  /** The chunk was read, or read away: time for its reply. */
  | { readonly kind: 'chunk'; readonly reply: Reply; readonly isEmpty: boolean }
  /** What is wrong with the message is known before its last chunk. */
  | { readonly kind: 'refused'; readonly message: IncomingMessage; readonly reply: Reply }
  /** The client sends too much, or too slowly, to be read to its end. */
  | { readonly kind: 'cut'; readonly message: IncomingMessage | null; readonly reply: Reply }

type Mode =
  | { readonly name: 'data'; readonly message: IncomingMessage }
  | {
      readonly name: 'chunk'
      readonly message: IncomingMessage
      readonly octets: number
      left: number
      readonly last: boolean
    }
  | { readonly name: 'skip'; left: number; readonly reply: Reply }

export class ContentReader {
  readonly #limits: Limits
  readonly #clock: Clock
  readonly #maxIgnoredOctets: number
  #mode: Mode | null = null
  #sinceMs = 0

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    // Beyond the limit a message is read on only so far: then its sender is cut off.
    this.#maxIgnoredOctets = limits.message.maxOctets * 1.5
  }

  /** Are the next octets content? */
  get reading(): boolean {
    return this.#mode !== null
  }

  /** Is a message being received, rather than a chunk read away? */
  get receiving(): boolean {
    return this.#mode !== null && this.#mode.name !== 'skip'
  }

  beginData(message: IncomingMessage): void {
    this.#sinceMs = this.#clock.monotonicMs()
    this.#mode = { name: 'data', message }
  }

  beginChunk(message: IncomingMessage, octets: number, last: boolean): void {
    this.#sinceMs = this.#clock.monotonicMs()
    this.#mode = { name: 'chunk', message, octets, left: octets, last }
  }

  beginSkip(octets: number, answer: Reply): void {
    this.#mode = { name: 'skip', left: octets, reply: answer }
  }

  stop(): void {
    this.#mode = null
  }

  /** Takes octets from the input. Ends the mode unless it answers `again`, `incomplete` or `wait`. */
  advance(input: Input): Progress {
    const progress = this.#advance(input)
    const { kind } = progress
    if (kind !== 'again' && kind !== 'incomplete' && kind !== 'wait') this.#mode = null
    return progress
  }

  #advance(input: Input): Progress {
    const mode = this.#mode
    switch (mode?.name) {
      case 'data':
        return this.#data(input, mode.message)
      case 'chunk':
        return mode.left > 0 ? this.#chunk(input, mode) : chunkEnd(mode)
      case 'skip': {
        if (mode.left > this.#maxIgnoredOctets)
          return { kind: 'cut', message: null, reply: mode.reply }
        if (mode.left === 0) return { kind: 'chunk', reply: mode.reply, isEmpty: false }
        const octets = input.takeOctets(mode.left)
        if (octets === null) return INCOMPLETE
        mode.left -= octets.length
        return AGAIN
      }
      case undefined:
        return INCOMPLETE
      default:
        return mode satisfies never
    }
  }

  #data(input: Input, message: IncomingMessage): Progress {
    const octets = input.takeOctets(Number.MAX_SAFE_INTEGER)
    if (octets === null) return INCOMPLETE
    const used = message.reader.read(octets)
    if (used < octets.length) input.putBack(octets.subarray(used))
    return message.reader.done ? { kind: 'complete', message } : this.#watch(message, 0)
  }

  #chunk(input: Input, mode: Extract<Mode, { name: 'chunk' }>): Progress {
    const { message } = mode
    if (mode.left > this.#maxIgnoredOctets) return this.#watch(message, mode.left)
    const octets = input.takeOctets(mode.left)
    if (octets === null) return INCOMPLETE
    mode.left -= octets.length
    message.reader.readCounted(octets)
    return this.#watch(message, mode.left)
  }

  /** @param leftOctets  announced and still to come */
  #watch(message: IncomingMessage, leftOctets: number): Progress {
    if (message.receivedOctets + leftOctets > this.#maxIgnoredOctets) {
      return { kind: 'cut', message, reply: REPLY.messageTooBig }
    }
    const sinceMs = this.#clock.monotonicMs() - this.#sinceMs
    const { minDataRate } = this.#limits.smtp
    if (sinceMs > SLOW_START_MS && (message.receivedOctets * 1000) / sinceMs < minDataRate) {
      return { kind: 'cut', message, reply: REPLY.tooSlow }
    }
    return message.hasRoom ? AGAIN : { kind: 'wait', message }
  }
}

function chunkEnd({ message, octets, last }: Extract<Mode, { name: 'chunk' }>): Progress {
  if (last) {
    message.reader.finishCounted()
    return { kind: 'complete', message }
  }
  const why = message.refusal
  if (why !== null) return { kind: 'refused', message, reply: why }
  const done = reply(250, '2.0.0', `${octets} octets received`)
  return { kind: 'chunk', reply: done, isEmpty: octets === 0 }
}

const AGAIN: Progress = { kind: 'again' }
const INCOMPLETE: Progress = { kind: 'incomplete' }
/** Data rates say nothing before this. */
const SLOW_START_MS = 10_000
