/**
 * Dovecot's login processes: who came in, who did not, and why. A line is its words, and then what
 * `login_log_format_elements` lists:
 *
 *   Login: user=<bob>, method=PLAIN, rip=192.0.2.3, lip=192.0.2.1, mpid=12, TLS, session=<a1>
 *   Disconnected: Inactivity (auth failed, 2 attempts in 9 secs): user=<bob>, method=PLAIN, …
 *   Login aborted: Connection closed (no auth attempts in 0 secs) (no_auth_attempts): user=<>, …
 */
import type { LoggedIn, LoginService } from '../event.ts'

/** Null when the message is not about one login. */
export function readLoginLine(
  service: LoginService,
  atMs: number,
  message: string,
): LoggedIn | null {
  const listAt = listStart(message)
  if (listAt < 0) return null
  const words = message.slice(0, listAt - 2)
  if (words.startsWith(CLIENT_NAMED)) return null
  const type = typeOf(words)
  const list = readElements(message.slice(listAt))
  return {
    type,
    atMs,
    service,
    login: list.login,
    mechanism: list.mechanism,
    remoteAddress: list.remoteAddress,
    localAddress: list.localAddress,
    tls: list.tls,
    session: list.session,
    attempts: type === 'loginFailed' ? attemptsOf(words) : null,
    counts: null,
    reason: type === 'loggedIn' ? null : withTlsError(reasonOf(words), list.tlsError),
  }
}

/** IMAP's ID command, before or after a login. */
const CLIENT_NAMED = 'ID sent'

/** Where the list starts, whichever element is first; -1 when there is none. */
function listStart(message: string): number {
  for (const first of FIRST_ELEMENTS) {
    const at = message.indexOf(first)
    if (at >= 0) return at + 2
  }
  return -1
}

const FIRST_ELEMENTS = [': user=<', ': rip=', ': method=', ': session=<', ': user='] as const

function typeOf(words: string): LoggedIn['type'] {
  if (words === 'Login' || words === 'Logged in') return 'loggedIn'
  if (words.startsWith('proxy(') || words.startsWith('proxy:')) {
    if (words.includes('tarted proxying')) return 'loggedIn' // a capital from 2.4 on
    if (words.includes('disconnect')) return 'loggedOut'
  } else if (words.startsWith('started proxying')) return 'loggedIn'
  return FAILURES.some((part) => words.includes(part)) ? 'loginFailed' : 'noLogin'
}

/** Somebody tried, and the answer was no: in the words of 2.2 and 2.3, and the codes of 2.4. */
const FAILURES: readonly string[] = [
  'auth failed',
  'tried to use disallowed',
  'tried to use disabled',
  'tried to use unsupported',
  'authorization failed',
  '(user disabled)',
  '(password expired)',
  '(auth_failed)',
  '(authorization_failed)',
  '(cleartext_auth_disabled)',
  '(user_disabled)',
  '(pass_expired)',
  '(proxy_dest_auth_failed)',
]

/** `(auth failed, 2 attempts in 9 secs)` */
function attemptsOf(words: string): number | null {
  const at = words.lastIndexOf('auth failed, ')
  if (at < 0) return null
  const attempts = Number.parseInt(words.slice(at + 13, at + 22), 10)
  return Number.isNaN(attempts) ? null : attempts
}

/** The words without the one that only says that it ended. */
function reasonOf(words: string): string | null {
  for (const start of ENDED) {
    if (!words.startsWith(start)) continue
    const rest = words.slice(start.length)
    if (rest.startsWith(': ')) return rest.slice(2)
    if (rest === '') return null
    if (rest.startsWith(' (')) return rest.endsWith(')') ? rest.slice(2, -1) : rest.slice(1)
  }
  return words
}

const ENDED = ['Disconnected', 'Login aborted', 'Aborted login'] as const

function withTlsError(reason: string | null, error: string | null): string | null {
  if (error === null || reason === null) return reason ?? error
  return `${reason}, ${error}`
}

interface Elements {
  login: string | null
  mechanism: string | null
  remoteAddress: string | null
  localAddress: string | null
  tls: boolean
  session: string | null
  /** `TLS handshaking: SSL_accept() failed: error:14094416:…`, as 2.2 says it here. */
  tlsError: string | null
}

function readElements(list: string): Elements {
  const elements: Elements = {
    login: null,
    mechanism: null,
    remoteAddress: null,
    localAddress: null,
    tls: false,
    session: null,
    tlsError: null,
  }
  let at = 0
  if (list.startsWith('user=<')) {
    const close = userEnd(list)
    elements.login = list.slice(6, close) || null
    at = close + 3
  }
  while (at < list.length) {
    if (list.startsWith('TLS', at) && TLS_ERROR.test(list.slice(at, at + MAX_TLS_WORDS))) {
      // OpenSSL's words can hold commas. Only the protocol and the session can follow them.
      const end = firstAt(list, at, [', TLSv', ', session=<'])
      const error = list.slice(at, end)
      if (error.includes('failed')) elements.tlsError = error
      elements.tls = !list.startsWith('TLS handshaking', at)
      at = end + 2
      continue
    }
    const comma = list.indexOf(', ', at)
    const end = comma < 0 ? list.length : comma
    readElement(list.slice(at, end), elements)
    at = end + 2
  }
  return elements
}

function firstAt(list: string, from: number, starts: readonly string[]): number {
  const found = starts.map((start) => list.indexOf(start, from)).filter((at) => at >= 0)
  return Math.min(list.length, ...found)
}

/** `TLS: SSL_read() failed: …`, `TLS handshaking: Connection closed`. */
const TLS_ERROR = /^TLS(?: handshaking)?: ./
const MAX_TLS_WORDS = 24

function readElement(item: string, into: Elements): void {
  const value = item.slice(item.indexOf('=') + 1)
  if (item.startsWith('rip=')) into.remoteAddress = value || null
  else if (item.startsWith('lip=')) into.localAddress = value || null
  else if (item.startsWith('method=')) into.mechanism = value || null
  else if (item.startsWith('session=<')) into.session = value.slice(1, -1) || null
  else if (item.startsWith('user=')) into.login = value || null
  else if (item.startsWith('TLS') && !item.startsWith('TLS handshaking')) into.tls = true
}

/**
 * The bracket that ends the user. Who logs in chooses the name, and could write `>, rip=…` in it:
 * so it is the last bracket before the last `rip=`, if nothing but the method is between.
 */
function userEnd(list: string): number {
  const first = list.indexOf('>')
  const rip = list.lastIndexOf(', rip=')
  if (rip > first) {
    const last = list.lastIndexOf('>', rip)
    const between = list.slice(last + 1, rip)
    const plain = between === '' || (between.startsWith(', method=') && !between.includes(' ', 2))
    if (plain) return last
  }
  return first < 0 ? list.length : first
}
