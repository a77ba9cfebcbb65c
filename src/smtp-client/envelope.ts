/** What a message needs of a server that the server may not offer, and its envelope in the form that the server takes. */
import { domainToAscii } from '../syntax/address/domain.ts'
import { type MailParameters, isSendable } from '../syntax/smtp/client-command.ts'
import type { Extensions } from '../syntax/smtp/extensions.ts'
import { type Failure, ours } from './failure.ts'
import { HEADER_UTF8 } from './seven-bit.ts'
import type { OutgoingMessage, OutgoingRecipient } from './types.ts'

export interface Envelope {
  readonly mail: MailParameters & { readonly from: string | null }
  /** Those that can be asked for. */
  readonly recipients: readonly EnvelopeRecipient[]
  /** Those that cannot. */
  readonly failures: readonly { readonly index: number; readonly failure: Failure }[]
  /** To be asked before anything is sent; null: there is nothing to ask. */
  readonly checkHeader: ((message: OutgoingMessage) => Promise<Failure | null>) | null
}

export interface EnvelopeRecipient {
  /** Among the recipients of the message. */
  readonly index: number
  readonly to: string
  readonly notify: string | null
  readonly original: string | null
}

export function envelopeFor(
  message: OutgoingMessage,
  extensions: Extensions,
  isSecret: boolean,
): Envelope {
  const utf8 = extensions.smtpUtf8
  const from = message.from === null ? null : addressFor(message.from, utf8)
  const failure = unfit(message, extensions, isSecret) ?? (isFailure(from) ? from : null)
  const failures: { index: number; failure: Failure }[] = []
  const recipients: EnvelopeRecipient[] = []
  for (const [index, recipient] of message.recipients.entries()) {
    const to = failure ?? recipientFor(recipient, utf8)
    if (isFailure(to)) failures.push({ index, failure: to })
    else if (recipients.length >= (extensions.maxRecipients ?? Number.POSITIVE_INFINITY))
      failures.push({ index, failure: TOO_MANY })
    else recipients.push({ index, to, ...notices(recipient, extensions) })
  }
  return {
    mail: {
      from: isFailure(from) ? null : from,
      sizeOctets: extensions.size ? message.sizeOctets : null,
      eightBit: message.eightBit && extensions.eightBitMime,
      smtpUtf8: message.smtputf8 && utf8,
      ret: extensions.dsn ? message.ret : null,
      envelopeId: extensions.dsn ? message.envelopeId : null,
      requireTls: message.requireTls,
    },
    recipients,
    failures,
    checkHeader: message.smtputf8 && !utf8 ? headerNeedsUtf8 : null,
  }
}

function notices({ notify, original }: OutgoingRecipient, { dsn, smtpUtf8 }: Extensions) {
  const isAscii = original === null || /^[\x21-\x7e]*$/.test(original)
  return {
    notify: dsn ? notify : null,
    original: dsn && (isAscii || smtpUtf8) ? original : null,
  }
}

/** What the whole message needs. */
function unfit(message: OutgoingMessage, extensions: Extensions, isSecret: boolean) {
  const { maxSizeOctets } = extensions
  if (message.requireTls && !(isSecret && extensions.requireTls))
    return failed(
      'MAIL',
      '5.7.30',
      'the message demands REQUIRETLS, and the server did not offer it',
    )
  if (maxSizeOctets !== null && message.sizeOctets > maxSizeOctets)
    return failed(
      'MAIL',
      '5.3.4',
      `message size ${message.sizeOctets} exceeds size limit ${maxSizeOctets} of the server`,
    )
  return null
}

function recipientFor({ address }: OutgoingRecipient, utf8: boolean): string | Failure {
  const to = addressFor(address, utf8)
  return typeof to === 'string' ? to : { ...to, phase: 'RCPT', scope: 'recipient' }
}

/** RFC 6531 §3.2: where only the domain is international, its A-labels do. */
function addressFor(address: string, utf8: boolean): string | Failure {
  if (!isSendable(address))
    return failed('MAIL', '5.1.3', `the address ${JSON.stringify(address)} cannot be sent`)
  if (utf8 || /^[\x20-\x7e]*$/.test(address)) return address
  const at = address.lastIndexOf('@')
  const local = address.slice(0, at)
  const domain = domainToAscii(address.slice(at + 1))
  if (at > 0 && domain !== null && /^[\x20-\x7e]*$/.test(local)) return `${local}@${domain}`
  return failed(
    'MAIL',
    '5.6.7',
    `the address <${address}> needs SMTPUTF8, and the server did not offer it`,
  )
}

/** The envelope does without; the header may not. */
async function headerNeedsUtf8(message: OutgoingMessage): Promise<Failure | null> {
  let last = 0
  let octets = 0
  try {
    for await (const chunk of message.content()) {
      for (const octet of chunk) {
        if (octet > 0x7f) return HEADER_UTF8
        if (octet === CR) continue
        if (octet === LF && last === LF) return null
        last = octet
        if (++octets > MAX_HEADER_OCTETS) return null
      }
    }
  } catch (error) {
    const text = `cannot read the message: ${error instanceof Error ? error.message : 'unknown'}`
    return ours('deferred', 'MAIL', '4.3.0', text, 'message')
  }
  return null
}

function failed(phase: 'MAIL' | 'RCPT', status: string, text: string): Failure {
  return ours('failed', phase, status, text, 'message')
}

function isFailure(value: string | null | Failure): value is Failure {
  return typeof value === 'object' && value !== null
}

const TOO_MANY = ours(
  'deferred',
  'RCPT',
  '4.5.3',
  'too many recipients for one message to this server',
  'message',
)
const MAX_HEADER_OCTETS = 1024 * 1024
const CR = 0x0d
const LF = 0x0a
