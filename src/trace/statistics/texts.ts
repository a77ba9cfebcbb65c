/**
 * Many short texts in one array. To the collector of garbage they are one object instead of one each,
 * and another thread gets them without a copy.
 */

/** UTF-16 code units of texts, one text after the other. Plain data. */
export interface Texts {
  chars: Uint16Array<ArrayBuffer>
  /** Where each text ends, which is where the next one starts. */
  ends: Uint32Array<ArrayBuffer>
  /** How many there are. */
  count: number
}

export function newTexts(): Texts {
  return { chars: new Uint16Array(FIRST_CHARS), ends: new Uint32Array(FIRST_TEXTS), count: 0 }
}

/** Adds the text that stands in `chars` from `start` to `end`. */
export function addChars(texts: Texts, chars: Uint16Array, start: number, end: number): void {
  let at = roomFor(texts, end - start)
  const into = texts.chars
  for (let from = start; from < end; from++) into[at++] = chars[from] ?? 0
  texts.ends[texts.count++] = at
}

export function addText(texts: Texts, text: string): void {
  let at = roomFor(texts, text.length)
  const into = texts.chars
  for (let from = 0; from < text.length; from++) into[at++] = text.charCodeAt(from)
  texts.ends[texts.count++] = at
}

export function textAt(texts: Texts, number: number): string {
  const start = startOf(texts, number)
  const end = endOf(texts, number)
  let text = ''
  for (let at = start; at < end; at += MAX_ARGUMENTS)
    text += charsOf(texts.chars.subarray(at, Math.min(end, at + MAX_ARGUMENTS)))
  return text
}

/** Three times as fast as `String.fromCharCode(...chars)`. */
function charsOf(chars: Uint16Array): string {
  return Reflect.apply(String.fromCharCode, null, chars)
}

export function startOf({ ends }: Texts, number: number): number {
  return number === 0 ? 0 : (ends[number - 1] ?? 0)
}

export function endOf({ ends }: Texts, number: number): number {
  return ends[number] ?? 0
}

/** How many characters all of them have. */
export function charsIn(texts: Texts): number {
  return startOf(texts, texts.count)
}

/** Below 0 when the one comes first, as `<` orders strings; 0 when they are the same. */
export function compareTexts(texts: Texts, one: number, other: number): number {
  const { chars } = texts
  let [oneAt, otherAt] = [startOf(texts, one), startOf(texts, other)]
  const [oneEnd, otherEnd] = [endOf(texts, one), endOf(texts, other)]
  while (oneAt < oneEnd && otherAt < otherEnd) {
    const order = (chars[oneAt++] ?? 0) - (chars[otherAt++] ?? 0)
    if (order !== 0) return order
  }
  return oneEnd - oneAt - (otherEnd - otherAt)
}

/** Where the next text starts; there is room for `length` characters. */
function roomFor(texts: Texts, length: number): number {
  const at = charsIn(texts)
  if (at + length > texts.chars.length) {
    const chars = new Uint16Array(Math.max(2 * texts.chars.length, at + length))
    chars.set(texts.chars)
    texts.chars = chars
  }
  if (texts.count === texts.ends.length) {
    const ends = new Uint32Array(2 * texts.ends.length)
    ends.set(texts.ends)
    texts.ends = ends
  }
  return at
}

const FIRST_TEXTS = 64
const FIRST_CHARS = 1024
/** As many arguments as a call surely takes. */
const MAX_ARGUMENTS = 1024
