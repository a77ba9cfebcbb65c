/** What a message must be, besides holding a text: who sent it, to whom, through which host, its fate. */
import type { Event, Host, Unknown } from '../../journal/event.ts'
import type { Pattern } from './patterns.ts'

/** What a message came to, or what happened to it on the way. */
export const STATUSES = ['delivered', 'deferred', 'bounced', 'rejected', 'frozen'] as const
export type Status = (typeof STATUSES)[number]

export interface MessageFilters {
  /** An address, a domain (`@example.com`), a part of an address, or `<>`; null: whoever. */
  readonly from: string | null
  /** The same of a recipient, as written by the sender or as delivered to. */
  readonly to: string | null
  /** An address of a host, or how it begins (`192.0.2.`). */
  readonly ip: string | null
  /** A host's name, or a domain that it is in. */
  readonly host: string | null
  readonly status: Status | null
}

export const NO_FILTERS: MessageFilters = {
  ...{ from: null, to: null, ip: null, host: null, status: null },
}

/** A text that a message's lines must have for the filters to be fulfilled: to find them quickly. */
export function needlesOf({ from, to, ip, host, status }: MessageFilters): readonly Pattern[] {
  const texts = [from === '<>' ? null : from, to, ip, host].filter((text) => text !== null)
  const needles = texts.map((text) => ({ text, isRegex: false }))
  const words = status === null ? undefined : STATUS_WORDS[status]
  return words === undefined ? needles : [...needles, { text: words, isRegex: true }]
}

/** Of an event that makes the status; `delivered` has none, since nearly every message is. */
const STATUS_WORDS: { readonly [S in Status]?: string } = {
  deferred: ' == |status=(?:deferred|softbounce)',
  bounced: ' [*][*] |status=(?:bounced|expired|undeliverable)|cancelled',
  rejected: 'reject',
  frozen: 'frozen|hold',
}

/** Can lines about no message fulfil the filters? */
export function allowsLoose({ status }: MessageFilters): boolean {
  return status === null || status === 'rejected'
}

export function hasFilters(filters: MessageFilters): boolean {
  return Object.values(filters).some((value) => value !== null)
}

/** Do the events of one message, or of one line about none, fulfil them all? */
export function fulfils(
  { from, to, ip, host, status }: MessageFilters,
  events: readonly (Event | Unknown)[],
): boolean {
  const some = (test: (event: Event | Unknown) => boolean) => events.some(test)
  return (
    (from === null || some((event) => isAddress(senderOf(event), from))) &&
    (to === null || some((event) => recipientsOf(event).some((one) => isAddress(one, to)))) &&
    (ip === null || some((event) => addressesOf(event).some((one) => isPart(one, ip)))) &&
    (host === null || some((event) => hostNames(event).some((one) => isHost(one, host)))) &&
    (status === null || some((event) => isStatus(event, status)))
  )
}

/** Undefined when the event does not say; null is `<>`. */
function senderOf(event: Event | Unknown): string | null | undefined {
  switch (event.type) {
    case 'arrival':
    case 'arrivalPart':
    case 'rejected':
    case 'filed':
      return event.from
    case 'delivered':
    case 'failed':
    case 'deferred':
      return event.recipient.from
    default:
      return undefined
  }
}

function recipientsOf(event: Event | Unknown): readonly string[] {
  switch (event.type) {
    case 'arrival':
      return event.recipients
    case 'delivered':
    case 'failed':
    case 'deferred':
      return [event.recipient.address, ...event.recipient.parents]
    case 'rejected':
      return event.subject === null ? [] : [event.subject.replace(/^<(.*)>$/, '$1')]
    case 'filed':
      return [event.login, event.to].filter((one) => one !== null)
    case 'queueAction':
      return event.recipient === null ? [] : [event.recipient]
    default:
      return []
  }
}

function hostOf(event: Event | Unknown): Host | null {
  return 'host' in event ? event.host : null
}

function hostNames(event: Event | Unknown): readonly string[] {
  const host = hostOf(event)
  return [host?.name, host?.helo].filter((name) => typeof name === 'string')
}

function addressesOf(event: Event | Unknown): readonly string[] {
  const address = hostOf(event)?.address
  const remote = 'remoteAddress' in event ? event.remoteAddress : null
  return [address, remote].filter((one) => typeof one === 'string')
}

function isAddress(address: string | null | undefined, wanted: string): boolean {
  if (address === undefined) return false
  if (wanted === '<>') return address === null
  if (address === null) return false
  const one = address.toLowerCase()
  const other = wanted.toLowerCase()
  if (other.startsWith('@')) return one.endsWith(other)
  return other.includes('@') ? one === other : one.includes(other)
}

function isPart(address: string, wanted: string): boolean {
  const one = address.toLowerCase()
  const other = wanted.toLowerCase()
  return /[.:]$/.test(other) && !other.endsWith('::') ? one.startsWith(other) : one === other
}

function isHost(name: string, wanted: string): boolean {
  const one = name.toLowerCase()
  const other = wanted.toLowerCase()
  return one === other || one.endsWith(other.startsWith('.') ? other : `.${other}`)
}

function isStatus(event: Event | Unknown, status: Status): boolean {
  switch (status) {
    case 'delivered':
    case 'deferred':
    case 'rejected':
      return event.type === status
    case 'bounced':
      if (event.type === 'failed') return true
      return event.type === 'queueAction' && /^(cancelled|expired)$/.test(event.action)
    case 'frozen':
      return event.type === 'queueAction' && /^(frozen|stillFrozen|held)$/.test(event.action)
    default:
      return status satisfies never
  }
}
