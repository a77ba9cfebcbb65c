/**
 * Bounces and complaints as JSON: what Amazon SES publishes to a topic, and the topic sends by mail.
 * What has another form than expected counts as absent.
 */
import type { FailedRecipient } from './report.ts'
import { withFacts } from './words.ts'

export interface Notification {
  readonly kind: 'bounce' | 'complaint'
  /** Without its type; null when it is not said. */
  readonly reporter: string | null
  readonly recipients: readonly FailedRecipient[]
  /** As the sender's program wrote it, without brackets. */
  readonly originalMessageId: string | null
  readonly originalSubject: string | null
}

/** Null when the text is no such JSON. */
export function readNotification(prose: string): Notification | null {
  const text = prose.trimStart()
  if (!text.startsWith('{') || !KIND.test(text)) return null
  const outer = objectOf(parsed(text))
  // A topic may put the notification into another one, as text.
  const inner = typeof outer['Message'] === 'string' ? objectOf(parsed(outer['Message'])) : outer
  const type = inner['notificationType'] ?? inner['eventType']
  if (type !== 'Bounce' && type !== 'Complaint') return null
  const bounce = objectOf(inner['bounce'])
  const mail = objectOf(inner['mail'])
  const common = objectOf(mail['commonHeaders'])
  const recipients = listOf(bounce['bouncedRecipients']).slice(0, MOST).map(objectOf)
  return {
    kind: type === 'Bounce' ? 'bounce' : 'complaint',
    reporter: textOf(bounce['reportingMTA'])?.replace(TYPE, '') ?? null,
    recipients: type === 'Bounce' ? recipients.map((one) => recipientOf(one, bounce)) : [],
    originalMessageId: textOf(common['messageId'])?.replace(/^<|>$/g, '') ?? null,
    originalSubject: textOf(common['subject']),
  }
}

type Fields = Readonly<Record<string, unknown>>

function recipientOf(one: Fields, bounce: Fields): FailedRecipient {
  const isTransient = bounce['bounceType'] === 'Transient'
  return withFacts({
    address: textOf(one['emailAddress']),
    originalAddress: null,
    action: one['action'] === 'delayed' || isTransient ? 'delayed' : 'failed',
    status: /^[245]\.\d{1,3}\.\d{1,3}$/.exec(textOf(one['status']) ?? '')?.[0] ?? null,
    diagnostic:
      textOf(one['diagnosticCode'])?.replace(TYPE, '') ??
      [bounce['bounceType'], bounce['bounceSubType']].map(textOf).join(' ').trim(),
    remoteHost: null,
  })
}

/** The first paragraph; a topic's mail has a footer. Relays cut long lines with an exclamation mark and begin the next with a blank. */
function parsed(text: string): unknown {
  const [paragraph = ''] = text.split(/\r?\n[ \t]{0,8}\r?\n/, 1)
  const whole = paragraph.replace(/!\r?\n[ \t]/g, '').replace(/\r?\n/g, '')
  const end = whole.lastIndexOf('}') + 1
  try {
    return JSON.parse(whole.slice(0, end))
  } catch {
    // Broken, or nested too deeply.
    return null
  }
}

function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_CHARS) : null
}

const KIND = /"(?:notificationType|eventType)\\?" ?: ?\\?"(?:Bounce|Complaint)/
/** `smtp; `, `dsn; `. */
const TYPE = /^[A-Za-z0-9-]{1,40}; ?/
const MOST = 1000
const MAX_CHARS = 10_000
