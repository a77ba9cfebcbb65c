/**
 * Patterns that are looked for in many lines at once: a text of half a megabyte is searched as one,
 * since looking at line by line is several times slower.
 *
 * A plain pattern is any text, whatever the case of its letters. A regular expression is JavaScript's
 * and sees one line at a time; of a line of more than {@link SEEN_CHARS} characters only the first.
 */
import { messageOf } from '../../base/faults.ts'
import { withBothCases } from './both-cases.ts'
import type { LineEncoding } from '../source/ranges.ts'
import { LogFault } from '../source/unpack.ts'

/** Looks for one pattern. */
export interface Finder {
  /** A place in the first line at or after `from` that has it; `Infinity` when none has. */
  next(text: string, from: number): number
}

/** What to look for. */
export interface Pattern {
  readonly text: string
  readonly isRegex: boolean
}

/** @throws LogFault when it is no regular expression */
export function finderOf(pattern: Pattern, encoding: LineEncoding): Finder {
  if (!pattern.isRegex)
    return new TextFinder(new RegExp(literalSource(pattern.text, encoding), 'gi'))
  const regex = regexOf(pattern.text)
  return staysInLine(pattern.text) ? new LongLineFinder(regex) : new LineFinder(regex)
}

/** Must the log be read as UTF-8 for it? Else its octets are enough. */
export function needsUtf8({ text, isRegex }: Pattern): boolean {
  return isRegex && /[^\x00-\x7f]|\\[pPux]/.test(text)
}

/** Finds what was searched for in a line, to show it; null when there is nothing to show. */
export function matcherOf(patterns: readonly Pattern[]): RegExp | null {
  const regexes = patterns.map(({ text, isRegex }) =>
    isRegex ? regexOf(text) : new RegExp(literalSource(text, 'utf8'), 'i'),
  )
  const useful = regexes.filter((regex) => !regex.test(''))
  if (useful.length === 0) return null
  const has = (flag: string) => (useful.some(({ flags }) => flags.includes(flag)) ? flag : '')
  const flags = `gm${has('i')}${has('u')}`
  return new RegExp(useful.map(({ source }) => `(?:${source})`).join('|'), flags)
}

/** @throws LogFault when it is no regular expression */
export function checkPattern({ text, isRegex }: Pattern): void {
  if (isRegex) regexOf(text)
}

/** In any case, with or without the flag for it. */
function regexOf(source: string): RegExp {
  try {
    const flags = /\\[pP]\{|\\u\{/.test(source) ? 'gimu' : 'gim'
    const regex = new RegExp(source, flags)
    const expanded = withBothCases(source)
    if (/\{\d{5}/.test(source) || (expanded === null && repeatsRepeats(source)))
      throw new LogFault(
        `${JSON.stringify(source)} can take for ever on one line: write it without a repeat in a ` +
          'repeat, such as (a+)+, and without counts over 9999',
      )
    return expanded === null ? regex : new RegExp(expanded, 'gm')
  } catch (error) {
    if (error instanceof LogFault) throw error
    const why = messageOf(error).replace(/^Invalid regular expression: .*: /s, '')
    throw new LogFault(`${JSON.stringify(source)} is no regular expression: ${why}`)
  }
}

/**
 * Is a group repeated that repeats something itself? What the linear engine takes needs no such
 * caution; for the rest it is refused, though some of it would be harmless.
 */
function repeatsRepeats(source: string): boolean {
  const groups: boolean[] = []
  let inClass = false
  let closed = false
  for (let at = 0; at < source.length; at++) {
    const char = source.charAt(at)
    const isRepeat = !inClass && /[+*{]/.test(char)
    if (isRepeat && closed) return true
    if (isRepeat && groups.length > 0) groups.fill(true)
    closed = false
    if (char === '\\') at = escapeEnd(source, at)
    else if (inClass) inClass = char !== ']'
    else if (char === '[') inClass = true
    else if (char === '(') groups.push(false)
    else if (char === ')') closed = groups.pop() ?? false
  }
  return false
}

/** The last character of the escape that begins at `at`: `\d`, `\p{L}`. */
function escapeEnd(source: string, at: number): number {
  const isNamed = /[pPu]/.test(source.charAt(at + 1)) && source.charAt(at + 2) === '{'
  const close = isNamed ? source.indexOf('}', at) : -1
  return close < 0 ? at + 1 : close
}

/**
 * A text as the source of a regular expression for `gi`. In octets, a character beyond ASCII is
 * several, whose case the engine does not know: both forms are written out.
 */
function literalSource(text: string, encoding: LineEncoding): string {
  if (encoding === 'utf8') return escaped(text)
  return [...text]
    .map((char) => {
      if (char <= '\x7f') return escaped(char)
      const forms = new Set([char, char.toLowerCase(), char.toUpperCase()])
      const sources = [...forms].map((form) => octetsSource(Buffer.from(form, 'utf8')))
      return `(?-i:${sources.join('|')})`
    })
    .join('')
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

function octetsSource(octets: Buffer): string {
  return [...octets].map((octet) => `\\x${octet.toString(16).padStart(2, '0')}`).join('')
}

/**
 * Can no match of it cross a newline? Told from what can match one: then a text of many lines can be
 * searched as one. When in doubt, no.
 */
function staysInLine(source: string): boolean {
  return !/\\[sWDnrtfvxucpPk0-9]|\[\^|\(\?(?!:)|[\x00-\x1f]|\[[^\]]*\\b/.test(source)
}

/** A plain text. */
class TextFinder implements Finder {
  readonly #regex: RegExp

  constructor(regex: RegExp) {
    this.#regex = regex
  }

  next(text: string, from: number): number {
    this.#regex.lastIndex = from
    return this.#regex.exec(text)?.index ?? Number.POSITIVE_INFINITY
  }
}

/** A regular expression, line by line. */
class LineFinder implements Finder {
  readonly #regex: RegExp

  constructor(regex: RegExp) {
    this.#regex = regex
  }

  next(text: string, from: number): number {
    for (let at = from; at < text.length; ) {
      const newline = text.indexOf('\n', at)
      const end = newline < 0 ? text.length : newline
      this.#regex.lastIndex = 0
      if (this.#regex.test(text.slice(at, Math.min(end, at + SEEN_CHARS)))) return at
      at = end + 1
    }
    return Number.POSITIVE_INFINITY
  }
}

/** A regular expression that stays in a line: as one, unless there is a line that is too long. */
class LongLineFinder implements Finder {
  readonly #whole: TextFinder
  readonly #lines: LineFinder
  #text = ''
  #hasLong = false

  constructor(regex: RegExp) {
    this.#whole = new TextFinder(regex)
    this.#lines = new LineFinder(regex)
  }

  next(text: string, from: number): number {
    if (text !== this.#text) {
      this.#text = text
      this.#hasLong = hasLongLine(text)
    }
    return (this.#hasLong ? this.#lines : this.#whole).next(text, from)
  }
}

function hasLongLine(text: string): boolean {
  for (let at = 0; at + SEEN_CHARS < text.length; ) {
    const newline = text.lastIndexOf('\n', at + SEEN_CHARS)
    if (newline < at) return true
    at = newline + 1
  }
  return false
}

/** More than any line of a log has, and few enough for a regular expression that tries much. */
const SEEN_CHARS = 64 * 1024
