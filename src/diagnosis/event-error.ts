/** The error that an event tells of, for the reasons to explain. */
import type {
  Event,
  LoggedIn,
  Note,
  NoteTopic,
  QueueAction,
  RejectPhase,
  Undelivered,
  Unknown,
} from '../journal/event.ts'
import { explainError } from './reasons/explain.ts'
import { factsOf } from './reasons/facts.ts'
import type { Category, ErrorFacts, ErrorPhase, Explanation, MailServer } from './reasons/types.ts'
import { relayOf, serverOf } from './server.ts'

/** Null when nothing went wrong. */
function errorOf(event: Event | Unknown, log: MailServer | null): ErrorFacts | null {
  const facts = wordsOf(event)
  return facts === null ? null : withServer(facts, event, log)
}

function withServer(facts: ErrorFacts, event: Event | Unknown, log: MailServer | null): ErrorFacts {
  return { ...facts, server: serverOf(event) ?? facts.server ?? log }
}

function wordsOf(event: Event | Unknown): ErrorFacts | null {
  switch (event.type) {
    case 'failed':
    case 'deferred': {
      const host = event.host?.name ?? event.host?.address ?? null
      const direction = isOnThisHost(event) ? 'local' : 'outbound'
      return factsOf(event.reason, {
        temporary: event.type === 'deferred',
        ...(host === null ? {} : { host: host.toLowerCase() }),
        ...(host === null && direction === 'outbound' ? {} : { direction }),
        ...(event.status === null ? {} : { enhanced: event.status }),
        relay: relayOf(event),
      })
    }
    case 'rejected':
      return factsOf(event.reason, {
        direction: 'inbound',
        phase: PHASES[event.phase] ?? null,
        host: event.host?.name ?? event.host?.address ?? null,
        temporary: event.temporary,
      })
    case 'authenticationFailed':
      return factsOf(loginWords(event.reply), LOGIN)
    case 'loginFailed':
      return factsOf(loginWords(event.reason), LOGIN)
    case 'filed':
      return event.action === 'failed' || event.action === 'rejected'
        ? factsOf(event.reason ?? event.action, { direction: 'local', phase: 'local' })
        : null
    case 'warning':
      return isGoodNews(event.text) ? null : factsOf(event.text, { direction: 'local' })
    case 'queueAction':
      return MENDING.has(event.action) ? null : factsOf(event.text, { direction: 'local' })
    case 'panic':
      return MENDED.test(event.text) ? null : factsOf(event.text, { direction: 'local' })
    case 'note':
      return LOUD.has(event.topic) ? noteFacts(event) : null
    case 'unknown':
      return event.program === null ? factsOf(event.line) : null
    default:
      return null
  }
}

/** What helps a message on its way: `Unfrozen by errmsg timer` tells of no fault. */
const MENDING: ReadonlySet<QueueAction['action']> = new Set<QueueAction['action']>([
  ...(['thawed', 'released', 'requeued', 'changed', 'markedDelivered'] as const),
])

/**
 * Did a program of this host fail, and no other server? Postfix' local, virtual and pipe, the last
 * under its service's name; smtp and lmtp have no host only when they reached none.
 */
function isOnThisHost({ host, status, recipient: { transport } }: Undelivered): boolean {
  if (host !== null) return host.address?.includes('/') === true
  if (status === null || transport === null) return false
  return !SENDING.has(transport.slice(transport.lastIndexOf('/') + 1))
}

const SENDING: ReadonlySet<string> = new Set(['smtp', 'lmtp', 'error', 'retry', 'none'])

/** To a login an unknown user is a wrong password: no mail was for them. */
function loginWords(reason: string | null): string {
  const isPlain =
    reason === null ||
    /unknown user|no such user|password mismatch/i.test(reason) ||
    isPrompt(reason)
  return isPlain ? '535 Incorrect authentication data' : reason
}

/** `UGFzc3dvcmQ6` is what Postfix logs for a wrong password: `Password:` in base64, its own prompt. */
function isPrompt(reply: string): boolean {
  return /^(?:UGFzc3dvcmQ6|VXNlcm5hbWU6)?[,; ]*$/.test(reply)
}

const LOGIN = { direction: 'inbound', phase: 'login', code: 535 } as const

/**
 * Why, and what to do. Null when nothing went wrong, and for a line that only might be an error
 * when no reason knows it.
 * @param log  whose log it stands in, where the event itself does not tell
 */
export function explainEvent(
  event: Event | Unknown,
  log: MailServer | null = null,
): Explanation | null {
  const facts = errorOf(event, log)
  return facts === null ? null : known(explainError(facts), CERTAIN.has(event.type))
}

/** In one word, for counting: of what could not be delivered, in our own log. */
export function categoryOf(event: Undelivered): Category {
  return explainEvent(event, 'waybill')?.reason.category ?? 'unknown'
}

