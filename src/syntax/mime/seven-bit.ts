/** A message with 8-bit text as one of 7 bits, piece by piece: RFC 6152 §3. */
import { latin1, view } from '../../base/octets.ts'
import { Header, type HeaderField } from '../message/header.ts'
import { withoutComments } from '../message/lexer.ts'
import { Base64, QuotedPrintable, type TransferEncoder } from './encode.ts'
import type { HeaderChange, SevenBitPlan, SevenBitStep, Source } from './seven-bit-plan.ts'

/**
 * The message in 7 bits. Each piece has memory of its own, or is a slice of a chunk of the source.
 * @param plan  of the same octets
 * @throws Error when the message cannot be read
 */
export async function* inSevenBit(
  source: Source,
  { steps }: SevenBitPlan,
): AsyncGenerator<Uint8Array> {
  const walker = steps.values()
  let step = walker.next().value
  let writer: Writer | null = null
  let at = 0
  for await (const chunk of source()) {
    for (let from = 0; from < chunk.length && step !== undefined; ) {
      const until = Math.min(chunk.length, from + step.end - at)
      writer ??= writerFor(step)
      const piece = writer.push(chunk.subarray(from, until))
      if (piece.length > 0) yield piece
      at += until - from
      from = until
      if (at < step.end) break
      const rest = writer.finish()
      if (rest.length > 0) yield rest
      writer = null
      step = walker.next().value
    }
  }
}

interface Writer {
  push(octets: Uint8Array): Uint8Array
  finish(): Uint8Array
}

function writerFor(step: SevenBitStep): Writer {
  switch (step.kind) {
    case 'copy':
      return { push: (octets) => octets, finish: nothing }
    case 'mask':
      return { push: masked, finish: nothing }
    case 'header':
      return new HeaderWriter(step.change)
    case 'encode':
      return encoderFor(step)
    default:
      return step satisfies never
  }
}

function encoderFor({
  encoding,
  isText,
}: Extract<SevenBitStep, { kind: 'encode' }>): TransferEncoder {
  return encoding === 'base64' ? new Base64() : new QuotedPrintable(isText)
}

/** Each octet above 127 as a question mark. */
export function masked(octets: Uint8Array): Uint8Array {
  return octets.map((octet) => (octet > 0x7f ? QUESTION_MARK : octet))
}

/** Holds a header until it is whole: the plan has bounded it. */
class HeaderWriter implements Writer {
  readonly #change: HeaderChange
  readonly #held: Buffer[] = []

  constructor(change: HeaderChange) {
    this.#change = change
  }

  push(octets: Uint8Array): Uint8Array {
    this.#held.push(Buffer.from(octets))
    return NOTHING
  }

  finish(): Uint8Array {
    const header = latin1(Buffer.concat(this.#held))
    return view(Buffer.from(changedHeader(header, this.#change), 'latin1'))
  }
}

function changedHeader(
  text: string,
  { encoding, isMessage, holdsMessage, charset }: HeaderChange,
): string {
  const header = new Header(text, NO_LIMITS)
  const old = header.fields.filter(({ name }) => name === ENCODING)
  if (encoding === null) {
    const isWide = old.some((field) => WIDE.test(withoutComments(header.valueOf(field))))
    const kept = isWide ? without(text, old, `${ENCODING_FIELD}: 7bit\r\n`) : text
    return holdsMessage ? closed(kept) : kept
  }
  const has = (name: string) => header.fields.some((field) => field.name === name)
  const fields = [
    ...(isMessage && !has('mime-version') ? ['MIME-Version: 1.0'] : []),
    ...(has('content-type') ? [] : [`Content-Type: text/plain; charset=${charset}`]),
    `${ENCODING_FIELD}: ${encoding}`,
  ]
  return closed(without(text, old, fields.map((field) => `${field}\r\n`).join('')))
}

/**
 * The new fields stand where the last of the old ones did, or behind the last field of all: so no
 * line that is no field comes to stand behind all of them, where the body would begin with it.
 */
function without(text: string, old: readonly HeaderField[], fields: string): string {
  let changed = ''
  let from = 0
  for (const { start, end } of old) {
    changed += text.slice(from, start)
    from = end
  }
  if (old.length === 0) {
    from = lastFieldEnd(text)
    changed = text.slice(0, from)
  }
  if (changed !== '' && !changed.endsWith('\n')) changed += '\r\n'
  return changed + fields + text.slice(from)
}

function lastFieldEnd(text: string): number {
  return new Header(text, NO_LIMITS).fields.at(-1)?.end ?? 0
}

/** A header that the end of the message cut off, or a body that begins without one, has no blank line. */
function closed(header: string): string {
  return /(?:^|\n)\r?\n$/.test(header) ? header : `${header}\r\n`
}

function nothing(): Uint8Array {
  return NOTHING
}

const ENCODING = 'content-transfer-encoding'
const ENCODING_FIELD = 'Content-Transfer-Encoding'
const WIDE = /8-?bit|binary/i
const NOTHING = new Uint8Array(0)
const QUESTION_MARK = 0x3f
const NO_LIMITS = {
  maxHeaderFields: Number.POSITIVE_INFINITY,
  maxHeaderFieldOctets: Number.POSITIVE_INFINITY,
}
