/**
 * What a client was refused, and what only made us suspicious: `rejected`, `Warning:`,
 * `authenticator failed`.
 */
import {
  type AuthenticationFailed,
  type Event,
  type Host,
  type MessageId,
  type Note,
  REJECT_PHASES,
  type Rejected,
  type RejectPhase,
  type Warning,
} from '../event.ts'
import { afterQuotes } from '../quotes.ts'
import { agreed, isAddress, laterReadings } from './agreed.ts'
import { unescaped } from './escape.ts'
import { Fields } from './fields.ts'
import { readFieldNote } from './notes.ts'

/** A line that starts with fields: `H=… rejected RCPT <x>: why`, `H=… Warning: text`. */
export function readSession(
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId | null,
): Event | undefined {
  const fields = new Fields(text, at, end, 'session')
  fields.readAll()
  let event = readRefusal(fields, text, end, atMs, id)
  const isRead = event !== undefined && isAddress(fields.host)
  if (hasHelo(fields))
    for (const later of laterReadings(text, at, end, 'session', isRead)) {
      const { host, fields: others } = later
      others.host = host
      const other = readRefusal(others, text, end, atMs, id)
      if (other === undefined) continue
      // HELO was cut at a bracket of its own.
      const isCut = event?.host != null && !isAddress(event.host)
      if (event === undefined || isCut) event = other
      else if (event.type === 'rejected' && other.type === 'rejected' && isAlike(event, other))
        event = agreed(event, other, { ...UNSAID, reason: other.reason })
      else if (event.type === 'warning' && other.type === 'warning')
        event = agreed(event, other, { host: null, local: null, text: other.text })
      else return unsure(text, at, end, atMs, id)
    }
  if (event !== undefined || fields.at === at) return event
  return readFieldNote(fields, text, at, end, atMs, id)
}

function readRefusal(
  fields: Fields,
  text: string,
  end: number,
  atMs: number,
  id: MessageId | null,
): Rejected | Warning | undefined {
  const { host, local } = fields
  if (fields.take('Warning: '))
    return { type: 'warning', atMs, id, host, local, program: null, text: fields.rest() }
  return readRejected(fields, text, end, atMs, id)
}

/** What is said in brackets before the address. */
function hasHelo({ host }: Fields): boolean {
  return host !== null && host.helo !== null
}

function isAlike(one: Rejected, other: Rejected): boolean {
  return one.phase === other.phase && one.temporary === other.temporary
}

/** It can be read as two different things: {@link laterReadings}. */
function unsure(text: string, at: number, end: number, atMs: number, id: MessageId | null): Note {
  const raw = unescaped(text.slice(at, end))
  return { type: 'note', atMs, id, topic: 'policy', host: null, program: null, text: raw }
}

const UNSAID = {
  ...{ host: null, local: null, tls: null, authenticator: null, login: null },
  ...{ from: undefined, subject: null },
} as const

/** A refusal whose fields come after it: `rejected MAIL FROM:<x> H=…: message too big`. */
export function readEarlyRejection(
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId | null,
): Rejected | undefined {
  const rule = EARLY.find(({ start }) => text.startsWith(start, at) && at + start.length <= end)
  if (rule === undefined) return readHeloMismatch(text, at, end, atMs, id)
  const fields = new Fields(text, at + rule.start.length, end, 'failure')
  let path: string | null = null
  if (rule.path !== null) {
    if (fields.code !== LESS) return undefined
    path = fields.enclosed('>')
  }
  let host: Host | null = null
  if (!fields.has('H=') && !fields.has('U=')) host = fields.readHost()
  if (!fields.ended) fields.readAll()
  if (rule.after !== '' && !fields.take(rule.after)) return undefined
  const { local, tls, authenticator, login } = fields
  const isFrom = rule.path === 'from'
  return {
    type: 'rejected',
    atMs,
    id,
    host: host?.address == null ? fields.host : host,
    local,
    tls,
    authenticator,
    login,
    from: isFrom ? path || null : fields.from,
    temporary: rule.temporary,
    phase: rule.phase,
    subject: path === null || isFrom ? null : `<${path}>`,
    reason: rule.reason ?? fields.rest(),
    headers: NONE,
  }
}

