/**
 * Decodes base64 strictly (RFC 4648 §3.2, §3.5): no white space, padding in full, unused bits zero,
 * so that one value has one spelling.
 * @returns null when the text is not base64
 */
export function decodeBase64(text: string): Uint8Array | null {
  const octets = Buffer.from(text, 'base64') // skips what it does not know: hence the comparison
  return octets.toString('base64') === text ? octets : null
}

export function encodeBase64(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('base64')
}
