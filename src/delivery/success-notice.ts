/**
 * Who is told, at the moment of acceptance, that mail was delivered: senders that ask for it
 * (RFC 3461 §4.1), of mailboxes here and of aliases that lead to several addresses (§5.2.7).
 */
import { open } from 'node:fs/promises'

import type { Destination } from '../directory/types.ts'
import type { MessageId } from '../journal/event.ts'
import { NO_PEER } from '../queue/events.ts'
import {
  composeNotice,
  type NoticeRecipient,
  ORIGINAL_OCTETS,
  type Place,
  type SenderNotice,
} from '../queue/notices.ts'
import type { Outcome } from '../queue/types.ts'
import { type AcceptedRecipient, type Body, NO_WISHES, type Submission } from './types.ts'

export interface SuccessContext {
  readonly hostName: string
  readonly nowMs: number
  /** Of the notice. */
  readonly id: MessageId
}

export function wantsSuccess({ facts, recipients }: Submission): boolean {
  return facts.from !== null && recipients.some((recipient) => placeOf(recipient) !== null)
}

/** Null when the message has no sender. @throws Error when its file cannot be read */
export async function successNotice(
  { facts, recipients, body, wishes = NO_WISHES }: Submission,
  { hostName, nowMs, id }: SuccessContext,
): Promise<SenderNotice | null> {
  const message = {
    ...{ messageId: facts.id, from: facts.from, sizeOctets: body.sizeOctets },
    ...{ smtputf8: wishes.smtputf8, requireTls: wishes.requireTls },
    ...{ ret: wishes.ret, envelopeId: wishes.envelopeId, arrivedMs: nowMs, expiresMs: nowMs },
  }
  const told = recipients.flatMap((recipient) => toldOf(recipient, nowMs) ?? [])
  return composeNotice(message, told, {
    ...{ hostName, nowMs, id, postmaster: `postmaster@${hostName}`, sender: facts.from ?? '' },
    original: await beginOf(body),
  })
}

/** A notice as a message that delivery takes. */
export function noticeSubmission(
  { id, about, to, smtputf8, requireTls }: SenderNotice,
  destinations: readonly Destination[],
  body: Body,
): Submission {
  return {
    facts: {
      ...{ id, from: null, host: null, local: null, user: null, protocol: 'local', tls: null },
      ...{ authenticator: null, login: null },
    },
    parent: about,
    wishes: { ret: null, envelopeId: null, smtputf8, requireTls },
    recipients: [{ address: to, destinations, notify: 'NEVER', original: null }],
    body,
  }
}

/** Null: there is nothing to tell now. What goes elsewhere alone is told of when it is there. */
function placeOf({ notify, destinations }: AcceptedRecipient): Place | null {
  if (notify?.split(',').includes('SUCCESS') !== true) return null
  if (destinations.length > 1) return 'all'
  return destinations[0]?.kind === 'outside' ? null : 'here'
}

/** By the address that was written: where an alias leads is not for every stranger (§5.2.7.4). */
function toldOf(recipient: AcceptedRecipient, nowMs: number): NoticeRecipient | null {
  const place = placeOf(recipient)
  if (place === null) return null
  const { address, notify, original } = recipient
  const asked = { address, parents: [], notify, original }
  return { recipient: asked, outcome: { ...DELIVERED, atMs: nowMs }, nextAttemptMs: null, place }
}

const DELIVERED: Omit<Outcome, 'atMs'> = {
  ...NO_PEER,
  kind: 'delivered',
  text: 'delivered',
  status: '2.1.5',
  reply: null,
  relaysNotices: false,
}

async function beginOf({ content }: Body): Promise<Uint8Array> {
  if (content.kind === 'memory') return content.octets.subarray(0, ORIGINAL_OCTETS)
  const begin = new Uint8Array(ORIGINAL_OCTETS)
  await using file = await open(content.path)
  const { bytesRead } = await file.read(begin, 0, ORIGINAL_OCTETS, 0)
  return begin.subarray(0, bytesRead)
}
