import { hostIn, phaseIn, replyIn } from '../../syntax/smtp/error-text.ts'
import type { ErrorDirection, ErrorFacts, ErrorPhase } from './types.ts'

/**
 * What an error's own text says of itself: code, status, phase and host, in the wordings of Exim,
 * Postfix, qmail, Dovecot, and delivery reports. What is `known` besides counts for more. Never
 * throws; takes time linear in the text, of which 8,192 characters are read.
 */
export function factsOf(text: string, known: Partial<Omit<ErrorFacts, 'text'>> = {}): ErrorFacts {
  const line = (text.length > MAX_CHARS ? text.slice(0, MAX_CHARS) : text).toLowerCase()
  const reply = replyIn(line)
  const refusing = LOGIN_REFUSED.exec(text)?.[1] ?? null
  const withoutMail = NO_MAIL_TAKEN.exec(text)?.[1] ?? null
  const said = (refusing ?? withoutMail) === null ? known : { ...known, ...OF_OUR_RELAY }
  return {
    text,
    code: known.code ?? reply.code,
    enhanced: moreExact(known.enhanced ?? null, reply.status),
    phase: known.phase ?? phaseOf(line),
    host: known.host ?? hostIn(line),
    direction: said.direction ?? firstOf(DIRECTIONS, line),
    temporary: known.temporary ?? null,
    server: said.server ?? null,
    relay:
      refusing !== null
        ? { name: refusing, refusesLogin: true }
        : (known.relay ??
          (withoutMail !== null || OUR_LOGIN.test(line) ? { name: withoutMail } : null)),
  }
}
const MAX_CHARS = 8192

/** So our own paniclog says it: `Settler.loginRefused`. */
const LOGIN_REFUSED = /^the relay ([\w.-]{1,255}) refuses our login, and mail for it waits: /
/** `Settler.noMailTaken`. */
const NO_MAIL_TAKEN =
  /^the relay ([\w.-]{1,255}) takes our login, but has taken no mail for \d{1,9} min; that of <[^>]{0,500}> waits: /
const OF_OUR_RELAY = { direction: 'outbound', server: 'waybill' } as const

/** Postfix logs in only where it was told to, so this is a relay of ours. */
const OUR_LOGIN = /^sasl authentication failed;|: sasl authentication failed; server /

/** `5.0.0` says nothing but its class, so another one from the text is better. */
function moreExact(known: string | null, found: string | null): string | null {
  if (known === null) return found
  return known.endsWith('.0.0') && found !== null ? found : known
}

function phaseOf(line: string): ErrorPhase | null {
  return firstOf(LOGIN_PHASES, line) ?? phaseIn(line) ?? firstOf(ROUTING_PHASES, line)
}

/** The first of a table whose words are in the line. */
function firstOf<T>(
  table: readonly (readonly [words: string, value: T])[],
  line: string,
): T | null {
  return table.find(([words]) => line.includes(words))?.[1] ?? null
}

/** Not of SMTP, and before what is: a login fails by the words of AUTH. */
const LOGIN_PHASES: readonly (readonly [string, ErrorPhase])[] = [
  ['authenticator failed', 'login'],
  ['sasl login authentication failed', 'login'],
  ['sasl plain authentication failed', 'login'],
  ['imap-login', 'login'],
  ['pop3-login', 'login'],
]

const ROUTING_PHASES: readonly (readonly [string, ErrorPhase])[] = [
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
