/**
 * How a message with 8-bit text is made one of 7 bits (RFC 6152 §3): what becomes of each stretch
 * of its octets, found out by reading it twice. Nothing is kept of the content.
 *
 *   header   stays; of a part that is encoded its fields on the encoding change; 8 bits in it: a fault
 *   leaf     encoded when it has 8 bits
 *   fixed    signed, or of an encoding or a form that we do not open: stays; 8 bits in it: a fault
 *   between  what stands before, between and behind the parts of a multipart, and nobody reads:
 *            8 bits become question marks, but for a line that looks like a delimiter
 */
import type { MessageLimits } from '../../base/limits.ts'
import { QuotedPrintable } from './encode.ts'
import { SkeletonScanner } from './scanner.ts'
import type { Part, Skeleton } from './skeleton.ts'

/** The octets of a message, as often as they are asked for. */
export type Source = () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** What cannot be made 7-bit, and so neither can the message. */
export type SevenBitFault =
  /** A field of the message's header, or of one of its parts: RFC 6152 is not about those. */
  | 'header'
  /** Inside of multipart/signed, which a change would break. */
  | 'signed'
  /** A part that is of another encoding already, and has 8 bits against its rules. */
  | 'encoded'
  /** A multipart or message part that cannot be taken apart. */
  | 'structure'

export interface SevenBitPlan {
  /** In order, from the first octet of the message to its last. */
  readonly steps: readonly SevenBitStep[]
}

export type SevenBitStep = { readonly end: number } & (
  | { readonly kind: 'copy' | 'mask' }
  | { readonly kind: 'header'; readonly change: HeaderChange }
  | { readonly kind: 'encode'; readonly encoding: NewEncoding; readonly isText: boolean }
)

export type NewEncoding = 'quoted-printable' | 'base64'

export interface HeaderChange {
  /** Null: in place of `8bit` and `binary` stands `7bit`, and nothing else changes. */
  readonly encoding: NewEncoding | null
  /** It is the header of a message, whose fields on its content hold only with MIME-Version. */
  readonly isMessage: boolean
  /** What follows is the header of a message. */
  readonly holdsMessage: boolean
  /** For a Content-Type, when there is none. */
  readonly charset: string
}

/** @throws Error when the message cannot be read */
export async function planSevenBit(
  source: Source,
  limits: MessageLimits,
): Promise<SevenBitPlan | SevenBitFault> {
  const scanner = new SkeletonScanner(limits)
  let size = 0
  for await (const chunk of source()) {
    scanner.push(chunk)
    size += chunk.length
  }
  const skeleton = scanner.finish()
  const stretches = stretchesOf(skeleton, size)
  await measure(source, stretches)
  // Behind so many there are parts that were not found, and others find them.
  const isWhole = partsOf(skeleton) < limits.maxMimeParts
  for (const stretch of stretches) {
    const { eightBit, fault } = stretch
    if (stretch.kind === 'header' && !wasReadWhole(stretch, limits)) return 'structure'
    if (eightBit && fault !== null) return fault
    if (stretch.hasBadLine || (eightBit && !isWhole)) return 'structure'
  }
  return { steps: stretches.map(stepOf) }
}

function partsOf({ root }: Skeleton): number {
  const count = ({ children, message }: Part): number =>
    children.reduce((sum, child) => sum + count(child), message === null ? 1 : 1 + partsOf(message))
  return count(root)
}

/** What it says of its part may stand where the scanner looked no more. */
function wasReadWhole({ start, end, fields }: Stretch, limits: MessageLimits): boolean {
  return end - start <= limits.maxHeaderOctets && fields <= limits.maxHeaderFields
}

/** Octets of one kind. */
class Stretch {
  readonly kind: 'header' | 'leaf' | 'fixed' | 'between'
  readonly start: number
  readonly end: number
  /** What it means that it has 8 bits; null: nothing bad. */
  readonly fault: SevenBitFault | null
  /** Whose header or body it is. */
  readonly part: Part | null
  readonly isMessage: boolean
  /** Of a header: its body. */
  body: Stretch | null = null
  eightBit = false
  /** Of a header: its lines that begin a field, or nothing that is known. */
  fields = 0
  /** Between parts: a line with 8 bits that may be a delimiter. */
  hasBadLine = false
  /** Encoded as quoted-printable, as far as it was read; asked only of what is no text. */
  quotedOctets = 0
  isUtf8 = true

  constructor(
    facts: Pick<Stretch, 'kind' | 'start' | 'end' | 'fault'> & {
      readonly part?: Part
      readonly isMessage?: boolean
    },
  ) {
    this.kind = facts.kind
    this.start = facts.start
    this.end = facts.end
    this.fault = facts.fault
    this.part = facts.part ?? null
    this.isMessage = facts.isMessage ?? false
  }

  get isText(): boolean {
    return this.part?.type === 'text'
  }

  /** Text stays legible; of other content the shorter form. */
  get encoding(): NewEncoding {
    const base64Octets = ((this.end - this.start) / 57) * 78
    return this.isText || this.quotedOctets <= base64Octets ? 'quoted-printable' : 'base64'
  }
}

