/**
 * Lines that were too long for syslog. Exim writes them in parts of 870 octets, and each line of an
 * entry as a part of its own:
 *
 *   [1/3] 2026-11-20 09:00:06 1vnYk2-00000000BQ5-1EaB ** bob@x.exa
 *   [2\3] mple: 550 no      a backslash: the line ends with this part
 *   [3/3] second line of the reason
 */
import type { Event, LogLine, Unknown } from '../event.ts'
import { readMessageAt } from './read.ts'

/** Puts the parts of an entry together, if no other line is between them. */
export class SyslogParts {
  /** The first line of the entry so far; '' when none is going on. */
  #line = ''
  #of: Event | Unknown | null = null
  #atMs = 0
  #process = 0
  #number = 0
  #count = 0
  #isFirstLine = true
  #isLineEnd = false

  /** As {@link readMessageAt}; `process` is the one that wrote the line. */
  read(
    text: string,
    from: number,
    at: number,
    end: number,
    atMs: number,
    process: number,
  ): LogLine {
    if (text.charCodeAt(at) !== BRACKET || at >= end) {
      this.#of = null
      return readMessageAt(text, from, at, end, atMs)
    }
    const found = PART.exec(text.slice(at, Math.min(at + MAX_HEAD, end)))
    const line = readMessageAt(text, from, at, end, atMs)
    if (found === null) {
      this.#of = null
      return line
    }
    const [head, number, mark, count] = found
    const part = text.slice(at + head.length, end)
    if (Number(number) === 1) {
      if (line.type === 'continuation') return line
      this.#begin(part, line, atMs, process, Number(count))
      this.#isLineEnd = mark === '\\'
      return line
    }
    const isNext = Number(number) === this.#number + 1 && Number(count) === this.#count
    if (!isNext || process !== this.#process) this.#of = null
    const later = this.#later(text.slice(from, end), part)
    this.#isLineEnd = mark === '\\'
    return later
  }

  #begin(part: string, first: Event | Unknown, atMs: number, process: number, count: number): void {
    this.#line = part
    this.#of = first
    this.#atMs = atMs
    this.#process = process
    this.#number = 1
    this.#count = count
    this.#isFirstLine = true
  }

  #later(line: string, text: string): LogLine {
    const of = this.#of
    this.#number++
    // An arrival or a delivery has one line: a newline in it can only be a mistake.
    const startsLine = this.#isLineEnd && of?.type !== 'arrival' && of?.type !== 'delivered'
    if (startsLine) this.#isFirstLine = false
    let whole: Event | Unknown | null = null
    if (of !== null && this.#isFirstLine && this.#line.length + text.length <= MAX_LINE) {
      this.#line += text
      const read = readMessageAt(this.#line, 0, 0, this.#line.length, this.#atMs)
      if (read.type !== 'continuation') whole = read
    }
    if (whole !== null) this.#of = whole
    return { type: 'continuation', line, part: { of, whole, text, startsLine } }
  }
}

const PART = /^\[(\d{1,3})([/\\])(\d{1,3})\] /
const MAX_HEAD = 16
/** Exim's own buffer for one entry. */
const MAX_LINE = 16_384
const BRACKET = 0x5b
