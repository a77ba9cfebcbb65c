/** Digits of ASCII, asked for one by one. */

/** `code` may be NaN, as behind the end of a text: then it is none. */
export function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9
}

/** Two digits as a number; NaN when they are not two digits. */
export function twoDigits(text: string, at: number): number {
  const high = text.charCodeAt(at) - ZERO
  const low = text.charCodeAt(at + 1) - ZERO
  return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : Number.NaN
}

const ZERO = 0x30
