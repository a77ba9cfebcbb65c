/** The error that an event tells of, for the reasons to explain. */
import type { Event, NoteTopic, RejectPhase, Unknown } from '../journal/event.ts'
import { explainError } from './reasons/explain.ts'
import { factsOf } from './reasons/facts.ts'
import type { ErrorFacts, ErrorPhase, Explanation } from './reasons/types.ts'

/** Null when nothing went wrong. */
function errorOf(event: Event | Unknown): ErrorFacts | null {
  switch (event.type) {
    case 'failed':
    case 'deferred': {
      const host = event.host?.name ?? event.host?.address ?? null
      return factsOf(event.reason, {
        temporary: event.type === 'deferred',
        ...(host === null ? {} : { host: host.toLowerCase(), direction: 'outbound' as const }),
        ...(event.status === null ? {} : { enhanced: event.status }),
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
    case 'panic':
    case 'warning':
    case 'queueAction':
      return factsOf(event.text, { direction: 'local' })
    case 'note':
      return LOUD.has(event.topic) ? factsOf(event.text) : null
    case 'unknown':
      return factsOf(event.line)
    default:
      return null
  }
}

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
 */
export function explainEvent(event: Event | Unknown): Explanation | null {
  const facts = errorOf(event)
  return facts === null ? null : known(explainError(facts), CERTAIN.has(event.type))
}

/** Of a line that somebody asks about: notes are looked into, too, even of what happens every day. */
export function explainAlone(event: Event | Unknown): Explanation | null {
  if (event.type !== 'note' || LOUD.has(event.topic)) return explainEvent(event)
  if (QUIET.has(event.topic)) return null
  const direction = ABOUT_CLIENTS.has(event.topic) ? ('inbound' as const) : null
  return known(explainError(factsOf(event.text, direction === null ? {} : { direction })), false)
}

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

/** Notes about who comes to this server. */
const ABOUT_CLIENTS: ReadonlySet<NoteTopic> = new Set<NoteTopic>([
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