/** `rejected "EHLO x.example" from name (helo) [address]`: `helo_verify_hosts`. */
function readHeloMismatch(
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId | null,
): Rejected | undefined {
  const [start = '', temporarily, command = ''] =
    HELO_MISMATCH.exec(text.slice(at, Math.min(at + MAX_HELO_START, end))) ?? []
  const close = start === '' ? -1 : text.slice(0, end).indexOf('" from ', at + start.length)
  if (close < 0) return undefined
  const fields = new Fields(text, close + '" from '.length, end, 'session')
  const isField = fields.has('H=')
  const host = isField ? null : fields.readHost()
  fields.readAll()
  if (fields.at < end) return undefined
  const { local, tls, authenticator, login, from } = fields
  return {
    type: 'rejected',
    atMs,
    id,
    host: host ?? fields.host,
    local,
    tls,
    authenticator,
    login,
    from,
    temporary: temporarily !== undefined,
    phase: 'EHLO or HELO',
    subject: textBetween(text, at + start.length, close),
    // In the words that the client was told.
    reason: `${command} argument does not match calling host`,
    headers: NONE,
  }
}

const HELO_MISMATCH = /^(temporarily )?rejected "(EHLO|HELO) /
const MAX_HELO_START = 32

interface Early {
  readonly start: string
  readonly phase: RejectPhase
  readonly temporary: boolean
  /** What the path in brackets after the start is: the sender, or what was rejected. */
  readonly path: 'from' | 'subject' | null
  /** What stands after the host, before the reason. */
  readonly after: string
  /** Null when the line goes on with it. */
  readonly reason: string | null
}

const CONNECTION = { phase: 'connection', path: null, after: '', reason: null } as const
const HELO = { ...CONNECTION, phase: 'EHLO or HELO', temporary: false } as const
const MAIL = { ...CONNECTION, phase: 'MAIL', temporary: false } as const
const SENDER = { ...CONNECTION, temporary: false, path: 'from' } as const

const EARLY: readonly Early[] = [
  { ...MAIL, start: 'rejected MAIL FROM:', path: 'subject' },
  { ...MAIL, start: 'rejected MAIL from ' },
  { ...MAIL, start: 'rejected MAIL command ' },
  { ...HELO, start: 'rejected HELO from ' },
  { ...HELO, start: 'rejected EHLO from ' },
  { ...SENDER, start: 'rejected from ', phase: 'after DATA' },
  { ...CONNECTION, start: 'refused connection from ', temporary: false },
  { ...CONNECTION, start: 'temporarily refused connection from ', temporary: true },
  { ...CONNECTION, start: 'Connection from ', temporary: true, after: 'refused: ' },
  {
    ...MAIL,
    start: 'unqualified sender rejected: ',
    path: 'subject',
    reason: 'unqualified sender rejected',
  },
  {
    ...MAIL,
    start: 'unqualified recipient rejected: ',
    phase: 'RCPT',
    path: 'subject',
    reason: 'unqualified recipient rejected',
  },
  {
    ...SENDER,
    start: 'too many recipients: message rejected: sender=',
    phase: 'RCPT',
    reason: 'too many recipients: message rejected',
  },
  {
    ...SENDER,
    start: 'too many recipients: excess temporarily rejected: sender=',
    phase: 'RCPT',
    temporary: true,
    reason: 'too many recipients: excess temporarily rejected',
  },
]

