/**
 * Lines of Exim's main log as events. Never throws: a line whose time cannot be read is `unknown`,
 * and one that is no step in a message's life, or a shape nobody knows, is a note.
 */
import {
  type Arrival,
  type AuthenticationFailed,
  type Delivered,
  type Event,
  type Host,
  type MessageId,
  REJECT_PHASES,
  type Recipient,
  type Rejected,
  type RejectPhase,
  type Undelivered,
  type Unknown,
} from '../event.ts'
import { messageIdEnd } from '../message-id.ts'
import { type ReadTime, readTime, type Zone } from '../zone.ts'
import { readDuration } from './duration.ts'
import { unescaped } from './escape.ts'
import { Fields } from './fields.ts'

/** One line, without its end. */
export function readLine(line: string, zone: Zone): Event | Unknown {
  readTime(line, zone, time)
  const { atMs } = time
  if (Number.isNaN(atMs) || (line.charCodeAt(time.end) !== SPACE && time.end < line.length))
    return { type: 'unknown', line }
  let at = afterProcessId(line, time.end + 1)
  const idEnd = messageIdEnd(line, at)
  if (idEnd < 0 || (line.charCodeAt(idEnd) !== SPACE && idEnd < line.length))
    return readBody(line, at, atMs, null)
  const id = line.slice(at, idEnd) as MessageId
  at = idEnd + 1
  return readStep(line, at, atMs, id) ?? readBody(line, at, atMs, id)
}

const time: ReadTime = { atMs: 0, end: 0 }

/** `[1234] `, with Exim's `+pid`. */
function afterProcessId(line: string, at: number): number {
  if (line.charCodeAt(at) !== BRACKET) return at
  let end = at + 1
  while (line.charCodeAt(end) >= 0x30 && line.charCodeAt(end) <= 0x39) end++
  return end > at + 1 && line.startsWith('] ', end) ? end + 2 : at
}

/** A line with one of Exim's two-character flags, or `Completed`. */
function readStep(line: string, at: number, atMs: number, id: MessageId): Event | undefined {
  const first = line.charCodeAt(at)
  const second = line.charCodeAt(at + 1)
  if (first === COMPLETED && line.startsWith('Completed', at)) return completed(line, at, atMs, id)
  if (line.charCodeAt(at + 2) !== SPACE) return undefined
  const from = at + 3
  if (second === EQUALS) {
    if (first === LESS) return arrival(line, from, atMs, id)
    return first === EQUALS ? undelivered('deferred', line, from, atMs, id) : undefined
  }
  if (second === STAR && first === STAR) return undelivered('failed', line, from, atMs, id)
  if (second !== GREATER) return undefined
  const mark = first === EQUALS ? '=>' : first === MINUS ? '->' : first === GREATER ? '>>' : '*>'
  if (mark === '*>' && first !== STAR) return undefined
  return delivered(mark, line, from, atMs, id)
}

/** Everything else: rejections, warnings, alarms, notes. */
function readBody(line: string, at: number, atMs: number, id: MessageId | null): Event {
  // A note that would look like something else has its first character escaped.
  if (line.charCodeAt(at) !== BACKSLASH) {
    if (line.startsWith('PANIC: ', at))
      return { type: 'panic', atMs, id, text: textFrom(line, at + 7) }
    const event = line.startsWith(' authenticator failed', line.indexOf(' ', at))
      ? authenticationFailed(line, at, atMs)
      : SESSION_START.has(line.charCodeAt(at))
        ? session(line, at, atMs, id)
        : undefined
    if (event !== undefined) return event
  }
  return { type: 'note', atMs, id, text: textFrom(line, at) }
}

function arrival(line: string, at: number, atMs: number, id: MessageId): Arrival {
  const fields = new Fields(line, at, 'arrival')
  const sender = fields.word()
  fields.readAll()
  if (fields.take('from <')) {
    fields.at-- // at the bracket
    fields.enclosed('>')
  }
  const recipients = fields.take('for ') ? line.slice(fields.at).split(' ') : []
  return {
    type: 'arrival',
    atMs,
    id,
    from: line.charCodeAt(at) === LESS ? null : sender,
    host: fields.host,
    local: fields.local,
    user: fields.user,
    protocol: fields.protocol,
    tls: fields.tls,
    authenticator: fields.authenticator,
    login: fields.login,
    sizeOctets: fields.sizeOctets,
    messageIdHeader: fields.messageIdHeader,
    subject: fields.subject,
    recipients: line.includes('\\') ? recipients.map(unescaped) : recipients,
  }
}

function delivered(
  mark: Delivered['mark'],
  line: string,
  at: number,
  atMs: number,
  id: MessageId,
): Delivered {
  const fields = new Fields(line, at, 'delivery')
  const addresses = readAddresses(fields, line)
  fields.readAll()
  return {
    type: 'delivered',
    mark,
    atMs,
    id,
    recipient: recipient(addresses, fields),
    host: fields.host,
    tls: fields.tls,
    authenticator: fields.authenticator,
    sizeOctets: fields.sizeOctets,
    mailbox: fields.mailbox,
    confirmation: fields.confirmation,
    queueTimeMs: fields.queueTimeMs,
    deliverTimeMs: fields.deliverTimeMs,
  }
}

