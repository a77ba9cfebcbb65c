/**
 * What a rule, a milter or a proxy did with a message or a client:
 *
 *   reject: RCPT from mx[192.0.2.1]: 450 4.1.8 <a@b>: why; from=<a@b> to=<c@d> proto=ESMTP helo=<x>
 *   hold: header Subject: x from mx[192.0.2.1]; from=<a@b> to=<c@d> proto=ESMTP helo=<x>: why
 *   proxy-reject: END-OF-MESSAGE: 554 why; from=<a@b> to=<c@d> proto=SMTP helo=<x>
 *
 * The first form is smtpd's, milters' and postscreen's, the second that of header and body checks.
 */
import { authenticatorName } from '../authenticator.ts'
import type { Event, QueueAction, Rejected, RejectPhase, TlsFacts } from '../event.ts'
import { decodeWords } from '../../syntax/message/encoded-word.ts'
import { arrivalPart } from './arrival.ts'
import { findHost, type HostPlace, readHost } from './host.ts'
import type { Head } from './program.ts'
import { readTail, splitTail, type Tail } from './tail.ts'
import type { TlsMemory } from './tls.ts'

/** The line whose action's word is at `at`; undefined when it is none of these. */
export function readAction(
  text: string,
  at: number,
  end: number,
  head: Head,
  memory: TlsMemory,
): Event | undefined {
  const most = Math.min(end, at + MAX_ACTION_CHARS)
  let colon = at
  while (colon < most && IS_WORD[text.charCodeAt(colon)] === 1) colon++
  if (colon >= most || !text.startsWith(': ', colon)) return undefined
  const word = text.slice(at, colon)
  const action = ACTIONS.get(plainWord(word))
  if (action === undefined) return undefined
  const said = text.slice(at, end)
  const body = said.slice(word.length + 2)
  if (word.startsWith('proxy-')) return readProxy(action, body, head, said)
  const space = body.indexOf(' ')
  const first = space < 0 ? body : body.slice(0, space)
  if (CONTENT.has(first)) return readContent(action, first, body, head, said)
  if (!body.startsWith(' from ', first.length)) return undefined
  return readStep(action, first, body.slice(first.length + 6), head, memory, said)
}

/** `milter-header-redirect` is `redirect`. */
function plainWord(word: string): string {
  if (!word.startsWith('milter-') && !word.startsWith('proxy-')) return word
  return word.slice(word.lastIndexOf('-') + 1)
}

/** `host: text; from=<a> to=<b> proto=ESMTP helo=<c>`, after a command's name. */
function readStep(
  action: Action,
  command: string,
  body: string,
  head: Head,
  memory: TlsMemory,
  said: string,
): Event | undefined {
  if (!findHost(body, 0, body.length, place)) return undefined
  const { end } = place
  const isTold = body.startsWith(': ', end)
  const [reason, tail] = splitTail(isTold ? body.slice(end + 2) : body.slice(end))
  const host = readHost(body, 0, end, tail.helo)
  if (action !== 'rejected') return otherAction(action, host, head, said)
  const phase = PHASES.get(command) ?? 'connection'
  const tls = memory.of(head.process, body, 0)
  return rejected(head, { host, tls, phase, tail, reason, subject: subjectOf(command, tail) })
}

const place: HostPlace = { open: 0, close: 0, end: 0 }

/** `END-OF-MESSAGE: 554 why; from=<a> …`: what the filter behind smtpd said. */
function readProxy(action: Action, body: string, head: Head, said: string): Event | undefined {
  const colon = body.indexOf(': ')
  const phase = PHASES.get(body.slice(0, Math.max(0, colon)))
  if (phase === undefined) return undefined
  const [reason, tail] = splitTail(body.slice(colon + 2))
  const host = readHost('', 0, 0, tail.helo)
  if (action !== 'rejected') return otherAction('filtered', host, head, said)
  return rejected(head, { host, tls: null, phase, tail, reason, subject: subjectOf('', tail) })
}

