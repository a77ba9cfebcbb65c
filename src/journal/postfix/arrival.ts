/** How a message arrived: each daemon that it passes says its part, in a line of its own. */
import { authenticatorName } from '../authenticator.ts'
import type { ArrivalPart, Event, MessageId, Note } from '../event.ts'
import { hostIn, readHost } from './host.ts'
import type { Head } from './program.ts'
import { queueIdEnd } from './queue-id.ts'
import { closeOf, findCode, readWhole } from './text.ts'
import type { TlsMemory } from './tls.ts'

/** What a line can add to an {@link ArrivalPart}. */
export type ArrivalFacts = Partial<Omit<ArrivalPart, 'type' | 'atMs' | 'id'>>

/** A part of an arrival that says this, and nothing else. */
export function arrivalPart(head: Head, id: MessageId, facts: ArrivalFacts): ArrivalPart {
  return {
    type: 'arrivalPart',
    atMs: head.atMs,
    id,
    from: facts.from,
    host: facts.host ?? null,
    user: facts.user ?? null,
    protocol: facts.protocol ?? null,
    tls: facts.tls ?? null,
    authenticator: facts.authenticator ?? null,
    login: facts.login ?? null,
    sizeOctets: facts.sizeOctets ?? null,
    messageIdHeader: facts.messageIdHeader ?? null,
    subject: facts.subject ?? null,
    recipientCount: facts.recipientCount ?? null,
    parent: facts.parent ?? null,
  }
}

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
  const host = readHost(text, hostStart, end)
  const { id } = head
  if (id === null) return connectionNote(text, at, end, head)
  const tls = memory.of(head.process, text, hostStart)
  const comma = findCode(text, COMMA, hostStart, end)
  if (comma >= end) return arrivalPart(head, id, { host, tls })
  const said = valuesOf(text.slice(comma, end))
  const method = said.get('sasl_method')
  return arrivalPart(head, id, {
    host,
    tls,
    authenticator: method === undefined ? null : authenticatorName(method),
    login: said.get('sasl_username') ?? null,
    parent: asQueueId(said.get('orig_queue_id')),
  })
}

function connectionNote(text: string, at: number, end: number, head: Head): Note {
  const { atMs, id, program } = head
  const host = hostIn(text, at, end)
  const said = text.slice(at, end)
  return { type: 'note', atMs, id, topic: 'connection', host, program: program.name, text: said }
}

/** `, sasl_method=PLAIN, sasl_username=a, b` by name. A comma in a value ends it only before a name. */
function valuesOf(text: string): Map<string, string> {
  const values = new Map<string, string>()
  let name = ''
  for (const part of text.split(', ')) {
    const equals = part.indexOf('=')
    const found = equals < 0 ? '' : part.slice(0, equals)
    if (CLIENT_NAMES.has(found)) {
      name = found
      values.set(name, part.slice(equals + 1))
    } else if (name !== '') values.set(name, `${values.get(name) ?? ''}, ${part}`)
  }
  return values
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
  return arrivalPart(head, id, { messageIdHeader: header === '' ? null : header })
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
  const close = closeOf(text, start, end)
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
  if (!text.startsWith('size=', rest)) return undefined
  const sizeOctets = readWhole(text, rest + 5, end)
  const next = findCode(text, COMMA, rest, end) + 2
  const recipientCount = text.startsWith('nrcpt=', next) ? readWhole(text, next + 6, end) : null
  return arrivalPart(head, id, { from, sizeOctets, recipientCount })
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
  const close = closeOf(text, start, end)
  if (close < 0) return undefined
  const from = start === close ? null : text.slice(start, close)
  const isRequeued = text.startsWith(' orig_id=', close + 1)
  const parent = isRequeued ? asQueueId(text.slice(close + 1 + ' orig_id='.length, end)) : null
  return arrivalPart(head, id, { from, user: text.slice(uidAt, uidEnd), parent })
}

/** A word that has the form of a queue id; null for another server's, and for none. */
function asQueueId(word: string | undefined): MessageId | null {
  if (word === undefined) return null
  return queueIdEnd(word, 0, word.length) === word.length ? (word as MessageId) : null
}

const CLIENT_NAMES: ReadonlySet<string> = new Set([
  ...['sasl_method', 'sasl_username', 'sasl_sender', 'orig_queue_id', 'orig_client'],
])
const SPACE = 0x20
const COMMA = 0x2c
const LESS = 0x3c
const GREATER = 0x3e
