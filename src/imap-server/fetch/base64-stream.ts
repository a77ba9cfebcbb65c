/**
 * Base64 of large parts, decoded as it is read, so that BINARY[…] never holds a part in memory.
 */
import { latin1 } from '../../base/octets.ts'

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
