/**
 * A regular expression for small and capital letters alike without the flag `i`: with that flag, V8
 * cannot change to its engine that takes linear time when a pattern tries too much.
 */

/** Null when the source has what only the flag can do: letters beyond ASCII or by number, references. */
export function withBothCases(source: string): string | null {
  if (/[^\x00-\x7f]|\\[xupPck1-9]/.test(source)) return null
  let result = ''
  for (let at = 0; at < source.length; ) {
    const end = partEnd(source, at)
    const part = source.slice(at, end)
    if (part.startsWith('[')) result += classOf(part)
    else result += LETTER.test(part) ? `[${bothCases(part)}]` : part
    at = end
  }
  return result
}

/** Where the part that starts at `at` ends: an escape, a class, the start of a group, one character. */
function partEnd(source: string, at: number): number {
  const char = source[at]
  if (char === '\\') return Math.min(at + 2, source.length)
  if (char === '[') return classEnd(source, at)
  // A group's name, or its flags: nothing that is matched.
  const group = char === '(' ? GROUP.exec(source.slice(at, at + MAX_GROUP_CHARS)) : null
  return at + (group?.[0].length ?? 1)
}

function classEnd(source: string, at: number): number {
  let end = at + 1
  while (end < source.length && source[end] !== ']') end += source[end] === '\\' ? 2 : 1
  return Math.min(end + 1, source.length)
}

/** A class with the other case of each of its letters and ranges. */
function classOf(part: string): string {
  let result = ''
  for (let at = 1; at < part.length - 1; ) {
    const end = part[at] === '\\' ? at + 2 : at + 1
    const isRange = part[end] === '-' && end + 1 < part.length - 1 && end === at + 1
    if (isRange && part[end + 1] !== '\\') {
      const range = part.slice(at, end + 2)
      result += range + otherCase(range)
      at = end + 2
    } else {
      const one = part.slice(at, end)
      result += LETTER.test(one) ? bothCases(one) : one
      at = end
    }
  }
  const open = part.startsWith('[^') ? '[^' : '['
  return `${open}${result.slice(open.length - 1)}]`
}

/** What a range like `0-f` has of letters, in the other case. */
function otherCase(range: string): string {
  const low = range.charCodeAt(0)
  const high = range.charCodeAt(2)
  return overlap(low, high, 'A', 'Z') + overlap(low, high, 'a', 'z')
}

function overlap(low: number, high: number, first: string, last: string): string {
  const from = Math.max(low, first.charCodeAt(0))
  const to = Math.min(high, last.charCodeAt(0))
  if (from > to) return ''
  const swap = (code: number) => String.fromCharCode(code ^ 0x20)
  return `${swap(from)}-${swap(to)}`
}

function bothCases(letter: string): string {
  return letter.toLowerCase() + letter.toUpperCase()
}

const LETTER = /^[A-Za-z]$/
const GROUP = /^\(\?(?:<[A-Za-z_$][\w$]*>|[ims-]{1,8}:)/
const MAX_GROUP_CHARS = 200
