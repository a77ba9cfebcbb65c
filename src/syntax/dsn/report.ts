/**
 * What a bounce says: which recipients were not delivered, and in what words. Reads delivery status
 * notifications (RFC 3464), complaints (RFC 5965), automatic replies (RFC 3834), and the bounces in
 * prose that mailers wrote before these, and some still do.
 */
import type { SmtpPhase } from '../smtp/error-text.ts'
import { DEFAULT_LIMITS } from '../../base/limits.ts'
import { skeletonOf } from '../mime/scanner.ts'
import { parseDateTime } from '../message/date-time.ts'
import { decodeWords } from '../message/encoded-word.ts'
import type { Header } from '../message/header.ts'
import { parseMessageIds } from '../message/message-id.ts'
import { readDeliveryStatus } from './delivery-status.ts'
import { merged } from './merge.ts'
import { type Contents, contentsOf } from './contents.ts'
import { mailerOf } from './mailers.ts'
import { readNotification } from './notification.ts'
import { readProse } from './prose.ts'
import { isBounce, signOf } from './sign.ts'

export interface FailedRecipient {
  /** Final-Recipient, or the address the text names; null when the bounce does not name one. */
  readonly address: string | null
  /** Original-Recipient: before aliases. */
  readonly originalAddress: string | null
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded'
  /** RFC 3463 status, such as `5.1.1`; the more precise of the field and the words. */
  readonly status: string | null
  /** SMTP reply code in the words, 400 to 599. */
  readonly code: number | null
  /** The other server's or the mailer's words for this recipient, white space folded. */
  readonly diagnostic: string | null
  /** Remote-MTA, or the host that the words name, lower case. */
  readonly remoteHost: string | null
  /** The step at which the other server refused. */
  readonly phase: SmtpPhase | null
}

export interface DeliveryReport {
  /** `complaint`: a feedback report. `autoReply`: a person's or program's answer. `none`: no report. */
  readonly kind: 'bounce' | 'complaint' | 'autoReply' | 'none'
  /** Reporting-MTA, else the mailer by its words (`exim`, `qmail`), else the From field. */
  readonly reporter: string | null
  readonly arrivedMs: number | null
  readonly recipients: readonly FailedRecipient[]
  /** Message-ID of the message that was bounced, without brackets. */
  readonly originalMessageId: string | null
  readonly originalSubject: string | null
}

/** Never throws; takes time linear in the message, of which the first MiB is read. */
export function readReport(message: Uint8Array): DeliveryReport {
  const octets = message.subarray(0, MAX_OCTETS)
  const contents = contentsOf(octets, skeletonOf(octets, LIMITS))
  const notification = readNotification(contents.prose)
  const about = aboutOf(contents)
  if (notification !== null)
    return { ...about, ...notification, reporter: notification.reporter ?? about.reporter }
  const sign = signOf(contents)
  if (sign === 'complaint' || sign === 'autoReply') return { kind: sign, ...about, recipients: [] }
  if (sign === null) return { kind: 'none', ...about, recipients: [] }
  const prose = readProse(contents)
  const status = contents.status === null ? null : readDeliveryStatus(contents.status)
  const recipients = isBounce(sign, prose) ? merged(status?.recipients ?? [], prose, contents) : []
  if (recipients.length === 0 && status === null) return { kind: 'none', ...about, recipients }
  return {
    kind: 'bounce',
    ...about,
    ...originalOf(contents.original ?? prose.original),
    reporter: status?.reporter ?? about.reporter,
    arrivedMs: timeOf(status?.arrival ?? null) ?? about.arrivedMs,
    recipients: recipients.slice(0, MOST),
  }
}

/** What the header says of any report. */
function aboutOf(contents: Contents): Omit<DeliveryReport, 'kind' | 'recipients'> {
  return {
    reporter: reporterOf(contents),
    arrivedMs: timeOf(contents.header.value('date')),
    ...originalOf(contents.original),
  }
}

function originalOf(
  original: Header | null,
): Pick<DeliveryReport, 'originalMessageId' | 'originalSubject'> {
  const [originalMessageId = null] = parseMessageIds(original?.value('message-id') ?? '', 1)
  return { originalMessageId, originalSubject: textOf(original?.value('subject')) }
}

function timeOf(date: string | null): number | null {
  return date === null ? null : (parseDateTime(date)?.atMs ?? null)
}

function reporterOf({ header, prose }: Contents): string | null {
  const from = header.value('from')
  return mailerOf(`${from ?? ''} ${header.value('subject') ?? ''}`, prose) ?? textOf(from)
}

function textOf(value: string | null | undefined): string | null {
  return value ? decodeWords(value) : null
}

const LIMITS = { ...DEFAULT_LIMITS.message, maxMimeParts: 200, maxMimeDepth: 12 }
const MAX_OCTETS = 1024 * 1024
/** Recipients of one bounce. */
const MOST = 1000
