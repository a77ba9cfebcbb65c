import { utf8OfLatin1 } from '../base/octets.ts'
import type { Destination } from '../directory/types.ts'
import type { Delivered, OwnEvent } from '../journal/event.ts'
import { formatAddress, tryAddress } from '../syntax/address/address.ts'
import { decodeWords } from '../syntax/message/encoded-word.ts'
import { isForOthers } from './outgoing.ts'
import type { AcceptedRecipient, Submission } from './types.ts'

/**
 * The log lines of a message as it is accepted: its arrival, one line for each address of ours that
 * it goes to, and that it is done when it goes nowhere else. They are committed with the message.
 */
export function arrivalLines(
  submission: Submission,
  nowMs: number,
  render: (event: OwnEvent) => string,
): string {
  const atMs = nowMs - (nowMs % 1000)
  const { facts, recipients, body } = submission
  const { subject, messageId } = body.skeleton.envelope
  const events: OwnEvent[] = [
    {
      ...facts,
      type: 'arrival',
      mark: '<=',
      parent: submission.parent ?? null,
      atMs,
      sizeOctets: body.sizeOctets,
      messageIdHeader: messageId === null ? null : bare(messageId),
      subject: subject === null ? null : decodeWords(subject),
      recipients: [...new Set(recipients.map(plain))],
    },
  ]
  const seen = new Set<number>()
  for (const { destinations } of recipients)
    for (const destination of destinations) {
      if (destination.kind === 'refused' || destination.kind === 'outside') continue
      events.push(deliveredEvent(submission, destination, seen, atMs))
    }
  // Else the queue says so, when the last one has it.
  if (!isForOthers(submission))
    events.push({ type: 'completed', atMs, id: facts.id, queueTimeMs: 0 })
  return events.map(render).join('')
}

/** Destinations that the message has reached when it is accepted. */
type Here = Exclude<Destination, { kind: 'refused' | 'outside' }>

/** `=>` for the copy of an account; `->` for a further recipient that leads to the same copy. */
function deliveredEvent(
  { facts, body }: Submission,
  destination: Here,
  seen: Set<number>,
  atMs: number,
): Delivered {
  const isAccount = destination.kind === 'account'
  const again = isAccount && seen.has(destination.account.id)
  if (isAccount) seen.add(destination.account.id)
  return {
    type: 'delivered',
    mark: again ? '->' : '=>',
    atMs,
    id: facts.id,
    recipient: {
      address: isAccount ? destination.account.address : ':blackhole:',
      parents: parentsOf(destination),
      from: facts.from,
      router: isAccount ? 'local' : 'alias',
      transport: isAccount ? 'mailbox' : null,
    },
    host: null,
    tls: null,
    authenticator: null,
    sizeOctets: isAccount ? body.sizeOctets : null,
    mailbox: isAccount ? 'INBOX' : null,
    confirmation: null,
    queueTimeMs: 0,
    deliverTimeMs: 0,
    status: null,
  }
}

/** The addresses on the way, without repeating the final one. */
function parentsOf(destination: Here): readonly string[] {
  const final = destination.kind === 'account' ? destination.account.address : null
  const way = [destination.address, ...destination.parents]
  return way.filter((address, index) => address !== final && way.indexOf(address) === index)
}

/** As the lines of its fate have it: without quotes that it does not need, a bare postmaster with a domain. */
function plain({ address, destinations: [first] }: AcceptedRecipient): string {
  const found = tryAddress(address)
  if (found !== null) return formatAddress(found)
  return first === undefined ? address : (first.parents.at(-1) ?? first.address)
}

/** A Message-ID without its brackets; octets that are not UTF-8 stay as they are. */
function bare(messageId: string): string {
  const text = utf8OfLatin1(messageId) ?? messageId
  return text.trim().replace(/^<(.*)>$/s, '$1')
}
