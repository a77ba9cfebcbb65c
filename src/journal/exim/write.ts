/**
 * Events as lines of Exim's main log (the Exim specification's chapter "Log files"), with the
 * fields that `log_selector = +all_parents +incoming_port +incoming_interface +received_recipients
 * +received_sender +sender_on_delivery +smtp_confirmation +subject +delivery_size +tls_cipher
 * +tls_certificate_verified +tls_sni +deliver_time +queue_time` turns on, in Exim's order.
 *
 * `readLine(renderEvent(event, zone), zone)` is the event again, but for the headers of a rejected
 * message. An empty value that has no quotes around it is left out, as if it were null.
 */
import { authenticatorName } from '../authenticator.ts'
import type {
  Arrival,
  AuthenticationFailed,
  Delivered,
  Event,
  Host,
  Interface,
  LoggedIn,
  MessageId,
  Note,
  OwnEvent,
  QueueAction,
  Recipient,
  Rejected,
  TlsFacts,
  Undelivered,
  Unknown,
} from '../event.ts'
import { formatTime, type Zone } from '../zone.ts'
import { durationText } from './duration.ts'
import { escapeText, escapeToken, octal, quote } from './escape.ts'
import { readLine } from './read.ts'

/** What we write to the main log; logins go to authlog, in Dovecot's form. */
export type MailEvent = Exclude<OwnEvent, LoggedIn>

/** One line, without its end. */
export function renderEvent(event: MailEvent, zone: Zone): string {
  const time = formatTime(event.atMs, zone)
  switch (event.type) {
    case 'arrival':
      return `${time} ${event.id} ${event.mark} ${arrival(event)}`
    case 'delivered':
      return `${time} ${event.id} ${event.mark} ${delivered(event)}`
    case 'failed':
      return `${time} ${event.id} ** ${undelivered(event)}`
    case 'deferred':
      return `${time} ${event.id} == ${undelivered(event)}`
    case 'completed':
      return `${time} ${event.id} Completed${duration('QT', event.queueTimeMs)}`
    case 'rejected':
      return time + start(event.id) + rejected(event)
    case 'authenticationFailed':
      return `${time} ${authenticationFailed(event)}`
    case 'warning':
      return `${time}${start(event.id)}${host(event.host)}${local(event.local)} Warning: ${escapeText(event.text)}`
    case 'panic':
      return `${time}${start(event.id)} PANIC: ${escapeText(event.text)}`
    case 'queueAction':
    case 'note':
      return note(`${time}${start(event.id)}`, event, zone)
    default:
      return event satisfies never
  }
}

/** For rejectlog: the line of the main log, and under it the header of the rejected message. */
export function renderRejection(event: Rejected | AuthenticationFailed, zone: Zone): string {
  const line = renderEvent(event, zone)
  if (event.type === 'authenticationFailed' || event.headers.length === 0) return line
  return `${line}\n${event.headers.map(headerLines).join('\n')}`
}

function arrival(event: Arrival): string {
  let line = (event.from ? addressToken(event.from) : '<>') + token('R', event.parent)
  line += host(event.host) + local(event.local) + token('U', event.user)
  line += token('P', event.protocol) + tls(event.tls)
  line += authenticator(event.authenticator, event.login)
  if (event.sizeOctets !== null) line += ` S=${event.sizeOctets}`
  line += token('id', event.messageIdHeader)
  if (event.subject !== null) line += ` T=${quote(event.subject)}`
  line += event.from ? ` from <${addressToken(event.from)}>` : ' from <>'
  if (event.recipients.length > 0) line += ` for ${event.recipients.map(addressToken).join(' ')}`
  return line
}

function delivered(event: Delivered): string {
  // Nothing follows a colon in a delivery line, so this one stands as Exim writes it.
  const { address } = event.recipient
  let line = recipient(event.recipient, address === ':blackhole:' ? address : undefined)
  if (event.sizeOctets !== null) line += ` S=${event.sizeOctets}`
  if (event.mailbox !== null) line += ` mailbox=${quote(event.mailbox)}`
  line += host(event.host) + tls(event.tls) + token('A', event.authenticator)
  if (event.confirmation !== null) line += ` C=${quote(event.confirmation)}`
  return line + duration('QT', event.queueTimeMs) + duration('DT', event.deliverTimeMs)
}

function undelivered(event: Undelivered): string {
  let line = recipient(event.recipient)
  if (event.type === 'deferred')
    line += event.errorNumber === null ? ' defer' : ` defer (${event.errorNumber})`
  line += `${host(event.host)}${tls(event.tls)}: ${reason(event.reason)}`
  return line + duration('QT', event.queueTimeMs) + duration('DT', event.deliverTimeMs)
}

/** What looks like a time at the end of a reason must not be taken for one. */
function reason(text: string): string {
  const escaped = escapeText(text)
  const last = escaped.lastIndexOf(' ') + 1
  const isTime = escaped.startsWith('QT=', last) || escaped.startsWith('DT=', last)
  if (!isTime) return escaped
  return escaped.slice(0, last) + octal(escaped.charAt(last)) + escaped.slice(last + 1)
}

function rejected(event: Rejected): string {
  let line = host(event.host) + local(event.local) + tls(event.tls) + sender(event.from)
  line += authenticator(event.authenticator, event.login)
  line += event.temporary ? ' temporarily rejected ' : ' rejected '
  line += event.phase
  if (event.subject !== null) line += ` ${subjectToken(event.subject)}`
  return event.reason === '' ? line : `${line}: ${escapeText(event.reason)}`
}

