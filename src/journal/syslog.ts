/**
 * What stands before a message in a system log: time, host, and the program with its process id.
 *
 *   Mar  4 00:00:31 mail postfix/smtpd[123]: …         syslogd, rsyslog, journalctl
 *   2023-03-14T00:00:31.185246+01:00 mail dovecot: …   rsyslog, journalctl -o short-iso
 *   <22>1 2026-11-20T23:49:08Z mail exim 123 - - …     RFC 5424
 *   Fri 2026-11-20 23:49:08 UTC mail dovecot[1]: …     journalctl -o short-full
 *   Nov 20 23:51:18 imap-login: Info: …                no host: Dovecot's own file
 */
import { isDigit } from '../base/digits.ts'
import { readStamp, type Stamp, type SyslogClock } from './stamp.ts'

export type { SyslogClock } from './stamp.ts'

export interface SyslogHead {
  atMs: number
  /** The tag: `postfix/smtpd`. '' when there is none. The same object for the same tag. */
  program: string
  /** 0 when there is none. */
  process: number
  /** Where the message starts. */
  end: number
  /** Where the tag starts, or the message when there is no tag. */
  tagAt: number
  /** No host stood before the tag: perhaps no syslog line, but a file that Dovecot writes itself. */
  hostless: boolean
}

/** An empty one, to be read into. */
export function syslogHead(): SyslogHead {
  return { atMs: Number.NaN, program: '', process: 0, end: 0, tagAt: 0, hostless: false }
}

/** Reads the prefix of the line at `from` into `into`; false when it has no time. */
export function readSyslogHead(
  text: string,
  from: number,
  end: number,
  clock: SyslogClock,
  into: SyslogHead,
): boolean {
  let at = afterPriority(text, from, end)
  const isRfc5424 = text.charCodeAt(at) === ONE && text.charCodeAt(at + 1) === SPACE
  if (isRfc5424) at += 2
  if (!readStamp(text, at, end, clock, stamp)) return false
  into.atMs = stamp.atMs
  if (isRfc5424) readNamedParts(text, skipSpaces(text, stamp.end, end), end, into)
  else readTag(text, stamp.end, end, into)
  return true
}

const stamp: Stamp = { atMs: 0, end: 0 }

/** Reads ` host tag[pid]: ` at `from`, each part optional. */
export function readTag(text: string, from: number, end: number, into: SyslogHead): void {
  into.hostless = true
  let at = from
  let wordEnd: number
  // Nearly all lines of a log are of one host.
  if (lastHost !== '' && from + lastHost.length <= end && text.startsWith(lastHost, from)) {
    if (readKnownTag(text, from + lastHost.length, end, into)) return
    at = from + lastHost.length - 1
    wordEnd = at
  } else {
    at = skipSpaces(text, from, end)
    if (text.charCodeAt(at) === LESS) at = afterFacility(text, at, end)
    // The first word is the host, unless it ends as a tag does.
    wordEnd = scanWord(text, at, end)
    if (at === from + 1 && text.charCodeAt(wordEnd) === SPACE && wordEnd - at < MAX_TAG_CHARS)
      lastHost = text.slice(from, wordEnd + 1)
  }
  for (let words = 0; words < 2 && text.charCodeAt(wordEnd) === SPACE && wordEnd < end; words++) {
    // A second word can be `mail.info`, but no more than that.
    if (words === 1 && text.slice(at, wordEnd).indexOf('.') < 0) break
    at = skipSpaces(text, wordEnd, end)
    into.hostless = false
    wordEnd = scanWord(text, at, end)
  }
  into.tagAt = at
  into.end = at
  into.program = ''
  into.process = 0
  if (wordEnd === end || wordEnd === at || wordEnd - at > MAX_TAG_CHARS) return
  const code = text.charCodeAt(wordEnd)
  if (code === COLON) into.end = wordEnd + 1
  else if (code !== BRACKET || !readProcess(text, wordEnd + 1, end, into)) return
  into.program = interned(text, at, wordEnd)
  if (code === BRACKET) recent[recentSlot(text, at, wordEnd)] = into.program
  into.end = skipSpaces(text, into.end, end)
  if (text.startsWith('[ID ', into.end)) into.end = afterSolarisId(text, into.end, end)
}

let lastHost = ''

/** `postfix/smtpd[123]: ` with a tag that was seen before: found without looking at each letter. */
function readKnownTag(text: string, at: number, end: number, into: SyslogHead): boolean {
  const bracket = nextBracket(text, at)
  const length = bracket - at
  if (length <= 2 || length > MAX_TAG_CHARS || bracket >= end) return false
  const known = recent[recentSlot(text, at, bracket)] ?? ''
  if (known.length !== length || !text.startsWith(known, at)) return false
  if (!readProcess(text, bracket + 1, end, into)) return false
  const next = text.charCodeAt(into.end + 1)
  if (into.end >= end || text.charCodeAt(into.end) !== SPACE) return false
  if (next === SPACE || next === BRACKET) return false // more than a message follows
  into.end++
  into.program = known
  into.tagAt = at
  into.hostless = false
  return true
}

/** By a tag's length and two of its letters. */
function recentSlot(text: string, from: number, end: number): number {
  const letters = text.charCodeAt(end - 1) * 5 + text.charCodeAt(end - 2)
  return (letters + (end - from) * 11) & (RECENT - 1)
}

const RECENT = 256
const recent: string[] = new Array<string>(RECENT).fill('')

/** The bracket at or after `at`. Each character of a text is looked at once, also when there is none. */
function nextBracket(text: string, at: number): number {
  if (text !== bracketText || at < bracketFrom || bracketAt < at) {
    bracketText = text
    bracketFrom = at
    const found = text.indexOf('[', at)
    bracketAt = found < 0 ? Number.MAX_SAFE_INTEGER : found
  }
  return bracketAt
}

