/** What a failed step is to the queue, in Exim's words: its transports/smtp.c, `check_response`. */
import type { ServerReply } from '../syntax/smtp/server-reply.ts'
import type { Lost, Step } from './dialogue.ts'
import type { Phase, Result } from './types.ts'

export type Failure = Extract<Result, { kind: 'failed' | 'deferred' }>
export type Scope = Failure['scope']

/** A reply that says no, or that nobody asked for. */
export function refused(step: Step, reply: ServerReply, scope: Scope): Failure {
  const class4or5 = reply.code >= 400 && reply.code < 600
  const text = class4or5
    ? `SMTP error from remote mail server after ${step.words}: ${reply.text}`
    : `Malformed SMTP reply in response to ${step.words}: ${reply.text}`
  // A refused session or login is mended here or there; the message has done nothing.
  const isFinal = reply.code >= 500 && class4or5 && (scope === 'message' || scope === 'recipient')
  return {
    kind: isFinal ? 'failed' : 'deferred',
    phase: step.phase,
    text,
    reply: reply.text,
    status: statusOf(reply, step.phase, isFinal),
    scope,
  }
}

/** The connection was lost, or what came over it made no sense. */
export function lostAt(step: Step, { why }: Lost): Failure {
  // What comes with the content can be about the content: it must not stop other mail.
  const isContent = step.phase === 'content' || step.phase === 'end of data'
  return {
    kind: 'deferred',
    phase: step.phase,
    text: lostWords(step, why),
    reply: null,
    status: why.kind === 'malformed' ? '4.5.0' : why.kind === 'tls' ? '4.7.5' : '4.4.2',
    scope: isContent && why.kind !== 'aborted' ? 'message' : 'host',
  }
}

function lostWords({ words }: Step, why: Lost['why']): string {
  switch (why.kind) {
    case 'timeout':
      return `SMTP timeout after ${words}`
    case 'closed':
      return `Remote host closed connection in response to ${words}`
    case 'aborted':
      return `we closed the connection after ${words}: the server is stopping`
    case 'malformed':
      return `Malformed SMTP reply in response to ${words}: ${why.text}`
    case 'tls':
      return `TLS session: ${why.text}`
    case 'error':
      return `SMTP error from remote mail server after ${words}: ${why.text}`
    default:
      return why satisfies never
  }
}

/** Something that we found out ourselves. */
export function ours(
  kind: Failure['kind'],
  phase: Phase,
  status: string,
  text: string,
  scope: Scope,
): Failure {
  return { kind, phase, text, reply: null, status, scope }
}

/** The reply's enhanced status, else what its code means (RFC 5321 §4.2.3); of the class that we act on. */
function statusOf({ code, status }: ServerReply, phase: Phase, isFinal: boolean): string {
  const detail = status?.slice(2) ?? CODE_STATUS[code % 100] ?? PHASE_STATUS[phase] ?? '0.0'
  return `${isFinal ? 5 : 4}.${detail}`
}

/** By the last two digits, the same for 4yz and 5yz. */
const CODE_STATUS: { readonly [twoDigits: number]: string } = {
  0: '5.2',
  1: '5.4',
  2: '5.1',
  3: '5.1',
  4: '5.4',
  21: '3.2',
  30: '7.0',
  34: '7.9',
  35: '7.8',
  38: '7.11',
  55: '5.4',
  56: '1.10',
}
/** A refusal there can be anything else too: the mildest reading. */
const PHASE_STATUS: { readonly [P in Phase]?: string } = { AUTH: '7.8', STARTTLS: '7.5' }

/** What the system says, in the words that logs have. */
export function systemWords(error: unknown): string {
  const code = error instanceof Error ? Reflect.get(error, 'code') : undefined
  const known = typeof code === 'string' ? SYSTEM_WORDS[code] : undefined
  return known ?? (error instanceof Error ? error.message : String(error))
}

const SYSTEM_WORDS: { readonly [code: string]: string } = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  ETIMEDOUT: 'Connection timed out',
  EHOSTUNREACH: 'No route to host',
  EHOSTDOWN: 'Host is down',
  ENETUNREACH: 'Network is unreachable',
  EPIPE: 'Broken pipe',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EADDRINUSE: 'Address already in use',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  EMFILE: 'Too many open files',
  ENFILE: 'Too many open files in system',
}