/** fail2ban's stock filter wants no `H=` here, and `535 Incorrect authentication data` as the reply. */
function authenticationFailed(event: AuthenticationFailed): string {
  let line = `${escapeToken(authenticatorName(event.mechanism))} authenticator failed`
  const peer = hostText(event.host)
  // Exim has `H=` here since 4.97: a name that starts so is escaped.
  if (peer !== '') line += ` for ${peer.replace(/^H=/, '\\110=')}${local(event.local)}`
  else if (event.local !== null) line += ` for${local(event.local)}`
  line += `: ${escapeText(event.reply).replaceAll('(set_id=', '\\050set_id=')}`
  return event.login === null ? line : `${line} (set_id=${escapeToken(event.login)})`
}

/**
 * A note must not be taken for something else: then its first character is escaped, and what is
 * read is the same text with the topic `other`.
 */
function note(before: string, event: Note | QueueAction, zone: Zone): string {
  const line = `${before} ${escapeText(event.text)}`
  if (event.text === '' || isReadAs(event, readLine(line, zone))) return line
  const first = String.fromCodePoint(event.text.codePointAt(0) ?? 0)
  return `${before} ${octal(first)}${escapeText(event.text.slice(first.length))}`
}

/** A topic can be read more exactly than it was said, but `other` stays `other`. */
function isReadAs(event: Note | QueueAction, read: Event | Unknown): boolean {
  if (read.type !== event.type || read.id !== event.id || read.text !== event.text) return false
  if (read.type === 'queueAction')
    return event.type === 'queueAction' && read.action === event.action
  return event.type === 'note' && (event.topic !== 'other' || read.topic === 'other')
}

function recipient(of: Recipient, address = addressToken(of.address)): string {
  const { parents, from, router, transport } = of
  let line = address
  const original = parents.at(-1)
  if (original !== undefined) {
    if (parents.length > 1) line += ` (${parents.slice(0, -1).map(parentToken).join(', ')})`
    line += ` <${addressToken(original)}>`
  }
  return line + sender(from) + token('R', router) + token('T', transport)
}

/** A quote that opens no quoted local part must not be taken for one. */
function addressToken(address: string): string {
  const token = escapeToken(address)
  return token.startsWith('"') && !/^"[^"]*"@/.test(token) ? `\\042${token.slice(1)}` : token
}

/** Parents are separated by commas. */
function parentToken(address: string): string {
  return escapeToken(address).replaceAll(',', '\\054')
}

/** ` <bob@example.net>` keeps its brackets, so that fail2ban and people find the address. */
function subjectToken(subject: string): string {
  const isPath = subject.length > 1 && subject.startsWith('<') && subject.endsWith('>')
  return isPath ? `<${addressToken(subject.slice(1, -1))}>` : escapeToken(subject)
}

function sender(from: string | null | undefined): string {
  if (from === undefined) return ''
  return from ? ` F=<${addressToken(from)}>` : ' F=<>'
}

function host(value: Host | null): string {
  const text = hostText(value)
  return text === '' ? '' : ` H=${text}`
}

function hostText(value: Host | null): string {
  if (value === null) return ''
  let text = value.name === null ? '' : escapeToken(value.name).replaceAll('[', '\\133')
  if (value.helo !== null) text += `${text === '' ? '' : ' '}(${escapeToken(value.helo)})`
  if (value.address === null) return text
  text += `${text === '' ? '' : ' '}[${escapeToken(value.address).replaceAll(']', '\\135')}]`
  return value.port === null ? text : `${text}:${value.port}`
}

function local(value: Interface | null): string {
  if (value === null) return ''
  return ` I=[${escapeToken(value.address).replaceAll(']', '\\135')}]:${value.port}`
}

function tls(value: TlsFacts | null): string {
  if (value === null) return ''
  const version = escapeToken(value.version).replaceAll(':', '\\072')
  let line = ` X=${version}:${escapeToken(value.cipher)}:${value.bits}`
  if (value.verified === 'dane') line += ' CV=dane'
  else if (value.verified !== null) line += value.verified ? ' CV=yes' : ' CV=no'
  if (value.serverName !== null) line += ` SNI=${quote(value.serverName)}`
  return line
}

function authenticator(name: string | null, login: string | null): string {
  if (!name && login === null) return ''
  const plain = escapeToken(name ?? '').replaceAll(':', '\\072')
  if (login === null) return ` A=${plain}`
  // A colon in it would start what `smtp_mailauth` adds.
  return ` A=${plain}:${escapeToken(login).replaceAll(':', '\\072')}`
}

function token(name: string, value: string | null): string {
  return value ? ` ${name}=${escapeToken(value)}` : ''
}

function duration(name: string, ms: number | null): string {
  return ms === null ? '' : ` ${name}=${durationText(ms)}`
}

function start(id: MessageId | null): string {
  return id === null ? '' : ` ${id}`
}

/** Exim puts a letter before the fields it knows; every line of a folded field stays indented. */
function headerLines(field: string): string {
  const name = field.slice(0, field.indexOf(':')).toLowerCase()
  const [first = '', ...more] = field.replace(/\r?\n$/, '').split(/\r?\n/)
  const folded = more.map((line) => `\n\t${escapeText(line.trimStart())}`)
  return `${HEADER_LETTER.get(name) ?? ' '} ${escapeText(first)}${folded.join('')}`
}

const HEADER_LETTER: ReadonlyMap<string, string> = new Map([
  ['received', 'P'],
  ['return-path', 'P'],
  ['from', 'F'],
  ['to', 'T'],
  ['cc', 'C'],
  ['bcc', 'B'],
  ['reply-to', 'R'],
  ['sender', 'S'],
  ['message-id', 'I'],
])
