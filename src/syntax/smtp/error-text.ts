/**
 * What the words of an error say of themselves: reply code, enhanced status, host and step, in the
 * wordings of mailers' logs and bounces.
 */

/** The steps of SMTP, in their order; `endOfData` is the reply to the final dot. */
export type SmtpPhase =
  | 'connect'
  | 'helo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'endOfData'

export interface ErrorReply {
  /** Reply code (RFC 5321 §4.2), 400 to 599; null when there is none. */
  readonly code: number | null
  /** Enhanced status (RFC 3463 §2): right behind a code, else one of the code's class, else the first. */
  readonly status: string | null
  /** Whether the status stands right behind a code: then the other server said it. */
  readonly isSaid: boolean
}

/**
 * The reply in the words. When it only tells that time ran out, the reply in it that told why. Takes
 * linear time, as all of these do.
 */
export function replyIn(text: string): ErrorReply {
  const pair = pairIn(text)
  const code = pair === null ? codeIn(text) : pair.code
  const status = pair?.status ?? statusIn(text, code)
  return { code, status, isSaid: pair !== null }
}

interface Pair {
  readonly code: number
  readonly status: string
}

function pairIn(text: string): Pair | null {
  let expired: Pair | null = null
  for (const [, code = '', status = ''] of text.matchAll(PAIR)) {
    const pair = { code: Number(code), status }
    if (!EXPIRED.test(status)) return pair
    expired ??= pair
  }
  return expired
}