let bracketText = ''
let bracketFrom = 0
let bracketAt = 0

/** Where the word ends: at a space, a colon before a space, or a bracket. Leaves its hash behind. */
function scanWord(text: string, from: number, end: number): number {
  let hash = 0
  let at = from
  for (; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === SPACE || code === OPEN || code === LESS) break
    if (code === BRACKET && at > from) break
    if (code === COLON && (at + 1 === end || text.charCodeAt(at + 1) === SPACE)) break
    hash = (Math.imul(hash, 31) + code) | 0
  }
  wordHash = hash
  return at
}

let wordHash = 0

/** `123]:`. False when it is none: then the bracket belongs to the message. */
function readProcess(text: string, from: number, end: number, into: SyslogHead): boolean {
  let at = from
  let process = 0
  for (; at < end && at < from + MAX_PROCESS_CHARS; at++) {
    const code = text.charCodeAt(at)
    if (isDigit(code)) process = process * 10 + (code - ZERO)
    else if (code !== LETTER_P) break // anonymised logs have `[pppp]`
  }
  if (text.charCodeAt(at) !== CLOSE || at >= end || at === from) return false
  into.process = process
  into.end = text.charCodeAt(at + 1) === COLON ? at + 2 : at + 1
  return into.end <= end
}

/** `host app pid msgid [structured data] message`, where `-` is none (RFC 5424 §6). */
function readNamedParts(text: string, from: number, end: number, into: SyslogHead): void {
  const appAt = wordAfter(text, from, end)
  const processAt = wordAfter(text, appAt, end)
  const idAt = wordAfter(text, processAt, end)
  const dataAt = wordAfter(text, idAt, end)
  const appEnd = Math.min(Math.max(appAt, processAt - 1), appAt + MAX_TAG_CHARS)
  scanWord(text, appAt, appEnd)
  const app = interned(text, appAt, appEnd)
  into.program = app === '-' ? '' : app
  const process = Number(text.slice(processAt, Math.max(processAt, idAt - 1)))
  into.process = Number.isSafeInteger(process) && process > 0 ? process : 0
  into.hostless = false
  let at = dataAt
  if (text.charCodeAt(at) === BRACKET) at = afterStructuredData(text, at, end)
  else if (text.charCodeAt(at) === MINUS) at++
  at = skipSpaces(text, at, end)
  into.end = text.charCodeAt(at) === BYTE_ORDER_MARK ? at + 1 : at
  into.tagAt = into.end
}

/** After the next space; the end when there is none. */
function wordAfter(text: string, from: number, end: number): number {
  let at = from
  while (at < end && text.charCodeAt(at) !== SPACE) at++
  return Math.min(at + 1, end)
}

/** `[id a="x\"]"][id b="y"]` (RFC 5424 §6.3). */
function afterStructuredData(text: string, from: number, end: number): number {
  let quoted = false
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH && quoted) at++
    else if (code === QUOTE) quoted = !quoted
    else if (code === CLOSE && !quoted && text.charCodeAt(at + 1) !== BRACKET) return at + 1
  }
  return end
}

/** `<22>`, as it comes over the wire. */
function afterPriority(text: string, from: number, end: number): number {
  if (text.charCodeAt(from) !== LESS) return from
  let at = from + 1
  while (at < from + 4 && isDigit(text.charCodeAt(at))) at++
  return at > from + 1 && at < end && text.charCodeAt(at) === GREATER ? at + 1 : from
}

/** `<mail.info> `, which BSD's syslogd can add after the time. */
function afterFacility(text: string, from: number, end: number): number {
  for (let at = from + 1; at < end && at < from + MAX_FACILITY_CHARS; at++) {
    if (text.charCodeAt(at) === GREATER) return skipSpaces(text, at + 1, end)
  }
  return from
}

/** `[ID 197553 mail.info] `, which Solaris puts before each message. */
function afterSolarisId(text: string, from: number, end: number): number {
  for (let at = from; at < end && at < from + MAX_FACILITY_CHARS * 2; at++) {
    if (text.charCodeAt(at) === CLOSE) return skipSpaces(text, at + 1, end)
  }
  return from
}

/** The text with rsyslog's `#011` and `#012` as the tab and newline that they stand for. */
export function withControls(text: string): string {
  // A digit after it: more likely a number of somebody's order than a control.
  return text.replace(/#01([12])(?![0-9])/g, (_, digit: string) => (digit === '1' ? '\t' : '\n'))
}

/** One object for each tag, found by the hash that {@link scanWord} left. */
function interned(text: string, from: number, end: number): string {
  const slot = wordHash & (TAGS - 1)
  const known = tags[slot]
  if (known !== undefined && known.length === end - from && text.startsWith(known, from))
    return known
  // Copied: a slice would keep the whole text of its line in memory.
  const tag = Buffer.from(text.slice(from, end)).toString()
  tags[slot] = tag
  return tag
}

const TAGS = 1024
const tags: (string | undefined)[] = new Array(TAGS)

function skipSpaces(text: string, from: number, end: number): number {
  let at = from
  while (at < end && text.charCodeAt(at) === SPACE) at++
  return at
}

const MAX_TAG_CHARS = 64
const MAX_PROCESS_CHARS = 12
const MAX_FACILITY_CHARS = 32
const SPACE = 0x20
const QUOTE = 0x22
const OPEN = 0x28
const MINUS = 0x2d
const ZERO = 0x30
const ONE = 0x31
const COLON = 0x3a
const LESS = 0x3c
const GREATER = 0x3e
const BRACKET = 0x5b
const LETTER_P = 0x70
const BACKSLASH = 0x5c
const CLOSE = 0x5d
const BYTE_ORDER_MARK = 0xfeff
