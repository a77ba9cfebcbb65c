/** What the writes that steer the queue take, made of messages as they were read. */
import type { MessageId, OwnEvent } from '../journal/event.ts'
import { completedEvent, outcomeEvents } from '../queue/events.ts'
import type { QueuedMessage, QueuedRecipient } from '../queue/list.ts'
import type { RecipientState } from '../queue/schema.ts'
import type { EndTarget } from '../queue/steer.ts'
import type { DestinationName, Lease, Outcome } from '../queue/types.ts'

export const IS_FINAL: { readonly [S in RecipientState]: boolean } = {
  pending: false,
  leased: false,
  delivered: true,
  failed: true,
  cancelled: true,
}

/** An outcome that a person made: no server said it. */
export function ownOutcome(kind: 'failed' | 'cancelled', atMs: number, text: string): Outcome {
  const nobody = { status: null, reply: null, host: null, tls: null, authenticator: null }
  return { kind, atMs, text, ...nobody, deliverTimeMs: null, relaysNotices: false }
}

/** Those that wait, by the reverse-path that they are sent under. */
export function openGroups({ sender, recipients }: QueuedMessage) {
  const open = recipients.filter(({ state }) => !IS_FINAL[state])
  return Map.groupBy(open, ({ reversePath }) => reversePath ?? sender)
}

/** Some recipients of a message as notices and log lines want them. */
export function leaseOf(
  message: QueuedMessage,
  from: string | null,
  recipients: readonly QueuedRecipient[],
): Lease {
  const { recipients: _all, ...about } = message
  const destination = recipients[0]?.destination ?? ('' as DestinationName)
  const leased = recipients.map((one) => ({ ...one, queueId: message.queueId }))
  return { ...about, from, destination, leasedUntilMs: 0, recipients: leased }
}

export interface Ending {
  readonly lease: Lease
  readonly outcome: Outcome
  /** Who did it. */
  readonly action: OwnEvent
  readonly render: (event: OwnEvent) => string
}

/** Takes the recipients of the lease away; of those that fail, each has its line. */
export function endTarget({ lease, outcome, action, render }: Ending): EndTarget {
  const told = lease.recipients.map((recipient) => ({ recipient, outcome, phase: null }))
  const events = outcome.kind === 'failed' ? outcomeEvents(lease, told) : []
  return {
    queueId: lease.queueId,
    numbers: lease.recipients.map(({ number }) => number),
    outcome,
    lines: [action, ...events].map(render).join(''),
    completedLine: completedLine(lease, outcome.atMs, render),
  }
}

export function completedLine(
  message: { readonly messageId: MessageId; readonly arrivedMs: number },
  atMs: number,
  render: (event: OwnEvent) => string,
): string {
  return render(completedEvent(message, atMs))
}
