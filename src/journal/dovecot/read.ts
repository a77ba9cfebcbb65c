/**
 * Lines of Dovecot 2.2 to 2.4, of the system log and of its own files, as events. Also authlog,
 * which we write in Dovecot's form.
 */
import type {
  Event,
  Filed,
  Host,
  LoggedIn,
  LoginService,
  Note,
  NoteTopic,
  Unknown,
} from '../event.ts'
import { loginFailedOf, readAuth } from './auth.ts'
import { readOwnLogin } from './dovecot.ts'
import { readFiled } from './filed.ts'
import { readLoginLine } from './login.ts'
import { debugTopicOf, topicOf } from './notes.ts'
import { type Prefix, readPrefix } from './prefix.ts'
import { readSessionEnd } from './session.ts'

/** What stood before the message. */
export interface DovecotLine {
  readonly atMs: number
  /** It stands in a file of Dovecot's or ours, and not in a system log. */
  readonly ownFile: boolean
}

/** Keeps which addresses deliver by LMTP, to tell a look-up for them from an attempt to log in. */
export class DovecotReader {
  readonly #lmtpPeers = new Set<string>()

  /** The message from `from` to `end` of a text, in the line that starts at `lineStart`. Never throws. */
  read(
    line: DovecotLine,
    text: string,
    from: number,
    end: number,
    lineStart: number,
  ): Event | Unknown {
    const message = text.slice(from, end)
    const event = message.startsWith(REPEATED)
      ? this.#readRepeated(line, message)
      : this.#readMessage(line, message)
    if (event !== null) return event
    const { atMs } = line
    return { type: 'unknown', atMs, id: null, program: null, line: text.slice(lineStart, end) }
  }

  /** rsyslog: `message repeated 2 times: [ …]`. Of failed attempts the number is kept. */
  #readRepeated(line: DovecotLine, message: string): Event | null {
    const open = message.indexOf(' times: [ ')
    const times = Number(message.slice(REPEATED.length, Math.max(0, open)))
    if (!Number.isSafeInteger(times) || times < 1 || times > MAX_TIMES) return null
    const end = message.endsWith(']') ? -1 : message.length
    const event = this.#readMessage(line, message.slice(open + 10, end))
    if (event?.type !== 'loginFailed' || event.attempts === null) return event
    return { ...event, attempts: event.attempts * times }
  }

  #readMessage(line: DovecotLine, message: string): Event | null {
    const prefix = readPrefix(message)
    if (line.ownFile && !prefix.hasLevel) {
      const login = readOwnLogin(message, line.atMs)
      if (login !== undefined) return login
    }
    const body = prefix.at === 0 ? message : message.slice(prefix.at)
    return this.#readBody(prefix, line.atMs, body)
  }

  #readBody(prefix: Prefix, atMs: number, body: string): Event | null {
    const { name, level } = prefix
    if (level === 'debug') return note(prefix, atMs, debugTopicOf(name), body, null)
    if (name.endsWith('-login')) {
      const service = SERVICES.get(name.slice(0, -'-login'.length))
      const login = service === undefined ? null : readLoginLine(service, atMs, body)
      if (login !== null && !isAlarm(prefix, login)) return login
    } else if (DELIVERERS.has(name) || body.includes('msgid=')) {
      const filed = readFiled(prefix, atMs, body)
      if (filed !== null) return filed
    } else if (AUTHENTICATORS.has(name)) {
      const answer = this.#readAuth(prefix, atMs, body)
      if (answer !== null) return answer
    }
    const alarm = alarmOf(prefix, atMs, body)
    if (alarm !== null) return alarm
    const service = SESSIONS.has(name) ? SERVICES.get(name) : undefined
    const session = service === undefined ? null : readSessionEnd(service, prefix, atMs, body)
    return session ?? this.#readNote(prefix, atMs, body)
  }

  #readAuth(prefix: Prefix, atMs: number, body: string): Event | null {
    const answer = readAuth(prefix, body)
    if (answer === null || !answer.failed) return null
    const { user, address, session, text } = answer
    const peer = address === null || this.#lmtpPeers.has(address)
    // Whoever logs in has a session; a recipient that is looked up for LMTP has none.
    if (session === null && peer && text.includes('unknown user'))
      return unknownRecipient(user, atMs, text)
    return loginFailedOf(answer, atMs)
  }

  #readNote(prefix: Prefix, atMs: number, body: string): Note | null {
    const topic = topicOf(prefix.name, body)
    if (topic === null) return null
    const host = topic === 'connected' || topic === 'disconnected' ? peerOf(body) : null
    if (topic === 'connected' && prefix.name === 'lmtp' && host?.address)
      this.#addPeer(host.address)
    return note(prefix, atMs, topic, body, host)
  }

  #addPeer(address: string): void {
    if (this.#lmtpPeers.size >= MAX_PEERS) this.#lmtpPeers.clear()
    this.#lmtpPeers.add(address)
  }
}

