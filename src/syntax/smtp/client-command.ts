/** The lines a client sends: RFC 5321 §4.1.1, with the parameters of the extensions. */
import { latin1OfUtf8 } from '../../base/octets.ts'

export interface MailParameters {
  /** RFC 1870; null: not offered. */
  readonly sizeOctets: number | null
  readonly eightBit: boolean
  readonly smtpUtf8: boolean
  readonly ret: 'FULL' | 'HDRS' | null
  /** As xtext. */
  readonly envelopeId: string | null
  readonly requireTls: boolean
}

/** @param from without brackets; null is `<>` */
export function mailCommand(from: string | null, parameters: MailParameters): string {
  const { sizeOctets, ret, envelopeId } = parameters
  let line = `MAIL FROM:<${from ?? ''}>`
  if (sizeOctets !== null) line += ` SIZE=${sizeOctets}`
  if (parameters.eightBit) line += ' BODY=8BITMIME'
  if (parameters.smtpUtf8) line += ' SMTPUTF8'
  if (ret !== null) line += ` RET=${ret}`
  if (envelopeId !== null && isValue(envelopeId)) line += ` ENVID=${envelopeId}`
  if (parameters.requireTls) line += ' REQUIRETLS'
  return line
}

/** @param notify, original RFC 3461 §4.1 and §4.2, as they stand in the command; null: left out */
export function rcptCommand(to: string, notify: string | null, original: string | null): string {
  let line = `RCPT TO:<${to}>`
  if (notify !== null && isValue(notify)) line += ` NOTIFY=${notify}`
  if (original !== null && isValue(original)) line += ` ORCPT=${original}`
  return line
}

/** Can stand between the brackets: nothing in it ends the line or the path. */
export function isSendable(address: string): boolean {
  if (address === '' || /[\x00-\x1f\x7f]/.test(address)) return false
  if (Buffer.byteLength(address) > MAX_PATH_OCTETS) return false
  // Blanks and brackets stand in quotes only.
  return !/[\s<>]/.test(address) || /^"(?:[^"\\]|\\.)*"@[^\s<>]+$/.test(address)
}

/** RFC 5321 §4.5.3.1.3, without the brackets. */
const MAX_PATH_OCTETS = 254

/** RFC 5321 §4.1.2 esmtp-value, `=` allowed on purpose: it stands in `rfc822;a=b@c` of old clients. */
function isValue(text: string): boolean {
  return text.length <= MAX_VALUE_CHARS && /^[^\s\x00-\x20\x7f]+$/.test(text)
}

const MAX_VALUE_CHARS = 1000

/** A line as it stands on the wire, one character an octet. */
export function wireLine(command: string): string {
  return `${latin1OfUtf8(command)}\r\n`
}
