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
import { mailerOf } from './mailers.ts'
import { type Prose, readProse } from './prose.ts'

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
  const { header, original } = contents
  const status = contents.status === null ? null : readDeliveryStatus(contents.status)
  const about = {
    reporter: status?.reporter ?? reporterOf(contents),
    arrivedMs: parseDateTime(status?.arrival ?? header.value('date') ?? '')?.atMs ?? null,
    originalMessageId: original?.value('message-id')?.replace(/^<(.*)>$/, '$1') ?? null,
    originalSubject: textOf(original?.value('subject')),
  }
  const sign = signOf(contents)
  if (sign === 'complaint' || sign === 'autoReply') return { kind: sign, ...about, recipients: [] }
  const prose = readProse(contents)
  if (!isBounce(sign, prose)) return { kind: 'none', ...about, recipients: [] }
  const recipients = merged(status?.recipients ?? [], prose, contents)
  if (recipients.length === 0 && status === null) return { kind: 'none', ...about, recipients }
  return { kind: 'bounce', ...about, recipients: recipients.slice(0, MOST) }
}

function reporterOf({ header, prose }: Contents): string | null {
  const from = header.value('from')
  return mailerOf(`${from ?? ''} ${header.value('subject') ?? ''}`, prose) ?? textOf(from)
}

/**
 * What the form and the header say; of a bounce from the surest sign to the weakest: its form, a
 * mailer as its sender, the subject, a sender or a subject that others have, too.
 */
type Sign = 'complaint' | 'autoReply' | 'form' | 'mailer' | 'subject' | 'weak' | null

function signOf({ header, feedback, status, isReport }: Contents): Sign {
  const subject = textOf(header.value('subject')) ?? ''
  const from = header.value('from') ?? ''
  if (feedback !== null || COMPLAINT_SUBJECT.test(subject)) return 'complaint'
  if (status !== null || isReport) return 'form'
  const automatic = header.value('auto-submitted')?.toLowerCase() ?? ''
  const isReply = /^auto-replied/.test(automatic) || header.value('x-autoreply') !== null
  const isAboutMail =
    BOUNCE_SUBJECT.test(subject) && !/^(?:re|aw|sv|antw|fwd?|wg) ?:/i.test(subject)
  if (isReply && !isAboutMail) return 'autoReply'
  const isAutomatic = isReply || automatic !== '' || AUTOMATIC.some((name) => header.value(name))
  if (header.value('x-autorespond') !== null) return 'autoReply'
  if (VACATION_SUBJECT.test(subject) || (isAutomatic && AWAY_SUBJECT.test(subject)))
    return 'autoReply'
  if (header.value('x-failed-recipients') !== null) return 'form'
  if (MAILER.test(from)) return 'mailer'
  if (isAboutMail) return 'subject'
  const path = header.value('return-path')?.trim()
  return path === '<>' || WEAK.test(from) || BOUNCE_SUBJECT.test(subject) ? 'weak' : null
}

/** The weaker the sign, the more the text must say. */
function isBounce(sign: Sign, { form, words, saysFailure }: Prose): boolean {
  if (sign === 'form' || sign === 'mailer') return true
  if (sign === 'subject') return form === 'none' ? saysFailure : true
  return sign === 'weak' && form !== 'address' && DELIVERY.test(words.slice(0, 1000))
}

const BOUNCE_SUBJECT =
  /undeliver|failure|failed|delivery (?:problem|error|status|notification|report)|return(?:ed|ing) (?:mail|message|to)|bounce|not deliver|could ?n.t be|can.?not be delivered|delayed|user unknown|unknown (?:user|address)|nondeliverable|non[ -]delivery|mail error|mail system error|mail status report|warning: (?:could|message)|error sending|rejected|not (?:a )?member|non remis|non recapit|unzustellbar|no se pudo|配信|エラー/i
const VACATION_SUBJECT =
  /^(?:re: )?(?:auto(?:matic)?[ :-]{0,2}(?:reply|response|antwort)|out of (?:the )?office|abwesenheit|r(?:é|e)ponse automatique|respuesta autom|risposta automatica|自動)/i
const AWAY_SUBJECT = /vacation|away|abwesen|absence|absent|holiday|urlaub|office|ferien/i
const AUTOMATIC = ['x-auto-response-suppress', 'x-autoreply', 'x-precedence', 'x-vacation']
const COMPLAINT_SUBJECT = /^(?:complaint about message from|abuse report:)/i
const MAILER =
  /mailer.?daemon|post_?master|mail.?delivery|\bmdaemon\b|mail administrator|system administrator|mail.?system|e-?mail.?gateway|delivery subsystem|mail deliver system/i
/** Newsletters have such a sender, too. */
const WEAK = /\bbounces?\b|no-?reply|^\s*$|<>/i
/** What only a bounce says. */
const DELIVERY =
  /could ?n(?:o|')t be delivered|could not be sent|undeliver|not (?:be |been )?delivered|unable to deliver|delivery (?:has )?fail|not a member|did not reach|mailbox is full|user unknown|unknown user/i

function textOf(value: string | null | undefined): string | null {
  return value ? decodeWords(value) : null
}

const LIMITS = { ...DEFAULT_LIMITS.message, maxMimeParts: 200, maxMimeDepth: 12 }
const MAX_OCTETS = 1024 * 1024
/** Recipients of one bounce. */
const MOST = 1000
