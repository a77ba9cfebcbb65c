/**
 * Lines of Exim's logs as events: mainlog, rejectlog and paniclog, of its versions 4.7 to 4.99 and
 * of cPanel, with any `log_selector`. Ours are of the same form.
 *
 *   time [pid] id <= sender H=name (helo) [address]:port P=esmtp S=1234
 *   time [pid] H=(helo) [address] F=<sender> rejected RCPT <x@y>: why
 *   time [pid] SMTP connection from [address]:port closed by QUIT
 *
 * Never throws. What no form covers is `unknown`; see notes-*.ts for the forms of notes.
 */
import type { Continuation, Event, LogLine, MessageId, Panic, Unknown } from '../event.ts'
import { lineEnd } from '../line-end.ts'
import { messageIdEnd } from '../message-id.ts'
import { type ReadTime, readTime, UTC, type Zone } from '../zone.ts'
import { unescaped } from './escape.ts'
import { readNote } from './notes.ts'
import { readQueueAction, readRecipientAction } from './queue-actions.ts'
import { readAuthenticationFailed, readEarlyRejection, readSession } from './rejections.ts'
import { readStep } from './steps.ts'

/** Which of Exim's logs it is: by the file's name. */
export type EximLog = 'main' | 'reject' | 'panic'

/** One line of a mainlog, without its end. */
export function readLine(line: string, zone: Zone): Event | Unknown {
  return readLineAt(line, 0, line.length, zone)
}

/** Every line of a text; a last one without its end counts too. */
export function readLines(text: string, zone: Zone, each: (event: Event | Unknown) => void): void {
  for (let from = 0; from < text.length; ) {
    const end = lineEnd(text, from)
    each(readLineAt(text, from, end, zone))
    from = end + 1
  }
}

/**
 * The line of a mainlog from `from` to `end` of a text: looking into one long string is fast,
 * cutting it is not. A line without a time is unknown.
 */
function readLineAt(text: string, from: number, end: number, zone: Zone): Event | Unknown {
  readTime(text, from, zone, time)
  const { atMs } = time
  const isTime = time.end === end || (time.end < end && text.charCodeAt(time.end) === SPACE)
  if (Number.isNaN(atMs) || !isTime) return unknown(text, from, end, null)
  return readMessage(text, from, Math.min(time.end + 1, end), end, atMs, true)
}

/**
 * A line of any of Exim's logs, as a file has it. One without a time goes on with the line before:
 * the header of a rejected message, the second line of an error. It is unknown when there is no
 * line before (`afterLine` is false), unless it is empty or a row of marks between entries.
 */
export function readLogLine(
  text: string,
  from: number,
  end: number,
  zone: Zone,
  log: EximLog,
  afterLine: boolean,
): LogLine {
  const event = readLineAt(text, from, end, zone)
  if (event.type === 'unknown' && event.atMs === null)
    return afterLine || isSeparator(event.line) ? continuation(event.line) : event
  if (log !== 'panic') return withParts(event, text, from, Math.min(time.end + 1, end), end)
  return event.type === 'panic' ? event : panicLine(text, end, event)
}

/**
 * What stands after the time and program of a line of syslog, from `at` on; the line starts at
 * `from`. Exim's own time can stand there once more.
 */
export function readMessageAt(
  text: string,
  from: number,
  at: number,
  end: number,
  atMs: number,
): LogLine {
  const start = afterTime(text, at, end)
  return withParts(readMessage(text, from, start, end, atMs, true), text, from, start, end)
}

/**
 * A later part of a line that was too long for syslog goes on with the one before, whatever it looks
 * like. Which one that is, only a reader of many lines knows: {@link SyslogParts}.
 */
