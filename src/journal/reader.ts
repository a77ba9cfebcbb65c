/**
 * Reads the log of any server: looks at how a line starts, and hands it to the reader of the
 * program that wrote it. Works line by line, so that a mail.log of several programs is read whole.
 */
import { isDovecotLine } from './dovecot/prefix.ts'
import { DovecotReader } from './dovecot/read.ts'
import { type ContainerHead, readContainerHead } from './container.ts'
import type { LogLine, Unknown } from './event.ts'
import { SyslogParts } from './exim/parts.ts'
import { readLogLine } from './exim/read.ts'
import { type JsonLine, readJsonLine } from './journald.ts'
import { lineEnd } from './line-end.ts'
import { messageIdEnd } from './message-id.ts'
import { otherProgram } from './other-program.ts'
import { isPostfixProgram } from './postfix/program.ts'
import { PostfixReader } from './postfix/read.ts'
import { readSyslogHead, readTag, type SyslogHead, syslogHead, withControls } from './syslog.ts'
import { type ReadTime, readTime, UTC, type Zone } from './zone.ts'

/** Our own log is read as Exim's (mainlog, rejectlog, paniclog) and Dovecot's (authlog). */
export type LogFormat = 'exim' | 'postfix' | 'dovecot'

export interface ReaderOptions {
  /** `auto` decides for each line; a named one makes every line of the others unknown. */
  readonly format: LogFormat | 'auto'
  /** Of times that do not say theirs. */
  readonly zone: Zone
  /** No line is later: the file's last change or now, and a day. Gives syslog's times their year. */
  readonly latestMs: number
  /** Which of Exim's logs it is, from the file's name. */
  readonly log: 'main' | 'reject' | 'panic'
}

export interface LogReader {
  /**
   * The line from `from` to `end` of a text, without its newline; a carriage return at its end is
   * cut. Lines are to come in their order. Never throws.
   */
  read(text: string, from: number, end: number): LogLine
}

export function logReader(options: ReaderOptions): LogReader {
  return new Reader(options)
}

/** The server that wrote most of the lines of a sample; null when no line is of a known one. */
export function detectFormat(sample: string): LogFormat | null {
  const options = { zone: UTC, latestMs: FAR_FUTURE_MS, log: 'main' } as const
  const reader = new Reader({ ...options, format: 'auto' })
  const counts = { exim: 0, postfix: 0, dovecot: 0 }
  for (let from = 0; from < sample.length; ) {
    const end = lineEnd(sample, from)
    const { type } = reader.read(sample, from, end)
    const known = type !== 'unknown' && type !== 'continuation'
    if (known && reader.server !== null) counts[reader.server]++
    from = end + 1
  }
  let best: LogFormat | null = null
  for (const format of ['exim', 'postfix', 'dovecot'] as const) {
    if (counts[format] > (best === null ? 0 : counts[best])) best = format
  }
  return best
}

class Reader implements LogReader {
  /** Whose the last line with a time was; null when no server's. */
  server: LogFormat | null = null

  readonly #options: ReaderOptions
  readonly #head: SyslogHead = syslogHead()
  readonly #time: ReadTime = { atMs: 0, end: 0 }
  readonly #dovecot = new DovecotReader()
  readonly #postfix = new PostfixReader()
  readonly #parts = new SyslogParts()
  readonly #container: ContainerHead = { at: 0, atMs: 0 }
  #isInContainer = false
  readonly #servers = new Map<string, LogFormat | null>()
  readonly #others = new Map<string, string | null>()
  /** The text that was last searched for `#01`, and where the next one is. */
  #searched = ''
  #searchedFrom = 0
  #controlAt = -1

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  read(text: string, from: number, end: number): LogLine {
    const last = end > from && text.charCodeAt(end - 1) === RETURN ? end - 1 : end
    return this.#line(text, from, last)
  }

