/** message/delivery-status, written: RFC 3464 §2. Values are made safe here, whoever said them. */
import { isAscii } from '../address/domain.ts'
import { formatDateTime } from '../message/date-time.ts'
import { decodeUnitext, decodeXtext, encodeUnitext } from '../smtp/xtext.ts'
import { foldField, oneLine } from './safe-text.ts'

/** What a notice says of one recipient. */
export interface ReportedRecipient {
  /** Where the message was to go. */
  readonly address: string
  /** ORCPT as it came (RFC 3461 §4.2), or made of the address that led here; null: neither. */
  readonly original: string | null
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded'
  /** RFC 3463. */
  readonly status: string
  /** The other server, by name or as `[192.0.2.1]`; null: none had a part in it. */
  readonly remoteHost: string | null
  /** The other server's reply, lines joined by `\n`; null: it said nothing. */
  readonly reply: string | null
  /** What went wrong where no server said anything; null: nothing did. */
  readonly trouble: string | null
  readonly lastAttemptMs: number | null
  /** For one that is delayed: how long it is tried; null for others. */
  readonly retryUntilMs: number | null
}

export interface ReportedMessage {
  /** This server. */
  readonly reporter: string
  /** ENVID as xtext; null: not given. */
  readonly envelopeId: string | null
  readonly arrivedMs: number
}

/**
 * The part's text, lines ending in CRLF.
 * @param international  addresses in UTF-8, as message/global-delivery-status has them (RFC 6533)
 */
export function deliveryStatusText(
  { reporter, envelopeId, arrivedMs }: ReportedMessage,
  recipients: readonly ReportedRecipient[],
  international: boolean,
): string {
  const id = envelopeId === null ? null : decodeXtext(envelopeId)
  const about = [
    field('Reporting-MTA', `dns; ${reporter}`, international),
    ...(id === null ? [] : [field('Original-Envelope-Id', id, international)]),
    field('Arrival-Date', formatDateTime(arrivedMs), international),
  ]
  const groups = recipients.map((recipient) => recipientGroup(recipient, international))
  return [about.join(''), ...groups].join('\r\n')
}

function recipientGroup(recipient: ReportedRecipient, international: boolean): string {
  const { address, original, action, status, remoteHost, lastAttemptMs, retryUntilMs } = recipient
  const first = original === null ? null : typedOriginal(original, international)
  const fields: (readonly [name: string, value: string | null])[] = [
    ['Original-Recipient', first],
    ['Final-Recipient', typedAddress(address, international)],
    ['Action', action],
    ['Status', /^[245]\.\d{1,3}\.\d{1,3}$/.test(status) ? status : CLASS_STATUS[action]],
    ['Remote-MTA', remoteHost === null ? null : `dns; ${remoteHost}`],
    ['Diagnostic-Code', diagnosticOf(recipient)],
    ['Last-Attempt-Date', lastAttemptMs === null ? null : formatDateTime(lastAttemptMs)],
    ['Will-Retry-Until', retryUntilMs === null ? null : formatDateTime(retryUntilMs)],
  ]
  return fields
    .map(([name, value]) => (value === null ? '' : field(name, value, international)))
    .join('')
}

/** Of a status that is none. */
const CLASS_STATUS: { readonly [A in ReportedRecipient['action']]: string } = {
  failed: '5.0.0',
  delayed: '4.0.0',
  delivered: '2.0.0',
  relayed: '2.0.0',
  expanded: '2.0.0',
}

/** RFC 3464 §2.3.6: `smtp` for a server's reply; the words of this server are of a type of its own. */
function diagnosticOf({ reply, trouble }: ReportedRecipient): string | null {
  if (reply !== null) return `smtp; ${reply}`
  return trouble === null ? null : `x-waybill; ${trouble}`
}

/** RFC 6533 §3: what is not ASCII has the type `utf-8`. */
function typedAddress(address: string, international: boolean): string {
  if (isAscii(address)) return `rfc822; ${address}`
  return `utf-8; ${international ? address : encodeUnitext(address)}`
}

/** ORCPT, decoded: RFC 3464 §2.3.1. */
function typedOriginal(original: string, international: boolean): string | null {
  const semicolon = original.indexOf(';')
  const type = original.slice(0, semicolon)
  const written = original.slice(semicolon + 1)
  const isUtf8 = type.toLowerCase() === 'utf-8'
  const address = isUtf8 ? decodeUnitext(written) : decodeXtext(written)
  if (semicolon < 1 || address === null) return null
  return `${type}; ${isUtf8 && !international ? encodeUnitext(address) : address}`
}

function field(name: string, value: string, international: boolean): string {
  const text = oneLine(value, MAX_VALUE_CHARS)
  return foldField(`${name}: ${international ? text : text.replace(/[^\x20-\x7e]/gu, '?')}`)
}

/** Some servers answer with an essay; the text for people has more of it. */
const MAX_VALUE_CHARS = 2000
