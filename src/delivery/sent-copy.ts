/**
 * What an account submits, filed in its Sent mailbox: once, whether the server files it or the
 * client uploads it or both do.
 *
 * Two messages are the same when they came within {@link SAME_WITHIN_MS} of each other and have the
 * same Message-ID, Date, From and Subject. Their octets differ always: the server's copy begins with
 * our Received field, and often a Bcc; the client's is what it has written itself.
 */
import { Refusal } from '../base/faults.ts'
import type { MailboxLimits } from '../base/limits.ts'
import { fromLatin1, latin1OfUtf8, utf8OfLatin1 } from '../base/octets.ts'
import { all, type Steps } from '../db/statement.ts'
import type { AccountId } from '../directory/types.ts'
import { findOrMakeSent } from '../store/mailboxes.ts'
import { type Added, addMessage } from '../store/messages.ts'
import { findMailbox } from '../store/schema.ts'
import { FLAG, type Mailbox, type MailboxId, type Uid } from '../store/types.ts'
import { parseAddressList } from '../syntax/message/address-list.ts'
import { Header } from '../syntax/message/header.ts'
import { unfold } from '../syntax/message/lexer.ts'
import { bccLine } from '../syntax/message/write.ts'
import { openSkeleton } from '../syntax/mime/codec.ts'
import type { Envelope, EnvelopeAddress } from '../syntax/mime/skeleton.ts'

/** A copy for the Sent mailbox of whoever submitted the message. */
export interface SentCopy {
  readonly account: AccountId
  /** A Bcc field, or nothing. */
  readonly trace: Uint8Array
}

/**
 * @param recipients  of the envelope; those that the header does not name stand in Bcc
 * @param bcc  the fields that were taken out of the message: its author keeps them
 */
export function sentCopyFor(
  account: AccountId,
  envelope: Envelope,
  recipients: readonly { readonly address: string }[],
  bcc = '',
): SentCopy {
  const named = new Set(
    [...envelope.to, ...envelope.cc, ...addressesIn(bcc)].map((entry) => addressOf(entry)),
  )
  const hidden = recipients.map(({ address }) => address)
  const blind = [...new Set(hidden)].filter((address) => !named.has(address.toLowerCase()))
  const text = blind.length === 0 ? '' : bccLine(blind.map(latin1OfUtf8))
  return { account, trace: new Uint8Array(fromLatin1(joined(bcc, text))) }
}

/** Of all fields; where they say the same twice it does not matter. */
function addressesIn(bcc: string): readonly EnvelopeAddress[] {
  const { fields, text } = new Header(bcc, NO_LIMITS)
  return fields.flatMap(({ valueStart, end }) =>
    parseAddressList(unfold(text.slice(valueStart, end)), MAX_BCC_ADDRESSES),
  )
}

/** RFC 5322 §3.6: one Bcc field. What the author wrote stands first; an empty one says nothing. */
function joined(bcc: string, added: string): string {
  const { fields, text } = new Header(bcc, NO_LIMITS)
  const filled = fields.filter(({ valueStart, end }) => text.slice(valueStart, end).trim() !== '')
  const written = filled.map(({ start, end }) => text.slice(start, end))
  const at = filled.findLastIndex(({ name }) => name === 'bcc')
  if (at === -1 || added === '') return written.join('') + added
  written[at] = `${(written[at] ?? '').trimEnd()},\r\n${added.slice('Bcc:'.length)}`
  return written.join('')
}

/**
 * Files the copy, unless it is there already. Part of the write that accepts the message.
 * @returns null when it was there
 * @throws Refusal overQuota: nothing is sent of which no copy could be kept
 */
export function* fileSentCopy(
  { account, trace }: SentCopy,
  blob: { readonly id: number; readonly sizeOctets: number; readonly skeleton: string },
  { nowMs, limits }: { readonly nowMs: number; readonly limits: MailboxLimits },
): Steps<Added | null> {
  const mailbox = yield* findOrMakeSent(account, limits)
  if ((yield* findSame(mailbox, blob.skeleton, nowMs)) !== null) return null
  try {
    return yield* addMessage({
      ...{ account, mailbox: mailbox.id, blobId: blob.id, trace, limits },
      sizeOctets: trace.length + blob.sizeOctets,
      flags: { system: FLAG.seen, keywords: [] },
      ...{ receivedMs: nowMs, savedMs: nowMs },
    })
  } catch (error) {
    if (!(error instanceof Refusal) || error.reason !== 'overQuota') throw error
    throw new Refusal('overQuota', OVER_QUOTA)
  }
}

const NO_LIMITS = {
  maxHeaderFields: Number.POSITIVE_INFINITY,
  maxHeaderFieldOctets: Number.POSITIVE_INFINITY,
}
const MAX_BCC_ADDRESSES = 5000

/** What a user is told whose mailbox has no room for a copy. */
export const OVER_QUOTA = 'Your own mailbox is full, and it keeps a copy of what you send'

/** The mailbox, when it is one for sent mail. */
export function* findIfSent(id: MailboxId): Steps<Mailbox | null> {
  const mailbox = yield* findMailbox(id)
  if (mailbox === undefined) return null
  return (mailbox.specialUse ?? mailbox.name) === 'Sent' ? mailbox : null
}

/** The message of this mailbox that is the same as one with this skeleton; null: none is. */
export function* findSame(mailbox: Mailbox, skeleton: string, nowMs: number): Steps<Uid | null> {
  const wanted = openSkeleton(skeleton).envelope
  const { messageId } = wanted
  if (messageId === null) return null
  const rows = yield* all<{ uid: number; skeleton: string }>(
    `SELECT uid, skeleton FROM message CROSS JOIN blob ON blob.id = blob_id
     WHERE mailbox_id = ? AND uid >= ? AND saved_ms BETWEEN ? AND ? AND instr(skeleton, ?)
     ORDER BY uid DESC`,
    ...[mailbox.id, mailbox.uidNext - LAST_MESSAGES, nowMs - SAME_WITHIN_MS, nowMs],
    JSON.stringify(messageId).slice(1, -1),
  )
  const same = rows.find((row) => isSame(openSkeleton(row.skeleton).envelope, wanted))
  return same === undefined ? null : (same.uid as Uid)
}

/** A client uploads its copy right after it was sent, or when the network is back. */
const SAME_WITHIN_MS = 10 * 60_000
/** Of a mailbox that grows very fast, only the last ones are looked at. */
const LAST_MESSAGES = 200

function isSame(a: Envelope, b: Envelope): boolean {
  const authors = ({ from }: Envelope) => from.map(addressOf).join()
  return (
    a.messageId === b.messageId &&
    a.date === b.date &&
    a.subject === b.subject &&
    authors(a) === authors(b)
  )
}

function addressOf({ mailbox, host }: EnvelopeAddress): string {
  const address = `${mailbox ?? ''}@${host ?? ''}`
  return (utf8OfLatin1(address) ?? address).toLowerCase()
}
