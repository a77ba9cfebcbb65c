/**
 * The end of a session in which mail was read or sent, with what was done in it:
 *
 *   imap:   Disconnected: Logged out in=74 out=1824 deleted=0 expunged=0 trashed=0 hdr_count=0 …
 *   pop3:   Disconnected: Logged out top=0/0, retr=1/3386, del=1/9, size=44645
 *   sieve:  Disconnected: Logged out bytes=50/848
 */
import { isDigit } from '../../base/digits.ts'
import type { LoggedIn, LoginService } from '../event.ts'
import type { Prefix } from './prefix.ts'

/** Null when the message is not about the end of a session. */
export function readSessionEnd(
  service: LoginService,
  prefix: Prefix,
  atMs: number,
  message: string,
): LoggedIn | null {
  const countsAt = countsStart(message)
  if (countsAt < 0 && !ENDINGS.some((start) => message.startsWith(start))) return null
  const words = countsAt < 0 ? message : message.slice(0, countsAt - 1)
  return {
    type: 'loggedOut',
    atMs,
    service,
    login: prefix.user,
    mechanism: null,
    remoteAddress: null,
    localAddress: null,
    tls: false,
    session: prefix.session,
    attempts: null,
    counts: countsAt < 0 ? null : readCounts(message.slice(countsAt)),
    reason: words.startsWith('Disconnected: ') ? words.slice(14) : words,
  }
}

const ENDINGS = [
  'Disconnected',
  'Logged out',
  'Connection closed',
  'Server shutting down',
  'Too many invalid',
] as const

/** The first count; they stand last. -1 when there is none. */
function countsStart(message: string): number {
  for (const first of FIRST_COUNTS) {
    const at = message.lastIndexOf(first)
    if (at >= 0 && isCount(message, at + first.length)) return at + 1
  }
  return -1
}

/** Digits, and what can follow a count: `95%` is none. */
function isCount(message: string, at: number): boolean {
  readNumber(message, at)
  return (
    numberEnd > at && (numberEnd === message.length || COUNT_ENDS.has(message.charAt(numberEnd)))
  )
}

const COUNT_ENDS: ReadonlySet<string> = new Set(' ,/')

const FIRST_COUNTS = [' in=', ' top=', ' bytes=', ' retr='] as const

/** `a=1 b=2`, `a=1, b=2`; of `1/3386` the second number is named by {@link SECOND}. */
function readCounts(list: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  let at = 0
  for (let count = 0; count < MAX_COUNTS && at < list.length; count++) {
    const equals = list.indexOf('=', at)
    // No name starts with a line: `__proto__` is none.
    if (equals < 0 || !isLetter(list.charCodeAt(at))) break
    const name = list.slice(at, equals)
    const first = readNumber(list, equals + 1)
    if (list.charCodeAt(numberEnd) === SLASH) {
      const [firstName, secondName] = SECOND.get(name) ?? [name, `${name}_bytes`]
      counts[firstName] = first
      counts[secondName] = readNumber(list, numberEnd + 1)
    } else if (numberEnd > equals + 1) counts[name] = first
    const space = list.indexOf(' ', numberEnd)
    at = space < 0 ? list.length : space + 1
  }
  return counts
}

/** The digits at `at`, and leaves behind where they end. Seventeen and more are not counted. */
function readNumber(text: string, at: number): number {
  let number = 0
  let end = at
  while (end < at + MAX_DIGITS && isDigit(text.charCodeAt(end)))
    number = number * 10 + (text.charCodeAt(end++) - 0x30)
  numberEnd = end
  return number
}

let numberEnd = 0

/** Deleted of how many; octets in and out. */
const SECOND: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['del', ['del', 'messages']],
  ['bytes', ['in', 'out']],
])
const MAX_COUNTS = 32
const MAX_DIGITS = 16
const SLASH = 0x2f

function isLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a
}
