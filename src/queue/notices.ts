/**
 * Who is told what of a message (RFC 3461 §5.2, §6): failures unless NOTIFY leaves them out, a delay
 * once unless NOTIFY leaves it out, success only where it is asked for. Nobody is told of a bounce:
 * one that fails is for a person (RFC 5321 §6.1).
 */
import type { MessageId } from '../journal/event.ts'
import { oneLine } from '../syntax/dsn/safe-text.ts'
import { type WrittenNotice, writeNotice } from '../syntax/dsn/write.ts'
import { originalRecipient } from '../syntax/smtp/xtext.ts'
import { noticeSubject, noticeText, type ToldRecipient } from './notice-text.ts'
import type { DestinationName, LeasedRecipient, Outcome } from './types.ts'

/** What of a message a notice needs; a `Lease` has it all. */
export interface NoticeMessage {
  readonly messageId: MessageId
  /** Whom to tell; null is `<>`, whom nobody tells. */
  readonly from: string | null
  readonly sizeOctets: number
  readonly smtputf8: boolean
  readonly requireTls: boolean
  readonly ret: 'FULL' | 'HDRS' | null
  readonly envelopeId: string | null
  readonly arrivedMs: number
  readonly expiresMs: number
  /** Where it was to go; undefined: nowhere, it was for here. */
  readonly destination?: DestinationName
}

export interface NoticeRecipient {
  readonly recipient: Pick<LeasedRecipient, 'address' | 'parents' | 'notify' | 'original'>
  readonly outcome: Outcome
  /** Of one that waits: when it is tried next. */
  readonly nextAttemptMs: number | null
  /** Of one that was delivered; undefined is elsewhere. */
  readonly place?: Place
}

/** In a mailbox of ours, to another server, or to all whom an alias of several addresses names. */
export type Place = 'here' | 'elsewhere' | 'all'

export interface NoticeContext {
  readonly hostName: string
  /** Who looks after this server: an address. */
  readonly postmaster: string
  readonly nowMs: number
  /** Of the notice. */
  readonly id: MessageId
  /** Whom the notice is addressed to, when `from` is an address of ours that leads there (SRS). */
  readonly sender: string
  /** The first {@link ORIGINAL_OCTETS} of the message, or all of it. */
  readonly original: Uint8Array
}

/** So much of a message is needed for a notice about it. */
export const ORIGINAL_OCTETS = 64 * 1024
/** A larger message is not given back, only its header. */
const MAX_RETURNED_OCTETS = 50_000

/** A message to its sender, with `<>` as its own. */
export interface SenderNotice extends WrittenNotice {
  readonly id: MessageId
  /** The message that it is about. */
  readonly about: MessageId
  /** Its only recipient. */
  readonly to: string
  /** An address of ours that it is sent for: the one that the mail came to, else the postmaster's. */
  readonly sentFor: string
  /** RFC 8689 §5: what was to go by TLS only comes back by TLS only. */
  readonly requireTls: boolean
}

export type NoticeAction = ToldRecipient['action']

/**
 * What the sender is to be told of an outcome; null: nothing. A recipient that waits is `delayed`
 * here: it is asked once, when its time has come.
 */
export function noticeAction(
  notify: string | null,
  { kind, relaysNotices }: Pick<Outcome, 'kind' | 'relaysNotices'>,
  place: Place = 'elsewhere',
): NoticeAction | null {
  const wanted = notify?.split(',')
  switch (kind) {
    case 'failed':
      return (wanted?.includes('FAILURE') ?? true) ? 'failed' : null
    case 'deferred':
      return (wanted?.includes('DELAY') ?? true) ? 'delayed' : null
    case 'delivered':
      if (wanted?.includes('SUCCESS') !== true || relaysNotices) return null
      return ACTION_AT[place]
    case 'cancelled':
      return null
    default:
      return kind satisfies never
  }
}

const ACTION_AT: { readonly [P in Place]: NoticeAction } = {
  here: 'delivered',
  elsewhere: 'relayed',
  all: 'expanded',
}

