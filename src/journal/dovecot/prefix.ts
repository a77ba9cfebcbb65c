/**
 * What stands before a message of Dovecot: the process, for whom it works, and how bad it is.
 *
 *   imap(bob)<123><9ZHq02g3J8S60fan>: Info: …    2.3 and later
 *   lmtp(123, bob): …                            2.2; session or `sieve: ` follow
 *   imap-login: …                                syslog leaves `Info: ` out
 */

/** What a message says of its gravity; `info` when it says nothing. */
export type Level = 'debug' | 'info' | 'warning' | 'error' | 'fatal' | 'panic'

export interface Prefix {
  /** `imap-login`; '' when the message starts with none. */
  readonly name: string
  readonly user: string | null
  readonly session: string | null
  /** All that stands in the brackets after the name; null when there are none. */
  readonly list: string | null
  readonly level: Level
  /** Whether the level was written. */
  readonly hasLevel: boolean
  /** Where the message starts. */
  readonly at: number
}

/**
 * Does a process of Dovecot speak at `at`? Its own log files have no program's name to know them by,
 * so its processes are listed.
 */
export function isDovecotLine(text: string, from: number, end: number): boolean {
  const level = levelAt(text, from)
  const at = level?.end ?? from // Dovecot 1.x: `Info: imap-login: …`
  const nameEnd = processNameEnd(text, at, end)
  if (nameEnd === at || nameEnd >= end) return false
  const code = text.charCodeAt(nameEnd)
  const ends =
    code === OPEN || code === LESS || (code === COLON && text.charCodeAt(nameEnd + 1) === SPACE)
  const name = text.slice(at, nameEnd)
  return ends && (PROCESSES.has(name) || (level !== null && OLD_NAMES.has(name)))
}

/** The prefix of a message; one without any has an empty name. */
export function readPrefix(message: string): Prefix {
  const first = levelAt(message, 0)
  let at = first === null ? 0 : first.end
  const nameEnd = processNameEnd(message, at, message.length)
  let name = ''
  let owner: Owner = NOBODY
  const head = nameEnd === at ? -1 : headEnd(message, nameEnd)
  if (head >= 0) {
    name = message.slice(at, nameEnd)
    name = OLD_NAMES.get(name) ?? name
    if (head > nameEnd) owner = readOwner(message, nameEnd, head)
    at = Math.min(head + 2, message.length)
  }
  at = requestEnd(message, at)
  const second = levelAt(message, at)
  if (second !== null) at = requestEnd(message, second.end)
  const level = (second ?? first)?.level
  const { list, session } = owner
  const user = list === null ? null : userOf(list)
  const hasLevel = level !== undefined
  return { name, user, session, list, level: level ?? 'info', hasLevel, at }
}

/** Past `request [12]: `, which a worker of 2.4 writes before or after the level. */
function requestEnd(message: string, at: number): number {
  if (!message.startsWith(REQUEST, at)) return at
  const end = message.indexOf(']: ', at)
  return end < 0 || end > at + MAX_REQUEST_CHARS ? at : end + 3
}

const REQUEST = 'request ['
const MAX_REQUEST_CHARS = 24

/** `(bob)<123><session>: `, after the name of a process or a database. */
export interface Owner {
  readonly list: string | null
  readonly session: string | null
}

const NOBODY: Owner = { list: null, session: null }

/** The colon that ends `(bob)<123><session>: `, which starts at `from`; -1 when there is none. */
export function headEnd(message: string, from: number): number {
  let at = from
  if (message.charCodeAt(at) === OPEN) {
    // The name of a user can hold brackets: the last one is where the prefix goes on.
    for (at = message.indexOf(')', at) + 1; at > 0; at = message.indexOf(')', at) + 1) {
      const code = message.charCodeAt(at)
      if (code === LESS || (code === COLON && isColonEnd(message, at))) break
    }
    if (at === 0) return -1
  }
  while (message.charCodeAt(at) === LESS) {
    at = message.indexOf('>', at) + 1
    if (at === 0) return -1
  }
  return isColonEnd(message, at) ? at : -1
}

function isColonEnd(message: string, at: number): boolean {
  if (message.charCodeAt(at) !== COLON) return false
  return at + 1 === message.length || message.charCodeAt(at + 1) === SPACE
}

/** What stands from `from` to the colon at `end`, which {@link headEnd} found. */
export function readOwner(message: string, from: number, end: number): Owner {
  let list: string | null = null
  let at = from
  if (message.charCodeAt(at) === OPEN) {
    const less = message.indexOf(')<', at)
    const close = less < 0 || less > end ? end - 1 : less
    list = message.slice(at + 1, close)
    at = close + 1
  }
  let session: string | null = null
  while (at < end) {
    const close = message.indexOf('>', at)
    const part = message.slice(at + 1, close)
    if (part !== '' && !isNumber(part)) session = part
    at = close + 1
  }
  return { list, session }
}

