/**
 * Octets and text. Protocol lines are latin1 strings, so that an index is an octet offset;
 * decoding to Unicode is one named step at the edge.
 */

const UTF8 = new TextDecoder('utf-8', { fatal: true })

/** One character per octet. */
export function latin1(octets: Uint8Array): string {
  return view(octets).toString('latin1')
}

/** The octets of a latin1 string. Characters above U+00FF are a bug in the caller. */
export function fromLatin1(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

/** Reads a latin1 string's octets as UTF-8. Null when they are not UTF-8. */
export function utf8OfLatin1(text: string): string | null {
  if (!/[\x80-\xff]/.test(text)) return text
  try {
    return UTF8.decode(Buffer.from(text, 'latin1'))
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}

/** A Unicode string as protocol text: its UTF-8 octets, one character each. */
export function latin1OfUtf8(text: string): string {
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** A Buffer on the same memory, for its fast methods. */
export function view(octets: Uint8Array): Buffer {
  return Buffer.isBuffer(octets)
    ? octets
    : Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
}