/** One notice about all of these recipients; null when nobody is to be told of any. */
export function composeNotice(
  message: NoticeMessage,
  recipients: readonly NoticeRecipient[],
  context: NoticeContext,
): SenderNotice | null {
  const { from, messageId, ret, requireTls, sizeOctets, arrivedMs, envelopeId } = message
  if (from === null) return null
  const told = recipients.flatMap((one) => {
    const action = noticeAction(one.recipient.notify, one.outcome, one.place)
    return action === null ? [] : [toldOf(one, action, message)]
  })
  if (told.length === 0) return null
  const { hostName, postmaster, nowMs, id, sender, original } = context
  // RFC 3461 §4.3: RET is for failures; RFC 8689 §5: and never for what needs TLS.
  const hasFailure = told.some(({ action }) => action === 'failed')
  const isWhole = sizeOctets <= MAX_RETURNED_OCTETS && original.length >= sizeOctets
  const returnsAll = hasFailure && ret !== 'HDRS' && !requireTls && isWhole
  const written = writeNotice({
    messageId: `${id}@${hostName}`,
    atMs: nowMs,
    to: sender,
    subject: noticeSubject(told),
    text: noticeText(told, { hostName, postmaster, returnsAll }),
    message: { reporter: hostName, envelopeId, arrivedMs },
    recipients: told,
    original,
    returnsAll,
    international: message.smtputf8,
  })
  const sentFor = recipients.map(ownAddressOf).find((one) => one !== null) ?? postmaster
  return { ...written, id, about: messageId, to: from, sentFor, requireTls }
}

/** The alias that forwards, or whose mailbox it is; null: the recipient is elsewhere. */
function ownAddressOf({ recipient, place = 'elsewhere' }: NoticeRecipient): string | null {
  return recipient.parents[0] ?? (place === 'elsewhere' ? null : recipient.address)
}

/** For paniclog: a bounce that could not be delivered, of which nobody else will hear. */
export function lostBounceText(
  { messageId }: Pick<NoticeMessage, 'messageId'>,
  { recipient, outcome }: Pick<NoticeRecipient, 'recipient' | 'outcome'>,
): string {
  const address = oneLine(recipient.address, MAX_SHOWN_CHARS)
  const text = oneLine(outcome.text, MAX_SHOWN_CHARS)
  return `${messageId} is a bounce that could not be delivered to ${address}, and is given up: ${text}`
}

function toldOf(
  { recipient, outcome, nextAttemptMs }: NoticeRecipient,
  action: NoticeAction,
  { expiresMs, destination }: NoticeMessage,
): ToldRecipient {
  const { address, parents, original } = recipient
  const { host, reply, text, status, atMs } = outcome
  const first = parents.at(-1) ?? address
  const writtenTo = first === address ? null : first
  const isGood = outcome.kind === 'delivered'
  const isHere = action === 'delivered' || action === 'expanded'
  return {
    address,
    original: original ?? (writtenTo === null ? null : originalRecipient(writtenTo)),
    action,
    status: status ?? FALLBACK_STATUS[action],
    remoteHost: isHere ? null : remoteHostOf(host),
    reply: isHere ? null : reply,
    trouble: reply === null && !isGood ? text.replace(OWN_FILE, '(a file of this server)') : null,
    lastAttemptMs: atMs,
    retryUntilMs: action === 'delayed' ? expiresMs : null,
    writtenTo,
    relay: relayIn(destination),
    answered: ANSWERED.exec(text)?.[1] ?? null,
    isExpired: action === 'failed' && EXPIRED.test(text),
    nextAttemptMs: action === 'delayed' ? nextAttemptMs : null,
  }
}

function relayIn(destination: DestinationName | undefined): string | null {
  return destination?.startsWith(RELAY) ? destination.slice(RELAY.length) : null
}
const RELAY = 'relay:'

function remoteHostOf(host: Outcome['host']): string | null {
  if (host === null) return null
  return host.name ?? (host.address === null ? host.helo : `[${host.address}]`)
}

/** In Exim's words: `SMTP error from remote mail server after RCPT TO:<bob@example.net>: 550 …`. */
const ANSWERED =
  /^[^\n]{0,200}? after (?:pipelined )?((?:RCPT TO|MAIL FROM):<[^\s<>]{0,320}>|end of data|[A-Z]{4,8})/
/** Where this server keeps what is its own business, not its senders'. */
const OWN_FILE = /(?<=^|[\s'"(])\/[\w.][\w./-]*/g
const EXPIRED = /: retry timeout exceeded$/

const FALLBACK_STATUS: { readonly [A in NoticeAction]: string } = {
  failed: '5.0.0',
  delayed: '4.0.0',
  delivered: '2.0.0',
  relayed: '2.0.0',
  expanded: '2.0.0',
}
const MAX_SHOWN_CHARS = 400
