/**
 * The start of a log line, for those who must look at every line of a big log: is it about a
 * message, which one, when? Makes no event of it, and cuts nothing out of the text.
 */
import { type ContainerHead, readContainerHead } from '../../journal/container.ts'
import { messageIdEnd } from '../../journal/message-id.ts'
import { queueIdEnd } from '../../journal/postfix/queue-id.ts'
import { type LogReader, logReader, type ReaderOptions } from '../../journal/reader.ts'
import { readSyslogHead, readTag, type SyslogHead, syslogHead } from '../../journal/syslog.ts'
import { type ReadTime, readTime } from '../../journal/zone.ts'

/** A line that goes on with the one before it; one about no message; one about a message. */
export type LineKind = typeof CONTINUATION | typeof LOOSE | typeof OF_MESSAGE
export const CONTINUATION = 0
export const LOOSE = 1
export const OF_MESSAGE = 2

/** Reads one line after the other; what it found stands in its fields until the next. */
export class LineHeads {
  /** The id, when the line is about a message. */
  idAt = 0
  idEnd = 0
  /** What follows the id and the space (and Postfix' colon) after it. */
  bodyAt = 0
  /** The time of a line that has one; only when times were asked for, and else NaN. */
  atMs = Number.NaN

  readonly #options: ReaderOptions
  readonly #withTimes: boolean
  readonly #json: LogReader
  readonly #head: SyslogHead = syslogHead()
  readonly #container: ContainerHead = { at: 0, atMs: 0 }
  #isInContainer = false
  readonly #time: ReadTime = { atMs: 0, end: 0 }

  constructor(options: ReaderOptions, withTimes: boolean) {
    this.#options = options
    this.#withTimes = withTimes
    this.#json = logReader(options)
  }

  read(text: string, from: number, end: number): LineKind {
    const kind = this.#read(text, from, end)
    return kind === CONTINUATION ? this.#ofContainer(text, from, end, CONTINUATION) : kind
  }

  /** The line behind what a container's tool put before it; `otherwise` when there is nothing. */
  #ofContainer(text: string, from: number, end: number, otherwise: LineKind): LineKind {
    const container = this.#container
    if (this.#isInContainer || !readContainerHead(text, from, end, this.#options, container))
      return otherwise
    const { at, atMs } = container
    this.#isInContainer = true
    const kind = this.#read(text, at, end)
    this.#isInContainer = false
    if (!Number.isNaN(atMs)) this.atMs = atMs
    return kind
  }

  #read(text: string, from: number, end: number): LineKind {
    if (text.charCodeAt(from + 4) === MINUS && text.charCodeAt(from + 10) === SPACE)
      return this.#ownFile(text, from, end)
    const first = text.charCodeAt(from)
    if (first === BRACE) return this.#readJson(text, from, end)
    if (!this.#withTimes) {
      const kind = this.#syslog(text, from, end)
      if (kind !== null) return kind
    }
    // Header lines in a rejectlog start with letters, too.
    if (first > NINE && !NAMES.has(text.slice(from, from + 3)) && first !== LESS && first !== AT)
      return CONTINUATION
    if (from >= end || !readSyslogHead(text, from, end, this.#options, this.#head))
      return CONTINUATION
    this.atMs = this.#head.atMs
    if (this.#head.program === '') {
      const kind = this.#ofContainer(text, from, end, CONTINUATION)
      if (kind !== CONTINUATION) return kind
    }
    return this.#afterTag(text, end)
  }

  /**
   * `Mar  4 00:00:31 mail postfix/qmgr[123]: ` and `2023-03-14T00:00:31.185246+01:00 mail …`, as
   * nearly all lines are; null for others.
   */
  #syslog(text: string, from: number, end: number): LineKind | null {
    let host: number
    if (text.charCodeAt(from + 15) === SPACE && text.charCodeAt(from + 12) === COLON) {
      if (text.charCodeAt(from + 3) !== SPACE || text.charCodeAt(from + 9) !== COLON) return null
      host = from + 16
    } else if (text.charCodeAt(from + 10) === LETTER_T && text.charCodeAt(from + 13) === COLON)
      host = afterSpace(text, from + 19, end)
    else return null
    const tag = afterSpace(text, host, end)
    const first = text.charCodeAt(tag)
    let at = tag
    // Looking at each of a few characters is faster than searching.
    for (let code = first; code !== COLON && code !== SPACE; code = text.charCodeAt(++at))
      if (at >= end) return null
    if (text.charCodeAt(at + 1) !== SPACE || at + 2 > end) return null
    at += 2
    if (first === LETTER_E || first === LESS || text.charCodeAt(at) === BRACKET) return null
    return this.#postfixId(text, at, end)
  }