  #line(text: string, from: number, end: number): LogLine {
    const first = text.charCodeAt(from)
    if (first === BRACE && from < end) return this.#json(text, from, end)
    if (text.charCodeAt(from + 10) === SPACE && text.charCodeAt(from + 4) === MINUS)
      return this.#ownFile(text, from, end)
    const head = this.#head
    if (from >= end || !readSyslogHead(text, from, end, this.#options, head))
      return this.#unstamped(text, from, end)
    return this.#dispatch(text, from, end)
  }

  /** `YYYY-MM-DD HH:MM:SS `: Exim's, or Dovecot's with such a `log_timestamp`. */
  #ownFile(text: string, from: number, end: number): LogLine {
    const { format, zone } = this.#options
    // An Exim message id: most lines of the log that is most often in this form.
    if (looksLikeExim(text, from) && (format === 'auto' || format === 'exim')) {
      const { server } = this
      const line = this.#readExim(text, from, end)
      if (line.type !== 'unknown' || line.id !== null) return line
      this.server = server
    }
    readTime(text, from, zone, this.#time)
    const { atMs, end: timeEnd } = this.#time
    if (Number.isNaN(atMs) || timeEnd > end) return this.#unstamped(text, from, end)
    const at = Math.min(timeEnd + 1, end)
    const isExim = text.charCodeAt(at + 6) === MINUS && messageIdEnd(text, at, end) > 0
    if (format !== 'exim' && !isExim) {
      const head = this.#head
      head.atMs = atMs
      if (format === 'dovecot' || (format === 'auto' && isDovecotLine(text, at, end))) {
        const isAmongExim = this.server === 'exim'
        const line = this.#readDovecot(text, from, at, end, true)
        if (line.type !== 'unknown' || !isAmongExim) return line
      }
      readTag(text, at, end, head)
      const server = this.#serverOf(head.program)
      if (server === 'postfix' || server === 'dovecot') return this.#dispatch(text, from, end)
    }
    // Two spaces: s6-log's time, and another line behind it.
    if (text.charCodeAt(timeEnd + 1) === SPACE) {
      const inner = this.#ofContainer(text, from, end)
      if (inner !== null) return inner
    }
    if (format === 'postfix' || format === 'dovecot') return this.#unknown(text, from, end, atMs)
    return this.#readExim(text, from, end)
  }

  /** By the program's name, which the head holds. */
  #dispatch(text: string, from: number, end: number): LogLine {
    const head = this.#head
    if (head.hostless && this.#isDovecotFile(text, end))
      return this.#readDovecot(text, from, head.tagAt, end, true)
    if (this.#hasControl(text, head.end, end)) {
      const prefix = text.slice(from, head.end)
      const line = prefix + withControls(text.slice(head.end, end))
      const result = this.#byProgram(line, 0, line.length, -from)
      return result.type === 'unknown' ? { ...result, line: text.slice(from, end) } : result
    }
    return this.#byProgram(text, from, end, 0)
  }

  /** `moved`: by how much the message stands elsewhere than the head says. */
  #byProgram(text: string, from: number, end: number, moved: number): LogLine {
    const head = this.#head
    const server = this.#serverOf(head.program)
    const { format } = this.#options
    const at = head.end + moved
    if (server !== null && (format === 'auto' || format === server)) {
      if (server === 'postfix') {
        this.server = 'postfix'
        return this.#postfix.read(head, text, at, end, from)
      }
      if (server === 'dovecot') return this.#readDovecot(text, from, at, end, false)
      this.server = 'exim'
      return this.#parts.read(text, from, at, end, head.atMs, head.process)
    }
    if (head.program === '') {
      const inner = this.#ofContainer(text, from, end)
      if (inner !== null) return inner
    }
    return this.#unknown(text, from, end, head.atMs, server === null ? head.program : null)
  }

