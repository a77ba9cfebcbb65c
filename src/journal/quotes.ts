/**
 * Where the quotes of a local part end (RFC 5321 §4.1.2), in which a stranger can write anything: what
 * looks like the end of the address, or like other fields of the line.
 */

/**
 * After the quotes that open at `from`, and close before a domain or the end of `<address>`. `end`
 * when nothing closes them: in a line that is cut short, what a stranger wrote goes on to its end.
 * `from` when none open, or they close elsewhere: it is no quoted local part.
 */
export function afterQuotes(text: string, from: number, end: number): number {
  if (text.charCodeAt(from) !== QUOTE) return from
  let last = from
  for (let at = from + 1; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) {
      last = at
      const next = text.charCodeAt(at + 1)
      if (next === AT || next === GREATER) return at + 1
    }
  }
  return last === from ? end : from
}

const QUOTE = 0x22
const GREATER = 0x3e
const AT = 0x40
const BACKSLASH = 0x5c
