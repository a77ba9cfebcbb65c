import { latin1OfUtf8 } from '../base/octets.ts'
import type { MessageId } from '../journal/event.ts'
import type { Stream } from '../net/types.ts'
import { dateLine, messageIdLine, receivedLine } from '../syntax/message/write.ts'
import type { HeaderFacts } from './header-facts.ts'
import type { SmtpOptions } from './options.ts'
import type { Client, Transaction } from './transaction.ts'

export interface TraceContext {
  readonly options: SmtpOptions
  readonly stream: Stream
  readonly client: Client
  readonly transaction: Transaction
  readonly id: MessageId
}

/** The lines that go before a message: Received, and what submission adds (RFC 6409 §8). */
export function traceFields(context: TraceContext, header: HeaderFacts): string {
  const { options, stream, client, transaction, id } = context
  const { hostName, clock, role } = options
  const atMs = clock.nowMs()
  const only = transaction.recipients.length === 1 ? transaction.recipients[0] : undefined
  let lines = receivedLine({
    helo: client.helo,
    hostName: null,
    address: stream.remote.address,
    by: hostName,
    protocol: protocolOf(context),
    tls: stream.tls && `${stream.tls.version}:${stream.tls.cipher}:${stream.tls.bits}`,
    id,
    recipient: only === undefined ? null : latin1OfUtf8(only.address),
    atMs,
    zoneMinutes: 0,
  })
  if (role !== 'submission') return lines
  if (!header.hasDate) lines += dateLine(atMs)
  if (!header.hasMessageId) lines += messageIdLine(`${id}@${hostName}`)
  return lines
}

/** RFC 3848 §1, RFC 6531 §4.3: SMTP, ESMTP, ESMTPS, ESMTPSA, UTF8SMTPSA … */
export function protocolOf({
  stream,
  client,
  transaction,
}: Pick<TraceContext, 'stream' | 'client' | 'transaction'>): string {
  const base = transaction.smtputf8 ? 'UTF8SMTP' : client.greeting === 'EHLO' ? 'ESMTP' : 'SMTP'
  return `${base}${stream.tls === null ? '' : 'S'}${client.login === null ? '' : 'A'}`
}
