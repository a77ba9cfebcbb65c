/** Events and journeys in a person's words. */
import type {
  Arrival,
  ArrivalPart,
  Delivered,
  Event,
  Filed,
  Host,
  LoggedIn,
  Rejected,
  TlsFacts,
  Undelivered,
  Unknown,
} from '../journal/event.ts'
import type { Journey, RecipientJourney } from './journey.ts'
import { withoutSecrets, withoutSecretsIn } from './secrets.ts'

/** What is said of a message that the log tells no end of. */
export const LOG_ENDS = 'the log ends here'

/** `bob@example.net`, `bob@example.net and 3 more`. */
export function recipientsOf({ arrival, recipients }: Journey): string {
  const accepted = arrival?.recipients ?? []
  const addresses = accepted.length > 0 ? accepted : recipients.map(({ original }) => original)
  const [first = 'nobody', ...more] = addresses
  return more.length === 0 ? first : `${first} and ${more.length} more`
}

/** `delivered`, `failed: why`, `2 failed` for two reasons, `1 failed, 3 delivered`, `frozen`. */
export function outcomeOf(journey: Journey): string {
  const { recipients, state } = journey
  if (state === 'frozen' || state === 'held') return state
  if (recipients.length === 0) return STATE[state]
  const fates = [...new Set(recipients.map(fateWord))]
  const [only = STATE[state]] = fates
  if (fates.length > 1)
    return fates
      .map((word) => `${recipients.filter((one) => fateWord(one) === word).length} ${word}`)
      .join(', ')
  const reasons = new Set(recipients.map(lastReason))
  if (reasons.size > 1) return `${recipients.length} ${only}`
  const [reason = null] = reasons
  return reason === null ? only : `${only}: ${withoutSecrets(reason)}`
}

/** Of what was thrown away the last error is not the reason: a person or a rule did it. */
function lastReason({ fate, attempts }: RecipientJourney): string | null {
  if (fate === 'discarded') return null
  const last = attempts.at(-1)
  return last?.type === 'failed' || last?.type === 'deferred' ? last.reason : null
}

const STATE: { readonly [S in Journey['state']]: string } = {
  completed: 'done',
  waiting: 'waiting',
  frozen: 'frozen',
  held: 'held',
  rejected: 'rejected',
  logEnds: LOG_ENDS,
}

/** `deferred` is a `waiting` that was tried. */
export function fateWord({ fate, attempts }: RecipientJourney): string {
  if (fate === 'logEnds') return LOG_ENDS
  return fate === 'waiting' && attempts.length > 0 ? 'deferred' : fate
}