const PAIR =
  /(?<![\w.])([45]\d\d)(?:[ -]{1,2}|: ?|, |=)["'#(<]{0,2}([45]\.[0-7]\.\d{1,3})(?![\w]|\.\d)/g
const EXPIRED = /^[45]\.4\.7$/

/**
 * A number is a code where a reply begins: at the start, after a mark such as `:` or `said`, or with
 * a status behind it; sizes, ports and addresses are none.
 */
function codeIn(text: string): number | null {
  for (const { 0: all, 1: code, index } of text.matchAll(CODE)) {
    const end = index + all.length
    const before = text.slice(Math.max(0, index - 24), index)
    if (BEFORE_REPLY.test(before) || BEHIND_CODE.test(text.slice(end, end + 12)))
      return Number(code)
  }
  return null
}

const CODE = /(?<![\w.-])([45][0-57-9]\d)(?=[\s:\-.,;)\]"'=]|$)/g
const BEFORE_REPLY =
  /(?:^|[.:;>"'(#]|<<<|code|\b(?:said|error|reply|response|returned|status|with|smtp|by|was)) {0,2}["'(<]?$/i
const BEHIND_CODE = /^[ \-=]{1,2}["'#(]{0,2}[45]\.\d\.\d/

/** Addresses and versions have other numbers of parts. */
function statusIn(text: string, code: number | null): string | null {
  const all = text.match(STATUS) ?? []
  const kind = String(code).charAt(0)
  return all.find((status) => status.startsWith(kind)) ?? all[0] ?? null
}

const STATUS = /(?<![\w.-])[45]\.[0-7]\.\d{1,3}(?![\w]|\.\d)/g

/** Lower case; by name, else by address, as the words name whom the mailer talked to; null when they do not. */
export function hostIn(text: string): string | null {
  for (const form of HOSTS) {
    const { name = '', address = '' } = form.exec(text)?.groups ?? {}
    const host = name === '' || name === 'unknown' ? address : name.replace(/\.$/, '')
    if (host !== '') return host.toLowerCase()
  }
  return null
}

/** Begins where a name begins, so that a long run of letters and dots is looked at once. */
const NAME = '(?<![\\w.-])(?<name>[a-z0-9_-]{1,63}(?:\\.[a-z0-9_-]{1,63}){1,8})'
/** Beside an address a name may be of one word, or empty. */
const ANY_NAME = '(?<name>[a-z0-9_.-]{0,255})'
const NUMBER = '[([]{1,2}(?<address>[0-9a-f.:]{2,45})[)\\]]'

/** The surer first; all bounded, so that no text takes long. */
const HOSTS: readonly RegExp[] = [
  `(?<!client )\\b(?:host|connect to|connection with|relay=|h=)[ =]{0,2}${ANY_NAME} ?(?:\\([^() ]{0,255}\\) ?)?${NUMBER}`,
  `\\b(?:by|from|with) (?<name>[a-z0-9_.-]{1,255}) ?${NUMBER}`,
  `(?<!client )\\b(?:host|to|by|with|at|server|domain) ${NAME}\\.? ?[([]`,
  `(?<!client )\\bhost:? ${NAME}\\b`,
  `${NAME}\\.? ?${NUMBER} (?:said|responded|did not like|refused|gave)`,
  `\\b(?:remote host|connected to|giving up on) ${NAME}`,
  `\\b(?:remote host|connected to) (?<address>[0-9a-f.:]{3,45})\\b`,
  `^${NAME} (?:does not like|failed after|failed on)`,
  `(?:^|[\\s:])(?<address>\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}) (?:does not like|failed after|failed on)`,
  `(?:refused by|timed out with|reset by|broken pipe with) ${NAME}`,
  `smtp server <${NAME}>`,
  // Kerio Connect: `Remote SMTP server mx.example.net said:`.
  `remote smtp server ${NAME}\\.? (?:said|responded|refused)`,
  `remote system: (?:dns;)? ?${NAME}`,
  `remote-mta:[\\s<]{0,8}(?:dns; ?)?${NAME}`,
  `(?:^|\\s)${NAME}\\.? ?${NUMBER}:? (?:>>>|[45]\\d\\d)`,
  `\\bremote server ${NUMBER}`,
  `\\b(?:to|by|with) ${NUMBER}`,
  `${NAME} gave this error`,
].map((source) => new RegExp(source, 'i'))

/** The step at which it went wrong, as the words name it; null when they do not. */
export function phaseIn(text: string): SmtpPhase | null {
  return PHASES.find(([words]) => words.test(text))?.[1] ?? null
}

/** How mailers name the step; the more precise words first. */
const PHASES: readonly (readonly [RegExp, SmtpPhase])[] = [
  [
    /(?:after|(?:in )?reply to|sending|response to|like our|on|following|smtp:) ?(?:pipelined )?(?:end[ -]of[ -](?:data|message)|message body|final dot)/i,
    'endOfData',
  ],
  [
    /failed after i sent the message|body of message generated|after sending (?:the )?(?:message|data)|rejected after data|after end of|end[ -]of[ -](?:data|message)/i,
    'endOfData',
  ],
  [
    /(?:after|reply to|sending|response to|like our|following|for|smtp:) ?(?:pipelined )?rcpt|rcpt to said|rcpt to generated|does not like recipient|most progress was rcpt|rcpt to response|\[rcpt_to\]|sent: rcpt|>>> ?rcpt|smtp command rcpt|smtp:rcpt|reject(?:ed|:) rcpt/i,
    'rcpt',
  ],
  [
    /(?:after|reply to|sending|response to|like our|following|smtp:) ?(?:pipelined )?mail(?: |:|_|$)|mail from generated|sender was rejected|most progress was mail|\[mail_from\]|sent: mail|>>> ?mail|reject(?:ed|:) mail/i,
    'mail',
  ],
  [
    /(?:after|reply to|response to|like our|following|smtp:) ?(?:pipelined )?data\b|failed on data command|most progress was data|sent: data|>>> ?data|reject(?:ed|:) data/i,
    'data',
  ],
  [
    /(?:after|reply to|response to|like our|following|smtp:) ?(?:ehlo|helo|lhlo)|my name was rejected|performing the (?:helo|ehlo|lhlo) handshake|>>> ?(?:helo|ehlo)|rejected (?:helo|ehlo)/i,
    'helo',
  ],
  [
    /starttls|tls handshake|tls negotiation|does not support tls|cannot start tls|tls is required|tls session|tls error|server certificate (?:not|verif)|tls connect failed/i,
    'starttls',
  ],
  [/(?:after|reply to|response to) auth\b|sasl authentication|authentication credentials/i, 'auth'],
  [
    /rejected connection|greeting failed|initial (?:connection|server greeting)|refused to talk to me|connection (?:was )?(?:refused|timed out)|connect to |n't able to establish an smtp connection|did not accept our requests to connect|no route to host|network (?:is )?unreachable|network error on destination|could ?n.t connect|unable to connect|can.t connect|host not reachable|socket error/i,
    'connect',
  ],
]
