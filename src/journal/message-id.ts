/**
 * Exim's message ids, as of its version 4.97: seconds, process and fraction of the second in base 62,
 * 6-11-4 characters. They sort by time, and their time can be read back.
 */
import type { MessageId } from './event.ts'

/**
 * Makes ids that differ from all others of this generator, even when the clock stands still or
 * goes back, and from those of every generator with another process part.
 *
 * @param nowMs        wall time; fractions of a millisecond are not needed
 * @param processPart  a whole number below 2^53. A process id is not enough: the first process of
 *   a container always has the same. Take {@link processPart} of random octets at each start.
 */
export function messageIds(nowMs: () => number, processPart: number): () => MessageId {
  if (!Number.isSafeInteger(processPart) || processPart < 0)
    throw new RangeError(`process part ${processPart}`)
  const middle = `-${base62(processPart, PROCESS_CHARS)}-`
  let last = 0
  let second = Number.NaN
  let prefix = ''
  return () => {
    last = Math.max(Math.floor(nowMs()) * 1000, last + 1) // microseconds
    const wholeSeconds = Math.floor(last / 1_000_000)
    if (wholeSeconds !== second) {
      second = wholeSeconds
      prefix = base62(second, TIME_CHARS) + middle
    }
    return (prefix + base62(last - second * 1_000_000, FRACTION_CHARS)) as MessageId
  }
}

/** A process part from six random octets. */
export function processPart(random: Uint8Array): number {
  return random.subarray(0, 6).reduce((number, octet) => number * 256 + octet, 0)
}

/** When the message came, milliseconds. The older, short form has whole seconds only. */
export function idTimeMs(id: MessageId): number {
  const second = fromBase62(id.slice(0, TIME_CHARS))
  const fraction = id.length === NEW_LENGTH ? fromBase62(id.slice(-FRACTION_CHARS)) : 0
  return second * 1000 + Math.floor(fraction / 1000)
}

/** Is this a message id, of the new or the older (6-6-2) form? */
export function isMessageId(text: string): text is MessageId {
  return messageIdEnd(text, 0, text.length) === text.length
}

/**
 * Where the id that starts at `at` ends, or -1 when none does. For readers of lines: what follows
 * must not be part of a longer word. `limit` is the end of the line.
 */
export function messageIdEnd(text: string, at: number, limit: number): number {
  const first = at + TIME_CHARS
  if (text.charCodeAt(first) !== HYPHEN) return -1
  const isNew = text.charCodeAt(first + 1 + PROCESS_CHARS) === HYPHEN
  const second = first + 1 + (isNew ? PROCESS_CHARS : OLD_PROCESS_CHARS)
  if (!isNew && text.charCodeAt(second) !== HYPHEN) return -1
  const end = second + 1 + (isNew ? FRACTION_CHARS : OLD_FRACTION_CHARS)
  if (end > limit || (end < limit && isDigit62(text.charCodeAt(end)))) return -1
  const areDigits =
    areDigits62(text, at, first) &&
    areDigits62(text, first + 1, second) &&
    areDigits62(text, second + 1, end)
  return areDigits ? end : -1
}

function areDigits62(text: string, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (!isDigit62(text.charCodeAt(at))) return false
  return true
}

function base62(value: number, width: number): string {
  let text = ''
  let rest = value
  for (let digit = 0; digit < width; digit++) {
    text = DIGITS.charAt(rest % 62) + text
    rest = Math.floor(rest / 62)
  }
  return text
}

function fromBase62(text: string): number {
  let value = 0
  for (let at = 0; at < text.length; at++) value = value * 62 + DIGITS.indexOf(text.charAt(at))
  return value
}

function isDigit62(code: number): boolean {
  return IS_DIGIT[code] === 1
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const IS_DIGIT = new Uint8Array(128)
for (const digit of DIGITS) IS_DIGIT[digit.charCodeAt(0)] = 1
const TIME_CHARS = 6
const PROCESS_CHARS = 11
const FRACTION_CHARS = 4
const NEW_LENGTH = TIME_CHARS + 1 + PROCESS_CHARS + 1 + FRACTION_CHARS
/** Of the older form, `6-6-2`. */
const OLD_PROCESS_CHARS = 6
const OLD_FRACTION_CHARS = 2
const HYPHEN = 0x2d
