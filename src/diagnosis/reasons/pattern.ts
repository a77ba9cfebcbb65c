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

/** One pattern of the set; `value` is the caller's. */
interface Entry {
  readonly source: string
  readonly parts: readonly Part[]
  readonly value: number
}

const PART = 3
const BUCKETS = 1 << 14

/** Many patterns, each with a number. */
export class PatternSet {
  readonly #buckets: (Entry[] | undefined)[] = new Array<Entry[] | undefined>(BUCKETS).fill(
    undefined,
  )

  /** @throws Error for a pattern without three characters in a row: it would be tried on every text */
  constructor(patterns: readonly { readonly source: string; readonly value: number }[]) {
    const entries = patterns.map(({ source, value }) => ({
      source,
      value,
      parts: partsOf(source),
    }))
    const counts = new Map<string, number>()
    for (const { parts } of entries)
      for (const triple of triplesOf(parts)) counts.set(triple, (counts.get(triple) ?? 0) + 1)
    for (const entry of entries) {
      let rarest = ''
      for (const triple of triplesOf(entry.parts))
        if (rarest === '' || (counts.get(triple) ?? 0) < (counts.get(rarest) ?? 0)) rarest = triple
      if (rarest === '') throw new Error(`pattern too short: ${entry.source}`)
      const bucket = hash(rarest.charCodeAt(0), rarest.charCodeAt(1), rarest.charCodeAt(2))
      const others = this.#buckets[bucket]
      if (others === undefined) this.#buckets[bucket] = [entry]
      else others.push(entry)
    }
  }

  /** Calls `found` for each pattern in the text that `wanted` asks for, once. */
  search(
    text: string,
    wanted: (value: number) => boolean,
    found: (value: number, source: string) => void,
  ): void {
    const tried = new Set<Entry[]>()
    let [first, second] = [text.charCodeAt(0), text.charCodeAt(1)]
    for (let at = 2; at < text.length; at++) {
      const third = text.charCodeAt(at)
      const entries = this.#buckets[hash(first, second, third)]
      first = second
      second = third
      if (entries === undefined || tried.has(entries)) continue
      tried.add(entries)
      for (const { value, parts, source } of entries)
        if (wanted(value) && isIn(text, parts)) found(value, source)
    }
  }
}

/** Is the pattern in the text? For one pattern alone. */
export function hasPattern(text: string, source: string): boolean {
  return isIn(text, partsOf(source))
}

/** How far the next part may stand from the last; what is farther belongs to another sentence. */
const MAX_GAP = 100

function isIn(text: string, [first, ...others]: readonly Part[]): boolean {
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

function triplesOf(parts: readonly Part[]): string[] {
  return parts.flatMap(({ text }) =>
    Array.from({ length: Math.max(0, text.length - PART + 1) }, (_, at) =>
      text.slice(at, at + PART),
    ),
  )
}

function hash(first: number, second: number, third: number): number {
  return ((first << 9) ^ (second << 5) ^ third ^ (third << 3)) & (BUCKETS - 1)
}

/** A letter or a digit; beyond ASCII everything counts as a letter. NaN, past the end, does not. */
function isOfWord(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code > 0x7f
}
