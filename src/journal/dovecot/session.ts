/**
 * The end of a session in which mail was read or sent, with what was done in it:
 *
 *   imap:   Disconnected: Logged out in=74 out=1824 deleted=0 expunged=0 trashed=0 hdr_count=0 …
 *   pop3:   Disconnected: Logged out top=0/0, retr=1/3386, del=1/9, size=44645
 *   sieve:  Disconnected: Logged out bytes=50/848
 */
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
    if (at >= 0 && isDigit(message.charCodeAt(at + first.length))) return at + 1
  }
  return -1
}

const FIRST_COUNTS = [' in=', ' top=', ' bytes=', ' retr='] as const

/** `a=1 b=2`, `a=1, b=2`; of `1/3386` the second number is named by {@link SECOND}. */
function readCounts(list: string): Readonly<Record<string, number>> {
  const counts: [string, number][] = []
  for (const item of list.split(' ', MAX_COUNTS)) {
    const equals = item.indexOf('=')
    const [, first, second] =
      /^([0-9]{1,15})(?:\/([0-9]{1,15}))?,?$/.exec(item.slice(equals + 1)) ?? []
    if (equals <= 0 || first === undefined) continue
    const name = item.slice(0, equals)
    if (second === undefined) counts.push([name, Number(first)])
    else {
      const [firstName, secondName] = SECOND.get(name) ?? [name, `${name}_bytes`]
      counts.push([firstName, Number(first)], [secondName, Number(second)])
    }
  }
  return Object.fromEntries(counts)
}

/** Deleted of how many; octets in and out. */
const SECOND: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['del', ['del', 'messages']],
  ['bytes', ['in', 'out']],
])
const MAX_COUNTS = 32

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