function withParts(
  event: Event | Unknown,
  text: string,
  from: number,
  at: number,
  end: number,
): Event | Unknown | Continuation {
  if (text.charCodeAt(at) !== BRACKET && event.type !== 'unknown') return event
  const start = afterPrefix(text, afterProcessId(text, at, end), end)
  const head = LATER_PART.exec(text.slice(start, Math.min(start + MAX_PART, end)))
  if (head === null) return event
  const part = text.slice(start + head[0].length, end)
  return {
    type: 'continuation',
    line: text.slice(from, end),
    part: { of: null, whole: null, text: part, startsLine: false },
  }
}

/** Past `host exim[1234]: ` and Exim's own time, if they are there. */
function afterPrefix(text: string, at: number, end: number): number {
  if (!text.startsWith(' exim', text.indexOf(' ', at))) return at
  const prefix = PREFIX.exec(text.slice(at, Math.min(at + MAX_PREFIX, end)))
  return prefix === null ? at : afterTime(text, at + prefix[0].length, end)
}

function readMessage(
  text: string,
  from: number,
  at: number,
  end: number,
  atMs: number,
  canBePrefixed: boolean,
): Event | Unknown {
  const start = afterProcessId(text, at, end)
  const id = readId(text, start, end)
  if (id === null) {
    const prefixed = canBePrefixed ? readPrefixed(text, from, start, end, atMs) : undefined
    return prefixed ?? readBody(text, start, end, atMs, null) ?? unknown(text, from, end, atMs)
  }
  const body = Math.min(start + id.length + 1, end)
  return (
    readStep(text, body, end, atMs, id) ??
    readQueueAction(text, body, end, atMs, id) ??
    readBody(text, body, end, atMs, id) ??
    unknown(text, from, end, atMs, id)
  )
}

const time: ReadTime = { atMs: 0, end: 0 }

/** A message's id as a word of its own. Lines of one message often stand together: the last is kept. */
function readId(text: string, at: number, end: number): MessageId | null {
  const lastEnd = at + lastId.length
  if (lastEnd <= end && text.startsWith(lastId, at) && isWordEnd(text, lastEnd, end))
    return lastId as MessageId
  const idEnd = messageIdEnd(text, at, end)
  if (idEnd < 0 || !isWordEnd(text, idEnd, end)) return null
  const id = text.slice(at, idEnd) as MessageId
  lastId = id
  return id
}

/** Never empty: that would be found everywhere. */
let lastId = '000000-000000-00'

function isWordEnd(text: string, at: number, end: number): boolean {
  return at === end || text.charCodeAt(at) === SPACE
}

/** `[1234] `, with Exim's `+pid`; `[pppp] ` in its test suite. */
function afterProcessId(text: string, at: number, end: number): number {
  if (text.charCodeAt(at) !== BRACKET) return at
  let close = at + 1
  while (close < end && isProcessChar(text.charCodeAt(close))) close++
  return close > at + 1 && text.startsWith('] ', close) && close + 2 <= end ? close + 2 : at
}

function isProcessChar(code: number): boolean {
  return (code >= ZERO && code <= NINE) || code === SPACE || code === LETTER_P
}

/** Everything that is no step: rejections, warnings, alarms, notes. */
function readBody(
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId | null,
): Event | undefined {
  // A note that would look like something else has its first character escaped.
  if (at < end && text.charCodeAt(at) !== BACKSLASH) {
    if (text.startsWith('PANIC: ', at) && at + 7 <= end)
      return panic(unescaped(text.slice(at + 7, end)), atMs, id)
    const event = text.startsWith(' authenticator failed', text.indexOf(' ', at))
      ? readAuthenticationFailed(text, at, end, atMs)
      : readClient(text, at, end, atMs, id)
    if (event !== undefined) return event
    const action = id === null ? undefined : readRecipientAction(text.slice(at, end), atMs, id)
    if (action !== undefined) return action
  }
  return readNote(text, at, end, atMs, id)
}

function readClient(
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId | null,
): Event | undefined {
  const first = text.charCodeAt(at)
  if (EARLY_START.has(first)) {
    const rejected = readEarlyRejection(text, at, end, atMs, id)
    if (rejected !== undefined) return rejected
  }
  return SESSION_START.has(first) ? readSession(text, at, end, atMs, id) : undefined
}

