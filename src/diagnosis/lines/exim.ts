/**
 * A line of Exim's log, field by field, as the Exim specification's chapter "Log files" names them.
 * Works on the line as it stands, so that what no event keeps is explained too.
 */
import type { MessageId } from '../../journal/event.ts'
import { idTimeMs, messageIdEnd } from '../../journal/message-id.ts'
import { type Field, KeyedFields } from './field.ts'

/** Null when the line has no time in Exim's form. */
export function eximFields(line: string): readonly Field[] | null {
  const head = TIME.exec(line)
  if (head === null) return null
  const [start, time = '', process] = head
  const fields: Field[] = [
    { name: 'time', value: time, meaning: 'when, in the time zone of the server' },
  ]
  if (process !== undefined)
    fields.push({ name: 'pid', value: process, meaning: 'the process that wrote the line' })
  let at = start.length
  const idEnd = messageIdEnd(line, at, line.length)
  if (idEnd > 0) {
    const id = line.slice(at, idEnd)
    fields.push({ name: 'message id', value: id, meaning: idMeaning(id as MessageId) })
    at = Math.min(idEnd + 1, line.length)
  }
  const flag = line.slice(at, at + 2)
  const meaning = line.charAt(at + 2) === ' ' ? FLAGS[flag] : undefined
  if (meaning !== undefined) {
    fields.push({ name: flag, value: '', meaning })
    return [...fields, ...stepFields(line, at + 3, kindOf(flag))].flatMap(splitWords)
  }
  if (line.startsWith('Completed', at)) {
    fields.push({ name: 'Completed', value: '', meaning: 'nothing is left to do for this message' })
    return [...fields, ...KEYED.read(line, at + 10, 'delivery')]
  }
  return [...fields, ...KEYED.read(line, at, 'session')].flatMap(splitWords)
}

/** What has a meaning of its own in the words at the end: `defer (111): …`, `rejected RCPT <x>: …`. */
function splitWords(field: Field): readonly Field[] {
  if (field.name !== 'text') return [field]
  const [defer] = DEFER.exec(field.value) ?? []
  if (defer !== undefined) {
    const number = defer.slice('defer '.length).replace(/:? ?$/, '')
    const rest = KEYED.read(field.value, defer.length, 'delivery')
    const first = { name: 'defer', value: number, meaning: deferMeaning(number) }
    return [first, ...rest.flatMap(splitWords)]
  }
  const fields: Field[] = []
  let { value } = field
  const [verb = '', what = '', object = ''] = VERB.exec(value) ?? []
  if (what !== '') fields.push({ name: what, value: object, meaning: REJECTED })
  value = value.slice(verb.length)
  const times: Field[] = []
  for (let found = LAST_TIME.exec(value); found !== null; found = LAST_TIME.exec(value)) {
    const [all, name = '', time = ''] = found
    times.unshift({ name, value: time, meaning: name === 'DT' ? DELIVERY_TIME : QUEUE_TIME })
    value = value.slice(0, -all.length)
  }
  if (value !== '') fields.push({ ...field, value })
  return [...fields, ...times]
}

const VERB =
  /^((?:temporarily )?rejected (?:after DATA|EHLO or HELO|[A-Z]{3,10}\b))(?: (\S{1,1024}?))?(?:: |$)/
const DEFER = /^defer \(-?\d{1,6}\):? ?/
const LAST_TIME = / (DT|QT)=(\d[0-9.]{0,12}[a-z][0-9a-z.]{0,20})$/
const REJECTED = 'the step of the session that was refused, and for what'
const DELIVERY_TIME = 'time taken for the delivery'
const QUEUE_TIME = 'time spent on the queue'

function deferMeaning(number: string): string {
  return number.startsWith('(-')
    ? 'temporary error; a negative number is one of Exim’s own (the retry rules use it)'
    : 'temporary error; a positive number is the system’s errno'
}

const TIME = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?(?: [+-]\d{4})?) (?:\[(\d{1,10})\] )?/

function idMeaning(id: MessageId): string {
  const atMs = idTimeMs(id)
  const isDate = Number.isFinite(atMs) && atMs > 0 && atMs < 8.64e15
  const when = isDate ? `; made at ${new Date(atMs).toISOString()}` : ''
  return `names the message in every line about it, and in the queue${when}`
}

