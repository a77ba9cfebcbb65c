/** How a message arrived: each daemon that it passes says its part, in a line of its own. */
import { authenticatorName } from '../authenticator.ts'
import type { ArrivalPart, Event, MessageId } from '../event.ts'
import { hostIn, readHost } from './host.ts'
import { noteOf } from './note.ts'
import type { Head } from './program.ts'
import { queueIdEnd } from './queue-id.ts'
import { findCode, readWhole } from './text.ts'
import type { TlsMemory } from './tls.ts'

/** A part of an arrival that says nothing yet: each line fills in what it knows. */
export function arrivalPart(head: Head, id: MessageId): Filled<ArrivalPart> {
  return {
    type: 'arrivalPart',
    atMs: head.atMs,
    id,
    from: undefined,
    host: null,
    user: null,
    protocol: null,
    tls: null,
    authenticator: null,
    login: null,
    sizeOctets: null,
    messageIdHeader: null,
    subject: null,
    recipientCount: null,
    parent: null,
  }
}

type Filled<T> = { -readonly [K in keyof T]: T[K] }

/**
 * smtpd and qmqpd: `client=mx[192.0.2.1], sasl_method=PLAIN, sasl_username=jane,
 * orig_queue_id=3F2A1B0C4D, orig_client=…`. Before the queue (a proxy filter) there is no id: a note.
 */
export function readClient(
  text: string,
  at: number,
  end: number,
  head: Head,
  memory: TlsMemory,
): Event {
  const hostStart = at + 'client='.length
  const { id } = head
  if (id === null) return noteOf(head, 'connection', hostIn(text, at, end), text.slice(at, end))
  const part = arrivalPart(head, id)
  part.host = readHost(text, hostStart, end)
  part.tls = memory.of(head.process, text, hostStart)
  const comma = findCode(text, COMMA, hostStart, end)
  if (comma < end) addValues(text.slice(comma + 2, end), part)
  return part
}

/** `sasl_method=PLAIN, sasl_username=a, b`: a comma ends a value only before another name. */
function addValues(text: string, part: Filled<ArrivalPart>): void {
  let at = 0
  while (at < text.length) {
    const equals = text.indexOf('=', at)
    if (equals < 0) return
    const name = text.slice(at, equals)
    // The client chose what follows (`AUTH=` of MAIL, RFC 4954 §5): it could name any id.
    if (name === 'sasl_sender') return
    let end = text.indexOf(', ', equals)
    while (end >= 0 && !startsName(text, end + 2)) end = text.indexOf(', ', end + 2)
    if (end < 0) end = text.length
    const value = text.slice(equals + 1, end)
    if (name === 'sasl_method') part.authenticator = mechanismName(value)
    else if (name === 'sasl_username')
      part.login ??= value // it can hold `, sasl_username=` too
    else if (name === 'orig_queue_id') part.parent = asQueueId(value)
    at = end + 2
  }
}

function startsName(text: string, at: number): boolean {
  return CLIENT_NAMES.some((name) => text.startsWith(name, at))
}

/** The same few words in every line. */
function mechanismName(mechanism: string): string {
  return mechanism === 'PLAIN'
    ? 'plain'
    : mechanism === 'LOGIN'
      ? 'login'
      : authenticatorName(mechanism)
}

/** cleanup: `message-id=<a@b>`, `resent-message-id=<a@b>`; `at` is after the equals sign. */
export function readMessageId(
  text: string,
  at: number,
  end: number,
  head: Head,
  id: MessageId,
): ArrivalPart {
  const isEnclosed = text.charCodeAt(at) === LESS && text.charCodeAt(end - 1) === GREATER
  const header = isEnclosed ? text.slice(at + 1, end - 1) : text.slice(at, end)
  const part = arrivalPart(head, id)
  if (header !== '') part.messageIdHeader = header
  return part
}

/**
 * qmgr: `from=<a@b>, size=5360, nrcpt=1 (queue active)`, again at each try; and
 * `from=<a@b>, status=expired, returned to sender`.
 */
export function readSender(
  text: string,
  at: number,
  end: number,
  head: Head,
  id: MessageId,
): Event | undefined {
  const start = at + 'from=<'.length
  if (end - start > MAX_SENDER_CHARS) return undefined // cut within what a stranger chose
  const close = senderEnd(text, start, end)
  if (close < 0) return undefined
  const from = start === close ? null : text.slice(start, close)
  const rest = close + 3
  if (text.startsWith('status=', rest) && rest < end) {
    const said = text.slice(rest, end)
    if (!said.endsWith('returned to sender')) return undefined
    const { atMs } = head
    return {
      type: 'queueAction',
      atMs,
      id,
      action: 'expired',
      recipient: null,
      by: null,
      text: said,
    }
  }
  if (rest >= end || !text.startsWith('size=', rest)) return undefined
  const part = arrivalPart(head, id)
  part.from = from
  part.sizeOctets = readWhole(text, rest + 5, end)
  const next = findCode(text, COMMA, rest, end) + 2
  if (text.startsWith('nrcpt=', next)) part.recipientCount = readWhole(text, next + 6, end)
  return part
}

/**
 * Where the sender ends that starts at `start`: before the last `size=` or `status=`, for nothing that
 * a stranger chose comes after them, and Postfix before 3.5 logs an address without its quotes.
 */
function senderEnd(text: string, start: number, end: number): number {
  for (let at = end - 1; at >= start; at--) {
    if (text.charCodeAt(at) !== GREATER || text.charCodeAt(at + 1) !== COMMA) continue
    if (text.startsWith('size=', at + 3) || text.startsWith('status=', at + 3)) return at
  }
  return -1
}

/** pickup: `uid=0 from=<root>`, and ` orig_id=3F2A1B0C4D` of a message that postsuper requeued. */
export function readPickup(
  text: string,
  at: number,
  end: number,
  head: Head,
  id: MessageId,
): Event | undefined {
  const uidAt = at + 'uid='.length
  const uidEnd = findCode(text, SPACE, uidAt, end)
  if (!text.startsWith('from=<', uidEnd + 1)) return undefined
  const start = uidEnd + 1 + 'from=<'.length
  // Nothing but an id follows the sender, which can hold the same words.
  const said = text.slice(start, end)
  const closing = said.endsWith('>') ? said.length - 1 : said.lastIndexOf(`>${ORIGINAL}`)
  if (closing < 0) return undefined
  const close = start + closing
  const part = arrivalPart(head, id)
  part.from = start === close ? null : text.slice(start, close)
  part.user = text.slice(uidAt, uidEnd)
  if (text.startsWith(ORIGINAL, close + 1))
    part.parent = asQueueId(text.slice(close + 1 + ORIGINAL.length, end))
  return part
}

/** A word that has the form of a queue id; null for another server's, and for none. */
function asQueueId(word: string): MessageId | null {
  return queueIdEnd(word, 0, word.length) === word.length ? (word as MessageId) : null
}

const CLIENT_NAMES = ['sasl_username=', 'sasl_sender=', 'orig_queue_id=', 'orig_client=']
const ORIGINAL = ' orig_id='
/** Postfix cuts lines after 2,000 octets. */
const MAX_SENDER_CHARS = 1900
const SPACE = 0x20
const COMMA = 0x2c
const LESS = 0x3c
const GREATER = 0x3e
