/**
 * A skeleton as text, to be stored beside its message.
 *
 * JSON of nested arrays, values at fixed places and offsets as differences, so that a plain message
 * costs little more than its addresses. What is usual at the end of an array is left out. The
 * first element is the version of the form, so that a later program can still read it.
 *
 * Recursion goes as deep as the skeleton, which its scanner cut at `limits.message.maxMimeDepth`.
 */
import type { Envelope, EnvelopeAddress, Parameters, Part, Skeleton } from './skeleton.ts'

const VERSION = 1

export function encodeSkeleton(skeleton: Skeleton): string {
  return JSON.stringify([VERSION, ...packSkeleton(skeleton, 0)])
}

/** @throws Error when the text is not what {@link encodeSkeleton} wrote: the store is damaged */
export function decodeSkeleton(text: string): Skeleton {
  const packed = list(JSON.parse(text))
  if (packed[0] !== VERSION) throw new Error(`skeleton of version ${String(packed[0])}`)
  return unpackSkeleton(packed.slice(1), 0)
}

/**
 * A stored skeleton of which only what is looked at is unpacked: ENVELOPE needs no parts, and
 * BODYSTRUCTURE no addresses. @throws Error as {@link decodeSkeleton}, perhaps only on looking
 */
export function openSkeleton(text: string): Skeleton {
  const packed = list(JSON.parse(text))
  if (packed[0] !== VERSION) throw new Error(`skeleton of version ${String(packed[0])}`)
  return new PackedSkeleton(packed)
}

class PackedSkeleton implements Skeleton {
  readonly #packed: readonly unknown[]
  #envelope: Envelope | undefined
  #root: Part | undefined

  /** @param packed the version, the envelope, the root */
  constructor(packed: readonly unknown[]) {
    this.#packed = packed
  }

  get envelope(): Envelope {
    this.#envelope ??= unpackEnvelope(list(this.#packed[1]))
    return this.#envelope
  }

  get root(): Part {
    this.#root ??= unpackPart(list(this.#packed[2]), 0)
    return this.#root
  }
}

/** @param origin the offset that offsets are counted from */
function packSkeleton(skeleton: Skeleton, origin: number): unknown[] {
  return [packEnvelope(skeleton.envelope), packPart(skeleton.root, origin)]
}

function unpackSkeleton(packed: readonly unknown[], origin: number): Skeleton {
  return {
    envelope: unpackEnvelope(list(packed[0])),
    root: unpackPart(list(packed[1]), origin),
  }
}

function packEnvelope(envelope: Envelope): unknown[] {
  return shortened([
    envelope.date,
    envelope.subject,
    envelope.messageId,
    packAddresses(envelope.from),
    packAddresses(envelope.to),
    packAddresses(envelope.cc),
    packAddresses(envelope.replyTo),
    packAddresses(envelope.sender),
    envelope.inReplyTo,
    packAddresses(envelope.bcc),
  ])
}

function unpackEnvelope(packed: readonly unknown[]): Envelope {
  return {
    date: textOrNull(packed[0]),
    subject: textOrNull(packed[1]),
    from: unpackAddresses(packed[3]),
    sender: unpackAddresses(packed[7]),
    replyTo: unpackAddresses(packed[6]),
    to: unpackAddresses(packed[4]),
    cc: unpackAddresses(packed[5]),
    bcc: unpackAddresses(packed[9]),
    inReplyTo: textOrNull(packed[8]),
    messageId: textOrNull(packed[2]),
  }
}

/** Host, mailbox and name of each address in one row; 0 when there is none. */
function packAddresses(addresses: readonly EnvelopeAddress[]): unknown {
  if (addresses.length === 0) return 0
  return addresses.flatMap(({ host, mailbox, name }) => [host, mailbox, name])
}

function unpackAddresses(packed: unknown): EnvelopeAddress[] {
  const row = optionalList(packed)
  const addresses: EnvelopeAddress[] = []
  for (let at = 0; at < row.length; at += 3) {
    addresses.push({
      name: textOrNull(row[at + 2]),
      mailbox: textOrNull(row[at + 1]),
      host: textOrNull(row[at]),
    })
  }
  return addresses
}

function packPart(part: Part, origin: number): unknown[] {
  const { disposition } = part
  return shortened([
    part.headerStart - origin,
    part.bodyStart - part.headerStart,
    part.bodyEnd - part.bodyStart,
    part.lines,
    part.type === 'text' && part.subtype === 'plain' ? 0 : `${part.type}/${part.subtype}`,
    packParameters(part.parameters),
    part.encoding === '7bit' ? 0 : part.encoding,
    part.children.length === 0
      ? 0
      : part.children.map((child) => packPart(child, part.headerStart)),
    disposition === null ? 0 : [disposition.type, ...disposition.parameters.flat()],
    part.id,
    part.description,
    part.message === null ? 0 : packSkeleton(part.message, part.headerStart),
    part.language.length === 0 ? 0 : part.language,
    part.location,
    part.md5,
  ])
}

function unpackPart(packed: readonly unknown[], origin: number): Part {
  const headerStart = origin + integer(packed[0] ?? 0)
  const bodyStart = headerStart + integer(packed[1] ?? 0)
  const bodyEnd = bodyStart + integer(packed[2] ?? 0)
  const [type = '', subtype = ''] = (textOrNull(packed[4]) ?? 'text/plain').split('/')
  const disposition = optionalList(packed[8]).map(text)
  return {
    type,
    subtype,
    parameters: unpackParameters(packed[5]),
    id: textOrNull(packed[9]),
    description: textOrNull(packed[10]),
    encoding: textOrNull(packed[6]) ?? '7bit',
    md5: textOrNull(packed[14]),
    disposition:
      disposition[0] === undefined
        ? null
        : { type: disposition[0], parameters: pairs(disposition.slice(1)) },
    language: optionalList(packed[12]).map(text),
    location: textOrNull(packed[13]),
    headerStart,
    bodyStart,
    bodyEnd,
    lines: integer(packed[3] ?? 0),
    children: optionalList(packed[7]).map((child) => unpackPart(list(child), headerStart)),
    message: Array.isArray(packed[11]) ? unpackSkeleton(packed[11], headerStart) : null,
  }
}

/** Names and values in one row; a charset alone is so common that it stands for itself; 0 for none. */
function packParameters(parameters: Parameters): unknown {
  const [first] = parameters
  if (first === undefined) return 0
  return parameters.length === 1 && first[0] === 'charset' ? first[1] : parameters.flat()
}

function unpackParameters(packed: unknown): Parameters {
  return typeof packed === 'string' ? [['charset', packed]] : pairs(optionalList(packed).map(text))
}

function pairs(row: readonly string[]): Parameters {
  const found: [string, string][] = []
  for (let at = 0; at < row.length; at += 2) found.push([row[at] ?? '', row[at + 1] ?? ''])
  return found
}

/** Without the null and 0 at its end. */
function shortened(row: unknown[]): unknown[] {
  let length = row.length
  while (length > 0 && (row[length - 1] === null || row[length - 1] === 0)) length--
  row.length = length
  return row
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('skeleton: a list is missing')
  return value
}

/** Absent and 0 are the empty list. */
function optionalList(value: unknown): readonly unknown[] {
  return value === undefined || value === null || value === 0 ? [] : list(value)
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('skeleton: a text is missing')
  return value
}

/** Absent, null and 0 are null. */
function textOrNull(value: unknown): string | null {
  return value === undefined || value === null || value === 0 ? null : text(value)
}

function integer(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new Error('skeleton: a number is missing')
  return Number(value)
}