/** `header Subject: x from mx[192.0.2.1]; from=<a> to=<b> proto=ESMTP helo=<c>: why` */
function readContent(
  action: Action,
  first: string,
  body: string,
  head: Head,
  said: string,
): Event | undefined {
  const near = originAt(body, first.length + 1 + MAX_CONTENT_CHARS)
  // A system log can make it longer: `#011` for a tab.
  const fromAt = near >= 0 ? near : originAt(body, body.length)
  const isTold = fromAt >= 0
  const otherAt = isTold ? otherOrigin(body, fromAt) : -1
  const isSure = isTold && otherAt < 0
  const fieldsAt = isSure ? originEnd(body, fromAt) : body.lastIndexOf(' helo=<')
  const [words, tail] = isTold
    ? ['', readTail(fieldsAt < 0 ? '' : body.slice(fieldsAt))]
    : splitTail(body)
  const content = isTold ? body.slice(0, isSure ? fromAt : otherAt) : words
  const host = isSure ? readHost(body, fromAt + FROM.length, body.length, tail.helo) : null
  if (action === 'rejected')
    return rejected(head, {
      host,
      tls: null,
      phase: 'after DATA',
      tail,
      reason: tail.rest,
      subject: content,
    })
  const isSubject = content.startsWith(SUBJECT) && head.id !== null && (isSure || !isTold)
  if (isSubject && head.id !== null && (action === 'warned' || action === 'noted')) {
    const part = arrivalPart(head, head.id)
    part.from = tail.from
    part.host = host
    part.protocol = tail.protocol
    part.subject = decodeWords(unfolded(content.slice(SUBJECT.length)))
    return part
  }
  const about = action === 'noted' ? 'filtered' : action
  return otherAction(about, host, head, said)
}

/**
 * Where ` from host[address];`, ` from local;` or ` from unknown;` starts, not later than `most`: the
 * last one, for the content before it can hold the same words. -1 when nothing says so.
 */
function originAt(text: string, most: number): number {
  let at = text.lastIndexOf(FROM, most)
  while (at >= 0 && originEnd(text, at) < 0) at = at === 0 ? -1 : text.lastIndexOf(FROM, at - 1)
  return at
}

/**
 * The first place before `at` that can be the origin as well, because an address of its fields is open
 * at `at`: in that address the sender wrote what follows, or all of it is the header's. Only HELO and
 * the check's own words are sure then. -1 when there is none.
 */
function otherOrigin(text: string, at: number): number {
  const open = lastOf(text, ADDRESSES, at)
  if (open < 0 || open < lastOf(text, AFTER_ADDRESSES, at)) return -1
  let other = text.indexOf(FROM)
  for (; other >= 0 && other < open; other = text.indexOf(FROM, other + 1)) {
    const end = originEnd(text, other)
    if (end >= 0 && end <= open && ADDRESSES.some((start) => text.startsWith(start, end)))
      return other
  }
  return -1
}

function lastOf(text: string, words: readonly string[], at: number): number {
  return Math.max(...words.map((word) => text.lastIndexOf(word, at)))
}

const ADDRESSES = [' from=<', ' to=<']
const AFTER_ADDRESSES = [' proto=', ' helo=<', '>: ']

/** After the origin that starts at `at`, and its semicolon; -1 when there is none. */
function originEnd(text: string, at: number): number {
  const from = at + FROM.length
  let end = from
  if (findHost(text, from, text.length, place)) ({ end } = place)
  else for (const word of ['local', 'unknown']) if (text.startsWith(word, from)) end += word.length
  if (end === from) return -1
  return end === text.length ? end : text.charCodeAt(end) === SEMICOLON ? end + 1 : -1
}

/** Postfix shows the line break of a folded header, like every control character, as a question mark. */
function unfolded(header: string): string {
  return header.replaceAll('?=? =?', '?= =?').replaceAll('?=??=?', '?= =?')
}

interface RejectFacts {
  readonly host: Rejected['host']
  readonly tls: TlsFacts | null
  readonly phase: RejectPhase
  readonly tail: Tail
  readonly reason: string
  readonly subject: string | null
}

function rejected(head: Head, facts: RejectFacts): Rejected {
  const { host, tls, phase, tail, reason, subject } = facts
  return {
    type: 'rejected',
    atMs: head.atMs,
    id: head.id,
    host,
    local: null,
    tls,
    authenticator: tail.method === null ? null : authenticatorName(tail.method),
    login: tail.login,
    from: tail.from,
    temporary: reason.startsWith('4') || BUSY.has(reason),
    phase,
    subject,
    reason,
    headers: [],
  }
}

