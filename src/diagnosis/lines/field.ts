/** What the parts of a line are called, and what they mean. */

export interface Field {
  /** As the server's documentation calls it. */
  readonly name: string
  /** As it stands in the line; empty for a word that is its own meaning. */
  readonly value: string
  readonly meaning: string
}

/** One meaning for every kind of line, or one for each, and another for the rest. */
type Meaning<Kind extends string> =
  | string
  | ({ readonly other: string } & { readonly [K in Kind]?: string })

/**
 * `NAME=value` fields after one another, each name with its meaning, until the words of the line.
 * Takes time linear in the line.
 */
export class KeyedFields<Kind extends string> {
  readonly #meanings: ReadonlyMap<string, Meaning<Kind>>

  constructor(meanings: Readonly<Record<string, Meaning<Kind>>>) {
    this.#meanings = new Map(Object.entries(meanings))
  }

  /** Fields from `at` on; what is left is one field `text`. */
  read(line: string, at: number, kind: Kind): readonly Field[] {
    const fields: Field[] = []
    for (let next = at; next < line.length; ) {
      const found = this.#one(line, next, kind)
      if (found === undefined) {
        const end = this.#wordsEnd(line, next, kind)
        fields.push({ name: 'text', value: line.slice(next, end).trimEnd(), meaning: WORDS })
        next = end
        continue
      }
      fields.push(found.field)
      next = found.end
    }
    return fields
  }

  /** Fields can stand behind words, too: `… in SMTP connection from x D=1s C=EHLO,QUIT`. */
  #wordsEnd(line: string, at: number, kind: Kind): number {
    AFTER_WORDS.lastIndex = at + 1
    for (let found = AFTER_WORDS.exec(line); found !== null; found = AFTER_WORDS.exec(line))
      if (this.#meaning(found[1] ?? '', kind) !== undefined) return found.index + 1
    return line.length
  }

  #one(line: string, at: number, kind: Kind): { field: Field; end: number } | undefined {
    FIELD.lastIndex = at
    const [all = '', name = '', value = ''] = FIELD.exec(line) ?? []
    if (name === '') return this.#word(line, at, kind)
    const meaning = this.#meaning(name, kind) ?? NOT_LISTED
    if (name !== 'H') return { field: { name, value, meaning }, end: at + all.length }
    HOST.lastIndex = at + 2
    const host = HOST.exec(line)?.[0] ?? value
    const field = { name, value: host.trim().replace(/:$/, ''), meaning }
    return { field, end: at + 2 + host.length }
  }

  /** `from <jane@example.com>`, `for bob@example.net …`, `K`. */
  #word(line: string, at: number, kind: Kind): { field: Field; end: number } | undefined {
    const space = line.indexOf(' ', at)
    const end = space < 0 ? line.length : space
    const name = line.slice(at, end)
    // `L*`, `L-`: the same field with a mark.
    const meaning = this.#meaning(name, kind) ?? this.#meaning(name.replace(/[*.-]$/, ''), kind)
    if (meaning === undefined) return undefined
    if (name === 'for')
      return { field: { name, value: line.slice(end + 1), meaning }, end: line.length }
    if (name !== 'from') return { field: { name, value: '', meaning }, end: end + 1 }
    const close = line.indexOf('>', end)
    if (close < 0) return undefined
    return { field: { name, value: line.slice(end + 1, close + 1), meaning }, end: close + 2 }
  }

  #meaning(name: string, kind: Kind): string | undefined {
    const meaning = this.#meanings.get(name)
    if (meaning === undefined || typeof meaning === 'string') return meaning
    const own: string | undefined = meaning[kind]
    return own ?? meaning.other
  }
}

const WORDS = 'the rest, in words'
const AFTER_WORDS = / (D|C|X|CV|H|I|F|DT|QT)=/g
const NOT_LISTED = 'a field that the specification’s list does not have'

/** A name, and a value in quotes or up to the next space; the colon before an error's words is no part of it. */
const FIELD = /([A-Za-z0-9_]{1,12})=("(?:[^"\\]|\\.)*"|[^ "]*?(?=:? |:?$))(?: : |: | |$|:$)/y
/** `name (helo) [address]:port`, each part optional. */
const HOST =
  /(?:[^\s([]\S{0,255} )?(?:\([^()]{0,512}\) )?(?:\[[^\]\s]{1,64}\](?::\d{1,5})?\*?)?:?(?: |$)/y