/** Of a line that somebody asks about: notes are looked into, too, even of what happens every day. */
export function explainAlone(
  event: Event | Unknown,
  log: MailServer | null = null,
): Explanation | null {
  if (event.type === 'noLogin' || event.type === 'loggedOut') return explainSessionEnd(event, log)
  if (event.type !== 'note' || LOUD.has(event.topic)) return explainEvent(event, log)
  if (QUIET.has(event.topic) || isGoodNews(event.text) || isFilterTalk(event)) return null
  return known(explainError(withServer(noteFacts(event), event, log)), false)
}

/** Most sessions end as they should, and strangers come and go: null for what tells of no fault. */
function explainSessionEnd({ type, reason }: LoggedIn, log: MailServer | null): Explanation | null {
  if (reason === null || (type === 'loggedOut' && !SESSION_FAULT.test(reason))) return null
  const facts = factsOf(reason, { direction: 'local', phase: 'login', server: log })
  return known(explainError(facts), false)
}

const SESSION_FAULT = /internal error|inconsistent|couldn.t open|timed out/i

/** opendkim logs each step: `not internal`, `not authenticated`, `no signature data` are no faults. */
function isFilterTalk({ topic, text }: Note): boolean {
  return topic === 'dkim' && !/dkim|fail|error|invalid|not found|bad signature/i.test(text)
}

function noteFacts(note: Note): ErrorFacts {
  const { topic } = note
  // What a program for DKIM says need not name it: `key retrieval failed (s=…, d=…): … not found`.
  const text = topic === 'dkim' && !/dkim/i.test(note.text) ? `DKIM: ${note.text}` : note.text
  if (ABOUT_OURSELVES.has(topic) || OF_OUR_MAIL.test(text))
    return factsOf(text, { direction: 'local' })
  const isOfClient = ABOUT_CLIENTS.has(topic) || OF_CLIENT.test(text)
  return factsOf(text, isOfClient ? { direction: 'inbound' } : {})
}

/** Whom a note is about stands in its words, where it can be a client or a host that we called. */
const OF_CLIENT =
  /\b(?:SMTP|TLS) connection from |\bon (?:TLS )?connection from |^SMTP call from |\bsender verify (?:fail|defer)/

/** Of mail that is sent from here: its signature, and cPanel's limits. */
const OF_OUR_MAIL =
  /^(?:DKIM|ARC): (?:message could not be signed|signing)|^(?:Sender|User|Domain) \S+ has /

/** A check that found nothing wrong: the words of many reasons are in it. */
function isGoodNews(text: string): boolean {
  if (/^(?:DKIM|DMARC|ARC|SPF)\b/.test(text)) return !WRONG.test(text)
  return FOUND_NOTHING.test(text)
}

/** What our own paniclog says when a trouble that it told of is over: the whole of it, as others end with words of a relay. */
const MENDED =
  /^the relay \S{1,255} takes (?:our login|mail) again$|^mail from \S{1,255} is signed again$/
const WRONG = /fail|invalid|error|missing|mismatch|reject|quarantine|temperror|permerror|not /i
const FOUND_NOTHING = /\bnot spam\b|n.t spam\b|\bno (?:virus|malware|threat)|\bis clean\b/i

function known(explanation: Explanation, isCertain: boolean): Explanation | null {
  return explanation.isKnown || isCertain ? explanation : null
}

/** These are errors, whether a reason knows them or not. */
const CERTAIN: ReadonlySet<(Event | Unknown)['type']> = new Set([
  'failed',
  'deferred',
  'rejected',
  'panic',
])

/**
 * Notes that can tell of something to mend here. The others are what goes on every day: strangers
 * come and go, are on blocklists, and fail checks.
 */
const LOUD: ReadonlySet<NoteTopic> = new Set<NoteTopic>([
  'dns',
  'tls',
  'callout',
  'routing',
  'retry',
  'configuration',
  'process',
  'filter',
])

/** Notes that only say how the server goes. */
const QUIET: ReadonlySet<NoteTopic> = new Set<NoteTopic>([
  'start',
  'stop',
  'reload',
  'command',
  'queueRun',
  'connected',
  'disconnected',
  'statistics',
  'scan',
])

/** Notes about this server itself. */
const ABOUT_OURSELVES: ReadonlySet<NoteTopic> = new Set<NoteTopic>(['configuration', 'process'])

/** Notes about who comes to this server. */
const ABOUT_CLIENTS: ReadonlySet<NoteTopic> = new Set<NoteTopic>([
  'protocol',
  'blocklist',
  'postscreen',
  'policy',
  'spf',
  'dkim',
  'dmarc',
  'arc',
  'greylisting',
])

const PHASES: { readonly [P in RejectPhase]?: ErrorPhase } = {
  connection: 'connect',
  'EHLO or HELO': 'helo',
  STARTTLS: 'starttls',
  AUTH: 'auth',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
  'after DATA': 'endOfData',
}
