/**
 * Where each key of a TOML text stands. The parser has no positions, so this reads the text a
 * second time; it may assume that the text is valid, because the parser has already taken it.
 */

/** Line numbers, from 1, by path: `limits.smtp.soft_errors`, `listeners.0.port`. */
export function linesOf(toml: string): ReadonlyMap<string, number> {
  const reader = new LineReader(toml)
  reader.read()
  return reader.lines
}

/** The line of the path, or of the nearest table around it; undefined when it is not there. */
export function lineOf(
  lines: ReadonlyMap<string, number>,
  path: readonly string[],
): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(path.slice(0, length).join('.'))
    if (line !== undefined) return line
  }
  return undefined
}

class LineReader {
  readonly lines = new Map<string, number>()
  readonly #text: string
  #at = 0
  #line = 1
  #table: readonly string[] = []
  readonly #counts = new Map<string, number>()

  constructor(text: string) {
    this.#text = text
  }

  read(): void {
    while (this.#at < this.#text.length) {
      const char = this.#char
      if (char === '#') this.#skipLine()
      else if (char === '[') this.#header()
      else if (/\s/.test(char)) this.#step()
      else this.#keyAndValue()
    }
  }

  get #char(): string {
    return this.#text.charAt(this.#at)
  }

  #step(): void {
    if (this.#char === '\n') this.#line++
    this.#at++
  }

  #header(): void {
    const isArray = this.#text.startsWith('[[', this.#at)
    this.#at += isArray ? 2 : 1
    const path = this.#inLastTable(this.#keyPath())
    if (!isArray) this.#table = path
    else {
      const name = path.join('.')
      const index = this.#counts.get(name) ?? 0
      this.#counts.set(name, index + 1)
      this.#table = [...path, String(index)]
      this.#note(path)
    }
    this.#note(this.#table)
    this.#skipLine()
  }

  /** `[listeners.tls]` after `[[listeners]]` is in the last of them. */
  #inLastTable(path: readonly string[]): readonly string[] {
    const full: string[] = []
    for (const [index, part] of path.entries()) {
      full.push(part)
      const count = this.#counts.get(full.join('.'))
      if (count !== undefined && index < path.length - 1) full.push(String(count - 1))
    }
    return full
  }

  #keyAndValue(): void {
    const path = [...this.#table, ...this.#keyPath()]
    this.#note(path)
    this.#at++ // the equals sign
    this.#value()
  }

  /** `a.b . "c"`, up to the equals sign or bracket. */
  #keyPath(): string[] {
    const path: string[] = []
    for (;;) {
      while (/[ \t.]/.test(this.#char)) this.#at++
      if (this.#char === '"' || this.#char === "'") path.push(this.#quoted())
      else {
        const bare = /[A-Za-z0-9_-]*/y
        bare.lastIndex = this.#at
        const word = bare.exec(this.#text)?.[0] ?? ''
        if (word === '') return path
        this.#at += word.length
        path.push(word)
      }
    }
  }

  /** Up to the end of the line outside every bracket and string. */
  #value(): void {
    let depth = 0
    while (this.#at < this.#text.length) {
      const char = this.#char
      if (char === '"' || char === "'") this.#quoted()
      else if (char === '#') this.#toLineEnd()
      else if (char === '\n' && depth === 0) return
      else {
        if (char === '[' || char === '{') depth++
        if (char === ']' || char === '}') depth--
        this.#step()
      }
    }
  }

  /** Reads over a string of any of the four kinds; returns what stands between the quotes. */
  #quoted(): string {
    const quote = this.#char
    const fence = this.#text.startsWith(quote.repeat(3), this.#at) ? quote.repeat(3) : quote
    this.#at += fence.length
    const start = this.#at
    while (this.#at < this.#text.length && !this.#text.startsWith(fence, this.#at)) {
      if (quote === '"' && this.#char === '\\') this.#step()
      this.#step()
    }
    const inside = this.#text.slice(start, this.#at)
    this.#at += fence.length
    // Up to two more quotes may belong to the end of a multi-line string.
    while (fence.length === 3 && this.#char === quote) this.#at++
    return inside
  }

  #toLineEnd(): void {
    while (this.#at < this.#text.length && this.#char !== '\n') this.#at++
  }

  #skipLine(): void {
    this.#toLineEnd()
    this.#step()
  }

  #note(path: readonly string[]): void {
    const name = path.join('.')
    if (!this.lines.has(name)) this.lines.set(name, this.#line)
  }
}
