/** What an attempt came to, as the rows keep it and as the log says it. */
import type { Host, OwnEvent, Recipient, TlsFacts } from '../journal/event.ts'
import type { Phase, Result } from '../smtp-client/types.ts'
import type { Lease, LeasedRecipient, Outcome } from './types.ts'

/** How a message went, or would have gone. */
export interface Peer {
  readonly host: Host | null
  readonly tls: TlsFacts | null
  readonly authenticator: string | null
  /** Since the attempt began. */
  readonly deliverTimeMs: number | null
}

export const NO_PEER: Peer = { host: null, tls: null, authenticator: null, deliverTimeMs: null }

export function outcomeOf(result: Result, atMs: number, peer: Peer): Outcome {
  if (result.kind === 'delivered')
    return {
      ...peer,
      kind: 'delivered',
      atMs,
      text: result.reply,
      status: statusIn(result.reply),
      reply: result.reply,
      relaysNotices: result.relaysNotices,
    }
  const { kind, text, status, reply } = result
  return { ...peer, kind, atMs, text, status, reply, relaysNotices: false }
}

/** The last attempt of one that waited too long: Exim's words after those of the error. */
export function expired(outcome: Outcome): Outcome {
  const text = `${outcome.text}: retry timeout exceeded`
  return { ...outcome, kind: 'failed', text, status: '4.4.7' }
}

/** A recipient of a lease with what came of it. */
export interface RecipientOutcome {
  readonly recipient: LeasedRecipient
  readonly outcome: Outcome
  /** Where it failed; null when it did not. */
  readonly phase: Phase | null
}

/** One line for each recipient; the first that a transaction delivered has `=>`, the others `->`. */
export function outcomeEvents(lease: Lease, outcomes: readonly RecipientOutcome[]): OwnEvent[] {
  let isFirst = true
  return outcomes.map(({ recipient, outcome, phase }) => {
    const common = {
      atMs: wholeSeconds(outcome.atMs),
      id: lease.messageId,
      recipient: recipientOf(lease, recipient),
      host: outcome.host,
      tls: outcome.tls,
      queueTimeMs: queueTime(lease, outcome.atMs),
      deliverTimeMs: outcome.deliverTimeMs,
    }
    if (outcome.kind === 'delivered') {
      const mark = isFirst ? '=>' : '->'
      isFirst = false
      return {
        ...common,
        type: 'delivered',
        mark,
        authenticator: outcome.authenticator,
        sizeOctets: lease.sizeOctets,
        mailbox: null,
        confirmation: outcome.reply,
        status: null,
      }
    }
    const isDeferred = outcome.kind === 'deferred'
    return {
      ...common,
      type: isDeferred ? 'deferred' : 'failed',
      errorNumber: isDeferred ? errorNumber(phase, outcome) : null,
      reason: outcome.text,
      status: null,
    }
  })
}

export function completedEvent(
  lease: Pick<Lease, 'messageId' | 'arrivedMs'>,
  atMs: number,
): OwnEvent {
  return {
    type: 'completed',
    atMs: wholeSeconds(atMs),
    id: lease.messageId,
    queueTimeMs: queueTime(lease, atMs),
  }
}

function recipientOf(lease: Lease, { address, parents }: LeasedRecipient): Recipient {
  const router = lease.destination.startsWith('relay:') ? 'relay' : 'mx'
  return { address, parents, from: lease.from, router, transport: 'smtp' }
}

/** A clock that went back makes no negative times. */
function queueTime({ arrivedMs }: Pick<Lease, 'arrivedMs'>, atMs: number): number {
  return Math.max(0, atMs - arrivedMs)
}

function wholeSeconds(ms: number): number {
  return ms - (ms % 1000)
}

/** The enhanced status of a reply (RFC 2034); null when it has none. */
function statusIn(reply: string): string | null {
  return /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(reply)?.[1] ?? null
}

/** Exim's number for a deferral, `defer (-44)`; null when it has none for it. */
function errorNumber(phase: Phase | null, { text, reply }: Outcome): number | null {
  if (phase === 'connect') return CONNECT_ERRORS.find(([words]) => words.test(text))?.[1] ?? null
  return reply === null || phase === null ? null : (REPLY_ERRORS[phase] ?? null)
}

const REPLY_ERRORS: Partial<Record<Phase, number>> = {
  STARTTLS: -37,
  AUTH: -42,
  MAIL: -45,
  RCPT: -44,
  DATA: -46,
  'end of data': -46,
}
/** The system's numbers, on Linux. */
const CONNECT_ERRORS: readonly (readonly [words: RegExp, number: number])[] = [
  [/timed out/i, 110],
  [/refused/i, 111],
  [/no route/i, 113],
  [/network is unreachable/i, 101],
]
