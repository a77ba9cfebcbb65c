/** Says quickly of an id in a text that it is none of a few: nearly all lines of a big log are not. */
export class IdFilter {
  readonly #ids: ReadonlySet<string>
  readonly #marks = new Uint8Array(SIZE)

  constructor(ids: ReadonlySet<string>) {
    this.#ids = ids
    for (const id of ids) this.#marks[hash(id, 0, id.length)] = 1
  }

  /** Is what stands between `from` and `end` one of the ids? */
  has(text: string, from: number, end: number): boolean {
    return this.#marks[hash(text, from, end)] === 1 && this.#ids.has(text.slice(from, end))
  }
}

function hash(text: string, from: number, end: number): number {
  let value = 0
  for (let at = from; at < end; at++) value = (Math.imul(value, 31) + text.charCodeAt(at)) | 0
  return (value ^ (value >>> 15)) & (SIZE - 1)
}

/** Many times the ids that are ever looked for at once. */
const SIZE = 2 ** 18