/** `123`, `123, bob`, `bob`, `bob,192.0.2.3`. */
function userOf(text: string): string | null {
  const comma = text.indexOf(', ')
  const afterProcess = comma > 0 && isNumber(text.slice(0, comma)) ? text.slice(comma + 2) : text
  const last = afterProcess.lastIndexOf(',')
  const user =
    last > 0 && isAddress(afterProcess.slice(last + 1)) ? afterProcess.slice(0, last) : afterProcess
  return user === '' || isNumber(user) ? null : user
}

/** Only digits. A user named so is taken for a process. */
function isNumber(text: string): boolean {
  return /^[0-9]{1,15}$/.test(text)
}

/** Looks like an IP address: enough where only one can stand. */
export function isAddress(text: string): boolean {
  return text.length <= 45 && /^ ?[0-9a-fA-F:.]+$/.test(text) && /[.:]/.test(text)
}

interface LevelWord {
  readonly level: Level
  readonly end: number
}

function levelAt(message: string, at: number): LevelWord | null {
  const code = message.charCodeAt(at)
  if (code < CAPITAL_D || code > CAPITAL_W) return null // most messages start with a small letter
  for (const word of LEVELS) {
    if (message.startsWith(word.text, at)) return { level: word.level, end: at + word.text.length }
  }
  return null
}

const LEVELS: readonly { readonly text: string; readonly level: Level }[] = [
  { text: 'Info: ', level: 'info' },
  { text: 'Debug: ', level: 'debug' },
  { text: 'Warning: ', level: 'warning' },
  { text: 'Error: ', level: 'error' },
  { text: 'Fatal: ', level: 'fatal' },
  { text: 'Panic: ', level: 'panic' },
]

function processNameEnd(text: string, from: number, end: number): number {
  let at = from
  while (at < end && at < from + MAX_NAME_CHARS && isNameChar(text.charCodeAt(at))) at++
  return at
}

/** Letters, digits, `-`, `_`, `/`. */
function isNameChar(code: number): boolean {
  const letter = code | 0x20
  return (
    (letter >= 0x61 && letter <= 0x7a) ||
    (code >= 0x2f && code <= 0x39) ||
    code === 0x2d ||
    code === 0x5f
  )
}

const MAX_NAME_CHARS = 40

/** The services of Dovecot 2.0 to 2.4 and Pigeonhole, and its tools; `jmap` is ours. */
const PROCESSES: ReadonlySet<string> = new Set([
  ...['imap-login', 'pop3-login', 'submission-login', 'managesieve-login', 'sieve-login'],
  ...['imap', 'pop3', 'submission', 'managesieve', 'jmap', 'jmap-login', 'lmtp', 'lda', 'deliver'],
  ...['imap-urlauth', 'imap-urlauth-login', 'imap-urlauth-worker', 'imap-hibernate'],
  ...['auth', 'auth-worker', 'dovecot-auth', 'master', 'dovecot', 'log', 'config', 'anvil'],
  ...['stats', 'old-stats', 'ssl-params', 'ssl-build-param', 'indexer', 'indexer-worker'],
  ...['dict', 'dict-async', 'dict-expire', 'dns-client', 'dns_client', 'director', 'ipc'],
  ...['replicator', 'aggregator', 'doveadm', 'doveadm-server', 'doveconf', 'quota-status'],
  ...['dsync', 'dsync-local', 'dsync-server', 'dsync-remote', 'quota-warning', 'health-check'],
  ...['script', 'script-login', 'tcpwrap', 'welcome', 'login', 'login-proxy', 'lmtp-login'],
  ...['checkpassword-reply', 'sieve-test', 'sievec', 'sieve-filter', 'master/anvil', 'pam_unix'],
  ...['sieve-extprograms', 'decode2text', 'rawlog', 'fts', 'fs-server', 'maildirlock'],
])

/** What Dovecot 1.x called its processes. */
const OLD_NAMES: ReadonlyMap<string, string> = new Map([
  ['IMAP', 'imap'],
  ['POP3', 'pop3'],
  ['MANAGESIEVE', 'managesieve'],
])

const CAPITAL_D = 0x44
const CAPITAL_W = 0x57
const SPACE = 0x20
const OPEN = 0x28
const COLON = 0x3a
const LESS = 0x3c
