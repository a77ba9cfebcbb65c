/**
 * From octets in some charset to Unicode text. Nothing here fails: a charset that is not known, or
 * not given, is read as UTF-8 when the octets are that, and as Windows-1252 otherwise.
 */
import { TextDecoder } from 'node:util'

import { lowerAscii } from '../../base/cursor.ts'

const UTF8_STRICT = new TextDecoder('utf-8', { fatal: true })
const WINDOWS_1252 = new TextDecoder('windows-1252')

/** Labels seen so far; null for one that TextDecoder does not have. Mail decides what comes here, so it is bounded. */
const decoders = new Map<string, TextDecoder | null>()
const MAX_DECODERS = 200
/** No registered charset name is longer: IANA's limit is 40. */
const MAX_LABEL_CHARS = 40

/** @param label a charset name in any case, or null when none is given */
export function decodeCharset(octets: Uint8Array, label: string | null): string {
  const decoder = label === null ? null : decoderFor(label)
  return decoder === null ? decodeUnknown(octets) : decoder.decode(octets)
}

function decodeUnknown(octets: Uint8Array): string {
  try {
    return UTF8_STRICT.decode(octets)
  } catch (error) {
    if (error instanceof TypeError) return WINDOWS_1252.decode(octets)
    throw error
  }
}

function decoderFor(label: string): TextDecoder | null {
  if (label.length > MAX_LABEL_CHARS) return null
  const name = lowerAscii(label)
  const known = decoders.get(name)
  if (known !== undefined) return known
  if (decoders.size >= MAX_DECODERS) decoders.clear()
  const decoder = newDecoder(name)
  decoders.set(name, decoder)
  return decoder
}

function newDecoder(name: string): TextDecoder | null {
  // Many programs declare us-ascii and send UTF-8; Windows-1252, its WHATWG meaning, would spoil it.
  if (name === 'us-ascii' || name === 'ascii') return null
  try {
    return new TextDecoder(name, { ignoreBOM: false })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
