/** The most characters of an error that are looked at. The longest real ones have some 2,000. */
const MAX_CHARS = 8192

/**
 * An error's text in the form that patterns are compared with: lower case, one space for white space
 * of any kind, the codes of a reply's further lines taken out (RFC 5321 §4.2.1), typographic
 * apostrophes straight, and `@` for every address, for local parts and domains are full of words
 * that mean something else. A space stands at both ends. Linear time.
 */
export function normalText(text: string): string {
  const whole = text.length > MAX_CHARS ? text.slice(0, MAX_CHARS) : text
  const folded = ` ${whole} `
    .toLowerCase()
    .replaceAll('\\n', ' ')
    .replaceAll('’', "'")
    .replace(/\s+/g, ' ')
  const joined = /[45]\d\d-/.test(folded) ? folded.replace(FURTHER_LINE, ' ') : folded
  return joined.includes('@') ? withoutAddresses(joined) : joined
}

/** `550-5.7.26 ` or `550 5.7.26 ` within a reply of several lines; a lone code may go too. */
const FURTHER_LINE = / [45]\d\d[- ](?:[45]\.\d\.\d{1,3} )?/g

/** Puts `@` for each run of characters around an at sign that may stand in an address. */
function withoutAddresses(text: string): string {
  let result = ''
  let from = 0
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', from)) {
    let start = at
    while (start > from && isOfAddress(text.charCodeAt(start - 1))) start--
    let end = at + 1
    while (end < text.length && isOfAddress(text.charCodeAt(end))) end++
    result += `${text.slice(from, start)}@`
    from = end
  }
  return result + text.slice(from)
}

/** Anything but white space and what stands around addresses: `<>()[]{}"'`,:;`. */
function isOfAddress(code: number): boolean {
  if (code >= 0x61 && code <= 0x7a) return true
  return code > 0x20 && !AROUND_ADDRESS.includes(code)
}
const AROUND_ADDRESS = [...'<>()[]{}"\'`,:;'].map((char) => char.charCodeAt(0))
