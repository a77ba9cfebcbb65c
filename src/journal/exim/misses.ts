/**
 * Where a character was looked for beyond the end of a line, and where it was found: so that the
 * lines of one long text, each without it, are not searched to the end of the text each.
 */
interface Miss {
  text: string
  from: number
  at: number
}

export type Mark = '"' | '>' | ')' | ']' | ' '

/** One for each character. */
export const MISSES: Readonly<Record<Mark, Miss>> = {
  '"': { text: '', from: 1, at: 0 },
  '>': { text: '', from: 1, at: 0 },
  ')': { text: '', from: 1, at: 0 },
  ']': { text: '', from: 1, at: 0 },
  ' ': { text: '', from: 1, at: 0 },
}
