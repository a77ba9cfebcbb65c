/**
 * What of a message goes to other servers: how it stands in the queue. It is put there in the write
 * that accepts the message; see `queue/`.
 */
import { createReadStream } from 'node:fs'

import type { OutgoingConfig } from '../config/types.ts'
import type { Destination } from '../directory/types.ts'
import { patienceFor } from '../queue/retry-plan.ts'
import type { DestinationName, NewQueued, NewRecipient } from '../queue/types.ts'
import { isAscii } from '../syntax/address/domain.ts'
import { type SignerFor, signContent } from '../trust/dkim/sign-content.ts'
import { originalRecipient } from '../syntax/smtp/xtext.ts'
import { type AcceptedRecipient, type Body, NO_WISHES, type Submission } from './types.ts'

export interface OutgoingOptions {
  /** Read at every message, so that a reload reaches it. */
  readonly outgoing: () => OutgoingConfig
  /** Who signs mail from this domain; null: nobody, it is not ours. */
  readonly signerFor: SignerFor
  /** The reverse-path under which an alias of ours sends on what this sender wrote (SRS); null: as it is. */
  readonly forwardedSender: (sender: string, alias: string) => string | null
  /** Mail for these destinations is committed. */
  readonly wake: (destinations: readonly DestinationName[]) => void
}

/** Null when nobody elsewhere is to get the message. @throws Error when its file cannot be read */
export async function queuedOf(
  submission: Submission,
  nowMs: number,
  options: OutgoingOptions,
): Promise<NewQueued | null> {
  const { facts, body, wishes = NO_WISHES } = submission
  const recipients = outsideRecipients(submission, options)
  if (recipients.length === 0) return null
  const addresses = recipients.map(({ address }) => address)
  const patience = patienceFor(options.outgoing(), facts.from, addresses)
  // Ours to vouch for: who submitted it was known. Mail that is only forwarded has its own signatures.
  const isOurs = facts.login !== null || facts.host === null
  const prefix = isOurs ? await signContent(octetsOf(body), options.signerFor) : NO_PREFIX
  const headerIsUtf8 =
    body.eightBitFrom !== null && body.eightBitFrom < body.skeleton.root.bodyStart
  return {
    messageId: facts.id,
    prefix,
    sizeOctets: prefix.length + body.sizeOctets,
    sender: facts.from,
    login: facts.login,
    eightBit: body.eightBitFrom !== null,
    smtputf8: headerIsUtf8 || !isAscii(facts.from ?? '') || !addresses.every(isAscii),
    requireTls: wishes.requireTls,
    ret: wishes.ret,
    envelopeId: wishes.envelopeId,
    arrivedMs: nowMs,
    expiresMs: nowMs + patience.expiryMs,
    delayNoticeMs: patience.delayNoticeMs === null ? null : nowMs + patience.delayNoticeMs,
    recipients,
  }
}

/** Is anybody elsewhere to get it? */
export function isForOthers({ recipients }: Submission): boolean {
  return recipients.some(({ destinations }) => destinations.some(({ kind }) => kind === 'outside'))
}

/** An address that several recipients lead to gets one copy. */
function outsideRecipients(
  { facts, recipients }: Submission,
  { forwardedSender }: OutgoingOptions,
): readonly NewRecipient[] {
  const found = new Map<string, NewRecipient>()
  for (const recipient of recipients)
    for (const destination of recipient.destinations) {
      if (destination.kind !== 'outside' || found.has(destination.address)) continue
      const alias = destination.parents.at(-1)
      const reversePath =
        alias !== undefined && facts.from !== null ? forwardedSender(facts.from, alias) : null
      found.set(destination.address, newRecipient(recipient, destination, reversePath))
    }
  return [...found.values()]
}

function newRecipient(
  { address: writtenTo, notify, original, destinations }: AcceptedRecipient,
  { address, parents, destination, inNameOf }: Extract<Destination, { kind: 'outside' }>,
  reversePath: string | null,
): NewRecipient {
  // RFC 3461 §5.2.1: who is told of it knows the address that was written, not where it leads.
  const isWorthSaying = notify !== null || parents.length > 0
  return {
    address,
    parents: parents.filter((parent) => parent !== address),
    reversePath,
    notify: destinations.length > 1 ? withoutSuccess(notify) : notify,
    original: original ?? (isWorthSaying ? originalRecipient(writtenTo) : null),
    destination: destination as string as DestinationName,
    inNameOf,
  }
}

/** RFC 3461 §5.2.7: for an alias of several addresses success is told of at once, for all of them. */
function withoutSuccess(notify: string | null): string | null {
  if (notify === null) return null
  const rest = notify.split(',').filter((word) => word !== 'SUCCESS')
  return rest.length === 0 ? 'NEVER' : rest.join(',')
}

function octetsOf({ content }: Body): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  return content.kind === 'memory' ? [content.octets] : createReadStream(content.path)
}

const NO_PREFIX = new Uint8Array(0)