function note(
  prefix: Prefix,
  atMs: number,
  topic: NoteTopic,
  text: string,
  host: Host | null,
): Note {
  return { type: 'note', atMs, id: null, topic, host, program: programOf(prefix), text }
}

/** A fault of the server, which only names whom it met: not what a client did. */
function isAlarm({ level }: Prefix, login: LoggedIn): boolean {
  return level !== 'info' && (login.type === 'noLogin' || login.type === 'loggedOut')
}

/** By the level; null for `info`, and for what is no alarm though it is written as one. */
function alarmOf(prefix: Prefix, atMs: number, text: string): Event | null {
  const { level } = prefix
  const program = programOf(prefix)
  switch (level) {
    case 'debug':
    case 'info':
      return null
    case 'warning':
      if (text.startsWith('Killed with signal') || text.startsWith('SIGHUP received')) return null
      return { type: 'warning', atMs, id: null, host: null, local: null, program, text }
    case 'error':
    case 'fatal':
    case 'panic':
      return { type: 'panic', atMs, id: null, severity: level, program, text }
  }
  return level satisfies never
}

function programOf({ name }: Prefix): string {
  return name === '' || name === 'dovecot' ? 'dovecot' : `dovecot/${name}`
}

/** Somebody sent mail over LMTP to nobody that Dovecot knows. */
function unknownRecipient(user: string | null, atMs: number, reason: string): Filed {
  return {
    type: 'filed',
    atMs,
    action: 'failed',
    login: user,
    messageIdHeader: null,
    from: null,
    subject: null,
    sizeOctets: null,
    mailbox: null,
    to: user,
    session: null,
    reason,
  }
}

/** `Connect from 192.0.2.3`, `Disconnect from local: Logged out (state=READY)`. */
function peerOf(body: string): Host | null {
  const from = body.indexOf(' from ')
  if (from < 0) return null
  const rest = body.slice(from + 6)
  const colon = rest.indexOf(': ')
  const peer = colon < 0 ? rest : rest.slice(0, colon)
  if (peer === 'local' || !/^[0-9a-fA-F:.]{2,45}$/.test(peer)) return null
  return { name: null, helo: null, address: peer, port: null }
}

const SERVICES: ReadonlyMap<string, LoginService> = new Map([
  ['imap', 'imap'],
  ['imap-urlauth', 'imap'],
  ['imap-hibernate', 'imap'],
  ['pop3', 'pop3'],
  ['submission', 'submission'],
  ['managesieve', 'sieve'],
  ['sieve', 'sieve'],
  ['jmap', 'jmap'],
  ['lmtp', 'lmtp'],
])
/** Whose sessions end with a line. */
const SESSIONS: ReadonlySet<string> = new Set([
  ...['imap', 'imap-hibernate', 'pop3', 'submission', 'managesieve'],
])
const DELIVERERS: ReadonlySet<string> = new Set(['lmtp', 'lda', 'deliver'])
const AUTHENTICATORS: ReadonlySet<string> = new Set([
  ...['auth', 'auth-worker', 'dovecot-auth', 'pam_unix'],
])
const MAX_PEERS = 1000
const REPEATED = 'message repeated '
const MAX_TIMES = 1_000_000