/** `rejected RCPT <x>: why` after the fields. */
function readRejected(
  fields: Fields,
  text: string,
  end: number,
  atMs: number,
  id: MessageId | null,
): Rejected | undefined {
  const start = fields.at
  const isDropped = fields.take("dropped by 'connect' ACL")
  const temporary = !isDropped && fields.take('temporarily rejected ')
  if (!isDropped && !temporary && !fields.take('rejected ')) return undefined
  const phase = isDropped ? 'connection' : takePhase(fields, text, end)
  if (phase === undefined) {
    fields.at = start
    return undefined
  }
  if (phase === 'connection') fields.take(' in "connect" ACL')
  else if (phase === 'DATA') fields.take(' ACL')
  let subject: string | null = null
  let at = fields.at
  if (fields.code === SPACE) {
    at = subjectEnd(text, at + 1, end)
    subject = textBetween(text, fields.at + 1, at)
  }
  const hasColon = at < end && text.charCodeAt(at) === COLON
  const reason = textBetween(text, at + (hasColon ? 2 : 1), end)
  const { host, local, tls, authenticator, login, from } = fields
  return {
    type: 'rejected',
    atMs,
    id,
    host,
    local,
    tls,
    authenticator,
    login,
    from,
    temporary,
    phase,
    subject,
    reason,
    headers: NONE,
  }
}

/** A word, or a path in brackets, which can hold spaces. */
function subjectEnd(text: string, at: number, end: number): number {
  if (text.charCodeAt(at) === LESS) {
    for (let close = afterQuotes(text, at + 1, end); close < end; close++) {
      if (text.charCodeAt(close) !== GREATER) continue
      const next = close + 1 < end ? text.charCodeAt(close + 1) : SPACE
      if (next === SPACE || next === COLON) return close + 1
    }
    if (text.charCodeAt(at + 1) === QUOTE) return end // cut short
  }
  const space = text.indexOf(' ', at)
  if (space < 0 || space >= end) return end
  return text.charCodeAt(space - 1) === COLON ? space - 1 : space
}

/** The phase at the cursor, if it is a whole word there. */
function takePhase(fields: Fields, text: string, end: number): RejectPhase | undefined {
  for (const [words, phase] of PHASES) {
    if (!fields.has(words)) continue
    const after = fields.at + words.length
    const next = text.charCodeAt(after)
    if (next !== SPACE && next !== COLON && after !== end) continue
    fields.at = after
    return phase
  }
  return undefined
}

/** In the words of the log. What is checked when the message is there counts as after DATA. */
const PHASES: readonly (readonly [words: string, phase: RejectPhase])[] = [
  ...REJECT_PHASES.map((phase) => [phase, phase] as const),
  ['during MIME ACL checks', 'after DATA'],
  ['by local_scan()', 'after DATA'],
  ['by non-SMTP ACL', 'after DATA'],
  ['predata', 'DATA'],
  ['PREDATA', 'DATA'],
  ['DKIM', 'after DATA'],
  ['PRDR', 'after DATA'],
  ['EXPN', 'VRFY'],
  ['ATRN', 'ETRN'],
  // Of 4.98 and later: a request for the server's well-known data.
  ['WELLKNOWN', 'VRFY'],
  // The AUTH= of MAIL.
  ['MAILAUTH', 'MAIL'],
  ['BDAT', 'DATA'],
]

/** `plain authenticator failed for name (helo) [address]:port I=[address]:port: 535 … (set_id=jane)` */
export function readAuthenticationFailed(
  text: string,
  at: number,
  end: number,
  atMs: number,
): AuthenticationFailed | undefined {
  let event = readFailure(text, at, end, atMs)
  const mechanismEnd = text.indexOf(' ', at)
  const mechanism = text.slice(at, mechanismEnd)
  if (mechanismEnd > end || !text.startsWith(FAILED_FOR, mechanismEnd)) return event
  const isRead = event !== undefined && (event.host === null || isAddress(event.host))
  for (const { fields, host } of laterReadings(text, at, end, 'failure', isRead)) {
    if (!fields.ended) continue
    const { reply, login } = splitReply(fields.at < end ? text.slice(fields.at, end) : '')
    if (!REPLY.test(reply)) continue
    const { local } = fields
    const other: AuthenticationFailed = {
      ...{ type: 'authenticationFailed', atMs, mechanism: unescaped(mechanism) },
      ...{ host, local, reply, login },
    }
    // HELO was cut at a bracket of its own.
    const isCut = event?.host != null && !isAddress(event.host)
    event =
      event === undefined || isCut ? other : agreed(event, other, { ...UNSAID_FAILURE, reply })
  }
  return event
}

