/** Says quickly of an id in a text that it is none of a few: nearly all lines of a big log are not. */
export class IdFilter {
  readonly #ids: ReadonlySet<string>
  readonly #marks = new Uint8Array(SIZE)

  constructor(ids: ReadonlySet<string>) {
    this.#ids = ids
    for (const id of ids) this.#marks[hash(id, 0)] = 1
  }

  /** Is what stands between `from` and `end` one of the ids? */
  has(text: string, from: number, end: number): boolean {
    return this.mayHave(text, from) && this.#ids.has(text.slice(from, end))
  }

  /** No: none of the ids starts at `from`. */
  mayHave(text: string, from: number): boolean {
    return this.#marks[hash(text, from)] === 1
  }
}

/** Of the first characters of an id, and of no more than every id has. */
function hash(text: string, from: number): number {
  let value = 0
  for (let at = from; at < from + HASHED_CHARS; at++)
    value = (Math.imul(value, 31) + text.charCodeAt(at)) | 0
  return (value ^ (value >>> 15)) & (SIZE - 1)
}

/** A short id of Postfix has 6 at least; Exim's change in the first 6 from second to second. */
const HASHED_CHARS = 6
/** Many times the ids that are ever looked for at once. */
const SIZE = 2 ** 18
