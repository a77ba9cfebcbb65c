/** `warning: …`, `error: …`, `fatal: …`, `panic: …`: what any daemon thinks a person should see. */
import { authenticatorName } from '../authenticator.ts'
import type { Event, Host, MessageId, Panic } from '../event.ts'
import { findHost, type HostPlace, hostIn, hostOfAddress, readHost } from './host.ts'
import type { Head } from './program.ts'
import { queueIdEnd } from './queue-id.ts'

/** The line with such a word at `at`; undefined when there is none. */
export function readAlarm(text: string, at: number, end: number, head: Head): Event | undefined {
  const first = text.charCodeAt(at)
  if (first === LETTER_W) {
    const words = WARNINGS.find((word) => text.startsWith(word, at))
    return words === undefined ? undefined : warning(text, at + words.length, end, head)
  }
  const severity = SEVERITIES.find(
    (word) => first === word.charCodeAt(0) && text.startsWith(': ', at + word.length),
  )
  if (severity === undefined || !text.startsWith(severity, at)) return undefined
  const from = at + severity.length + 2
  const bodyAt = afterId(text, from, end)
  const id = head.id ?? idBetween(text, from, bodyAt)
  const said = bodyAt < end ? text.slice(bodyAt, end) : ''
  return { type: 'panic', atMs: head.atMs, id, severity, program: head.program.name, text: said }
}

function warning(text: string, from: number, end: number, head: Head): Event {
  const at = afterId(text, from, end)
  const id = head.id ?? idBetween(text, from, at)
  const said = at < end ? text.slice(at, end) : ''
  const event = authenticationFailed(said, head)
  if (event !== undefined) return event
  const { atMs } = head
  const program = head.program.name
  return { type: 'warning', atMs, id, host: hostOf(said), local: null, program, text: said }
}

/** `mx[192.0.2.1]: SASL LOGIN authentication failed: why, sasl_username=jane`; also `… aborted`. */
function authenticationFailed(said: string, head: Head): Event | undefined {
  if (!findHost(said, 0, said.length, place)) return undefined
  const at = place.end
  if (!said.startsWith(': SASL ', at)) return undefined
  const nameAt = at + ': SASL '.length
  const nameEnd = said.indexOf(AUTHENTICATION, nameAt)
  if (nameEnd < 0) return undefined
  const rest = said.slice(nameEnd + AUTHENTICATION.length)
  const isFailure = rest.startsWith('failed')
  if (!isFailure && !rest.startsWith('aborted')) return undefined
  const reply = rest.startsWith('failed: ') ? rest.slice('failed: '.length) : rest
  const loginAt = reply.indexOf(LOGIN) // the first: a login can hold these words too
  return {
    type: 'authenticationFailed',
    atMs: head.atMs,
    mechanism: authenticatorName(said.slice(nameAt, nameEnd)),
    host: readHost(said, 0, said.length),
    local: null,
    reply: loginAt < 0 ? reply : reply.slice(0, loginAt),
    login: loginAt < 0 ? null : reply.slice(loginAt + LOGIN.length),
  }
}

const place: HostPlace = { open: 0, close: 0, end: 0 }

/** Whom a warning is about. Some quote the client before they name it. */
function hostOf(said: string): Host | null {
  if (said.startsWith('hostname ')) {
    const at = said.indexOf(UNCONFIRMED)
    if (at > 0) return hostOfAddress(firstWord(said.slice(at + UNCONFIRMED.length)))
  }
  if (said.startsWith('reject: ETRN ') || said.startsWith('bad ETRN ')) {
    const at = said.lastIndexOf(' from ')
    return at < 0 ? null : readHost(said, at + 6, said.length)
  }
  const address = firstWord(said)
  if (OLD_UNCONFIRMED.some((words) => said.startsWith(words, address.length)))
    return hostOfAddress(address)
  return hostIn(said, 0, said.length)
}

function firstWord(text: string): string {
  let end = 0
  while (end < text.length && text.charCodeAt(end) !== SPACE && !text.startsWith(': ', end)) end++
  return text.charCodeAt(end - 1) === COLON ? text.slice(0, end - 1) : text.slice(0, end)
}

/** Past `3F2A1B0C4D: `, if it stands there. */
function afterId(text: string, at: number, end: number): number {
  const idEnd = queueIdEnd(text, at, end)
  return idEnd > 0 && text.startsWith(': ', idEnd) ? Math.min(idEnd + 2, end) : at
}

function idBetween(text: string, from: number, bodyAt: number): MessageId | null {
  return bodyAt > from ? (text.slice(from, queueIdEnd(text, from, bodyAt)) as MessageId) : null
}

const WARNINGS = ['warning: ', 'warn: ', 'Warning: ', 'WARNING: ']
const SEVERITIES: readonly Panic['severity'][] = ['error', 'fatal', 'panic']
const AUTHENTICATION = ' authentication '
const LOGIN = ', sasl_username='
const UNCONFIRMED = ' does not resolve to address '
/** Postfix before 2.9. */
const OLD_UNCONFIRMED = [': hostname ', ': address not listed for hostname ']
const SPACE = 0x20
const COLON = 0x3a
const LETTER_W = 0x77
