/**
 * Logins as Dovecot logs them, for authlog: fail2ban's stock dovecot filter and everything else
 * that reads Dovecot's lines works on them. The time is written as in the main log.
 *
 *   imap-login: Login: user=<jane>, method=PLAIN, rip=192.0.2.3, lip=192.0.2.1, TLS, session=<a1>
 *   imap-login: Disconnected: why (auth failed, 1 attempts): user=<jane>, method=PLAIN, rip=…
 *   imap: Disconnected: why: user=<jane>, method=PLAIN, rip=…
 */
import type { LoggedIn } from '../event.ts'
import { escapeText, escapeToken, unescaped } from '../exim/escape.ts'
import { formatTime, type Zone } from '../zone.ts'

/** One line, without its end. */
export function renderLogin(event: LoggedIn, zone: Zone): string {
  let line = `${formatTime(event.atMs, zone)} ${event.service}${HEAD[event.type]}`
  if (event.reason !== null && event.type !== 'loggedIn') line += `: ${reasonText(event.reason)}`
  if (event.type === 'loginFailed') line += FAILED
  line += ':'
  if (event.login !== null) line += ` user=<${listItem(event.login)}>,`
  if (event.mechanism) line += ` method=${listItem(event.mechanism)},`
  line += ` rip=${listItem(event.remoteAddress ?? '')}, lip=${listItem(event.localAddress ?? '')}`
  return `${line}${event.tls ? ', TLS' : ''}, session=<${listItem(event.session ?? '')}>`
}

const HEAD: { readonly [T in LoggedIn['type']]: string } = {
  noLogin: '-login: Aborted login',
  loggedIn: '-login: Login',
  loginFailed: '-login: Disconnected',
  loggedOut: ': Disconnected',
}
const SERVICES = ['imap', 'pop3', 'submission', 'jmap'] as const
const TYPES = ['noLogin', 'loggedIn', 'loginFailed', 'loggedOut'] as const
/** One line for each attempt: fail2ban counts lines. */
const FAILED = ' (auth failed, 1 attempts)'

/** What follows the time in a line that {@link renderLogin} wrote; undefined for any other. */
export function readOwnLogin(line: string, atMs: number): LoggedIn | undefined {
  const service = SERVICES.find((name) => line.startsWith(name))
  if (service === undefined) return undefined
  let at = service.length
  const type = TYPES.find((name) => line.startsWith(HEAD[name], at))
  if (type === undefined) return undefined
  at += HEAD[type].length
  // The list that follows has no colon before a space, so the last one is where it starts.
  const colon = line.lastIndexOf(': ')
  let end = colon
  if (type === 'loginFailed') {
    if (!line.endsWith(FAILED, colon)) return undefined
    end -= FAILED.length
  }
  if (end < at) return undefined
  const reason = end === at ? null : line.startsWith(': ', at) ? line.slice(at + 2, end) : undefined
  if (reason === undefined) return undefined
  const list = readList(line.slice(colon + 2))
  if (list === undefined) return undefined
  return {
    type,
    atMs,
    service,
    ...list,
    attempts: type === 'loginFailed' ? 1 : null,
    counts: null,
    reason: reason === null ? null : unescaped(reason),
  }
}

type List = Omit<LoggedIn, 'type' | 'atMs' | 'service' | 'reason' | 'attempts' | 'counts'>

function readList(text: string): List | undefined {
  const values = new Map<string, string>()
  for (const item of text.split(', ')) {
    const equals = item.indexOf('=')
    if (equals < 0) values.set(item, '')
    else values.set(item.slice(0, equals), unescaped(withoutBrackets(item.slice(equals + 1))))
  }
  const remoteAddress = values.get('rip')
  const localAddress = values.get('lip')
  const session = values.get('session')
  if (remoteAddress === undefined || localAddress === undefined || session === undefined)
    return undefined
  return {
    login: values.get('user') ?? null,
    mechanism: values.get('method') ?? null,
    remoteAddress,
    localAddress,
    tls: values.has('TLS'),
    session,
  }
}

function withoutBrackets(text: string): string {
  return text.startsWith('<') && text.endsWith('>') ? text.slice(1, -1) : text
}

/** No item may hold what separates items. */
function listItem(text: string): string {
  return escapeToken(text).replaceAll(',', '\\054')
}

/** Parentheses would end the reason for a filter, and `: ` for a reader. */
function reasonText(text: string): string {
  return escapeText(text).replace(/[():]/g, (char) => REASON_ESCAPES[char] ?? char)
}

const REASON_ESCAPES: Readonly<Record<string, string>> = {
  '(': '\\050',
  ')': '\\051',
  ':': '\\072',
}
