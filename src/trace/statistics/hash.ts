/** Hashes of texts, 64 bits in two numbers. */

/** Of the text that was hashed last: a result of two numbers would be an object for each call. */
export const hashed = { one: 0, other: 0 }

/** The characters of the text that {@link hashText} hashed last. */
export const hashedChars = new Uint16Array(1_000)

/** Longer than any address (RFC 5321 §4.5.3.1) or host name, and than two of each. */
export const MAX_HASHED_CHARS = hashedChars.length

/**
 * Looks at no more than {@link MAX_HASHED_CHARS}. Another seed gives other hashes.
 * @returns how many characters it looked at
 */
export function hashText(text: string, seed: number): number {
  let one = seed
  let other = ~seed
  const length = Math.min(text.length, MAX_HASHED_CHARS)
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    hashedChars[at] = code
    one = Math.imul(one ^ code, 0x01000193)
    other = Math.imul(other + code, 0x2c1b3c6d)
    other ^= other >>> 12
  }
  hashed.one = one ^ (one >>> 15)
  hashed.other = other
  return length
}

/** The same hash, of a text that stands in `chars`; it is not longer than {@link MAX_HASHED_CHARS}. */
export function hashChars(chars: Uint16Array, start: number, end: number, seed: number): void {
  let one = seed
  let other = ~seed
  for (let at = start; at < end; at++) {
    const code = chars[at] ?? 0
    one = Math.imul(one ^ code, 0x01000193)
    other = Math.imul(other + code, 0x2c1b3c6d)
    other ^= other >>> 12
  }
  hashed.one = one ^ (one >>> 15)
  hashed.other = other
}

/** The texts that were added last, by their hashes: an older one may be forgotten at any time. */
export class RecentTexts {
  readonly #hashes = new Int32Array(2 * PLACES)

  add(text: string): void {
    const at = placeOf(text)
    this.#hashes[at] = hashed.one
    this.#hashes[at + 1] = hashed.other
  }

  has(text: string): boolean {
    const at = placeOf(text)
    return this.#hashes[at] === hashed.one && this.#hashes[at + 1] === hashed.other
  }
}

function placeOf(text: string): number {
  hashText(text, SEED)
  return 2 * (hashed.one & (PLACES - 1))
}

const PLACES = 65_536
const SEED = 0x5bd1e995