/**
 * `host exim[1234]: ` after the time, which a collector of logs puts there; or `[1/3] `, the first
 * part of a line that was too long for syslog, with Exim's own time after it.
 */
function readPrefixed(
  text: string,
  from: number,
  at: number,
  end: number,
  atMs: number,
): Event | Unknown | undefined {
  const isPart = text.charCodeAt(at) === BRACKET
  if (!isPart && !text.startsWith(' exim', text.indexOf(' ', at))) return undefined
  const prefix = isPart
    ? FIRST_PART.exec(text.slice(at, Math.min(at + MAX_PART, end)))
    : PREFIX.exec(text.slice(at, Math.min(at + MAX_PREFIX, end)))
  if (prefix === null) return undefined
  const start = afterTime(text, at + prefix[0].length, end)
  if (isPart) return readMessage(text, from, start, end, atMs, false)
  // A part, in the file of a collector: the first is read, the others go on with it.
  if (LATER_PART.test(text.slice(start, Math.min(start + MAX_PART, end))))
    return unknown(text, from, end, atMs)
  const part = FIRST_PART.exec(text.slice(start, Math.min(start + MAX_PART, end)))
  const body = part === null ? start : afterTime(text, start + part[0].length, end)
  return readMessage(text, from, body, end, atMs, false)
}

/** Past the time at `at`, if there is one. */
function afterTime(text: string, at: number, end: number): number {
  readTime(text, at, UTC, innerTime)
  return Number.isNaN(innerTime.atMs) || innerTime.end >= end ? at : innerTime.end + 1
}

const innerTime: ReadTime = { atMs: 0, end: 0 }
/** `[1/3] `, with a backslash for a part that ends with a newline. */
const FIRST_PART = /^\[1[/\\]\d{1,3}\] /
const LATER_PART = /^\[(?!1[/\\])\d{1,3}[/\\]\d{1,3}\] /
const MAX_PART = 16
const PREFIX = /^[\w.-]{1,255} exim[\w./-]{0,32}\[\d{1,10}\]: /
const MAX_PREFIX = 310

/** Everything in paniclog is an alarm, whatever it looks like elsewhere. */
function panicLine(text: string, end: number, event: Event | Unknown): Panic {
  const id = 'id' in event ? event.id : null
  const start = afterProcessId(text, Math.min(time.end + 1, end), end)
  const hasId = id !== null && text.startsWith(id, start)
  const body = hasId ? Math.min(start + id.length + 1, end) : start
  return panic(unescaped(text.slice(body, end)), event.atMs ?? 0, id)
}

function panic(text: string, atMs: number, id: MessageId | null): Panic {
  return { type: 'panic', atMs, id, severity: 'panic', program: null, text }
}

function unknown(
  text: string,
  from: number,
  end: number,
  atMs: number | null,
  id: MessageId | null = null,
): Unknown {
  return { type: 'unknown', atMs, id, program: null, line: text.slice(from, end) }
}

function continuation(line: string): Continuation {
  return { type: 'continuation', line }
}

/** An empty line, or one that starts with a row of marks. */
function isSeparator(line: string): boolean {
  return line === '' || /^(?:-{2}|={2}|\*{2})/.test(line)
}

const SPACE = 0x20
const ZERO = 0x30
const NINE = 0x39
const BRACKET = 0x5b
const BACKSLASH = 0x5c
const LETTER_P = 0x70
/** First letters of lines about a session: H=, I=, U=, F=, X=, A=, Ci=, Warning, rejected, temporarily. */
const SESSION_START: ReadonlySet<number> = new Set(
  [...'HIUFXACWrt'].map((letter) => letter.charCodeAt(0)),
)
/** First letters of refusals that stand before their fields. */
const EARLY_START: ReadonlySet<number> = new Set([...'rtuC'].map((letter) => letter.charCodeAt(0)))