/** The specification's list of flags. */
const FLAGS: Readonly<Record<string, string>> = {
  '<=': 'message arrival: it was accepted',
  '(=': 'message fakereject: it was accepted, and the client was told that it was not',
  '=>': 'normal message delivery',
  '->': 'additional address in the same delivery',
  '>>': 'cutthrough message delivery: delivered while it was still being received',
  '*>': 'delivery suppressed by -N: a rehearsal, nothing was delivered',
  '**': 'delivery failed; the address bounced',
  '==': 'delivery deferred; a temporary problem, it is tried again',
}

type Kind = 'arrival' | 'delivery' | 'session'

function kindOf(flag: string): Kind {
  return flag === '<=' || flag === '(=' ? 'arrival' : 'delivery'
}

/** The address or addresses after a flag, then the fields. */
function stepFields(line: string, at: number, kind: Kind): readonly Field[] {
  const found = (kind === 'arrival' ? SENDER : ADDRESSES).exec(line.slice(at, at + MAX_ADDRESSES))
  const [all = '', address = '', parents, original] = found ?? []
  const fields: Field[] = []
  if (address !== '') {
    const meaning =
      kind === 'delivery'
        ? 'the address, as it was delivered'
        : address === '<>'
          ? 'the empty envelope sender: a bounce, or another answer by a program'
          : 'the envelope sender: where bounces go'
    fields.push({ name: kind === 'arrival' ? 'sender' : 'address', value: address, meaning })
  }
  if (parents !== undefined)
    fields.push({ name: 'parents', value: parents, meaning: 'addresses on the way to it' })
  if (original !== undefined)
    fields.push({ name: 'original', value: original, meaning: 'the address that was written to' })
  return [...fields, ...KEYED.read(line, at + all.length, kind)]
}

const SENDER = /^(\S{1,1024})(?: |$)/
const ADDRESSES =
  /^([^\s=]{1,1024}?)(?:\s\(([^()]{1,2048})\))?(?:\s(<[^<>]{0,1024}>))?(?=:?\s|:?$):? ?/
const MAX_ADDRESSES = 4096

/** The specification's summary of fields: name, what it means in each kind of line. */
const KEYED = new KeyedFields<Kind>({
  A: 'authenticator name (and optional id): how, and as whom, the client logged in',
  C: {
    delivery: 'SMTP confirmation on delivery: what the other server said',
    other: 'the SMTP commands of a session without mail',
  },
  Ci: 'connection id: the same in every line of one connection',
  CV: 'certificate verification status: was the other side’s certificate proved?',
  D: 'duration of the session',
  DKIM: 'result of the DKIM check',
  DN: 'distinguished name of the other side’s certificate',
  DS: 'DNSSEC secured the look-ups',
  DT: 'time taken for the delivery',
  F: 'sender address',
  H: 'host name, the name it gave itself in (brackets), and IP address',
  I: 'local interface: our address and port of the connection',
  K: 'the CHUNKING extension was used',
  L: 'the PIPELINING extension was used',
  M8S: '8BITMIME status of the message: 7, 8, or 0 when the client did not say',
  P: {
    arrival: 'protocol by which it came (RFC 3848); s is TLS, a is a login',
    delivery: 'return path: the sender on the envelope that went out',
    other: 'protocol',
  },
  PRDR: 'the PRDR extension was used: each recipient had its own answer',
  PRX: 'proxy address',
  Q: 'alternate queue name',
  QT: 'time spent on the queue',
  R: {
    arrival: 'reference: the message that this one is a bounce of',
    delivery: 'router: the rule that decided where it goes',
    other: 'router or reference',
  },
  RT: 'time taken for reception',
  S: 'size of the message in octets',
  SNI: 'server name that the TLS client asked for',
  ST: 'shadow transport name',
  T: {
    arrival: 'message subject (topic)',
    delivery: 'transport: how it was delivered',
    other: 'topic or transport',
  },
  TFO: 'TCP Fast Open was used',
  U: 'local user, or RFC 1413 identity',
  X: 'TLS version and cipher suite',
  id: 'Message-ID header of the incoming message',
  mailbox: 'the mailbox that it was put in',
  from: 'the envelope sender, as it was received',
  for: 'the recipients, as they were received',
  set_id: 'the name that was logged in with',
})
