/**
 * What a bounce says: which recipients were not delivered, and in what words. Reads delivery status
 * notifications (RFC 3464), complaints (RFC 5965), automatic replies (RFC 3834), and the bounces in
 * prose that mailers wrote before these, and some still do.
 */
import { DEFAULT_LIMITS } from '../../base/limits.ts'
import { skeletonOf } from '../mime/scanner.ts'
import { parseDateTime } from '../message/date-time.ts'
import { decodeWords } from '../message/encoded-word.ts'
import { readDeliveryStatus } from './delivery-status.ts'
import { merged } from './merge.ts'
import { type Contents, contentsOf } from './contents.ts'
import { readProse } from './prose.ts'

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
  readonly phase: ReportPhase | null
}

/** The step of SMTP at which the other server refused. */
export type ReportPhase =
  | 'connect'
  | 'helo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'endOfData'

export interface DeliveryReport {
  /** `complaint`: a feedback report. `autoReply`: a person's or program's answer. `none`: no report. */
  readonly kind: 'bounce' | 'complaint' | 'autoReply' | 'none'
  /** Reporting-MTA, else the sender of the bounce. */
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
  const { header, original } = contents
  const status = contents.status === null ? null : readDeliveryStatus(contents.status)
  const about = {
    reporter: status?.reporter ?? header.value('from'),
    arrivedMs: parseDateTime(status?.arrival ?? header.value('date') ?? '')?.atMs ?? null,
    originalMessageId: original?.value('message-id')?.replace(/^<(.*)>$/, '$1') ?? null,
    originalSubject: textOf(original?.value('subject')),
  }
  const kind = kindOf(contents)
  if (kind !== 'bounce') return { kind, ...about, recipients: [] }
  const prose = readProse(contents)
  const recipients = merged(status?.recipients ?? [], prose, contents)
  const isReport = recipients.length > 0 || status !== null
  return { kind: isReport ? 'bounce' : 'none', ...about, recipients: recipients.slice(0, MOST) }
}

/** A bounce by its form or by who sent it; what it says decides later. */
function kindOf({ header, feedback, status, isReport }: Contents): DeliveryReport['kind'] {
  if (feedback !== null) return 'complaint'
  if (status !== null || isReport) return 'bounce'
  const automatic = header.value('auto-submitted')?.toLowerCase() ?? ''
  const isReply = /^auto-replied/.test(automatic) || header.value('x-autoreply') !== null
  const subject = header.value('subject') ?? ''
  if (isReply && !BOUNCE_SUBJECT.test(subject)) return 'autoReply'
  if (VACATION_SUBJECT.test(subject) || header.value('x-autorespond') !== null) return 'autoReply'
  if (header.value('x-failed-recipients') !== null) return 'bounce'
  const sender = `${header.value('from') ?? ''} ${header.value('return-path') ?? ''}`
  const isFromMailer = MAILER.test(sender) || /(?:^|\s)<>$/.test(sender)
  return isFromMailer || BOUNCE_SUBJECT.test(subject) ? 'bounce' : 'none'
}

const BOUNCE_SUBJECT =
  /undeliver|failure|failed|delivery (?:problem|error|status|notification|report)|return(?:ed|ing)|bounce|not deliver|could ?n.t be|can.?not be delivered|delayed|user unknown|unknown (?:user|address)|nondeliverable|mail error|mail status report|warning: (?:could|message)|error sending|rejected|配信|エラー/i
const VACATION_SUBJECT =
  /^(?:re: )?(?:auto(?:matic)?[ :-]{0,2}(?:reply|response|antwort)|out of (?:the )?office|vacation|away from|abwesen|absence)/i
const MAILER =
  /mailer.?daemon|post_?master|mail.?delivery|\bmdaemon\b|mail administrator|system administrator|\bbounces?\b|no-?reply|mail.?system|e-?mail.?gateway/i

function textOf(value: string | null | undefined): string | null {
  return value ? decodeWords(value) : null
}

const LIMITS = { ...DEFAULT_LIMITS.message, maxMimeParts: 200, maxMimeDepth: 12 }
const MAX_OCTETS = 1024 * 1024
/** Recipients of one bounce. */
const MOST = 1000
