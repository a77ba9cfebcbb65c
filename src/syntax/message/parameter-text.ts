/**
 * A parameter as a person reads it: RFC 2231 pieces joined and decoded, and RFC 2047 words too,
 * because most programs put those into `filename`.
 */
import { lowerAscii } from '../../base/cursor.ts'
import type { Parameters } from '../mime/skeleton.ts'
import { decodeCharset } from './charset.ts'
import { decodeWords, hexPairAt } from './encoded-word.ts'

/** The first parameter of this name (lower case), as it came; null when it is not there. */
export function parameterValue(parameters: Parameters, name: string): string | null {
  const found = parameters.find(([candidate]) => lowerAscii(candidate) === name)
  return found === undefined ? null : found[1]
}

/**
 * The parameter as Unicode, or null when it is not there. `name*` and `name*0` win over `name`,
 * which then is the fallback for programs that do not know RFC 2231.
 * @param name lower case
 */
export function parameterText(parameters: Parameters, name: string): string | null {
  const values = new Map<string, string>()
  for (const [key, value] of parameters) {
    const lower = lowerAscii(key)
    if (!values.has(lower)) values.set(lower, value)
  }
  const extended = values.get(`${name}*`)
  if (extended !== undefined) return decodePieces([{ value: extended, encoded: true }])
  const pieces = piecesOf(values, name)
  if (pieces.length > 0) return decodePieces(pieces)
  const plain = values.get(name)
  return plain === undefined ? null : decodeWords(plain)
}

interface Piece {
  readonly value: string
  readonly encoded: boolean
}

/** `name*0`, `name*1*`, … up to the first number that is missing. RFC 2231 §3. */
function piecesOf(values: ReadonlyMap<string, string>, name: string): Piece[] {
  const pieces: Piece[] = []
  for (;;) {
    const plain = values.get(`${name}*${pieces.length}`)
    const encoded = values.get(`${name}*${pieces.length}*`)
    const value = encoded ?? plain
    if (value === undefined) return pieces
    pieces.push({ value, encoded: encoded !== undefined })
  }
}

/** The first piece, when encoded, begins with `charset'language'`. RFC 2231 §4. */
function decodePieces(pieces: readonly Piece[]): string {
  let charset: string | null = null
  const octets = pieces.map(({ value, encoded }, index) => {
    if (!encoded) return Buffer.from(value, 'latin1')
    let text = value
    if (index === 0) {
      const first = value.indexOf("'")
      const second = first === -1 ? -1 : value.indexOf("'", first + 1)
      if (second !== -1) {
        charset = value.slice(0, first) || null
        text = value.slice(second + 1)
      }
    }
    return decodePercent(text)
  })
  return decodeCharset(Buffer.concat(octets), charset)
}

function decodePercent(text: string): Buffer {
  const octets = Buffer.allocUnsafe(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const value = code === PERCENT ? hexPairAt(text, at + 1) : -1
    if (value !== -1) at += 2
    octets[length++] = value === -1 ? code : value
  }
  return octets.subarray(0, length)
}

const PERCENT = 0x25
