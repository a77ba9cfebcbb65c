/** Events and journeys in a person's words. */
import type { Delivered, Event, Host, TlsFacts, Undelivered } from '../journal/event.ts'
import { fatesOf, type Journey } from '../trace/journey.ts'
import type { Colour } from './table.ts'

/** `bob@example.net`, `bob@example.net and 3 more`. */
export function recipientsOf({ arrival, recipients }: Journey): string {
  const accepted = arrival?.recipients ?? []
  const addresses = accepted.length > 0 ? accepted : recipients.map(({ original }) => original)
  const [first = 'nobody', ...more] = addresses
  return more.length === 0 ? first : `${first} and ${more.length} more`
}

/** `delivered`, `failed: why`, `1 failed, 3 delivered`. */
export function outcomeOf(journey: Journey): string {
  const { recipients, completedMs } = journey
  if (recipients.length === 0) return completedMs === null ? 'waiting' : 'done'
  const fates = fatesOf(journey)
  const [only] = fates
  if (fates.length > 1)
    return fates
      .map((fate) => `${recipients.filter((one) => one.fate === fate).length} ${fate}`)
      .join(', ')
  const last = recipients[0]?.attempts.at(-1)
  if (last?.type === 'failed' || last?.type === 'deferred') return `${only}: ${last.reason}`
  return only ?? 'waiting'
}

export function fateColour(journey: Journey): Colour | undefined {
  switch (fatesOf(journey)[0]) {
    case 'failed':
      return 'red'
    case 'deferred':
    case 'waiting':
      return 'yellow'
    case 'delivered':
      return 'green'
    default:
      return undefined
  }
}

/** One event in a line or two. */
export function describeEvent(event: Event): readonly string[] {
  switch (event.type) {
    case 'arrival': {
      const to = event.recipients.join(', ')
      const size = event.sizeOctets === null ? '' : `, ${event.sizeOctets} octets`
      const by = event.protocol === null ? '' : ` by ${event.protocol}`
      const login = event.login === null ? '' : `, logged in as ${event.login}`
      const peer = `${hostWords(event.host)}${tlsWords(event.tls)}`
      return [`arrived from ${event.from ?? '<>'}${by}${peer}${login}${size}`, `for ${to}`]
    }
    case 'delivered': {
      const mailbox = event.mailbox === null ? '' : `, mailbox ${event.mailbox}`
      const said = event.confirmation === null ? '' : `: ${event.confirmation}`
      const peer = `${hostWords(event.host)}${tlsWords(event.tls)}`
      return [`delivered to ${addressWords(event)}${wayWords(event)}${mailbox}${peer}${said}`]
    }
    case 'failed':
    case 'deferred': {
      const word = event.type === 'failed' ? 'failed for good' : 'deferred'
      const peer = hostWords(event.host)
      return [`${word}: ${addressWords(event)}${wayWords(event)}${peer}: ${event.reason}`]
    }
    case 'completed':
      return ['completed']
    case 'rejected': {
      const word = event.temporary ? 'temporarily rejected' : 'rejected'
      const what = event.subject === null ? event.phase : `${event.phase} ${event.subject}`
      return [`${word} ${what}${hostWords(event.host)}: ${event.reason}`]
    }
    case 'authenticationFailed':
      return [`log-in failed as ${event.login ?? 'nobody'}${hostWords(event.host)}: ${event.reply}`]
    case 'warning':
      return [`warning: ${event.text}`]
    case 'noLogin':
    case 'loggedIn':
    case 'loginFailed':
    case 'loggedOut':
      return [`${event.type} ${event.login ?? 'nobody'} from ${event.remoteAddress ?? 'somewhere'}`]
    case 'arrivalPart':
    case 'related':
    case 'filed':
      return [event.type]
    case 'queueAction':
    case 'panic':
    case 'note':
      return [event.text]
    default:
      return event satisfies never
  }
}

function addressWords({ recipient: { address, parents } }: Delivered | Undelivered): string {
  const original = parents.at(-1)
  return original === undefined ? address : `${address} (for ${original})`
}

function wayWords({ recipient: { router, transport } }: Delivered | Undelivered): string {
  // A mailbox is named with its own words.
  const way = [router, transport].filter((part) => part !== null && part !== 'mailbox')
  return way.length === 0 ? '' : ` by ${way.join(', ')}`
}

function hostWords(host: Host | null): string {
  if (host === null) return ''
  const name = host.name ?? host.helo
  const address = host.address === null ? '' : ` [${host.address}]`
  return ` at ${name ?? ''}${address}`.replace('  ', ' ')
}

function tlsWords(tls: TlsFacts | null): string {
  return tls === null ? '' : `, ${tls.version}`
}
