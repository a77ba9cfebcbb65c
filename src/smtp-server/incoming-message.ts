/**
 * The message of one transaction on its way in: from DATA's dots or BDAT's chunks to delivery.
 *
 *   reader ─▶ header, held until it is complete ─▶ our fields before it ─▶ body writer
 *
 * Whatever is wrong is remembered and the content read on to its end: only then may a reply be sent.
 */
import type { Body, BodyWriter } from '../delivery/types.ts'
import type { MessageId } from '../journal/event.ts'
import { takeBcc } from '../syntax/message/bcc.ts'
import { DataReader } from '../syntax/smtp/data-reader.ts'
import type { Reply } from '../syntax/smtp/reply.ts'
import { type HeaderFacts, inspectHeader } from './header-facts.ts'
import { REPLY } from './reply.ts'

export interface IncomingOptions {
  readonly id: MessageId
  readonly body: BodyWriter
  readonly maxOctets: number
  readonly maxHeaderOctets: number
  readonly maxLineOctets: number
  /** It is submitted: Bcc is taken out, before anybody keeps, signs or sends it. */
  readonly takesBcc: boolean
  /**
   * Looks at the header, and gives the fields to put before it, as latin1 lines.
   * @returns the reply when the message is not wanted
   */
  readonly judge: (header: HeaderFacts) => string | Reply
}

export class IncomingMessage implements AsyncDisposable {
  readonly id: MessageId
  readonly reader: DataReader
  /** Content octets received, dots unstuffed. */
  receivedOctets = 0
  /** The fields that were taken out, as latin1; empty: none. */
  bcc = ''
  readonly #options: IncomingOptions
  readonly #body: BodyWriter
  /** The header until it is complete, then null. */
  #header: Buffer | null = null
  #headerOctets = 0
  #headerText: string | null = null
  #small: Buffer | null = null
  #smallOctets = 0
  #refusal: Reply | null = null
  #hasRoom = true

  constructor(options: IncomingOptions) {
    this.id = options.id
    this.#options = options
    this.#body = options.body
    this.reader = new DataReader((octets) => this.#write(octets))
  }

  /** False when the disk cannot follow: stop reading until {@link drained}. */
  get hasRoom(): boolean {
    return this.#hasRoom
  }

  async drained(): Promise<void> {
    await this.#body.drained()
    this.#hasRoom = true
  }

  /** Why it will be refused, as far as is known now. */
  get refusal(): Reply | null {
    if (this.#refusal !== null) return this.#refusal
    if (this.reader.bareLineEnds) return REPLY.notCrlf
    if (this.reader.hasNul) return REPLY.hasNul
    const isTooLong = this.reader.longestLineOctets > this.#options.maxLineOctets
    return isTooLong ? REPLY.lineOfTextTooLong : null
  }

  /** The header as it came, for the reject log; null while it is not complete. */
  get headerText(): string | null {
    return this.#headerText
  }

  /** After the last octet. @returns the body, or why there is none */
  async finish(): Promise<Body | Reply> {
    if (this.#headerText === null) this.#headerEnded(this.#heldHeader())
    this.#flushSmall()
    return this.refusal ?? (await this.#body.finish())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#body[Symbol.asyncDispose]()
  }

  #write(octets: Buffer): void {
    this.receivedOctets += octets.length
    if (this.#refusal !== null) return
    if (this.receivedOctets > this.#options.maxOctets) {
      this.#refusal = REPLY.messageTooBig
      return
    }
    if (this.#headerText === null) this.#hold(octets)
    else this.#pass(octets)
  }

  /** Collects the header; most often all of it comes in the first piece. */
  #hold(octets: Buffer): void {
    let held = octets
    let from = 0
    if (this.#header !== null) {
      from = Math.max(0, this.#headerOctets - 3)
      held = this.#appendToHeader(octets)
    }
    const end = headerEnd(held, from)
    const isTooBig = (end < 0 ? held.length : end) > this.#options.maxHeaderOctets
    if (end >= 0 && !isTooBig) {
      this.#header = null
      this.#headerEnded(held.subarray(0, end))
      if (this.#refusal === null) this.#pass(held.subarray(end))
    } else if (isTooBig) {
      this.#header = null
      this.#headerText = ''
      this.#refusal = REPLY.headerTooBig
    } else if (this.#header === null) {
      this.#appendToHeader(octets)
    }
  }

  /** Grows by doubling, so that a header that comes octet by octet costs no more than its length. */
  #appendToHeader(octets: Buffer): Buffer {
    const total = this.#headerOctets + octets.length
    let header = this.#header
    if (header === null || header.length < total) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_HEADER_OCTETS, 2 * total))
      header?.copy(larger, 0, 0, this.#headerOctets)
      header = larger
      this.#header = larger
    }
    octets.copy(header, this.#headerOctets)
    this.#headerOctets = total
    return header.subarray(0, total)
  }

  #heldHeader(): Buffer {
    return this.#header?.subarray(0, this.#headerOctets) ?? EMPTY
  }

  /** @param header  without the blank line's CRLF when there is a body */
  #headerEnded(header: Buffer): void {
    const text = header.toString('latin1')
    this.#headerText = text
    if (this.#refusal !== null) return
    const judged = this.#options.judge(inspectHeader(text))
    if (typeof judged !== 'string') {
      this.#refusal = judged
      return
    }
    this.#hasRoom = this.#body.write(Buffer.from(judged, 'latin1'))
    const { header: kept, bcc } = this.#options.takesBcc ? takeBcc(text) : NO_BCC
    this.bcc = bcc
    this.#pass(bcc === '' ? header : Buffer.from(kept, 'latin1'))
  }

  /** Small pieces are put together: each kept apart would hold a whole segment in memory. */
  #pass(octets: Buffer): void {
    if (octets.length === 0) return
    if (octets.length >= SMALL_OCTETS) {
      this.#flushSmall()
      this.#hasRoom = this.#body.write(octets)
      return
    }
    if (this.#small !== null && this.#smallOctets + octets.length > this.#small.length) {
      this.#flushSmall()
    }
    this.#small ??= Buffer.allocUnsafeSlow(BLOCK_OCTETS)
    octets.copy(this.#small, this.#smallOctets)
    this.#smallOctets += octets.length
  }

  #flushSmall(): void {
    const small = this.#small
    if (small === null || this.#refusal !== null) return
    this.#hasRoom = this.#body.write(small.subarray(0, this.#smallOctets))
    this.#small = null
    this.#smallOctets = 0
  }
}

/** Where the blank line begins that ends the header; -1 when it has not come. */
function headerEnd(octets: Buffer, from: number): number {
  if (octets.length >= 2 && octets[0] === CR && octets[1] === LF) return 0
  const at = octets.indexOf(BLANK_LINE, from)
  return at < 0 ? -1 : at + 2
}

const CR = 0x0d
const LF = 0x0a
const BLANK_LINE = Buffer.from([CR, LF, CR, LF])
const EMPTY = Buffer.alloc(0)
const NO_BCC = { header: '', bcc: '' }
const FIRST_HEADER_OCTETS = 4096
const SMALL_OCTETS = 512
const BLOCK_OCTETS = 16 * 1024
