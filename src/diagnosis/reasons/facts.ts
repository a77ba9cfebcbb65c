import type { ErrorDirection, ErrorFacts, ErrorPhase } from './types.ts'

/**
 * What an error's own text says of itself: code, status, phase and host, in the wordings of Exim,
 * Postfix, qmail, Dovecot, and delivery reports. What is `known` besides counts for more. Never
 * throws; takes time linear in the text, of which 8,192 characters are read.
 */
export function factsOf(text: string, known: Partial<Omit<ErrorFacts, 'text'>> = {}): ErrorFacts {
  const line = (text.length > MAX_CHARS ? text.slice(0, MAX_CHARS) : text).toLowerCase()
  const reply = findReply(line)
  return {
    text,
    code: known.code ?? reply?.code ?? null,
    enhanced: moreExact(known.enhanced ?? null, findStatus(line, reply)),
    phase: known.phase ?? firstOf(PHASES, line),
    host: known.host ?? findHost(line),
    direction: known.direction ?? firstOf(DIRECTIONS, line),
    temporary: known.temporary ?? null,
  }
}
const MAX_CHARS = 8192

/** `5.0.0` says nothing but its class, so another one from the text is better. */
function moreExact(known: string | null, found: string | null): string | null {
  if (known === null) return found
  return known.endsWith('.0.0') && found !== null ? found : known
}

interface FoundReply {
  readonly code: number
  /** Offset just after the code. */
  readonly end: number
}

/**
 * The reply code (RFC 5321 §4.2). A number counts as one where a reply begins: at the start, after
 * a mark such as `:` or `said`, or with a status behind it; sizes, ports and addresses do not.
 */