function undelivered(
  type: Undelivered['type'],
  line: string,
  at: number,
  atMs: number,
  id: MessageId,
): Undelivered {
  const fields = new Fields(line, at, 'failure')
  const addresses = readAddresses(fields, line)
  fields.readAll()
  let errorNumber: number | null = null
  if (type === 'deferred' && !fields.ended && fields.take('defer')) {
    fields.ended = line.charCodeAt(fields.at) === COLON
    if (fields.ended) fields.at += 2
    else if (fields.take(' (')) {
      fields.at-- // at the bracket
      const number = Number.parseInt(fields.enclosed(')'), 10)
      errorNumber = Number.isNaN(number) ? null : number
    } else fields.at++
    fields.readAll()
  }
  const { host, tls } = fields
  const parts = recipient(addresses, fields)
  return { type, atMs, id, recipient: parts, host, tls, errorNumber, reason: fields.rest() }
}

interface Addresses {
  readonly address: string
  readonly parents: readonly string[]
}

/** `final (parent, parent) <original>` */
function readAddresses(fields: Fields, line: string): Addresses {
  const address = fields.word()
  if (fields.ended) return { address, parents: NONE }
  const between = line.charCodeAt(fields.at) === OPEN ? fields.enclosedList() : NONE
  if (fields.ended || line.charCodeAt(fields.at) !== LESS) return { address, parents: between }
  return { address, parents: [...between, fields.enclosed('>')] }
}

const NONE: readonly string[] = []

function recipient({ address, parents }: Addresses, fields: Fields): Recipient {
  const { from, router, transport } = fields
  return { address, parents, from, router, transport }
}

function completed(line: string, at: number, atMs: number, id: MessageId): Event | undefined {
  const end = at + 'Completed'.length
  if (end === line.length) return { type: 'completed', atMs, id, queueTimeMs: null }
  if (!line.startsWith(' QT=', end) || line.includes(' ', end + 1)) return undefined
  return { type: 'completed', atMs, id, queueTimeMs: readDuration(line.slice(end + 4)) }
}

/** `H=… rejected RCPT <x>: why`, and `H=… Warning: text`. */
function session(line: string, at: number, atMs: number, id: MessageId | null): Event | undefined {
  const fields = new Fields(line, at, 'session')
  fields.readAll()
  const { host, local } = fields
  if (fields.take('Warning: '))
    return { type: 'warning', atMs, id, host, local, text: fields.rest() }
  const temporary = fields.take('temporarily rejected ')
  if (!temporary && !fields.take('rejected ')) return undefined
  const phase = takePhase(fields, line)
  return phase === undefined ? undefined : rejected(line, fields, temporary, phase, atMs, id)
}

function rejected(
  line: string,
  fields: Fields,
  temporary: boolean,
  phase: RejectPhase,
  atMs: number,
  id: MessageId | null,
): Rejected {
  let subject: string | null = null
  let end = fields.at
  if (line.charCodeAt(end) === SPACE) {
    end = line.indexOf(' ', fields.at + 1)
    if (end < 0) end = line.length
    else if (line.charCodeAt(end - 1) === COLON) end--
    subject = textBetween(line, fields.at + 1, end)
  }
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
    reason: line.charCodeAt(end) === COLON ? textFrom(line, end + 2) : textFrom(line, end + 1),
    headers: NONE,
  }
}

/** The phase at the cursor, if it is a whole word there. */
function takePhase(fields: Fields, line: string): RejectPhase | undefined {
  return REJECT_PHASES.find((phase) => {
    if (!line.startsWith(phase, fields.at)) return false
    const end = fields.at + phase.length
    const next = line.charCodeAt(end)
    if (next !== SPACE && next !== COLON && end !== line.length) return false
    fields.at = end
    return true
  })
}

/** `plain authenticator failed for name (helo) [address]:port I=[address]:port: 535 … (set_id=jane)` */
function authenticationFailed(
  line: string,
  at: number,
  atMs: number,
): AuthenticationFailed | undefined {
  const fields = new Fields(line, at, 'failure')
  const mechanism = fields.word()
  if (fields.ended || !fields.take('authenticator failed')) return undefined
  let host: Host | null = null
  if (fields.take(' for ')) {
    if (!line.startsWith('I=[', fields.at)) host = fields.readHost()
    fields.readAll()
    if (!fields.ended) return undefined
  } else if (!fields.take(': ')) return undefined
  const open = line.endsWith(')') ? line.lastIndexOf(' (set_id=') : -1
  const login = open < fields.at ? null : textBetween(line, open + 9, line.length - 1)
  const reply = textBetween(line, fields.at, login === null ? line.length : open)
  return { type: 'authenticationFailed', atMs, mechanism, host, local: fields.local, reply, login }
}

function textFrom(line: string, at: number): string {
  return unescaped(line.slice(at))
}

function textBetween(line: string, start: number, end: number): string {
  return unescaped(line.slice(start, end))
}

const SPACE = 0x20
const OPEN = 0x28
const STAR = 0x2a
const MINUS = 0x2d
const COLON = 0x3a
const LESS = 0x3c
const EQUALS = 0x3d
const GREATER = 0x3e
const COMPLETED = 0x43
const BRACKET = 0x5b
const BACKSLASH = 0x5c
/** First letters of lines about a session: H=, I=, U=, F=, X=, A=, Warning, rejected, temporarily. */
const SESSION_START: ReadonlySet<number> = new Set(
  [...'HIUFXAWrt'].map((letter) => letter.charCodeAt(0)),
)