const FAILED_FOR = ' authenticator failed '
/** Only Exim's own words begin so. */
const REPLY = /^[45]\d\d /
const UNSAID_FAILURE = { host: null, local: null, login: null } as const

function readFailure(
  text: string,
  at: number,
  end: number,
  atMs: number,
): AuthenticationFailed | undefined {
  const fields = new Fields(text, at, end, 'failure')
  const mechanism = fields.word()
  if (fields.ended || !fields.take('authenticator failed')) return undefined
  let host: Host | null = null
  if (fields.take(' for ') || fields.take(' H=')) {
    if (text.startsWith('H=', fields.at - 2)) fields.at -= 2
    const start = fields.at
    if (isHostField(fields)) fields.readAll()
    else {
      if (!fields.has('I=[')) host = fields.readHost()
      fields.readAll()
    }
    host ??= fields.host
    if (!fields.ended) host = lastHost(fields, host, text.slice(start, end), start)
    if (!fields.ended) return undefined
  } else if (!fields.take(': ')) return undefined
  const { reply, login } = splitReply(fields.at < end ? text.slice(fields.at, end) : '')
  return { type: 'authenticationFailed', atMs, mechanism, host, local: fields.local, reply, login }
}

/**
 * A HELO that holds what looks like the end of it: the last `[address]` before the colon is the
 * client's. The fields are at the reply then.
 */
function lastHost(fields: Fields, first: Host | null, said: string, start: number): Host | null {
  const colon = HOST_END.exec(said)
  if (colon === null) return first
  const local = said.lastIndexOf(' I=[', colon.index)
  const open = said.lastIndexOf(' [', local < 0 ? colon.index : local)
  if (open < 0) return first
  fields.at = start + open + 1
  const host = fields.readHost()
  fields.readAll()
  const helo = said.indexOf('(')
  const isEnclosed = helo >= 0 && helo < open && said.charCodeAt(open - 1) === CLOSE
  return {
    name: first?.name ?? null,
    helo: isEnclosed ? textBetween(said, helo + 1, open - 1) : (first?.helo ?? null),
    address: host?.address ?? null,
    port: host?.port ?? null,
  }
}

/** `]: `, `]:4242: ` */
const HOST_END = /\]:(?:\d{1,5}:)? /

/**
 * `535 Incorrect authentication data (set_id=jane)`, and in `435 Unable to authenticate at present
 * (set_id=jane): why` more after it. The name stands after Exim's own words, which have no brackets,
 * and can itself hold all of these: it starts at the first place, and ends at the last.
 */
function splitReply(said: string): { readonly reply: string; readonly login: string | null } {
  const open = said.indexOf(SET_ID)
  if (open < 0) return { reply: unescaped(said), login: null }
  const start = open + SET_ID.length
  const isLast = said.endsWith(')')
  const colon = isLast && !said.startsWith('435') ? -1 : said.lastIndexOf('): ')
  const close = colon >= start ? colon : said.length - 1
  if (close < start || said.charCodeAt(close) !== CLOSE)
    return { reply: unescaped(said), login: null }
  const reply = said.slice(0, open) + said.slice(close + 1)
  return { reply: unescaped(reply), login: unescaped(said.slice(start, close)) }
}

const SET_ID = ' (set_id='

/** Exim 4.97 and later: `for H=(helo) [address]`. */
function isHostField(fields: Fields): boolean {
  return fields.has('H=')
}

function textBetween(text: string, start: number, end: number): string {
  return start < end ? unescaped(text.slice(start, end)) : ''
}

const NONE: readonly string[] = []
const SPACE = 0x20
const QUOTE = 0x22
const CLOSE = 0x29
const COLON = 0x3a
const LESS = 0x3c
const GREATER = 0x3e
