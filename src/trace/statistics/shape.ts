/**
 * The shape of an error text: what stays the same when another message meets the same error. Addresses,
 * ids, host names, IP addresses and numbers are replaced; codes, and the name of a blocklist, stay.
 */

/**
 * At most 240 characters. Takes time linear in them, and looks at no more of the text than twice that.
 * Two texts of one shape have the same reason in all likelihood; one whole example is kept beside it.
 */
export function shapeOf(text: string): string {
  const end = Math.min(text.length, MAX_READ_CHARS)
  let shape = ''
  let at = 0
  let keepsName = false
  while (at < end && shape.length < MAX_SHAPE_CHARS) {
    const start = at
    let kinds = 0
    while (at < end) {
      const kind = kindOf(text.charCodeAt(at))
      if (kind === BREAK) break
      kinds |= kind
      at++
    }
    if (at > start) {
      const word = wordOf(text, start, at, kinds, keepsName)
      // "1 2 3", and parts of an address in brackets, become one.
      if (word !== VARIABLE || !shape.endsWith(VARIABLE)) shape += word
      keepsName = NAMES_FOLLOW.has(word)
    }
    if (at < end) shape += text.charAt(at++)
  }
  return shape.slice(0, MAX_SHAPE_CHARS)
}

function wordOf(text: string, start: number, end: number, kinds: number, keepsName: boolean) {
  // The full stop or colon that ends a sentence is not part of its last word.
  let last = end
  while (last > start && (kindOf(text.charCodeAt(last - 1)) & MARK) !== 0) last--
  const tail = text.slice(last, end)
  if ((kinds & AT) !== 0) return `@${tail}`
  const length = last - start
  if ((kinds & DIGIT) !== 0) return `${numbered(text, start, last, kinds)}${tail}`
  const isName = (kinds & MARK) !== 0 && text.slice(start, last).includes('.')
  if (isName && !keepsName && length < MAX_NAME_CHARS) return `host${tail}`
  if (length > MAX_WORD_CHARS && !keepsName) return `${VARIABLE}${tail}`
  return text.slice(start, end)
}

/** A word with digits in it: only codes stay as they are. */
function numbered(text: string, start: number, end: number, kinds: number): string {
  const length = end - start
  if (length <= MAX_CODE_CHARS) {
    const word = text.slice(start, end)
    if (SMTP_CODE.test(word) || ENHANCED.test(word)) return word
    // S3140, TSS04: a provider's own codes, in capitals.
    if ((kinds & LOWER) === 0 && (kinds & UPPER) !== 0 && (kinds & MARK) === 0) return word
  }
  if ((kinds & MARK) === 0 || (kinds & (LOWER | UPPER)) === 0) return VARIABLE
  return text.slice(start, end).includes('.') ? 'host' : VARIABLE
}

const SMTP_CODE = /^[45]\d\d$/
/** RFC 3463 §2: class, subject, detail. */
const ENHANCED = /^[245]\.\d{1,3}\.\d{1,3}$/
/** After these a host name is not just any: "blocked using zen.spamhaus.org". */
const NAMES_FOLLOW: ReadonlySet<string> = new Set(['using', 'at', 'by', 'see', 'visit'])

/** What a character is in a word. */
const BREAK = 0
const LOWER = 1
const UPPER = 2
const DIGIT = 4
const MARK = 8
const AT = 16

function kindOf(code: number): number {
  return code < 128 ? (KINDS[code] ?? BREAK) : LOWER
}

const KINDS = new Uint8Array(128)
for (let code = 0x61; code <= 0x7a; code++) KINDS[code] = LOWER
for (let code = 0x41; code <= 0x5a; code++) KINDS[code] = UPPER
for (let code = 0x30; code <= 0x39; code++) KINDS[code] = DIGIT
for (const mark of '.:!?') KINDS[mark.charCodeAt(0)] = MARK
for (const letter of '_+%&~#$*|^`') KINDS[letter.charCodeAt(0)] = LOWER
KINDS[0x40] = AT

const VARIABLE = '#'
const MAX_READ_CHARS = 480
const MAX_SHAPE_CHARS = 240
/** Longer words are ids and hashes. */
const MAX_WORD_CHARS = 24
const MAX_NAME_CHARS = 254
const MAX_CODE_CHARS = 10
