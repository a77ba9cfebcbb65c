/**
 * The octets that BODY[…] and BINARY[…] name, as ranges of the stored message.
 */
import type { Message, Store } from '../../store/types.ts'
import type { Partial, Section } from '../../syntax/imap/section.ts'
import { selectFields } from '../../syntax/message/header.ts'
import { decodeTransfer } from '../../syntax/mime/decode.ts'
import { findPart, sectionRange, type SectionText } from '../../syntax/mime/section.ts'
import type { Skeleton } from '../../syntax/mime/skeleton.ts'
import {
  countOctets,
  decodeBase64Stream,
  decodeQuotedPrintableStream,
  sliceStream,
} from './transfer-stream.ts'

/** How many octets, and where they come from; the size is announced before the first is read. */
export interface Content {
  readonly sizeOctets: number
  readonly source: Uint8Array | AsyncIterable<Uint8Array>
}

const EMPTY: Content = { sizeOctets: 0, source: new Uint8Array() }

const WORD: { readonly [T in Section['text']]: SectionText } = {
  all: null,
  header: 'HEADER',
  fields: 'HEADER.FIELDS',
  fieldsNot: 'HEADER.FIELDS.NOT',
  text: 'TEXT',
  mime: 'MIME',
}

/** Transfer encodings that BINARY can undo; RFC 3516 §4.3. */
const DECODABLE = new Set(['7bit', '8bit', 'binary', 'base64', 'quoted-printable'])

/** Whether the whole stored message is meant: then no skeleton is needed. */
export function isWhole(section: Section): boolean {
  return section.part.length === 0 && section.text === 'all'
}

/**
 * Null when there is no such part. @throws Refusal storageFailed
 * @param skeleton may be undefined when {@link isWhole}
 */
export async function sectionContent(
  store: Store,
  message: Message,
  skeleton: Skeleton | undefined,
  section: Section,
  partial: Partial | null,
): Promise<Content | null> {
  const range = rangeOf(message, skeleton, section)
  if (range === null) return null
  const [start, end] = range
  if (section.text !== 'fields' && section.text !== 'fieldsNot') {
    return rangeContent(store, message, start, end, partial)
  }
  const header = await collect(store.octets(message, start, end))
  const which = section.text === 'fields' ? 'listed' : 'others'
  return cut(selectFields(header, new Set(section.fields), which), partial)
}

/** Null when there is no such part, 'unknown' when its transfer encoding is not known. */
export async function binaryContent(
  store: Store,
  message: Message,
  skeleton: Skeleton,
  path: readonly number[],
  partial: Partial | null,
): Promise<Content | null | 'unknown'> {
  const part = findPart(skeleton, path)
  if (part === undefined) return null
  const shift = message.trace.length
  const asIs = path.length === 0 || part.type === 'multipart' || part.type === 'message'
  if (!asIs && !DECODABLE.has(part.encoding)) return 'unknown'
  const start = path.length === 0 ? 0 : part.bodyStart + shift
  const end = path.length === 0 ? octetsOf(message) : part.bodyEnd + shift
  if (asIs || part.encoding.endsWith('bit') || part.encoding === 'binary') {
    return rangeContent(store, message, start, end, partial)
  }
  const read = () => store.octets(message, start, end)
  const encoded = read()
  if (encoded instanceof Uint8Array) return cut(decodeTransfer(encoded, part.encoding), partial)
  const decode = part.encoding === 'base64' ? decodeBase64Stream : decodeQuotedPrintableStream
  // Read twice: the size must be said before the first octet.
  const size = await countOctets(decode(encoded))
  const from = Math.min(size, partial?.first ?? 0)
  const to = Math.min(size, from + (partial?.count ?? size))
  const stream = async function* () {
    const again = read()
    if (again instanceof Uint8Array) yield decodeTransfer(again, part.encoding)
    else yield* decode(again)
  }
  return { sizeOctets: to - from, source: sliceStream(stream(), from, to) }
}

/** All octets in one piece. */
export async function collect(source: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

/** Where a part's or the message's header lies in this copy: with its trace lines when it is the message's. */
export function headerRange(message: Message, skeleton: Skeleton): readonly [number, number] {
  return [0, skeleton.root.bodyStart + message.trace.length]
}

function rangeOf(
  message: Message,
  skeleton: Skeleton | undefined,
  section: Section,
): readonly [number, number] | null {
  if (isWhole(section)) return [0, octetsOf(message)]
  if (skeleton === undefined) throw new Error('a section without its skeleton')
  const word = WORD[section.text]
  const range = sectionRange(skeleton, section.part, word)
  if (range === undefined) return null
  const isHeader = word?.startsWith('HEADER') === true
  if (section.part.length === 0 && isHeader) return headerRange(message, skeleton)
  return [range.start + message.trace.length, range.end + message.trace.length]
}

/** This copy's octets: its trace lines, then the blob. */
function octetsOf(message: Message): number {
  return message.trace.length + message.blob.sizeOctets
}

function rangeContent(
  store: Store,
  message: Message,
  start: number,
  end: number,
  partial: Partial | null,
): Content {
  const from = partial === null ? start : Math.min(end, start + partial.first)
  const to = partial === null ? end : Math.min(end, from + partial.count)
  if (from >= to) return EMPTY
  return { sizeOctets: to - from, source: store.octets(message, from, to) }
}

function cut(octets: Uint8Array, partial: Partial | null): Content {
  if (partial === null) return { sizeOctets: octets.length, source: octets }
  // A copy: a view of a few octets would keep all of them.
  const kept = new Uint8Array(octets.subarray(partial.first, partial.first + partial.count))
  return { sizeOctets: kept.length, source: kept }
}
