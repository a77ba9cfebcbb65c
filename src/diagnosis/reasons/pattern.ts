/**
 * Patterns of words, looked for all at once.
 *
 * A pattern is plain text, lower case, with two signs: `*` stands for anything of up to 100
 * characters, and `|` for the edge of a word (what stands there is neither a letter nor a digit).
 * `client host*blocked using` is found where both parts stand near each other, in this order. There is
 * nothing to repeat: looking for one pattern takes time linear in the text.
 *
 * A table has some thousand patterns and a text matches few, so each is known by its rarest three
 * characters, and one walk over the text's triples finds the patterns worth trying.
 */

interface Part {
  readonly text: string
  readonly atEdge: boolean
  readonly toEdge: boolean
}

/** A pattern that is ready to be looked for. */
export interface Pattern {
  readonly source: string
  readonly parts: readonly Part[]
}

/** One pattern of a set; `value` is the caller's. */
interface Entry extends Pattern {
  readonly value: number
  /** The rarest triple stands in this part, so many characters from its start. */
  readonly part: string
  readonly offset: number
}

const TRIPLE = 3
const BUCKETS = 1 << 14

/** Many patterns, each with a number. */
export class PatternSet {
  readonly #buckets: (Entry[] | undefined)[] = new Array<Entry[] | undefined>(BUCKETS).fill(
    undefined,
  )

  /** @throws Error for a pattern without three characters in a row: it would be tried on every text */
  constructor(patterns: readonly { readonly source: string; readonly value: number }[]) {
    const compiled = patterns.map(({ source, value }) => ({ ...patternOf(source), value }))
    const counts = new Uint32Array(BUCKETS)
    for (const { parts } of compiled)
      for (const { text } of parts)
        for (let at = 0; at + TRIPLE <= text.length; at++) {
          const bucket = bucketAt(text, at)
          counts[bucket] = (counts[bucket] ?? 0) + 1
        }
    for (const pattern of compiled) {
      const rarest = rarestTriple(pattern.parts, counts)
      if (rarest === null) throw new Error(`pattern too short: ${pattern.source}`)
      const { bucket, part, offset } = rarest
      const entry = { ...pattern, part, offset }
      const known = this.#buckets[bucket]
      if (known === undefined) this.#buckets[bucket] = [entry]
      else known.push(entry)
    }
  }

  /** Calls `found` for each pattern in the text that `wanted` asks for, once. */
  search(
    text: string,
    wanted: (value: number) => boolean,
    found: (value: number, source: string) => void,
  ): void {
    // Patterns that were tried on the whole text already: never twice, that would not be linear.
    const tried = new Set<Entry>()
    let [first, second] = [text.charCodeAt(0), text.charCodeAt(1)]
    for (let at = TRIPLE - 1; at < text.length; at++) {
      const third = text.charCodeAt(at)
      const entries = this.#buckets[hash(first, second, third)]
      first = second
      second = third
      if (entries === undefined) continue
      for (const entry of entries) {
        if (!wanted(entry.value) || tried.has(entry)) continue
        if (!text.startsWith(entry.part, at - TRIPLE + 1 - entry.offset)) continue
        tried.add(entry)
        if (isInText(text, entry)) found(entry.value, entry.source)
      }
    }
  }
}

/** Reads a pattern, as described above. */
export function patternOf(source: string): Pattern {
  return { source, parts: partsOf(source) }
}

/** How far the next part may stand from the last; what is farther belongs to another sentence. */
const MAX_GAP = 100

/** Does the text hold the pattern? The text is in the form of `normalText`. */
export function isInText(text: string, { parts }: Pattern): boolean {
  const [first, ...others] = parts
  if (first === undefined) return false
  for (let at = indexOfPart(text, first, 0); at !== -1; at = indexOfPart(text, first, at + 1))
    if (areNear(text, others, at + first.text.length)) return true
  return false
}

/** Do the parts follow, each within the gap of the one before? */
function areNear(text: string, parts: readonly Part[], start: number): boolean {
  let from = start
  for (const part of parts) {
    const length = part.text.length
    // One character more on both sides, for the edges of words.
    const near = text.slice(from - 1, from + MAX_GAP + length + 1)
    const at = indexOfPart(near, part, 1)
    if (at === -1 || at > MAX_GAP + 1) return false
    from += at - 1 + length
  }
  return true
}

function indexOfPart(text: string, part: Part, from: number): number {
  let at = text.indexOf(part.text, from)
  while (at !== -1) {
    const isEdged =
      (!part.atEdge || !isOfWord(text.charCodeAt(at - 1))) &&
      (!part.toEdge || !isOfWord(text.charCodeAt(at + part.text.length)))
    if (isEdged) return at
    at = text.indexOf(part.text, at + 1)
  }
  return -1
}

function partsOf(source: string): Part[] {
  const pieces = source.split('*').filter((piece) => piece !== '')
  return pieces.map((piece) => ({
    text: piece.replaceAll('|', ''),
    atEdge: piece.startsWith('|'),
    toEdge: piece.endsWith('|'),
  }))
}

interface Triple {
  readonly bucket: number
  readonly part: string
  readonly offset: number
}

/** The first of those in the bucket with the fewest; null when no part is long enough for any. */
function rarestTriple(parts: readonly Part[], counts: Uint32Array): Triple | null {
  let rarest: Triple | null = null
  let fewest = Number.POSITIVE_INFINITY
  for (const { text: part } of parts)
    for (let offset = 0; offset + TRIPLE <= part.length; offset++) {
      const bucket = bucketAt(part, offset)
      const count = counts[bucket] ?? 0
      if (count >= fewest) continue
      fewest = count
      rarest = { bucket, part, offset }
    }
  return rarest
}

function bucketAt(text: string, at: number): number {
  return hash(text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2))
}

function hash(first: number, second: number, third: number): number {
  return ((first << 9) ^ (second << 5) ^ third ^ (third << 3)) & (BUCKETS - 1)
}

/** A letter or a digit; beyond ASCII everything counts as a letter. NaN, past the end, does not. */
function isOfWord(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code > 0x7f
}
