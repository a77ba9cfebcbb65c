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
import { hasEscape, unescaped } from './escape.ts'
import { Fields } from './fields.ts'

/** One line, without its end. */
export function readLine(line: string, zone: Zone): Event | Unknown {
  return readLineAt(line, 0, line.length, zone)
}

/** Every line of a text; a last one without its end counts too. */
export function readLines(text: string, zone: Zone, each: (event: Event | Unknown) => void): void {
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from)
    const end = newline < 0 ? text.length : newline
    each(readLineAt(text, from, end, zone))
    from = end + 1
  }
}

/** The line from `from` to `end` of a text: looking into one long string is fast, cutting it is not. */
function readLineAt(text: string, from: number, end: number, zone: Zone): Event | Unknown {
  readTime(text, from, zone, time)
  const { atMs } = time
  const isTime = time.end === end || (time.end < end && text.charCodeAt(time.end) === SPACE)
  if (Number.isNaN(atMs) || !isTime)
    return { type: 'unknown', atMs: null, id: null, line: text.slice(from, end) }
  const at = afterProcessId(text, Math.min(time.end + 1, end))
  const idEnd = messageIdEnd(text, at, end)
  if (idEnd < 0 || (idEnd < end && text.charCodeAt(idEnd) !== SPACE))
    return readBody(text, at, end, atMs, null)
  const id = text.slice(at, idEnd) as MessageId
  const body = Math.min(idEnd + 1, end)
  return readStep(text, body, end, atMs, id) ?? readBody(text, body, end, atMs, id)
}

const time: ReadTime = { atMs: 0, end: 0 }

/** `[1234] `, with Exim's `+pid`. */
function afterProcessId(text: string, at: number): number {
  if (text.charCodeAt(at) !== BRACKET) return at
  let end = at + 1
  while (text.charCodeAt(end) >= 0x30 && text.charCodeAt(end) <= 0x39) end++
  return end > at + 1 && text.startsWith('] ', end) ? end + 2 : at
}

/** A line with one of Exim's two-character flags, or `Completed`. */
function readStep(
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId,
): Event | undefined {
  if (at + 3 > end) return undefined
  const first = text.charCodeAt(at)
  const second = text.charCodeAt(at + 1)
  if (first === COMPLETED && text.startsWith('Completed', at))
    return completed(text, at, end, atMs, id)
  if (text.charCodeAt(at + 2) !== SPACE) return undefined
  const from = at + 3
  if (second === EQUALS) {
    if (first === LESS) return arrival(text, from, end, atMs, id)
    return first === EQUALS ? undelivered('deferred', text, from, end, atMs, id) : undefined
  }
  if (second === STAR && first === STAR) return undelivered('failed', text, from, end, atMs, id)
  if (second !== GREATER) return undefined
  const mark = MARKS.get(first)
  return mark === undefined ? undefined : delivered(mark, text, from, end, atMs, id)
}

/** By the first of the two characters; the second is `>`. */
const MARKS: ReadonlyMap<number, Delivered['mark']> = new Map([
  [0x3d, '=>'],
  [0x2d, '->'],
  [0x3e, '>>'],
  [0x2a, '*>'],
])

/** Everything else: rejections, warnings, alarms, notes. */
function readBody(
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId | null,
): Event {
  // A note that would look like something else has its first character escaped.
  if (at < end && text.charCodeAt(at) !== BACKSLASH) {
    if (text.startsWith('PANIC: ', at)) return panic(textBetween(text, at + 7, end), atMs, id)
    const event = text.startsWith(' authenticator failed', text.indexOf(' ', at))
      ? authenticationFailed(text, at, end, atMs)
      : SESSION_START.has(text.charCodeAt(at))
        ? session(text, at, end, atMs, id)
        : undefined
    if (event !== undefined) return event
  }
  const said = textBetween(text, at, end)
  return { type: 'note', atMs, id, topic: 'other', host: null, program: null, text: said }
}

function panic(text: string, atMs: number, id: MessageId | null): Event {
  return { type: 'panic', atMs, id, severity: 'panic', program: null, text }
}

function arrival(text: string, at: number, end: number, atMs: number, id: MessageId): Arrival {
  const fields = new Fields(text, at, end, 'arrival')
  const isBounce = fields.code === LESS
  const sender = fields.word()
  fields.readAll()
  if (fields.take('from <')) {
    fields.at-- // at the bracket
    fields.enclosed('>')
  }
  const recipients = fields.take('for ') ? text.slice(fields.at, end).split(' ') : []
  return {
    type: 'arrival',
    mark: '<=',
    atMs,
    id,
    parent: null,
    from: isBounce ? null : sender,
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
    recipients: hasEscape(text, at, end) ? recipients.map(unescaped) : recipients,
  }
}

function delivered(
  mark: Delivered['mark'],
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId,
): Delivered {
  const fields = new Fields(text, at, end, 'delivery')
  const addresses = readAddresses(fields)
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
    status: null,
  }
}