/** `512 B`, `3.4 KiB`, `12 MiB`: octets as a person reads them. */
export function sizeWords(octets: number): string {
  let value = octets
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${value.toFixed(unit > 0 && value < 10 ? 1 : 0)} ${UNITS[unit] ?? ''}`
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** One event in a line or two, without passwords that the server logged. */
export function describeEvent(event: Event | Unknown): readonly string[] {
  return wordsOf(event.type === 'rejected' ? withoutSecretsIn(event) : event).map(withoutSecrets)
}

function wordsOf(event: Event | Unknown): readonly string[] {
  switch (event.type) {
    case 'arrival':
      return arrivalWords(event)
    case 'arrivalPart':
      return partWords(event)
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
    case 'rejected':
      return [rejectedWords(event), ...event.headers.filter((field) => /^Subject:/i.test(field))]
    case 'authenticationFailed':
      return [
        `login failed as ${event.login ?? 'nobody'}${clientWords(event.host)}: ${event.reply}`,
      ]
    case 'warning':
      return [`warning: ${event.text}`]
    case 'noLogin':
    case 'loggedIn':
    case 'loginFailed':
    case 'loggedOut':
      return [loginWords(event)]
    case 'related':
      return [`${RELATION[event.relation]} ${event.other}`]
    case 'filed':
      return [filedWords(event)]
    case 'queueAction':
    case 'panic':
    case 'note':
      return [event.text]
    case 'unknown':
      return [event.line]
    default:
      return event satisfies never
  }
}

const RELATION = {
  bounce: 'a bounce was sent to the sender, as message',
  delayNotice: 'the sender was told of the delay, by message',
  successNotice: 'the sender was told of the delivery, by message',
  copy: 'went on as message',
} as const

function arrivalWords(event: Arrival): readonly string[] {
  const size = event.sizeOctets === null ? '' : `, ${sizeWords(event.sizeOctets)}`
  const by = event.protocol === null ? '' : ` by ${event.protocol}`
  const user = event.user === null ? '' : `, from the local user ${event.user}`
  const login = event.login === null ? '' : `, logged in as ${event.login}`
  const peer = `${clientWords(event.host)}${tlsWords(event.tls)}`
  const first = `arrived from ${event.from ?? '<>'}${by}${peer}${user}${login}${size}`
  return event.recipients.length === 0 ? [first] : [first, `for ${event.recipients.join(', ')}`]
}

function partWords(event: ArrivalPart): readonly string[] {
  const { host, login, user, from, sizeOctets, messageIdHeader, subject, recipientCount } = event
  const facts = [
    ...(host === null ? [] : [`came${clientWords(host)}${tlsWords(event.tls)}`]),
    ...(login === null ? [] : [`logged in as ${login}`]),
    ...(user === null ? [] : [`came from the local user ${user}`]),
    ...(messageIdHeader === null ? [] : [`Message-ID <${messageIdHeader}>`]),
    ...(subject === null ? [] : [`subject ${subject}`]),
    ...(from === undefined ? [] : [`from ${from ?? '<>'}`]),
    ...(sizeOctets === null ? [] : [sizeWords(sizeOctets)]),
    ...(recipientCount === null
      ? []
      : [recipientCount === 1 ? '1 recipient' : `${recipientCount} recipients`]),
  ]
  return facts.length === 0 ? [] : [facts.join(', ')]
}

function rejectedWords(event: Rejected): string {
  const word = event.temporary ? 'temporarily rejected' : 'rejected'
  const what = event.subject === null ? event.phase : `${event.phase} ${event.subject}`
  return `${word} ${what}${clientWords(event.host)}: ${event.reason}`
}

function loginWords(event: LoggedIn): string {
  const who = `${event.login ?? 'nobody'} from ${event.remoteAddress ?? 'an unknown address'}`
  const why = event.reason === null ? '' : `: ${event.reason}`
  // A single try is what a line without a number means, too.
  const tries = (event.attempts ?? 1) < 2 ? '' : ` (${event.attempts} attempts)`
  return `${event.service}: ${LOGIN[event.type]} ${who}${tries}${why}`
}

const LOGIN: { readonly [T in LoggedIn['type']]: string } = {
  loggedIn: 'logged in,',
  loginFailed: 'login failed,',
  loggedOut: 'ended,',
  noLogin: 'left without a login,',
}

function filedWords(event: Filed): string {
  const whose = event.login === null ? '' : ` of ${event.login}`
  const why = event.reason === null ? '' : `: ${event.reason}`
  switch (event.action) {
    case 'saved':
      return `saved to mailbox ${event.mailbox ?? 'INBOX'}${whose}${why}`
    case 'forwarded':
      return `sent on to ${event.to ?? 'another address'} by a filter${whose}${why}`
    case 'failed':
      return `could not be saved to mailbox ${event.mailbox ?? 'INBOX'}${whose}${why}`
    default:
      return `${FILED[event.action]} by a filter${whose}${why}`
  }
}

const FILED = {
  discarded: 'thrown away',
  rejected: 'refused',
  replied: 'answered automatically',
  notified: 'announced',
  duplicate: 'left out as a duplicate',
} as const

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

/** A client: its proved name, else its address; the name that it only gives itself is said to be that. */
function clientWords(host: Host | null): string {
  if (host === null) return ''
  const address = host.address === null ? '' : ` [${host.address}]`
  const name = host.name === null ? '' : ` ${host.name}`
  const helo = host.helo === null || host.helo === host.name ? '' : ` calling itself ${host.helo}`
  return name + address === '' ? helo : ` from host${name}${address}${helo}`
}

function tlsWords(tls: TlsFacts | null): string {
  return tls === null ? '' : `, ${tls.version}`
}
