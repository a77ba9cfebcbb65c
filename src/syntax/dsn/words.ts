/** What the words of an error say besides: code, status, host and step. */
import type { FailedRecipient, ReportPhase } from './report.ts'

/** What is known of a recipient from elsewhere; a phase or a host that is given wins. */
export type Known = Omit<FailedRecipient, 'code' | 'phase'> & {
  readonly phase?: ReportPhase | null
}

/** Adds what the diagnostic itself says, and takes the more precise status. */
export function withFacts(known: Known): FailedRecipient {
  const text = known.diagnostic?.replace(/\s+/g, ' ').trim().slice(0, MAX_CHARS) ?? ''
  const { code, status } = reasonIn(text)
  return {
    ...known,
    diagnostic: text === '' ? null : text,
    status: precise(known.status, status, text),
    code: code ?? codeIn(text),
    remoteHost: known.remoteHost ?? hostIn(text),
    phase: known.phase ?? phaseIn(text),
  }
}

interface Reason {
  readonly code: number | null
  /** Right behind its reply code: what the other server said. */
  readonly status: string | null
}

/** The reply in the words. When it only tells that time ran out, the reply in it that told why. */
function reasonIn(text: string): Reason {
  let reason: Reason = { code: null, status: null }
  for (const [, code = '', status = ''] of text.matchAll(REPLY)) {
    if (reason.code === null) reason = { code: Number(code), status }
    else if (EXPIRED.test(reason.status ?? '') && !EXPIRED.test(status))
      return { code: Number(code), status }
    else if (!EXPIRED.test(reason.status ?? '')) break
  }
  return reason
}

const REPLY =
  /(?<![\d.])([45]\d\d)(?:[ -]{1,2}|: ?|, )["'#(<]{0,2}([45]\.[0-7]\.\d{1,3})(?![\d]|\.\d)/g
const EXPIRED = /^[45]\.4\.7$/

/** `5.0.0` says nothing, and `4.4.7` only that it took too long: the words may say more. */
function precise(field: string | null, reply: string | null, text: string): string | null {
  const words = reply ?? STATUS.exec(text)?.[1] ?? null
  if (field === null || words === null) return field ?? words
  const isVague = /\.0\.0$/.test(words)
  if (reply !== null && !isVague) return reply
  return /\.0\.0$/.test(field) && !isVague ? words : field
}

const STATUS = /(?<![\d.])([45]\.[0-7]\.\d{1,3})(?![\d]|\.\d)/

/** A reply code of SMTP where a reply begins. */
function codeIn(text: string): number | null {
  const found = CODE.exec(text)
  return found === null ? null : Number(found[1])
}

const CODE =
  /(?:^|[\s:;(<'"#[=])([45][0-57]\d)(?=(?:[ -]|, )?#?[("']?[45]\.\d\.\d|[ -]+["'(<A-Za-z#\d]|["')\]:;,.]?\s|[:>"',\]]|$)/

function hostIn(text: string): string | null {
  for (const host of HOSTS) {
    const found = host.exec(text)
    const name = found?.[1] ?? found?.[2]
    if (name !== undefined) return name.toLowerCase()
  }
  return null
}

/** Begins where a name begins, so that a long run of letters and dots is looked at once. */
const NAME = '(?<![\\w.-])([A-Za-z0-9_-]{1,63}(?:\\.[A-Za-z0-9_-]{1,63}){1,8})'
const NUMBER = '[([]{1,2}([0-9A-Fa-f.:]{3,45})[)\\]]'

/** How mailers name whom they talked to; the surer first. */
const HOSTS: readonly RegExp[] = [
  `\\b(?:host|to|by|with|at|server|domain) ${NAME}\\.? ?[([]`,
  `\\bhost:? ${NAME}\\b`,
  `${NAME}\\.? ?${NUMBER} (?:said|responded|did not like|refused|gave)`,
  `\\b(?:remote host|connected to|giving up on|host) ${NAME}`,
  `^${NAME} (?:does not like|failed after|failed on)`,
  `(?:refused by|timed out with|reset by|broken pipe with) ${NAME}`,
  `SMTP server <${NAME}>`,
  `remote system: (?:dns;)? ?${NAME}`,
  `remote-mta:[\\s<]{0,8}(?:dns; ?)?${NAME}`,
  `(?:^|\\s)${NAME}\\.? ?${NUMBER}:? (?:>>>|[45]\\d\\d)`,
  `remote server ${NUMBER}`,
  `\\b(?:host|to|by|with) ${NUMBER}`,
  `${NAME} gave this error`,
].map((source) => new RegExp(source, 'i'))

function phaseIn(text: string): ReportPhase | null {
  return PHASES.find(([words]) => words.test(text))?.[1] ?? null
}

/** The step that a verb of SMTP begins. */
export const PHASE_OF_VERB: Readonly<Record<string, ReportPhase>> = {
  HELO: 'helo',
  EHLO: 'helo',
  LHLO: 'helo',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
  BDAT: 'data',
  STARTTLS: 'starttls',
  AUTH: 'auth',
}

/** How mailers name the step; the more precise words first. */
const PHASES: readonly (readonly [RegExp, ReportPhase])[] = [
  [
    /(?:after|(?:in )?reply to|sending|response to|like our|on|following|smtp:) ?(?:pipelined )?(?:end[ -]of[ -](?:data|message)|message body|final dot)/i,
    'endOfData',
  ],
  [
    /failed after i sent the message|body of message generated|after sending (?:the )?(?:message|data)|rejected after data|after end of/i,
    'endOfData',
  ],
  [
    /(?:after|reply to|sending|response to|like our|following|for|smtp:) ?(?:pipelined )?rcpt|rcpt to said|rcpt to generated|does not like recipient|most progress was rcpt|rcpt to response|\[rcpt_to\]|sent: rcpt|>>> ?rcpt|smtp command rcpt|smtp:rcpt/i,
    'rcpt',
  ],
  [
    /(?:after|reply to|sending|response to|like our|following|smtp:) ?(?:pipelined )?mail(?: |:|_|$)|mail from generated|sender was rejected|most progress was mail|\[mail_from\]|sent: mail|>>> ?mail/i,
    'mail',
  ],
  [
    /(?:after|reply to|response to|like our|following|smtp:) ?(?:pipelined )?data\b|failed on data command|most progress was data|sent: data|>>> ?data/i,
    'data',
  ],
  [
    /(?:after|reply to|response to|like our|following|smtp:) ?(?:ehlo|helo|lhlo)|my name was rejected|performing the (?:helo|ehlo|lhlo) handshake|>>> ?(?:helo|ehlo)/i,
    'helo',
  ],
  [
    /starttls|tls handshake|tls negotiation|does not support tls|cannot start tls|tls is required|tls session|server certificate (?:not|verif)|tls connect failed/i,
    'starttls',
  ],
  [/(?:after|reply to|response to) auth\b|sasl authentication|authentication credentials/i, 'auth'],
  [
    /initial (?:connection|server greeting)|refused to talk to me|connection (?:was )?(?:refused|timed out)|^connect to |n't able to establish an smtp connection|did not accept our requests to connect|no route to host|network (?:is )?unreachable|network error on destination|could ?n.t connect|unable to connect|can.t connect|host not reachable|socket error/i,
    'connect',
  ],
]

const MAX_CHARS = 4000