/** What was rejected: the command's argument, as far as the line tells it. */
function subjectOf(command: string, tail: Tail): string | null {
  if (command === 'CONNECT' || command === 'STARTTLS' || command === 'AUTH') return null
  if (command === 'HELO' || command === 'EHLO' || command === 'LHLO') return tail.helo
  if (command === 'MAIL') return tail.from === undefined ? null : `<${tail.from ?? ''}>`
  if (tail.to !== undefined) return `<${tail.to}>`
  return PHASES.has(command) || command === '' ? null : command
}

/** Everything but a rejection. Without a queue id nothing can be done with a message: a note. */
function otherAction(
  action: Exclude<Action, 'rejected'>,
  host: Rejected['host'],
  head: Head,
  text: string,
): Event {
  const { atMs, id } = head
  const program = head.program.name
  if (action === 'warned') return { type: 'warning', atMs, id, host, local: null, program, text }
  if (id === null || action === 'noted' || action === 'filtered') {
    const topic = action === 'filtered' ? 'filter' : 'policy'
    return { type: 'note', atMs, id, topic, host, program, text }
  }
  return { type: 'queueAction', atMs, id, action, recipient: null, by: null, text }
}

/** postscreen, `reject: connect from [192.0.2.1]:4242: all screening ports busy`. */
export function readBusy(text: string, at: number, end: number, head: Head): Event | undefined {
  const start = at + BUSY_START.length
  if (!text.startsWith(BUSY_START, at) || !findHost(text, start, end, place)) return undefined
  const reason = text.slice(place.end + 2, end)
  const host = readHost(text, start, end)
  const tail = readTail('')
  return rejected(head, { host, tls: null, phase: 'connection', tail, reason, subject: null })
}

type Action = 'rejected' | 'warned' | 'noted' | 'filtered' | QueueAction['action']

/** access(5), header_checks(5), postscreen(8) and milters. */
const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['reject', 'rejected'],
  ['hangup', 'rejected'],
  ['defer', 'rejected'],
  ['abort', 'rejected'],
  ['reject_warning', 'warned'],
  ['warn', 'warned'],
  ['warning', 'warned'],
  ['hold', 'held'],
  ['discard', 'discarded'],
  ['redirect', 'changed'],
  ['bcc', 'changed'],
  ['filter', 'changed'],
  ['delay', 'changed'],
  ['prepend', 'changed'],
  ['replace', 'changed'],
  ['strip', 'changed'],
  ['ignore', 'changed'],
  ['info', 'noted'],
  ['permit', 'noted'],
  ['pass', 'noted'],
  ['accept', 'noted'],
])

const PHASES: ReadonlyMap<string, RejectPhase> = new Map<string, RejectPhase>([
  ['CONNECT', 'connection'],
  ['HELO', 'EHLO or HELO'],
  ['EHLO', 'EHLO or HELO'],
  ['LHLO', 'EHLO or HELO'],
  ['STARTTLS', 'STARTTLS'],
  ['TLS', 'STARTTLS'],
  ['AUTH', 'AUTH'],
  ['MAIL', 'MAIL'],
  ['RCPT', 'RCPT'],
  ['DATA', 'DATA'],
  ['BDAT', 'DATA'],
  ['END-OF-MESSAGE', 'after DATA'],
  ['VRFY', 'VRFY'],
  ['ETRN', 'ETRN'],
])

/** What header and body checks look at. */
const CONTENT: ReadonlySet<string> = new Set([
  ...['header', 'body', 'content', 'mime-error', 'mime', 'nested'],
])
const SUBJECT = 'header Subject: '
const FROM = ' from '
/** `%.200s`: so the content ends before HELO, which could hold the same words, has its say. */
const MAX_CONTENT_CHARS = 200
const SEMICOLON = 0x3b
/** postscreen's words for 421. */
const BUSY: ReadonlySet<string> = new Set([
  ...['too many connections', 'all server ports busy', 'all screening ports busy'],
])
const BUSY_START = 'reject: connect from '
const MAX_ACTION_CHARS = 40
const IS_WORD = new Uint8Array(128)
for (const char of 'abcdefghijklmnopqrstuvwxyz-_') IS_WORD[char.charCodeAt(0)] = 1
