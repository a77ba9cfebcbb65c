/**
 * Reads a message once, as it streams in, and finds its structure.
 *
 * The octets come in chunks of any size; how they are cut never changes the result. At most one
 * line of MAX_LINE_OCTETS and one header block (to `maxHeaderOctets`) are kept; body octets
 * never are. In a body the scanner only looks for the lines that begin with `--`, and counts lines
 * where BODYSTRUCTURE needs them, so it runs at memory speed.
 *
 *   header ──blank line──▶ body ──delimiter──▶ header of the next part
 *      └───────────────────────delimiter──────────────────┘
 *
 * Nothing fails. What is broken is read so:
 *   no blank line     the body begins at the first line after which there is no field any more,
 *                     or at a line with `--` that is no field; else the body is empty
 *   no delimiter      a multipart without parts
 *   no last delimiter the part goes on to the next delimiter of an outer multipart, or to the end
 *   same boundary     it belongs to the innermost multipart that is not closed
 *   over a limit      the part is a leaf, whatever its type; after part `maxMimeParts` no delimiter
 *                     counts, so that the last part has the rest of the message
 */
import type { MessageLimits } from '../../base/limits.ts'
import { view } from '../../base/octets.ts'
import { trimSpaceEnd } from '../message/lexer.ts'
import { parameterText, parameterValue } from '../message/parameter-text.ts'
import { Boundaries, type Delimiter } from './boundaries.ts'
import { HeaderLines, MAX_LINE_OCTETS } from './header-lines.ts'
import { countLines } from './lines.ts'
import { OpenPart } from './open-part.ts'
import {
  type AddressBudget,
  type PartFields,
  envelopeOf,
  firstFields,
  partFields,
} from './part-fields.ts'
import type { Part, Skeleton } from './skeleton.ts'

/** The skeleton of a message that is in memory. */
export function skeletonOf(octets: Uint8Array, limits: MessageLimits): Skeleton {
  const scanner = new SkeletonScanner(limits)
  scanner.push(octets)
  return scanner.finish()
}

export class SkeletonScanner {
  readonly #limits: MessageLimits
  readonly #addresses: AddressBudget
  readonly #boundaries = new Boundaries()
  /** Offset in the message of the first octet of the window. */
  #base = 0
  /** The begin of a line, until what it is can be told. */
  #held: Buffer = EMPTY
  /** The last two octets before the window; -1 before the message. */
  #before: readonly [octet: number, last: number] = [-1, -1]
  /** LF octets passed, while anybody needs them. */
  #lines = 0
  #counting = 0
  #parts = 1
  #part = new OpenPart(null, 0, true)
  /** Null in a body. */
  #header: HeaderLines | null

  constructor(limits: MessageLimits) {
    this.#limits = limits
    this.#addresses = { left: limits.maxAddresses }
    this.#header = new HeaderLines(limits.maxHeaderOctets)
  }

  /** Takes the next octets. They may be overwritten after it returns. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    const window = this.#held.length === 0 ? view(chunk) : Buffer.concat([this.#held, chunk])
    const done = this.#scan(window, false)
    this.#held = done === window.length ? EMPTY : Buffer.from(window.subarray(done))
    if (done > 0) {
      this.#before = [this.#octetAt(window, done - 2), this.#octetAt(window, done - 1)]
      this.#base += done
    }
  }

  /** The message is complete. To be called once. */
  finish(): Skeleton {
    const end = this.#base + this.#held.length
    this.#scan(this.#held, true)
    this.#closeHeaders(end)
    for (;;) {
      const part = this.#part
      const built = this.#closePart(end, 0)
      if (part.parent === null) return { envelope: part.envelope ?? NO_ENVELOPE, root: built }
    }
  }

  /** @returns how much of the window is done; the rest is the begin of an undecided line */
  #scan(window: Buffer, final: boolean): number {
    let at = 0
    while (at < window.length) {
      const header = this.#header
      const next =
        header === null
          ? this.#scanBody(window, at, final)
          : this.#scanHeader(header, window, at, final)
      if (next === at && header === this.#header) break
      at = next
    }
    return at
  }

  #scanHeader(header: HeaderLines, window: Buffer, at: number, final: boolean): number {
    const scan = header.scan(window, at, this.#base, final, this.#boundaries)
    this.#pass(window, at, scan.end)
    if (scan.ending === null) return scan.end
    const end = this.#base + scan.end
    this.#endHeader(header, end)
    if (scan.ending === 'blank' || scan.ending === 'fence') return scan.next
    this.#takeDelimiter(scan.ending, window, scan.end, scan.next)
    return scan.next
  }