function undelivered(
  type: Undelivered['type'],
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId,
): Undelivered {
  const fields = new Fields(text, at, end, 'failure')
  const addresses = readAddresses(fields)
  fields.readAll()
  let errorNumber: number | null = null
  if (type === 'deferred' && !fields.ended && fields.take('defer')) {
    fields.ended = fields.code === COLON
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
  return {
    type,
    atMs,
    id,
    recipient: parts,
    host,
    tls,
    errorNumber,
    reason: fields.rest(),
    queueTimeMs: null,
    deliverTimeMs: null,
    status: null,
  }
}

interface Addresses {
  readonly address: string
  readonly parents: readonly string[]
}

/** `final (parent, parent) <original>` */
function readAddresses(fields: Fields): Addresses {
  const address = fields.word()
  if (fields.ended) return { address, parents: NONE }
  const between = fields.code === OPEN ? fields.enclosedList() : NONE
  if (fields.ended || fields.code !== LESS) return { address, parents: between }
  return { address, parents: [...between, fields.enclosed('>')] }
}

const NONE: readonly string[] = []

function recipient({ address, parents }: Addresses, fields: Fields): Recipient {
  const { from, router, transport } = fields
  return { address, parents, from, router, transport }
}

function completed(
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId,
): Event | undefined {
  const fields = new Fields(text, at + 'Completed'.length, end, 'session')
  if (fields.at === end) return { type: 'completed', atMs, id, queueTimeMs: null }
  if (!fields.take(' QT=')) return undefined
  const queueTimeMs = readDuration(fields.word())
  return fields.at < end ? undefined : { type: 'completed', atMs, id, queueTimeMs }
}

/** `H=… rejected RCPT <x>: why`, and `H=… Warning: text`. */
function session(
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId | null,
): Event | undefined {
  const fields = new Fields(text, at, end, 'session')
  fields.readAll()
  const { host, local } = fields
  if (fields.take('Warning: '))
    return { type: 'warning', atMs, id, host, local, program: null, text: fields.rest() }
  const temporary = fields.take('temporarily rejected ')
  if (!temporary && !fields.take('rejected ')) return undefined
  const phase = takePhase(fields, text, end)
  if (phase === undefined) return undefined
  return rejected(text, end, fields, { temporary, phase, atMs, id })
}

function rejected(
  text: string,
  end: number,
  fields: Fields,
  known: Pick<Rejected, 'temporary' | 'phase' | 'atMs' | 'id'>,
): Rejected {
  let subject: string | null = null
  let at = fields.at
  if (fields.code === SPACE) {
    at = text.indexOf(' ', fields.at + 1)
    if (at < 0 || at >= end) at = end
    else if (text.charCodeAt(at - 1) === COLON) at--
    subject = textBetween(text, fields.at + 1, at)
  }
  const hasColon = at < end && text.charCodeAt(at) === COLON
  const { host, local, tls, authenticator, login, from } = fields
  return {
    type: 'rejected',
    atMs: known.atMs,
    id: known.id,
    host,
    local,
    tls,
    authenticator,
    login,
    from,
    temporary: known.temporary,
    phase: known.phase,
    subject,
    reason: textBetween(text, at + (hasColon ? 2 : 1), end),
    headers: NONE,
  }
}

/** The phase at the cursor, if it is a whole word there. */
function takePhase(fields: Fields, text: string, end: number): RejectPhase | undefined {
  return REJECT_PHASES.find((phase) => {
    if (!fields.has(phase)) return false
    const after = fields.at + phase.length
    const next = text.charCodeAt(after)
    if (next !== SPACE && next !== COLON && after !== end) return false
    fields.at = after
    return true
  })
}

/** `plain authenticator failed for name (helo) [address]:port I=[address]:port: 535 … (set_id=jane)` */
function authenticationFailed(
  text: string,
  at: number,
  end: number,
  atMs: number,
): AuthenticationFailed | undefined {
  const fields = new Fields(text, at, end, 'failure')
  const mechanism = fields.word()
  if (fields.ended || !fields.take('authenticator failed')) return undefined
  let host: Host | null = null
  if (fields.take(' for ')) {
    if (!fields.has('I=[')) host = fields.readHost()
    fields.readAll()
    if (!fields.ended) return undefined
  } else if (!fields.take(': ')) return undefined
  const said = fields.at < end ? text.slice(fields.at, end) : ''
  const open = said.endsWith(')') ? said.lastIndexOf(' (set_id=') : -1
  const login = open < 0 ? null : unescaped(said.slice(open + 9, -1))
  const reply = unescaped(open < 0 ? said : said.slice(0, open))
  return { type: 'authenticationFailed', atMs, mechanism, host, local: fields.local, reply, login }
}

function textBetween(text: string, start: number, end: number): string {
  return start < end ? unescaped(text.slice(start, end)) : ''
}

const SPACE = 0x20
const OPEN = 0x28
const STAR = 0x2a
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
