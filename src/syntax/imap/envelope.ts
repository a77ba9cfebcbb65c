/**
 * ENVELOPE: RFC 9051 §7.5.2, from a skeleton.
 */
import type { Envelope, EnvelopeAddress } from '../mime/skeleton.ts'
import { writeNstring } from './write-string.ts'

export function writeEnvelope(envelope: Envelope): string {
  const { from } = envelope
  const or = (list: readonly EnvelopeAddress[]) => (list.length === 0 ? from : list)
  return `(${[
    writeNstring(envelope.date),
    writeNstring(envelope.subject),
    writeAddresses(from),
    // RFC 9051 §7.5.2: without Sender or Reply-To the server puts From there.
    writeAddresses(or(envelope.sender)),
    writeAddresses(or(envelope.replyTo)),
    writeAddresses(envelope.to),
    writeAddresses(envelope.cc),
    writeAddresses(envelope.bcc),
    writeNstring(envelope.inReplyTo),
    writeNstring(envelope.messageId),
  ].join(' ')})`
}

/** The envelope of a message without header. */
export const EMPTY_ENVELOPE = '(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)'

function writeAddresses(addresses: readonly EnvelopeAddress[]): string {
  if (addresses.length === 0) return 'NIL'
  let text = '('
  for (const { name, mailbox, host } of addresses) {
    text += `(${writeNstring(name)} NIL ${writeNstring(mailbox)} ${writeNstring(host)})`
  }
  return `${text})`
}
