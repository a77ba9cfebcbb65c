/**
 * Transfer encodings of large parts, decoded as they are read, so that BINARY[…] never holds a part
 * in memory.
 */
import { latin1 } from '../../base/octets.ts'
import { decodeQuotedPrintable } from '../../syntax/mime/decode.ts'

const QUAD_CHARS = 4

/** Decodes as `decodeBase64` does: foreign octets are passed over, padding may be in the middle. */
export async function* decodeBase64Stream(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  let rest = ''
  for await (const octets of source) {
    const text = rest + latin1(octets).replace(/[^A-Za-z0-9+/=_-]+/g, '')
    const blocks = text.split(/=+/)
    const last = blocks.pop() ?? ''
    for (const block of blocks) if (block !== '') yield Buffer.from(block, 'base64')
    const whole = last.length - (last.length % QUAD_CHARS)
    if (whole > 0) yield Buffer.from(last.slice(0, whole), 'base64')
    rest = last.slice(whole)
  }
  if (rest !== '') yield Buffer.from(rest, 'base64')
}

/** Decodes as `decodeQuotedPrintable` does, cut where nothing before depends on what follows. */
export async function* decodeQuotedPrintableStream(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  let waiting: Uint8Array[] = []
  for await (const octets of source) {
    const end = cutBefore(octets)
    waiting.push(end === 0 ? octets : octets.subarray(0, end))
    if (end === 0) continue
    yield decodeQuotedPrintable(Buffer.concat(waiting))
    waiting = [octets.subarray(end)]
  }
  yield decodeQuotedPrintable(Buffer.concat(waiting))
}

/** After the last LF, or else after the last three letters or digits; 0 when there is no place. */
function cutBefore(octets: Uint8Array): number {
  const lineEnd = octets.lastIndexOf(LF) + 1
  if (lineEnd > 0) return lineEnd
  let solid = 0
  for (let at = octets.length; at > 0; at--) {
    solid = isAlphanumeric(octets[at - 1] ?? 0) ? solid + 1 : 0
    if (solid === 3) return at + 2
  }
  return 0
}

function isAlphanumeric(octet: number): boolean {
  const lower = octet | 0x20
  return (octet >= 0x30 && octet <= 0x39) || (lower >= 0x61 && lower <= 0x7a)
}

const LF = 0x0a

export async function countOctets(source: AsyncIterable<Uint8Array>): Promise<number> {
  let count = 0
  for await (const octets of source) count += octets.length
  return count
}

/** Octets [start, end) of what comes. */
export async function* sliceStream(
  source: AsyncIterable<Uint8Array>,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void> {
  let at = 0
  for await (const octets of source) {
    const from = Math.max(0, start - at)
    const to = Math.min(octets.length, end - at)
    if (from < to) yield octets.subarray(from, to)
    at += octets.length
    if (at >= end) return
  }
}