  /** No host: `dovecot: ` is a tag then, and any other process writes Dovecot's own file. */
  #isDovecotFile(text: string, end: number): boolean {
    const { format } = this.#options
    const { program, process, tagAt } = this.#head
    if (format !== 'auto' && format !== 'dovecot') return false
    return program !== 'dovecot' && process === 0 && isDovecotLine(text, tagAt, end)
  }

  #readDovecot(text: string, from: number, at: number, end: number, ownFile: boolean): LogLine {
    this.server = 'dovecot'
    return this.#dovecot.read({ atMs: this.#head.atMs, ownFile }, text, at, end, from)
  }

  #readExim(text: string, from: number, end: number): LogLine {
    const { zone, log } = this.#options
    const afterLine = this.server === 'exim'
    this.server = 'exim'
    return readLogLine(text, from, end, zone, log, afterLine)
  }

  #json(text: string, from: number, end: number): LogLine {
    const line = text.slice(from, end)
    const json = readJsonLine(line)
    if (json === null) return this.#unstamped(text, from, end)
    const result = this.#readJson(json)
    return result.type === 'unknown' ? { ...result, atMs: result.atMs ?? json.atMs, line } : result
  }

  #readJson({ atMs, program, process, message }: JsonLine): LogLine {
    const head = this.#head
    const end = message.length
    if (program === '') {
      // A whole line, with a time of its own or without.
      const isJson = message.charCodeAt(0) === BRACE
      const result = isJson ? this.#unknown(message, 0, end, atMs) : this.#line(message, 0, end)
      if (result.type !== 'unknown' || result.atMs !== null || atMs === null) return result
      readTag(message, 0, end, head)
      head.atMs = atMs
      return this.#dispatch(message, 0, end)
    }
    if (atMs === null) return this.#unknown(message, 0, end, null)
    Object.assign(head, { atMs, program, process, end: 0, tagAt: 0, hostless: false })
    return this.#byProgram(message, 0, end, 0)
  }

  /** Goes on with the line before, or is nothing at all. */
  #unstamped(text: string, from: number, end: number): LogLine {
    const inner = this.#ofContainer(text, from, end)
    if (inner !== null) return inner
    const { format, zone, log } = this.#options
    const { server } = this
    const isExim = server === 'exim' || server === null
    if (isExim && (format === 'auto' || format === 'exim'))
      return readLogLine(text, from, end, zone, log, server === 'exim')
    const first = text.charCodeAt(from)
    const indented = from >= end || first === SPACE || first === TAB
    const line = text.slice(from, end)
    if (server !== null && indented) return { type: 'continuation', line }
    return { type: 'unknown', atMs: null, id: null, program: null, line }
  }

  /** The line behind what a container's tool put before it; null when it put nothing there. */
  #ofContainer(text: string, from: number, end: number): LogLine | null {
    const container = this.#container
    if (this.#isInContainer || !readContainerHead(text, from, end, this.#options, container))
      return null
    const { at, atMs } = container
    this.#isInContainer = true
    const line = this.#line(text, at, end)
    this.#isInContainer = false
    if (line.type === 'continuation') return line
    // The container's clock can be of another zone than this one's.
    const known = Number.isNaN(atMs) ? line : { ...line, atMs }
    return known.type === 'unknown' ? { ...known, line: text.slice(from, end) } : known
  }

  /** @param tag  of a program that is no mail server of ours; null: it is not about that */
  #unknown(
    text: string,
    from: number,
    end: number,
    atMs: number | null,
    tag: string | null = null,
  ): Unknown {
    this.server = null
    const program = tag === null ? null : this.#otherProgram(tag)
    return { type: 'unknown', atMs, id: null, program, line: text.slice(from, end) }
  }

  #otherProgram(tag: string): string | null {
    const known = this.#others.get(tag)
    if (known !== undefined) return known
    if (this.#others.size >= MAX_PROGRAMS) this.#others.clear()
    const program = otherProgram(tag)
    this.#others.set(tag, program)
    return program
  }

  #serverOf(program: string): LogFormat | null {
    const known = this.#servers.get(program)
    if (known !== undefined) return known
    if (this.#servers.size >= MAX_PROGRAMS) this.#servers.clear()
    const server = serverOf(program)
    this.#servers.set(program, server)
    return server
  }

  /** Is there a `#01` in the message? Each character of a text is looked at once. */
  #hasControl(text: string, from: number, end: number): boolean {
    if (text !== this.#searched || from < this.#searchedFrom || this.#controlAt < from) {
      this.#searched = text
      this.#searchedFrom = from
      const found = text.indexOf('#01', from)
      this.#controlAt = found < 0 ? Number.POSITIVE_INFINITY : found
    }
    return this.#controlAt < end
  }
}

/** Does what has the form of a message id stand after a time? Its characters are not looked at. */
function looksLikeExim(text: string, from: number): boolean {
  return (
    text.charCodeAt(from + 26) === MINUS &&
    ((text.charCodeAt(from + 38) === MINUS && text.charCodeAt(from + 43) === SPACE) ||
      (text.charCodeAt(from + 33) === MINUS && text.charCodeAt(from + 36) === SPACE))
  )
}

/** By the tag of a syslog line; null for a program that is no mail server. */
function serverOf(program: string): LogFormat | null {
  if (program === '') return null
  if (program.startsWith('exim')) return 'exim'
  // PAM writes its lines about Dovecot under a name of its own.
  if (program.startsWith('dovecot') || program === 'auth') return 'dovecot'
  return isPostfixProgram(program) ? 'postfix' : null
}

const MAX_PROGRAMS = 1000
/** The year 9999: without a file's time, the latest year that fits is as good as any. */
const FAR_FUTURE_MS = 253_402_300_799_999
const TAB = 0x09
const RETURN = 0x0d
const SPACE = 0x20
const MINUS = 0x2d
const BRACE = 0x7b