function findReply(line: string): FoundReply | null {
  for (const found of line.matchAll(CODE)) {
    const [all, digits = ''] = found
    const end = found.index + all.length
    const before = line.slice(Math.max(0, found.index - 24), found.index)
    if (BEFORE_REPLY.test(before) || BEHIND_CODE.test(line.slice(end, end + 12)))
      return { code: Number(digits), end }
  }
  return null
}
const CODE = /(?<![\w.-])([45][0-57-9]\d)(?=[\s:\-.,;)"'=]|$)/g
const BEFORE_REPLY =
  /(?:^|[:;>"'(#]|<<<|\b(?:said|code|error|reply|response|returned|status|with|smtp|by|was)) {0,2}["'(<]?$/
const BEHIND_CODE = /^[ \-=]{1,2}["'#(]{0,2}[45]\.\d\.\d/

/**
 * The enhanced status (RFC 3463 §2): the one right behind the reply code, else the first of the
 * code's class, else the first. Addresses and versions have other numbers of parts.
 */
function findStatus(line: string, reply: FoundReply | null): string | null {
  const all = [...line.matchAll(STATUS)]
  for (const found of all)
    if (
      /[45]\d\d[ \-=]{1,2}["'#(]{0,2}$/.test(line.slice(Math.max(0, found.index - 8), found.index))
    )
      return found[0]
  const kind = reply === null ? null : String(reply.code).charAt(0)
  const [first] = all
  return (all.find(([status]) => kind !== null && status.startsWith(kind)) ?? first)?.[0] ?? null
}
const STATUS = /(?<![\w.-])[45]\.[0-7]\.\d{1,3}(?![\w]|\.\d)/g

/** The host by name, else by address: of `host NAME [ADDRESS]`, `H=NAME (helo) [ADDRESS]` and so on. */
function findHost(line: string): string | null {
  for (const form of HOSTS) {
    const [, name = '', address = ''] = form.exec(line) ?? []
    const host = name === '' || name === 'unknown' ? address : name.replace(/\.$/, '')
    if (host !== '') return host
  }
  return null
}
/** Name and address of each; bounded, so that no text takes long. */
const HOSTS: readonly RegExp[] = [
  /(?<!client )\b(?:host|connect to|connection with|relay=|h=)[ =]{0,2}([a-z0-9_.-]{0,255}) ?(?:\([^() ]{0,255}\) ?)?\[([0-9a-f.:]{2,45})\]/,
  /\bwith ([a-z0-9_.-]{1,255})\[([0-9a-f.:]{2,45})\]/,
  /\b(?:by|from) ([a-z0-9_.-]{1,255}) ?\[([0-9a-f.:]{2,45})\]/,
  /\b(?:remote host|connected to) ()([0-9a-f.:]{3,45})\b/,
  /(?:^|[\s:])()(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}) (?:does not like|failed after|failed on)/,
]

/** The first of a table whose words are in the line. */
function firstOf<T>(
  table: readonly (readonly [words: string, value: T])[],
  line: string,
): T | null {
  return table.find(([words]) => line.includes(words))?.[1] ?? null
}

/** Exim, Postfix, qmail and Gmail each say which command was answered; the more precise words first. */
const PHASES: readonly (readonly [string, ErrorPhase])[] = [
  ['after rcpt to', 'rcpt'],
  ['reply to rcpt to', 'rcpt'],
  ['sending rcpt to', 'rcpt'],
  ['pipelined rcpt to', 'rcpt'],
  ['reject: rcpt', 'rcpt'],
  ['rejected rcpt', 'rcpt'],
  ['rejected after data', 'endOfData'],
  ['does not like recipient', 'rcpt'],
  ['rcpt to response', 'rcpt'],
  ['after mail from', 'mail'],
  ['reply to mail from', 'mail'],
  ['sending mail from', 'mail'],
  ['pipelined mail from', 'mail'],
  ['reject: mail', 'mail'],
  ['rejected mail', 'mail'],
  ['sender was rejected', 'mail'],
  ['end of data', 'endOfData'],
  ['end-of-message', 'endOfData'],
  ['end of message', 'endOfData'],
  ['end-of-data', 'endOfData'],
  ['after i sent the message', 'endOfData'],
  ['after sending data block', 'endOfData'],
  ['sending message body', 'data'],
  ['reply to data', 'data'],
  ['reject: data', 'data'],
  ['after data', 'data'],
  ['failed on data command', 'data'],
  ['initial connection', 'connect'],
  ['initial server greeting', 'connect'],
  ['refused to talk to me', 'connect'],
  ['greeting failed', 'connect'],
  ['after helo', 'helo'],
  ['after ehlo', 'helo'],
  ['reply to helo', 'helo'],
  ['reply to ehlo', 'helo'],
  ['helo handshake', 'helo'],
  ['ehlo handshake', 'helo'],
  ['rejected ehlo', 'helo'],
  ['rejected helo', 'helo'],
  ['my name was rejected', 'helo'],
  ['after starttls', 'starttls'],
  ['reply to starttls', 'starttls'],
  ['tls session', 'starttls'],
  ['tls error', 'starttls'],
  ['after auth', 'auth'],
  ['sasl authentication failed; server', 'auth'],
  ['authenticator failed', 'login'],
  ['sasl login authentication failed', 'login'],
  ['sasl plain authentication failed', 'login'],
  ['imap-login', 'login'],
  ['pop3-login', 'login'],
  ['rejected connection', 'connect'],
  ['connect to ', 'connect'],
  ['connection refused', 'connect'],
  ['no route to host', 'connect'],
  ['unrouteable', 'routing'],
  ['unroutable', 'routing'],
  ['retry time not reached', 'routing'],
]

const DIRECTIONS: readonly (readonly [string, ErrorDirection])[] = [
  ['smtp error from remote', 'outbound'],
  [' said: ', 'outbound'],
  ['refused to talk to me', 'outbound'],
  ['sasl authentication failed; server', 'outbound'],
  ['noqueue: reject', 'inbound'],
  ['milter-reject', 'inbound'],
  ['rejected rcpt', 'inbound'],
  ['rejected mail', 'inbound'],
  ['rejected after data', 'inbound'],
  ['rejected connection', 'inbound'],
  ['rejected ehlo', 'inbound'],
  ['rejected helo', 'inbound'],
  ['authenticator failed for', 'inbound'],
  ['authentication failed for h=', 'inbound'],
  ['sasl login authentication failed', 'inbound'],
  ['sasl plain authentication failed', 'inbound'],
  ['imap-login', 'inbound'],
  ['pop3-login', 'inbound'],
]