  #scanBody(window: Buffer, start: number, final: boolean): number {
    let line = this.#boundaries.isEmpty ? -1 : this.#dashesAt(window, start)
    while (line !== -1) {
      const newline = window.indexOf(LF, line)
      if (newline === -1 && !final && window.length - line <= MAX_LINE_OCTETS) {
        this.#pass(window, start, line)
        return line
      }
      const next = newline === -1 ? window.length : newline + 1
      const delimiter = this.#boundaries.match(window, line, next)
      if (delimiter !== null) {
        this.#pass(window, start, line)
        this.#takeDelimiter(delimiter, window, line, next)
        return next
      }
      line = this.#dashesAt(window, line + 1)
    }
    this.#pass(window, start, window.length)
    return window.length
  }

  /** The first line at or after `at` that begins with `--`, as far as the window tells; -1 when there is none. */
  #dashesAt(window: Buffer, at: number): number {
    if (window[at] === HYPHEN && this.#isLineStart(window, at)) {
      if (at + 1 === window.length || window[at + 1] === HYPHEN) return at
    }
    const found = window.indexOf(LINE_WITH_DASHES, at)
    if (found !== -1) return found + 1
    const last = window.length - 1
    return last > at && window[last] === HYPHEN && window[last - 1] === LF ? last : -1
  }

  /** @param line the delimiter's first octet in the window; @param next the octet after it */
  #takeDelimiter(delimiter: Delimiter, window: Buffer, line: number, next: number): void {
    const lineStart = this.#base + line
    this.#closeHeaders(lineStart)
    // The line end before the delimiter is part of it (RFC 2046 §5.1.1), unless it ends a header.
    const isLineEnd = this.#octetAt(window, line - 1) === LF && this.#part.bodyStart !== lineStart
    const hasCr = isLineEnd && this.#octetAt(window, line - 2) === CR
    const bodyEnd = lineStart - (hasCr ? 2 : isLineEnd ? 1 : 0)
    while (this.#part !== delimiter.part) this.#closePart(bodyEnd, isLineEnd ? 1 : 0)
    if (this.#counting > 0) this.#lines += countLines(window, line, next)
    if (delimiter.closes) this.#boundaries.remove(delimiter.part)
    else this.#openPart(delimiter.part, this.#base + next, false)
  }

  #openPart(parent: OpenPart, headerStart: number, isMessageRoot: boolean): void {
    this.#part = new OpenPart(parent, headerStart, isMessageRoot)
    this.#header = new HeaderLines(this.#limits.maxHeaderOctets)
    if (++this.#parts >= this.#limits.maxMimeParts) this.#boundaries.clear()
  }

  /** A header that is cut may be that of a message, whose header is then cut too. */
  #closeHeaders(end: number): void {
    while (this.#header !== null) this.#endHeader(this.#header, end)
  }

  #endHeader(header: HeaderLines, end: number): void {
    const part = this.#part
    this.#header = null
    part.bodyStart = header.bodyStart(end)
    part.linesBefore = this.#lines - header.bodyLines
    const values = firstFields(header.text(part.bodyStart - part.headerStart), this.#limits)
    const isInDigest = !part.isMessageRoot && part.parent?.fields?.subtype === 'digest'
    const fields = partFields(values, isInDigest ? 'message/rfc822' : 'text/plain', this.#limits)
    part.fields = fields
    if (part.isMessageRoot) part.envelope = envelopeOf(values, this.#addresses)
    if (fields.type === 'text' || fields.type === 'message') {
      part.countsLines = true
      this.#counting++
    }
    const { maxMimeDepth, maxMimeParts } = this.#limits
    if (part.depth >= maxMimeDepth || this.#parts >= maxMimeParts) return
    const boundary = boundaryOf(fields)
    if (boundary !== null) {
      part.boundary = boundary
      this.#boundaries.push(part)
    } else if (holdsMessage(fields) && part.bodyStart === end) this.#openPart(part, end, true)
  }

  /** @param trailingLines line ends before here that are not part of the body */
  #closePart(bodyEnd: number, trailingLines: number): Part {
    const part = this.#part
    if (part.boundary !== null) this.#boundaries.remove(part)
    if (part.countsLines) this.#counting--
    const lines = this.#lines - part.linesBefore - trailingLines
    const built: Part = {
      ...(part.fields ?? partFields(new Map(), 'text/plain', this.#limits)),
      headerStart: part.headerStart,
      bodyStart: part.bodyStart,
      bodyEnd: Math.max(part.bodyStart, bodyEnd),
      lines: part.countsLines ? Math.max(0, lines) : 0,
      children: part.children,
      message: part.message,
    }
    const { parent } = part
    if (parent === null) return built
    if (part.isMessageRoot) {
      parent.message = { envelope: part.envelope ?? NO_ENVELOPE, root: built }
    } else parent.children.push(built)
    this.#part = parent
    return built
  }

  #pass(window: Buffer, start: number, end: number): void {
    if (this.#counting > 0) this.#lines += countLines(window, start, end)
  }

  #isLineStart(window: Buffer, at: number): boolean {
    const before = this.#octetAt(window, at - 1)
    return before === LF || before === -1
  }

  /** @param at -2 or more; before the window are the octets that came before it */
  #octetAt(window: Buffer, at: number): number {
    return (at >= 0 ? window[at] : this.#before[at === -1 ? 1 : 0]) ?? -1
  }
}

/** Null unless the part is a multipart that says how it is divided. */
function boundaryOf(fields: PartFields): string | null {
  if (fields.type !== 'multipart') return null
  // White space at the end cannot be told from that after a delimiter, RFC 2046 §5.1.1.
  const boundary = trimSpaceEnd(
    parameterValue(fields.parameters, 'boundary') ??
      parameterText(fields.parameters, 'boundary') ??
      '',
  )
  return boundary !== '' && boundary.length <= MAX_BOUNDARY_OCTETS ? boundary : null
}

/** RFC 2046 §5.2.1 allows no encoding but these around a message. */
function holdsMessage(fields: PartFields): boolean {
  if (fields.type !== 'message') return false
  if (fields.subtype !== 'rfc822' && fields.subtype !== 'global') return false
  return IDENTITY.has(fields.encoding)
}

const EMPTY = Buffer.alloc(0)
const LF = 0x0a
const CR = 0x0d
const HYPHEN = 0x2d
const LINE_WITH_DASHES = Buffer.from('\n--')
/** Two hyphens at both ends and a line end fit into a delimiter line with it. */
const MAX_BOUNDARY_OCTETS = MAX_LINE_OCTETS - 6
const IDENTITY: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary'])
const NO_ENVELOPE = envelopeOf(new Map(), { left: 0 })