  /** `YYYY-MM-DD HH:MM:SS `: Exim's main log, and others with such times. */
  #ownFile(text: string, from: number, end: number): LineKind {
    if (text.charCodeAt(from + 19) === SPACE && this.#eximId(text, from + 20, end)) {
      if (this.#withTimes) this.#readTime(text, from)
      return OF_MESSAGE
    }
    const timeEnd = this.#readTime(text, from)
    if (timeEnd < 0 || timeEnd > end) return CONTINUATION
    if (this.#eximId(text, afterProcess(text, timeEnd + 1), end)) return OF_MESSAGE
    // Two spaces: s6-log's time, and another line behind it.
    if (text.charCodeAt(timeEnd + 1) === SPACE) {
      const kind = this.#ofContainer(text, from, end, CONTINUATION)
      if (kind !== CONTINUATION) return kind
    }
    readTag(text, timeEnd, end, this.#head)
    return this.#head.program === '' ? LOOSE : this.#afterTag(text, end)
  }

  /** Where the time ends; -1 when there is none. */
  #readTime(text: string, from: number): number {
    readTime(text, from, this.#options.zone, this.#time)
    this.atMs = this.#time.atMs
    return Number.isNaN(this.atMs) ? -1 : this.#time.end
  }

  #afterTag(text: string, end: number): LineKind {
    const { program, end: at } = this.#head
    if (program.startsWith('exim')) {
      const { atMs } = this
      // Exim can write its own time after syslog's.
      const timeEnd = text.charCodeAt(at + 4) === MINUS ? this.#readTime(text, at) : -1
      this.atMs = atMs
      const idAt = afterProcess(text, timeEnd < 0 ? at : timeEnd + 1)
      return this.#eximId(text, idAt, end) ? OF_MESSAGE : LOOSE
    }
    return this.#postfixId(text, at, end)
  }

  /** Postfix' lines, and those of milters that name its id as it does. */
  #postfixId(text: string, at: number, end: number): LineKind {
    const idEnd = queueIdEnd(text, at, end)
    if (idEnd < 0 || text.charCodeAt(idEnd) !== COLON || idEnd >= end) return LOOSE
    return this.#found(at, idEnd, Math.min(idEnd + 2, end))
  }

  #eximId(text: string, at: number, end: number): boolean {
    const idEnd = messageIdEnd(text, at, end)
    if (idEnd < 0 || (idEnd < end && text.charCodeAt(idEnd) !== SPACE)) return false
    this.#found(at, idEnd, Math.min(idEnd + 1, end))
    return true
  }

  #found(at: number, idEnd: number, bodyAt: number): LineKind {
    this.idAt = at
    this.idEnd = idEnd
    this.bodyAt = bodyAt
    return OF_MESSAGE
  }

  /** journald's. */
  #readJson(text: string, from: number, end: number): LineKind {
    const line = this.#json.read(text, from, end)
    if (line.type === 'continuation') return LOOSE
    this.atMs = line.atMs ?? Number.NaN
    const id = 'id' in line ? line.id : null
    const at = id === null ? -1 : text.indexOf(id, from)
    if (id === null || at < 0 || at + id.length > end) return LOOSE
    const idEnd = at + id.length
    return this.#found(at, idEnd, Math.min(end, idEnd + (text.charCodeAt(idEnd) === COLON ? 2 : 1)))
  }
}

/**
 * Where the id of a message would be in a line of Exim's main log that says nothing before it but the
 * time; -1 when it is another line. For a first look, before the line is read.
 */
export function likelyIdAt(text: string, from: number): number {
  return text.charCodeAt(from + 26) === MINUS &&
    text.charCodeAt(from + 19) === SPACE &&
    text.charCodeAt(from + 10) === SPACE &&
    text.charCodeAt(from + 4) === MINUS
    ? from + 20
    : -1
}

/**
 * Is this line the last one of its message? Exim's `Completed`, Postfix' `removed`, and Exim's
 * rejections of a message that never arrived.
 */
export function isLastLine(
  text: string,
  bodyAt: number,
  end: number,
  hasArrived: boolean,
): boolean {
  const first = text.charCodeAt(bodyAt)
  if (first === LETTER_C) return text.startsWith('Completed', bodyAt)
  if (first === LETTER_R && text.startsWith('re', bodyAt))
    return text.startsWith('removed', bodyAt)
      ? bodyAt + 7 === end
      : text.startsWith('rejected', bodyAt)
  if (hasArrived || first !== LETTER_H) return false
  // Of this line only: a search of the text would go on to its end, for each of its lines.
  return text.slice(bodyAt, end).includes(' rejected ')
}

/** Is this the first line of a message of Postfix? Each has one, from smtpd or pickup. */
export function isPostfixArrival(text: string, bodyAt: number): boolean {
  return text.startsWith('client=', bodyAt) || text.startsWith('uid=', bodyAt)
}

/** Is this Exim's line of arrival? */
export function isArrival(text: string, bodyAt: number): boolean {
  return text.charCodeAt(bodyAt + 1) === EQUALS && text.charCodeAt(bodyAt + 2) === SPACE
}

function afterSpace(text: string, from: number, end: number): number {
  let at = from
  while (at < end && text.charCodeAt(at) !== SPACE) at++
  return at + 1
}

/** `[1234] `, with Exim's `+pid`. */
function afterProcess(text: string, at: number): number {
  if (text.charCodeAt(at) !== BRACKET) return at
  let end = at + 1
  while (text.charCodeAt(end) >= ZERO && text.charCodeAt(end) <= NINE) end++
  return text.startsWith('] ', end) ? end + 2 : at
}

/** What a syslog line that starts with a letter starts with. */
const NAMES: ReadonlySet<string> = new Set([
  ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
  ...['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
])
const SPACE = 0x20
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const LESS = 0x3c
const EQUALS = 0x3d
const AT = 0x40
const LETTER_C = 0x43
const LETTER_H = 0x48
const LETTER_T = 0x54
const LETTER_E = 0x65
const LETTER_R = 0x72
const BRACKET = 0x5b
const BRACE = 0x7b
