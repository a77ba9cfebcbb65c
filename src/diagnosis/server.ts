/** Whose log an event stands in, and whether it is about a relay of that server. */
import type { Event, Undelivered, Unknown } from '../journal/event.ts'
import { isMessageId } from '../journal/message-id.ts'
import type { Journey } from '../trace/journey.ts'
import type { MailServer, OwnRelay } from './reasons/types.ts'

/**
 * As far as the event itself tells; null: it does not. Our own lines have Exim's form, and differ by
 * the names of routers and transports, and by what Exim cannot do.
 */
export function serverOf(event: Event | Unknown): MailServer | null {
  switch (event.type) {
    case 'delivered':
    case 'failed':
    case 'deferred': {
      const { router, transport } = event.recipient
      if (event.status !== null) return 'postfix'
      if (isOwnWay(router, transport)) return 'waybill'
      return router === null && transport === null ? null : 'exim'
    }
    case 'queueAction':
      if (!isMessageId(event.id)) return 'postfix'
      // Exim knows frozen mail alone.
      return event.action === 'held' || event.action === 'released' ? 'waybill' : null
    case 'arrivalPart':
      return 'postfix'
    case 'warning':
    case 'panic':
    case 'note':
      return event.program === null ? null : ofProgram(event.program)
    default:
      return null
  }
}

/** Whose log a story is of: what one of its steps tells is true of all. */
export function serverOfJourney({ events, ids }: Journey): MailServer | null {
  let server: MailServer | null = null
  for (const event of events) {
    const found = serverOf(event)
    if (found === 'waybill') return found
    if (found !== 'dovecot') server ??= found
  }
  if (server !== null) return server
  return ids.some((id) => isMessageId(id)) ? 'exim' : ids.length > 0 ? 'postfix' : null
}

/**
 * The smarthost that it was to go by; null: straight to the recipient's server, or the line does not
 * tell. Ours says `R=relay T=smtp`; Exim's names are its administrator's, mostly `smarthost`. Mail to
 * the MX of a domain goes to port 25: another one is a relay's, in Postfix' log too.
 */
export function relayOf({ recipient, status, host, reason }: Undelivered): OwnRelay | null {
  if (SUBMISSION_PORTS.has(host?.port ?? 0)) return UNNAMED
  const { router, transport } = recipient
  if (status !== null) return AT_SUBMISSION.test(reason) ? UNNAMED : null
  const isOwn = router === OWN_RELAY && isOwnWay(router, transport)
  return isOwn || [router, transport].some((name) => name !== null && SMARTHOST.test(name))
    ? UNNAMED
    : null
}

/** RFC 6409, RFC 8314 §3.3, and what providers offer where those are blocked. */
const SUBMISSION_PORTS: ReadonlySet<number> = new Set([465, 587, 2525])
/** Postfix, which then has no `relay=`: `connect to smtp.example.com[192.0.2.1]:587: Connection timed out`. */
const AT_SUBMISSION = /^connect to [^\s[]{1,255}\[[^\]\s]{1,64}\]:(?:465|587|2525): /
const UNNAMED: OwnRelay = { name: null }
const SMARTHOST =
  /smart_?host|smart_?route|satellite|relay_?host|(?:^|_)(?:via|send_to|to)_(?:gateway|relay|hub)(?:_|$)/i

function isOwnWay(router: string | null, transport: string | null): boolean {
  return (
    (transport === 'smtp' && (router === OWN_RELAY || router === 'mx')) || transport === 'mailbox'
  )
}
const OWN_RELAY = 'relay'

function ofProgram(program: string): MailServer | null {
  if (program.startsWith('postfix')) return 'postfix'
  if (program.startsWith('dovecot')) return 'dovecot'
  return program.startsWith('exim') ? 'exim' : null
}
