/** Tells a user of this machine that their mail was not taken. */
import { wordsOf } from '../base/faults.ts'
import type { MessageId } from '../journal/event.ts'
import { NO_PEER } from '../queue/events.ts'
import { composeNotice, type SenderNotice } from '../queue/notices.ts'
import { oneLine } from '../syntax/dsn/safe-text.ts'
import type { DropEnvelope } from './drop-file.ts'
import type { Verified } from './submit-commands.ts'

export interface Refused {
  readonly envelope: DropEnvelope
  readonly sizeOctets: number
  /** Its first octets, or all of it. */
  readonly original: Uint8Array
  /** Its recipients, and whether mail goes there. */
  readonly verified: readonly Verified[]
  readonly error: unknown
}

export interface RefusedContext {
  readonly hostName: string
  readonly nowMs: number
  /** Of the message that was refused, which has none otherwise. */
  readonly about: MessageId
  /** Of the notice. */
  readonly id: MessageId
  /** Whom to tell. */
  readonly to: string
}

/** Null: the mail wanted no notices. */
export function refusedNotice(
  { envelope, sizeOctets, original, verified, error }: Refused,
  { hostName, nowMs, about, id, to }: RefusedContext,
): SenderNotice | null {
  const { notify, ret } = envelope
  const isAddress = verified.some(({ refused }) => refused !== null)
  const told = verified.map(({ address, refused }) => ({
    // One that is no address can be any text.
    recipient: {
      address: oneLine(address, MAX_ADDRESS_CHARS),
      parents: [],
      notify,
      original: null,
    },
    outcome: {
      ...NO_PEER,
      kind: 'failed' as const,
      atMs: nowMs,
      text: refused ?? (isAddress ? OTHERS : wordsOf(error)),
      status: refused === null ? '5.6.0' : '5.1.1',
      reply: null,
      relaysNotices: false,
    },
    nextAttemptMs: null,
  }))
  const message = {
    ...{ messageId: about, from: to, sizeOctets, smtputf8: false, requireTls: false },
    ...{ ret, envelopeId: null, arrivedMs: nowMs, expiresMs: nowMs },
  }
  const postmaster = `postmaster@${hostName}`
  return composeNotice(message, told, { hostName, postmaster, nowMs, id, sender: to, original })
}

const OTHERS = 'nothing was sent, because another address leads nowhere'
const MAX_ADDRESS_CHARS = 320
