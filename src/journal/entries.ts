/**
 * Whole entries of lines. A log says some things in several lines: the header under a rejection in
 * rejectlog, a reason of several lines, a line that was too long for syslog. Readers work line by
 * line; what they call a continuation is put to its event here.
 */
import type { Event, LinePart, LogLine, Rejected, Unknown } from './event.ts'
import { unescaped } from './exim/escape.ts'

/**
 * Takes lines in the order of the log and gives each event when the next one begins, and the last
 * one at {@link Entries.end}. A rejection gets the fields under it as its `headers`: `Envelope-from:
 * <…>`, `Subject: …`, each unfolded and without Exim's letter before it. A failure's `reason`, a
 * note's `text` and the like get the lines that follow, each after a space.
 */
export class Entries {
  readonly #emit: (event: Event | Unknown) => void
  #held: Event | Unknown | null = null
  /** Further lines of the held event. */
  #lines: string[] = []
  #chars = 0
  /** A row of dashes was there: what follows is of nothing. */
  #isClosed = false

  constructor(emit: (event: Event | Unknown) => void) {
    this.#emit = emit
  }

  add(line: LogLine): void {
    if (line.type !== 'continuation') {
      if (this.#held !== null) this.#give(this.#held)
      this.#held = line
    } else if (line.part !== undefined) this.#addPart(line.part)
    else this.#addLine(line.line)
  }

  /** Gives the last event. More can be added after that. */
  end(): void {
    if (this.#held !== null) this.#give(this.#held)
    this.#held = null
  }

  #addPart({ of, whole, text, startsLine }: LinePart): void {
    if (of === null || of !== this.#held) return // its first part is missing, or far away
    if (whole !== null) this.#held = whole
    else if (startsLine || this.#lines.length === 0) this.#addLine(text)
    else if (this.#hasRoom(text)) this.#lines.push(`${this.#lines.pop() ?? ''}${text}`)
  }

  #addLine(line: string): void {
    if (this.#held === null || this.#isClosed || !isContinued(this.#held)) return
    if (SEPARATOR.test(line)) this.#isClosed = true
    else if (line !== '' && this.#hasRoom(line)) this.#lines.push(line)
  }

  #hasRoom(text: string): boolean {
    this.#chars += text.length
    return this.#chars <= MAX_CHARS && this.#lines.length < MAX_LINES
  }

  #give(event: Event | Unknown): void {
    const lines = this.#lines
    if (lines.length > 0) this.#lines = []
    this.#chars = 0
    this.#isClosed = false
    this.#emit(lines.length === 0 ? event : withLines(event, lines))
  }
}

/** Is there a place in the event for further lines? */
function isContinued(event: Event | Unknown): boolean {
  return 'text' in event || 'reason' in event || 'reply' in event
}

function withLines(event: Event | Unknown, further: readonly string[]): Event | Unknown {
  if (event.type === 'rejected') return withHeaders(event, further)
  // In rejectlog a header stands under other lines too, which have no place for it.
  const header = further.findIndex((line) => HEADER.test(line))
  const lines = header < 0 ? further : further.slice(0, header)
  switch (event.type) {
    case 'failed':
    case 'deferred':
      return { ...event, reason: joined(event.reason, lines) }
    case 'authenticationFailed':
      return { ...event, reply: joined(event.reply, lines) }
    case 'note':
    case 'warning':
    case 'panic':
    case 'queueAction':
      return { ...event, text: joined(event.text, lines) }
    default:
      return event
  }
}

function withHeaders(event: Rejected, lines: readonly string[]): Rejected {
  const found = lines.findIndex((line) => FIELD.test(line))
  const first = found < 0 ? lines.length : found
  const headers: string[][] = []
  for (const line of lines.slice(first)) {
    const field = FIELD.exec(line)
    if (field === null) headers.at(-1)?.push(line.trim())
    else headers.push([line.slice(field[1]?.length ?? 0).trimEnd()])
  }
  return {
    ...event,
    reason: joined(event.reason, lines.slice(0, first)),
    headers: headers.map((parts) => unescaped(parts.join(' '))),
  }
}

function joined(text: string, lines: readonly string[]): string {
  return [text, ...lines.map((line) => unescaped(line.trim()))].filter(isFilled).join(' ')
}

function isFilled(text: string): boolean {
  return text !== ''
}

/**
 * A field begins: after Exim's letter or the blank in its place, and a space; those of the envelope
 * have neither. Other lines that are indented go on with the field before.
 */
const FIELD = /^(?:([A-Z* ] )[\w.-]{1,76}:(?!\/\/)|Envelope-(?:from|to): |Recipients: )/
/** The first field of a header, which is no text of several lines: it has a letter, or is the envelope's. */
const HEADER = /^(?:[A-Z*] [\w.-]{1,76}:(?!\/\/)|Envelope-(?:from|to): |Recipients: )/
const SEPARATOR = /^-{10,200}\s*$/
/** Exim's own buffer for one entry has 16 KiB. */
const MAX_CHARS = 65_536
const MAX_LINES = 1000