/** Goes as deep as the skeleton, whose scanner stopped at `maxMimeDepth`. */
function stretchesOf({ root }: Skeleton, size: number): readonly Stretch[] {
  const found: Stretch[] = []
  let at = 0
  const add = (stretch: Stretch): Stretch => {
    // A part without a header may come to need one.
    if (stretch.end > stretch.start || stretch.kind === 'header') found.push(stretch)
    at = Math.max(at, stretch.end)
    return stretch
  }
  const between = (end: number): void => {
    if (end > at) add(new Stretch({ kind: 'between', start: at, end, fault: null }))
  }
  const walk = (part: Part, isMessage: boolean): void => {
    const { headerStart, bodyStart, bodyEnd } = part
    between(headerStart)
    if (part.type === 'multipart' && part.subtype === 'signed') {
      add(new Stretch({ kind: 'fixed', start: at, end: bodyEnd, fault: 'signed' }))
      return
    }
    const fault = 'header'
    const header = add(
      new Stretch({ kind: 'header', start: headerStart, end: bodyStart, fault, part, isMessage }),
    )
    if (part.children.length > 0) {
      for (const child of part.children) walk(child, false)
      between(bodyEnd)
    } else if (part.message !== null && part.subtype !== 'global') {
      walk(part.message.root, true)
      between(bodyEnd)
    } else header.body = add(bodyOf(part))
  }
  walk(root, true)
  between(size)
  return found
}

function bodyOf(part: Part): Stretch {
  const { bodyStart: start, bodyEnd: end, type, subtype, encoding } = part
  // RFC 6532 §3.7, RFC 6533: these, unlike all others of their kind, may be of any encoding.
  const isClosed = type === 'multipart' || (type === 'message' && !subtype.startsWith('global'))
  const fault = isClosed ? 'structure' : IDENTITY.has(encoding) ? null : 'encoded'
  return new Stretch({ kind: fault === null ? 'leaf' : 'fixed', start, end, fault, part })
}

async function measure(source: Source, stretches: readonly Stretch[]): Promise<void> {
  const walker = stretches.values()
  let stretch = walker.next().value
  let gauge: Gauge | null = null
  let at = 0
  for await (const chunk of source()) {
    for (let from = 0; from < chunk.length && stretch !== undefined; ) {
      const until = Math.min(chunk.length, from + stretch.end - at)
      gauge ??= new Gauge(stretch)
      gauge.push(chunk.subarray(from, until))
      at += until - from
      from = until
      if (at < stretch.end) break
      gauge.finish()
      gauge = null
      stretch = walker.next().value
    }
  }
}

/** Looks at the octets of one stretch. */
class Gauge {
  readonly #stretch: Stretch
  readonly #quoted: QuotedPrintable | null
  #utf8: InstanceType<typeof TextDecoder> | null
  #isLineStart = true
  /** Of a line: how many hyphens it begins with, up to two; -1: something else came. */
  #hyphens = 0

  constructor(stretch: Stretch) {
    this.#stretch = stretch
    const isLeaf = stretch.kind === 'leaf'
    this.#quoted = isLeaf && !stretch.isText ? new QuotedPrintable(false) : null
    this.#utf8 = isLeaf && stretch.isText ? new TextDecoder('utf-8', { fatal: true }) : null
  }

  push(octets: Uint8Array): void {
    const stretch = this.#stretch
    if (stretch.kind === 'between') this.#lines(octets)
    else if (!stretch.eightBit) stretch.eightBit = octets.some((octet) => octet > 0x7f)
    if (stretch.kind === 'header') this.#count(octets)
    if (this.#quoted !== null) stretch.quotedOctets += this.#quoted.push(octets).length
    this.#decode(octets)
  }

  finish(): void {
    this.#decode(null)
  }

  #decode(octets: Uint8Array | null): void {
    try {
      if (octets === null) this.#utf8?.decode()
      else this.#utf8?.decode(octets, { stream: true })
    } catch {
      this.#stretch.isUtf8 = false
      this.#utf8 = null
    }
  }

  #count(octets: Uint8Array): void {
    for (const octet of octets) {
      if (this.#isLineStart && octet > SPACE) this.#stretch.fields++
      this.#isLineStart = octet === LF
    }
  }

  #lines(octets: Uint8Array): void {
    for (const octet of octets) {
      if (octet === LF || octet === CR) this.#hyphens = 0
      else if (octet > 0x7f) {
        this.#stretch.eightBit = true
        if (this.#hyphens === 2) this.#stretch.hasBadLine = true
        else this.#hyphens = -1
      } else if (octet === HYPHEN && this.#hyphens >= 0 && this.#hyphens < 2) this.#hyphens++
      else if (this.#hyphens < 2) this.#hyphens = -1
    }
  }
}

function stepOf(stretch: Stretch): SevenBitStep {
  const { end, kind, eightBit, isText, encoding, isMessage, body, part } = stretch
  if (kind === 'between') return { end, kind: eightBit ? 'mask' : 'copy' }
  if (kind === 'leaf' && eightBit) return { end, kind: 'encode', encoding, isText }
  if (kind !== 'header') return { end, kind: 'copy' }
  const isEncoded = body !== null && body.kind === 'leaf' && body.eightBit
  // RFC 1428 §3: nobody said which charset it is, and we do not guess.
  const charset = body?.isUtf8 === true ? 'utf-8' : 'unknown-8bit'
  const holdsMessage = part !== null && part.message !== null
  const change = { encoding: isEncoded ? body.encoding : null, isMessage, holdsMessage, charset }
  return { end, kind: 'header', change }
}

/** Those that change nothing, as standards and as some programs write them. */
const IDENTITY: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary', '7-bit', '8-bit'])
const HYPHEN = 0x2d
const LF = 0x0a
const SPACE = 0x20
const CR = 0x0d
