/** Lines with one of Exim's two-character flags, and `Completed`: the steps of a message's life. */
import type { Arrival, Delivered, Event, MessageId, Recipient, Undelivered } from '../event.ts'
import { messageIdEnd } from '../message-id.ts'
import { agreed, laterReadings } from './agreed.ts'
import { readDuration } from './duration.ts'
import { hasEscape, unescaped } from './escape.ts'
import { Fields } from './fields.ts'
import { readDiscarded } from './queue-actions.ts'

/** Undefined when the text after the id is no step. */
export function readStep(
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
    if (first === LESS) return arrival('<=', text, from, end, atMs, id)
    if (first === OPEN) return arrival('(=', text, from, end, atMs, id)
    return first === EQUALS ? undelivered('deferred', text, from, end, atMs, id) : undefined
  }
  if (second === STAR && first === STAR) return undelivered('failed', text, from, end, atMs, id)
  if (second !== GREATER) return undefined
  const mark = MARKS.get(first)
  if (mark === undefined) return undefined
  if (text.startsWith('blackhole (', from) || text.startsWith('discarded (', from)) {
    const discarded = readDiscarded(text, at, end, atMs, id)
    if (discarded !== undefined) return discarded
  }
  return delivered(mark, text, from, end, atMs, id)
}

/** By the first of the two characters; the second is `>`. */
const MARKS: ReadonlyMap<number, Delivered['mark']> = new Map([
  [0x3d, '=>'],
  [0x2d, '->'],
  [0x3e, '>>'],
  [0x2a, '*>'],
])

function arrival(
  mark: Arrival['mark'],
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId,
): Arrival {
  const fields = new Fields(text, at, end, 'arrival')
  const isBounce = fields.code === LESS
  const sender = fields.address()
  fields.readAll()
  if (fields.take('from <')) {
    fields.at-- // at the bracket
    fields.enclosed('>')
  }
  const recipients = fields.take('for ') ? readRecipients(text, fields.at, end) : NONE
  const event: Arrival = {
    type: 'arrival',
    mark,
    atMs,
    id,
    parent: fields.router === null ? null : messageId(fields.router),
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
  return fields.host?.helo == null ? event : honest(event, text, at, end)
}

/** Without what only a HELO, a Message-ID or a subject may say: see `agreed.ts`. */
function honest(event: Arrival, text: string, at: number, end: number): Arrival {
  let both = event
  for (const { fields, host } of laterReadings(text, at, end, 'arrival', true)) {
    if (fields.protocol === null && fields.sizeOctets === null) continue
    const { local, user, protocol, tls, authenticator, login } = fields
    const sizeOctets = fields.sizeOctets
    const other = { ...event, host, local, user, protocol, tls, authenticator, login, sizeOctets }
    const parent = fields.router === null ? null : messageId(fields.router)
    both = agreed(both, { ...other, parent }, UNSAID)
  }
  return both
}

const UNSAID = {
  ...{ host: null, local: null, user: null, protocol: null, tls: null, parent: null },
  ...{ authenticator: null, login: null, sizeOctets: null },
} as const

function messageId(text: string): MessageId | null {
  return messageIdEnd(text, 0, text.length) === text.length ? (text as MessageId) : null
}

/** After the last `for`: a Message-ID can hold the word before it, and a quoted local part after it. */
function lastFor(text: string, at: number, end: number): number {
  const rest = text.slice(at, end)
  let last = rest.includes(FOR) ? rest.lastIndexOf(FOR) : -1
  for (let tries = 0; last >= 0 && tries < MOST_FOR; tries++) {
    const start = at + last + FOR.length
    if (text.slice(start, end).split('"').length % 2 === 1) return start
    last = text.slice(at, at + last).lastIndexOf(FOR)
  }
  return at
}

const FOR = ' for '
const MOST_FOR = 8

/** Separated by spaces, which a quoted local part can have too. */
function readRecipients(text: string, at: number, end: number): readonly string[] {
  const list = text.slice(lastFor(text, at, end), end)
  if (!list.includes(' ')) return [list]
  if (!list.includes('"')) return list.split(' ')
  const recipients: string[] = []
  const fields = new Fields(list, 0, list.length, 'arrival')
  while (fields.at < list.length) recipients.push(fields.rawAddress())
  return recipients
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
  const errorNumber = type === 'deferred' && !fields.ended ? readDefer(fields) : null
  const reason = fields.reason()
  const { host, tls, queueTimeMs, deliverTimeMs } = fields
  return {
    type,
    atMs,
    id,
    recipient: recipient(addresses, fields),
    host,
    tls,
    errorNumber,
    reason,
    queueTimeMs,
    deliverTimeMs,
    status: null,
  }
}

/** `defer (-44)`, `routing defer (-51)`, and the fields after it: the error's number. */
function readDefer(fields: Fields): number | null {
  const isRouting = fields.take('routing ')
  if (!fields.take('defer')) {
    if (isRouting) fields.at -= 'routing '.length
    return null
  }
  let errorNumber: number | null = null
  fields.ended = fields.code === COLON
  if (fields.ended) fields.at += 2
  else if (fields.take(' (')) {
    fields.at-- // at the bracket
    const number = Number.parseInt(fields.enclosed(')'), 10)
    errorNumber = Number.isNaN(number) ? null : number
  } else fields.at++
  fields.readAll()
  return errorNumber
}

interface Addresses {
  readonly address: string
  readonly parents: readonly string[]
}

/** `final (parent, parent) <original>` */
function readAddresses(fields: Fields): Addresses {
  const address = fields.destination()
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
  if (at + 'Completed'.length === end) return { type: 'completed', atMs, id, queueTimeMs: null }
  const fields = new Fields(text, at + 'Completed'.length, end, 'session')
  if (!fields.take(' QT=')) return undefined
  const queueTimeMs = readDuration(fields.word())
  return fields.at < end ? undefined : { type: 'completed', atMs, id, queueTimeMs }
}

const SPACE = 0x20
const OPEN = 0x28
const STAR = 0x2a
const COLON = 0x3a
const LESS = 0x3c
const EQUALS = 0x3d
const GREATER = 0x3e
const COMPLETED = 0x43
